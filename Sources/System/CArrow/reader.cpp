// Parquet files are read some rows at a time, so that a large one takes no more memory than those.
#include <arrow/io/file.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/properties.h>

#include <memory>
#include <vector>

#include "guard.h"
#include "include/CArrow.h"

using namespace carrow;

struct carrow_reader {
  std::unique_ptr<parquet::arrow::FileReader> file;
  std::shared_ptr<arrow::Schema> schema;
  std::shared_ptr<arrow::RecordBatchReader> batches;
  std::shared_ptr<arrow::RecordBatch> batch;
  std::vector<int> leaves;
  // Where each chosen column lies in a batch, which has them in the file's order.
  std::vector<int> places;
};

namespace {

carrow_type type_of(const arrow::DataType &type) {
  switch (type.id()) {
    case arrow::Type::FLOAT: return CARROW_FLOAT32;
    case arrow::Type::DOUBLE: return CARROW_FLOAT64;
    case arrow::Type::INT64: return CARROW_INT64;
    case arrow::Type::BOOL: return CARROW_BOOL;
    case arrow::Type::STRING: return CARROW_STRING;
    case arrow::Type::LARGE_STRING: return CARROW_LARGE_STRING;
    case arrow::Type::STRUCT: {
      const auto &fields = static_cast<const arrow::StructType &>(type);
      return fields.GetFieldIndex("bytes") >= 0 ? CARROW_PICTURE : CARROW_OTHER;
    }
    default: return CARROW_OTHER;
  }
}

/// The elements of a list at `row`: their array, and the first and the one after the last.
bool elements(
  const arrow::Array &array, int64_t row, const arrow::Array *&values, int64_t &from, int64_t &to) {
  switch (array.type_id()) {
    case arrow::Type::LIST: {
      const auto &list = static_cast<const arrow::ListArray &>(array);
      values = list.values().get();
      from = list.value_offset(row);
      to = from + list.value_length(row);
      return true;
    }
    case arrow::Type::LARGE_LIST: {
      const auto &list = static_cast<const arrow::LargeListArray &>(array);
      values = list.values().get();
      from = list.value_offset(row);
      to = from + list.value_length(row);
      return true;
    }
    case arrow::Type::FIXED_SIZE_LIST: {
      const auto &list = static_cast<const arrow::FixedSizeListArray &>(array);
      values = list.values().get();
      from = list.value_offset(row);
      to = from + list.value_length(row);
      return true;
    }
    default: return false;
  }
}

template <typename Number>
bool number_at(const arrow::Array &array, int64_t row, Number &number) {
  if (array.IsNull(row)) return false;
  switch (array.type_id()) {
    case arrow::Type::FLOAT:
      number = static_cast<Number>(static_cast<const arrow::FloatArray &>(array).Value(row));
      return true;
    case arrow::Type::DOUBLE:
      number = static_cast<Number>(static_cast<const arrow::DoubleArray &>(array).Value(row));
      return true;
    case arrow::Type::BOOL:
      number = static_cast<const arrow::BooleanArray &>(array).Value(row) ? 1 : 0;
      return true;
    case arrow::Type::INT64:
      number = static_cast<Number>(static_cast<const arrow::Int64Array &>(array).Value(row));
      return true;
    case arrow::Type::INT32:
      number = static_cast<Number>(static_cast<const arrow::Int32Array &>(array).Value(row));
      return true;
    case arrow::Type::INT16:
      number = static_cast<Number>(static_cast<const arrow::Int16Array &>(array).Value(row));
      return true;
    case arrow::Type::INT8:
      number = static_cast<Number>(static_cast<const arrow::Int8Array &>(array).Value(row));
      return true;
    case arrow::Type::UINT32:
      number = static_cast<Number>(static_cast<const arrow::UInt32Array &>(array).Value(row));
      return true;
    case arrow::Type::UINT8:
      number = static_cast<Number>(static_cast<const arrow::UInt8Array &>(array).Value(row));
      return true;
    default: return false;
  }
}

template <typename Number>
bool collect(
  const arrow::Array &array, int64_t row, Number *values, int64_t capacity, int64_t &count) {
  if (array.IsNull(row)) return false;
  const arrow::Array *inner;
  int64_t from, to;
  if (elements(array, row, inner, from, to)) {
    for (int64_t i = from; i < to; i++) {
      if (!collect(*inner, i, values, capacity, count)) return false;
    }
    return true;
  }
  Number number;
  if (!number_at(array, row, number)) return false;
  if (count < capacity) values[count] = number;
  count++;
  return true;
}

const arrow::Array *array_of(const carrow_reader *reader, int32_t column, int64_t row) {
  if (!reader->batch || column < 0 || static_cast<size_t>(column) >= reader->places.size()) {
    return nullptr;
  }
  const arrow::Array *array =
    reader->batch->column_data(reader->places[static_cast<size_t>(column)])
      ? reader->batch->column(reader->places[static_cast<size_t>(column)]).get()
      : nullptr;
  return array != nullptr && row >= 0 && row < array->length() ? array : nullptr;
}

const uint8_t *bytes_at(const arrow::Array &array, int64_t row, int64_t *count) {
  if (array.IsNull(row)) return nullptr;
  std::string_view view;
  switch (array.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      view = static_cast<const arrow::BinaryArray &>(array).GetView(row);
      break;
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      view = static_cast<const arrow::LargeBinaryArray &>(array).GetView(row);
      break;
    default: return nullptr;
  }
  *count = static_cast<int64_t>(view.size());
  static const uint8_t nothing = 0;
  return view.empty() ? &nothing : reinterpret_cast<const uint8_t *>(view.data());
}

const uint8_t *member_bytes(const arrow::Array &array, const char *name, int64_t row, int64_t *count) {
  if (array.IsNull(row)) return nullptr;
  const auto &pictures = static_cast<const arrow::StructArray &>(array);
  auto member = pictures.GetFieldByName(name);
  return member == nullptr ? nullptr : bytes_at(*member, row, count);
}

}  // namespace

