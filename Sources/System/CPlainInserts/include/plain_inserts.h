// A plain loop of SQLite inserts in C: what `mallard bench recording` is measured beside.
#ifndef PLAIN_INSERTS_H
#define PLAIN_INSERTS_H

#include <stdint.h>

// What is inserted: `steps` rows of `step`, each with a row of `frame` of `picture_bytes` bytes out
// of `noise`, `group` of them in each transaction; a row of `episode` every `episode_steps` steps.
typedef struct {
  long steps;
  int episode_steps;
  int group;
  int picture_bytes;
  const uint8_t *noise;
  long noise_bytes;
  const char *session;
  // A constant text for the column simulatedObjects; NULL for a robot that is no simulation.
  const char *objects;
} plain_inserts_load;

// Inserts into a recording that is there and has the session, which commits as the recorder does:
// WAL, synchronous = FULL, foreign keys on. Returns SQLite's code; `seconds` from opening to closing.
int plain_inserts_run(const char *path, const plain_inserts_load *load, double *seconds);

#endif
