#ifndef MALLARD_CAV_PROBLEM_H
#define MALLARD_CAV_PROBLEM_H

#include <libavutil/error.h>
#include <stdio.h>

#include "include/CAV.h"

// Notes what failed, with libav's text for `code`; code 0 has none.
static inline void cav_say(CAVProblem *problem, const char *what, int code) {
  if (problem == NULL) return;
  char reason[128] = "";
  if (code != 0) av_strerror(code, reason, sizeof reason);
  snprintf(
    problem->text, sizeof problem->text, "%s%s%s", what, reason[0] == 0 ? "" : ": ", reason);
}

#endif