extern "C" {

carrow_reader *carrow_open(const char *path) {
  return guarded<carrow_reader *>(nullptr, [&] {
    auto reader = std::make_unique<carrow_reader>();
    parquet::ReaderProperties properties(arrow::system_memory_pool());
    properties.enable_buffered_stream();
    parquet::arrow::FileReaderBuilder builder;
    check(builder.Open(take(arrow::io::ReadableFile::Open(path, arrow::system_memory_pool())),
                       properties));
    builder.memory_pool(arrow::system_memory_pool());
    parquet::ArrowReaderProperties arrow_properties;
    arrow_properties.set_pre_buffer(false);
    builder.properties(arrow_properties);
    reader->file = take(builder.Build());
    check(reader->file->GetSchema(&reader->schema));
    return reader.release();
  });
}

void carrow_reader_free(carrow_reader *reader) { delete reader; }

int64_t carrow_row_count(const carrow_reader *reader) {
  return reader->file->parquet_reader()->metadata()->num_rows();
}

int32_t carrow_column_count(const carrow_reader *reader) { return reader->schema->num_fields(); }

carrow_column carrow_column_at(const carrow_reader *reader, int32_t column) {
  const auto &field = reader->schema->field(column);
  carrow_column result = {field->name().c_str(), type_of(*field->type()), CARROW_SCALAR, 1};
  if (field->type()->id() == arrow::Type::FIXED_SIZE_LIST) {
    const auto &list = static_cast<const arrow::FixedSizeListType &>(*field->type());
    result = {
      field->name().c_str(), type_of(*list.value_type()), CARROW_FIXED_LIST, list.list_size()};
  } else if (field->type()->id() == arrow::Type::LIST) {
    const auto &list = static_cast<const arrow::ListType &>(*field->type());
    result = {field->name().c_str(), type_of(*list.value_type()), CARROW_LIST, 1};
  }
  return result;
}

const char *carrow_metadata(const carrow_reader *reader, const char *key) {
  const auto &metadata = reader->schema->metadata();
  const int place = metadata == nullptr ? -1 : metadata->FindKey(key);
  return place < 0 ? nullptr : metadata->value(place).c_str();
}

bool carrow_select(
  carrow_reader *reader, const int32_t *columns, int32_t count, int64_t rows_at_once) {
  return done([&] {
    std::vector<bool> wanted(static_cast<size_t>(reader->schema->num_fields()), false);
    for (int32_t i = 0; i < count; i++) wanted.at(static_cast<size_t>(columns[i])) = true;
    const parquet::SchemaDescriptor *descriptor =
      reader->file->parquet_reader()->metadata()->schema();
    reader->leaves.clear();
    for (int leaf = 0; leaf < descriptor->num_columns(); leaf++) {
      const auto *root = descriptor->GetColumnRoot(leaf);
      const int field = descriptor->group_node()->FieldIndex(*root);
      if (field >= 0 && wanted[static_cast<size_t>(field)]) reader->leaves.push_back(leaf);
    }
    std::vector<int> place_of_field(wanted.size(), -1);
    int place = 0;
    for (size_t field = 0; field < wanted.size(); field++) {
      if (wanted[field]) place_of_field[field] = place++;
    }
    reader->places.clear();
    for (int32_t i = 0; i < count; i++) {
      reader->places.push_back(place_of_field[static_cast<size_t>(columns[i])]);
    }
    std::vector<int> groups;
    for (int group = 0; group < reader->file->num_row_groups(); group++) groups.push_back(group);
    reader->file->set_batch_size(rows_at_once);
    reader->batches = take(reader->file->GetRecordBatchReader(groups, reader->leaves));
  });
}

int64_t carrow_next_rows(carrow_reader *reader) {
  return guarded<int64_t>(-1, [&]() -> int64_t {
    if (!reader->batches) throw std::logic_error("no columns were chosen");
    do {
      check(reader->batches->ReadNext(&reader->batch));
    } while (reader->batch != nullptr && reader->batch->num_rows() == 0);
    return reader->batch == nullptr ? 0 : reader->batch->num_rows();
  });
}

int64_t carrow_numbers(
  const carrow_reader *reader, int32_t column, int64_t row, double *values, int64_t capacity) {
  const arrow::Array *array = array_of(reader, column, row);
  int64_t count = 0;
  return array != nullptr && collect(*array, row, values, capacity, count) ? count : -1;
}

int64_t carrow_integers(
  const carrow_reader *reader, int32_t column, int64_t row, int64_t *values, int64_t capacity) {
  const arrow::Array *array = array_of(reader, column, row);
  int64_t count = 0;
  return array != nullptr && collect(*array, row, values, capacity, count) ? count : -1;
}

const uint8_t *carrow_bytes(
  const carrow_reader *reader, int32_t column, int64_t row, int64_t index, int64_t *count) {
  const arrow::Array *array = array_of(reader, column, row);
  if (array == nullptr) return nullptr;
  if (array->type_id() == arrow::Type::STRUCT) return member_bytes(*array, "bytes", row, count);
  const arrow::Array *inner;
  int64_t from, to;
  if (!array->IsNull(row) && elements(*array, row, inner, from, to)) {
    return index >= 0 && from + index < to ? bytes_at(*inner, from + index, count) : nullptr;
  }
  return index == 0 ? bytes_at(*array, row, count) : nullptr;
}

const uint8_t *carrow_picture_path(
  const carrow_reader *reader, int32_t column, int64_t row, int64_t *count) {
  const arrow::Array *array = array_of(reader, column, row);
  if (array == nullptr || array->type_id() != arrow::Type::STRUCT) return nullptr;
  return member_bytes(*array, "path", row, count);
}

}  // extern "C"
