// MuJoCo's C interface, and an OpenGL context for it that needs no display.
#ifndef MALLARD_CMUJOCO_H
#define MALLARD_CMUJOCO_H

#include <mujoco/mujoco.h>

// An OpenGL context of one thread.
typedef struct MallardGL MallardGL;

// Makes a context without a window (EGL, surfaceless) and makes it current in this thread.
// Returns NULL and sets *problem to a text that need not be freed when there is none to be had.
MallardGL *mallard_gl_make(const char **problem);

// Makes the context current in this thread, which may have several.
void mallard_gl_use(MallardGL *context);

// Releases the context; to be called in the thread that made it, after mjr_freeContext.
void mallard_gl_free(MallardGL *context);

// Keeps MuJoCo's warnings off the terminal and out of files; mjData counts them all the same.
void mallard_quiet_warnings(void);

// What made the physics of these data unstable since they were last reset: MuJoCo's text, or NULL
// when nothing did. Needs not be freed.
const char *mallard_instability(const mjData *data);

#endif
