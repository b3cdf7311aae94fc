// Parquet files are written as the `datasets` and `pyarrow` packages write them: Snappy,
// dictionaries, Arrow's schema beside Parquet's.
#include <arrow/io/file.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>

#include <cstring>
#include <memory>
#include <vector>

#include "guard.h"
#include "include/CArrow.h"

using namespace carrow;

static thread_local std::string last_error;

void carrow::fail(const char *text) noexcept {
  try {
    last_error = text;
  } catch (...) {
    last_error.clear();
  }
}

struct carrow_writer {
  std::shared_ptr<arrow::Schema> schema;
  std::vector<carrow_column> columns;
  std::vector<std::shared_ptr<arrow::ArrayBuilder>> builders;
  std::shared_ptr<arrow::io::FileOutputStream> stream;
  std::unique_ptr<parquet::arrow::FileWriter> file;
};

namespace {

std::shared_ptr<arrow::DataType> value_type(carrow_type type) {
  switch (type) {
    case CARROW_FLOAT32: return arrow::float32();
    case CARROW_FLOAT64: return arrow::float64();
    case CARROW_INT64: return arrow::int64();
    case CARROW_BOOL: return arrow::boolean();
    case CARROW_STRING: return arrow::utf8();
    case CARROW_LARGE_STRING: return arrow::large_utf8();
    case CARROW_PICTURE:
      return arrow::struct_(
        {arrow::field("bytes", arrow::binary()), arrow::field("path", arrow::utf8())});
    case CARROW_CHANNELS:
      return arrow::list(arrow::field(
        "element", arrow::list(arrow::field("element", arrow::list(
          arrow::field("element", arrow::float64()))))));
    case CARROW_OTHER: break;
  }
  throw std::invalid_argument("a column of no known type");
}

std::shared_ptr<arrow::DataType> column_type(const carrow_column &column) {
  auto value = value_type(column.type);
  switch (column.shape) {
    case CARROW_SCALAR: return value;
    case CARROW_LIST: return arrow::list(arrow::field("element", value));
    case CARROW_FIXED_LIST:
      return arrow::fixed_size_list(arrow::field("element", value), column.count);
  }
  throw std::invalid_argument("a column of no known shape");
}

template <typename Builder, typename Value>
void append(carrow_writer *writer, int32_t index, const Value *values, int64_t count) {
  const carrow_column &column = writer->columns.at(static_cast<size_t>(index));
  arrow::ArrayBuilder *builder = writer->builders[static_cast<size_t>(index)].get();
  if (column.shape == CARROW_FIXED_LIST) {
    if (count != column.count) throw std::invalid_argument("as many values as the list is long");
    auto list = static_cast<arrow::FixedSizeListBuilder *>(builder);
    check(list->Append());
    builder = list->value_builder();
  } else if (column.shape == CARROW_LIST) {
    auto list = static_cast<arrow::ListBuilder *>(builder);
    check(list->Append());
    builder = list->value_builder();
  } else if (count != 1) {
    throw std::invalid_argument("one value for a column without lists");
  }
  auto typed = dynamic_cast<Builder *>(builder);
  if (typed == nullptr) throw std::invalid_argument(std::string(column.name) + " is of another type");
  for (int64_t i = 0; i < count; i++) check(typed->Append(values[i]));
}

void append_channels(carrow_writer *writer, int32_t index, const double *values, int64_t count) {
  auto outer = static_cast<arrow::ListBuilder *>(writer->builders[static_cast<size_t>(index)].get());
  auto middle = static_cast<arrow::ListBuilder *>(outer->value_builder());
  auto inner = static_cast<arrow::ListBuilder *>(middle->value_builder());
  auto number = static_cast<arrow::DoubleBuilder *>(inner->value_builder());
  check(outer->Append());
  for (int64_t i = 0; i < count; i++) {
    check(middle->Append());
    check(inner->Append());
    check(number->Append(values[i]));
  }
}

std::shared_ptr<parquet::WriterProperties> properties(const std::vector<carrow_column> &columns) {
  parquet::WriterProperties::Builder builder;
  builder.compression(parquet::Compression::SNAPPY)->enable_dictionary();
  builder.memory_pool(arrow::system_memory_pool());
  for (const carrow_column &column : columns) {
    if (column.type != CARROW_PICTURE) continue;
    // Compressed pictures neither repeat nor shrink.
    const std::string bytes = std::string(column.name) + ".bytes";
    builder.disable_dictionary(bytes)->compression(bytes, parquet::Compression::UNCOMPRESSED);
    builder.disable_statistics(bytes);
  }
  return builder.build();
}

}  // namespace

