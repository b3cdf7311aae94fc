// Video files through libav. A function that can fail says so by its result; the coder then has the
// text.
#ifndef MALLARD_CAV_H
#define MALLARD_CAV_H

#include <stdbool.h>
#include <stdint.h>

// Where a text of what went wrong is put.
typedef struct CAVProblem {
  char text[256];
} CAVProblem;

typedef struct CAVEncoder CAVEncoder;

// Makes a video of pictures that follow each other at rate_numerator / rate_denominator Hz.
// `options` is a list for the codec, for example "preset=12;crf=30;g=2". NULL on failure.
CAVEncoder *cav_encoder_open(
  const char *path, const char *codec, const char *options, int width, int height,
  int rate_numerator, int rate_denominator, CAVProblem *problem);

// Adds a picture, rows from the top, [height, width, 3].
bool cav_encoder_add(CAVEncoder *encoder, const uint8_t *rgb, CAVProblem *problem);

// Writes what the codec still holds and the file's end. The encoder is to be freed all the same.
bool cav_encoder_finish(CAVEncoder *encoder, CAVProblem *problem);

void cav_encoder_free(CAVEncoder *encoder);

typedef struct CAVDecoder CAVDecoder;

// Opens the first video of a file. NULL on failure.
CAVDecoder *cav_decoder_open(const char *path, CAVProblem *problem);
int cav_decoder_width(const CAVDecoder *decoder);
int cav_decoder_height(const CAVDecoder *decoder);

// Goes to the key picture at or before `seconds`.
bool cav_decoder_seek(CAVDecoder *decoder, double seconds, CAVProblem *problem);

// Reads the next picture into rgb, [height, width, 3], and its time.
// Returns 1, 0 at the end, or -1 on failure.
int cav_decoder_next(CAVDecoder *decoder, uint8_t *rgb, double *seconds, CAVProblem *problem);

void cav_decoder_free(CAVDecoder *decoder);

#endif
