// Parquet files through Arrow's C++ library. Nothing is thrown: a function that can fail says so by
// its result, and carrow_error() has the text, of this thread, until the next failure.
#ifndef MALLARD_CARROW_H
#define MALLARD_CARROW_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CARROW_FLOAT32,
  CARROW_FLOAT64,
  CARROW_INT64,
  CARROW_BOOL,
  CARROW_STRING,
  CARROW_LARGE_STRING,
  // struct<bytes: binary, path: string>
  CARROW_PICTURE,
  // list<list<list<double>>>, each number in lists of its own: statistics of a picture's channels.
  CARROW_CHANNELS,
  CARROW_OTHER
} carrow_type;

typedef enum { CARROW_SCALAR, CARROW_LIST, CARROW_FIXED_LIST } carrow_shape;

typedef struct carrow_column {
  const char *name;
  carrow_type type;
  carrow_shape shape;
  // Of a fixed list; 1 otherwise.
  int32_t count;
} carrow_column;

const char *carrow_error(void);

// Writing. Values are appended to each column, once for each row; carrow_write_rows writes what was
// appended as one row group.
typedef struct carrow_writer carrow_writer;

// `keys` and `values` are the file's own metadata. NULL on failure.
carrow_writer *carrow_create(
  const char *path, const carrow_column *columns, int32_t column_count, const char *const *keys,
  const char *const *values, int32_t metadata_count);
bool carrow_append_floats(carrow_writer *writer, int32_t column, const float *values, int64_t count);
bool carrow_append_doubles(
  carrow_writer *writer, int32_t column, const double *values, int64_t count);
bool carrow_append_integers(
  carrow_writer *writer, int32_t column, const int64_t *values, int64_t count);
bool carrow_append_booleans(
  carrow_writer *writer, int32_t column, const bool *values, int64_t count);
// A text of a scalar column.
bool carrow_append_text(carrow_writer *writer, int32_t column, const char *text, int64_t bytes);
// Texts of a list column, one after the other, each ended by a zero byte.
bool carrow_append_texts(
  carrow_writer *writer, int32_t column, const char *texts, int64_t count);
bool carrow_append_picture(
  carrow_writer *writer, int32_t column, const uint8_t *bytes, int64_t count, const char *path);
bool carrow_write_rows(carrow_writer *writer);
// Writes the file's end. The writer is to be freed all the same.
bool carrow_close(carrow_writer *writer);
void carrow_writer_free(carrow_writer *writer);

// Reading.
typedef struct carrow_reader carrow_reader;

carrow_reader *carrow_open(const char *path);
void carrow_reader_free(carrow_reader *reader);
int64_t carrow_row_count(const carrow_reader *reader);
int32_t carrow_column_count(const carrow_reader *reader);
// The name is valid as long as the reader.
carrow_column carrow_column_at(const carrow_reader *reader, int32_t column);
// NULL where there is no such key.
const char *carrow_metadata(const carrow_reader *reader, const char *key);
// Chooses which columns are read, in the order of their numbers below; call before the first
// carrow_next_rows.
bool carrow_select(
  carrow_reader *reader, const int32_t *columns, int32_t count, int64_t rows_at_once);
// Reads the next rows. Returns how many, 0 at the end, -1 on failure.
int64_t carrow_next_rows(carrow_reader *reader);

// Values of the rows that were read last; `column` counts the chosen ones. Lists, also nested ones,
// are taken flat. Return how many numbers the row has, at most `capacity` are stored; -1 where the
// value is null or of another kind.
int64_t carrow_numbers(
  const carrow_reader *reader, int32_t column, int64_t row, double *values, int64_t capacity);
int64_t carrow_integers(
  const carrow_reader *reader, int32_t column, int64_t row, int64_t *values, int64_t capacity);
// Bytes of a text, or a picture's; NULL where there are none. `index` is the place in a list of
// texts, 0 otherwise. Valid until the next rows are read.
const uint8_t *carrow_bytes(
  const carrow_reader *reader, int32_t column, int64_t row, int64_t index, int64_t *count);
// A picture's path; NULL where there is none.
const uint8_t *carrow_picture_path(
  const carrow_reader *reader, int32_t column, int64_t row, int64_t *count);

#ifdef __cplusplus
}
#endif

#endif