extern "C" {

const char *carrow_error(void) { return last_error.c_str(); }

carrow_writer *carrow_create(
  const char *path, const carrow_column *columns, int32_t column_count, const char *const *keys,
  const char *const *values, int32_t metadata_count) {
  return guarded<carrow_writer *>(nullptr, [&] {
    auto writer = std::make_unique<carrow_writer>();
    writer->columns.assign(columns, columns + column_count);
    std::vector<std::shared_ptr<arrow::Field>> fields;
    for (const carrow_column &column : writer->columns) {
      fields.push_back(arrow::field(column.name, column_type(column)));
    }
    auto metadata = std::make_shared<arrow::KeyValueMetadata>();
    for (int32_t i = 0; i < metadata_count; i++) metadata->Append(keys[i], values[i]);
    writer->schema = arrow::schema(fields, metadata_count > 0 ? metadata : nullptr);
    for (auto &field : fields) {
      std::unique_ptr<arrow::ArrayBuilder> builder;
      check(arrow::MakeBuilder(arrow::system_memory_pool(), field->type(), &builder));
      writer->builders.push_back(std::move(builder));
    }
    writer->stream = take(arrow::io::FileOutputStream::Open(path));
    parquet::ArrowWriterProperties::Builder arrow_properties;
    writer->file = take(parquet::arrow::FileWriter::Open(
      *writer->schema, arrow::system_memory_pool(), writer->stream,
      properties(writer->columns), arrow_properties.store_schema()->build()));
    // The names belong to the caller.
    for (size_t i = 0; i < fields.size(); i++) {
      writer->columns[i].name = writer->schema->field(static_cast<int>(i))->name().c_str();
    }
    return writer.release();
  });
}

bool carrow_append_floats(carrow_writer *writer, int32_t column, const float *values, int64_t count) {
  return done([&] { append<arrow::FloatBuilder>(writer, column, values, count); });
}

bool carrow_append_doubles(
  carrow_writer *writer, int32_t column, const double *values, int64_t count) {
  return done([&] {
    if (writer->columns.at(static_cast<size_t>(column)).type == CARROW_CHANNELS) {
      append_channels(writer, column, values, count);
    } else {
      append<arrow::DoubleBuilder>(writer, column, values, count);
    }
  });
}

bool carrow_append_integers(
  carrow_writer *writer, int32_t column, const int64_t *values, int64_t count) {
  return done([&] { append<arrow::Int64Builder>(writer, column, values, count); });
}

bool carrow_append_booleans(
  carrow_writer *writer, int32_t column, const bool *values, int64_t count) {
  return done([&] { append<arrow::BooleanBuilder>(writer, column, values, count); });
}

bool carrow_append_text(carrow_writer *writer, int32_t column, const char *text, int64_t bytes) {
  return done([&] {
    const std::string_view view(text, static_cast<size_t>(bytes));
    if (writer->columns.at(static_cast<size_t>(column)).type == CARROW_LARGE_STRING) {
      append<arrow::LargeStringBuilder>(writer, column, &view, 1);
    } else {
      append<arrow::StringBuilder>(writer, column, &view, 1);
    }
  });
}

bool carrow_append_texts(carrow_writer *writer, int32_t column, const char *texts, int64_t count) {
  return done([&] {
    std::vector<std::string_view> views;
    for (int64_t i = 0; i < count; i++) {
      views.emplace_back(texts);
      texts += views.back().size() + 1;
    }
    append<arrow::StringBuilder>(writer, column, views.data(), count);
  });
}

bool carrow_append_picture(
  carrow_writer *writer, int32_t column, const uint8_t *bytes, int64_t count, const char *path) {
  return done([&] {
    auto builder = dynamic_cast<arrow::StructBuilder *>(
      writer->builders.at(static_cast<size_t>(column)).get());
    if (builder == nullptr) throw std::invalid_argument("the column has no pictures");
    check(builder->Append());
    check(static_cast<arrow::BinaryBuilder *>(builder->field_builder(0))
      ->Append(bytes, static_cast<int32_t>(count)));
    check(static_cast<arrow::StringBuilder *>(builder->field_builder(1))->Append(path));
  });
}

bool carrow_write_rows(carrow_writer *writer) {
  return done([&] {
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (auto &builder : writer->builders) {
      std::shared_ptr<arrow::Array> array;
      check(builder->Finish(&array));
      arrays.push_back(std::move(array));
    }
    const int64_t rows = arrays.empty() ? 0 : arrays[0]->length();
    for (size_t i = 0; i < arrays.size(); i++) {
      if (arrays[i]->length() != rows) {
        throw std::invalid_argument(
          writer->schema->field(static_cast<int>(i))->name() + " has another number of rows");
      }
    }
    if (rows == 0) return;
    check(writer->file->WriteTable(*arrow::Table::Make(writer->schema, arrays, rows), rows));
  });
}

bool carrow_close(carrow_writer *writer) {
  return done([&] {
    check(writer->file->Close());
    check(writer->stream->Close());
  });
}

void carrow_writer_free(carrow_writer *writer) { delete writer; }

}  // extern "C"
