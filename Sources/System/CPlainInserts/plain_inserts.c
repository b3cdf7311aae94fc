#include "plain_inserts.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static const char *const insert_episode =
    "INSERT INTO episode (id, session, robot, task, seed, startedAt, checksum) "
    "VALUES (?, ?, 'arm-1', 'stack', 1, ?, 0) ON CONFLICT DO NOTHING";

static const char *const insert_step =
    "INSERT INTO step (episode, step, captureTime, receiveTime, author, operator, cause, reason, "
    "requestedAction, executedAction, commandSequence, taskUncertainty, policyUncertainty, "
    "subtask, isLate, endEffectorPose, endEffectorTwist, gripperOpening, jointPositions, "
    "jointVelocities, completed, available, isSuccess, simulatedTime, simulatedPositions, "
    "simulatedVelocities, simulatedObjects, checksum) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING";

static const char *const insert_frame =
    "INSERT INTO frame (episode, step, camera, encoding, width, height, bytes, checksum) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

// Numbers of the sizes that a simulated arm of seven joints and four blocks has.
static const double numbers[64];

static void bind_numbers(sqlite3_stmt *row, int index, int count) {
  sqlite3_bind_blob(row, index, numbers, count * 8, SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *row, int index, const char *text) {
  sqlite3_bind_text(row, index, text, -1, SQLITE_STATIC);
}

static int insert(sqlite3_stmt *row) {
  int code = sqlite3_step(row);
  sqlite3_reset(row);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int insert_one(
    const plain_inserts_load *load, long number, const char *episode, sqlite3_stmt *step,
    sqlite3_stmt *frame) {
  long index = number % load->episode_steps;
  bind_text(step, 1, episode);
  sqlite3_bind_int64(step, 2, index);
  sqlite3_bind_int64(step, 3, 1700000000000000000 + number * 50000000);
  sqlite3_bind_int64(step, 4, 1700000000000000000 + number * 50000000 + 3000000);
  bind_text(step, 5, "human");
  bind_text(step, 6, "ann");
  bind_text(step, 7, "request-served");
  sqlite3_bind_null(step, 8);
  bind_numbers(step, 9, 7);
  bind_numbers(step, 10, 7);
  sqlite3_bind_int64(step, 11, number + 1);
  sqlite3_bind_double(step, 12, 0.125);
  sqlite3_bind_double(step, 13, 0.25);
  bind_text(step, 14, "red-on-blue");
  sqlite3_bind_int64(step, 15, 0);
  bind_numbers(step, 16, 7);
  bind_numbers(step, 17, 6);
  sqlite3_bind_double(step, 18, 0.5);
  bind_numbers(step, 19, 7);
  bind_numbers(step, 20, 7);
  bind_text(step, 21, "[\"red-on-blue\"]");
  bind_text(step, 22, "[\"green-on-red\",\"yellow-on-red\"]");
  sqlite3_bind_int64(step, 23, 0);
  if (load->objects) {
    sqlite3_bind_double(step, 24, 0.5);
    bind_numbers(step, 25, 37);
    bind_numbers(step, 26, 33);
    bind_text(step, 27, load->objects);
  } else {
    for (int column = 24; column <= 27; column++) sqlite3_bind_null(step, column);
  }
  sqlite3_bind_int64(step, 28, 3735928559);
  int code = insert(step);
  if (code) return code;
  long offset = (number * 977) % (load->noise_bytes - load->picture_bytes + 1);
  bind_text(frame, 1, episode);
  sqlite3_bind_int64(frame, 2, index);
  bind_text(frame, 3, "scene");
  bind_text(frame, 4, "jpeg");
  sqlite3_bind_int64(frame, 5, 96);
  sqlite3_bind_int64(frame, 6, 96);
  sqlite3_bind_blob(frame, 7, load->noise + offset, load->picture_bytes, SQLITE_STATIC);
  sqlite3_bind_int64(frame, 8, 3735928559);
  return insert(frame);
}

static int insert_all(sqlite3 *database, const plain_inserts_load *load) {
  sqlite3_stmt *episodes = NULL, *steps = NULL, *frames = NULL;
  int code = sqlite3_prepare_v2(database, insert_episode, -1, &episodes, NULL);
  if (!code) code = sqlite3_prepare_v2(database, insert_step, -1, &steps, NULL);
  if (!code) code = sqlite3_prepare_v2(database, insert_frame, -1, &frames, NULL);
  char episode[64] = "";
  for (long number = 0; number < load->steps && !code; number++) {
    if (number % load->group == 0) code = sqlite3_exec(database, "BEGIN IMMEDIATE", 0, 0, 0);
    if (!code && number % load->episode_steps == 0) {
      snprintf(episode, sizeof episode, "%s-%ld", load->session, number / load->episode_steps + 1);
      bind_text(episodes, 1, episode);
      bind_text(episodes, 2, load->session);
      sqlite3_bind_int64(episodes, 3, 1700000000000000000 + number * 50000000);
      code = insert(episodes);
    }
    if (!code) code = insert_one(load, number, episode, steps, frames);
    int is_last = number % load->group == load->group - 1 || number == load->steps - 1;
    if (!code && is_last) code = sqlite3_exec(database, "COMMIT", 0, 0, 0);
  }
  sqlite3_finalize(episodes);
  sqlite3_finalize(steps);
  sqlite3_finalize(frames);
  return code;
}

int plain_inserts_run(const char *path, const plain_inserts_load *load, double *seconds) {
  double start = now();
  sqlite3 *database = NULL;
  int code = sqlite3_open(path, &database);
  if (!code) {
    code = sqlite3_exec(
        database,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", 0, 0, 0);
  }
  if (!code) code = insert_all(database, load);
  int closing = sqlite3_close(database);
  *seconds = now() - start;
  return code ? code : closing;
}
