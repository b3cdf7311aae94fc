// MuJoCo's C interface, and an OpenGL context for it that needs no display.
#ifndef MALLARD_CMUJOCO_H
#define MALLARD_CMUJOCO_H

#include <mujoco/mujoco.h>

// An OpenGL context of one thread.
typedef struct MallardGL MallardGL;

// Makes a context without a window (EGL, surfaceless) and makes it current in this thread.
// Returns NULL and sets *problem to a text that need not be freed when there is none to be had.
MallardGL *mallard_gl_make(const char **problem);

// Releases the context; to be called in the thread that made it, after mjr_freeContext.
void mallard_gl_free(MallardGL *context);

// Lets MuJoCo's warnings be counted instead of written to files and the terminal.
void mallard_count_warnings(void);

// How many warnings there were in this thread since the last call.
int mallard_take_warnings(void);

#endif
