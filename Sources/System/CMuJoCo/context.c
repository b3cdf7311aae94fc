#include "CMuJoCo.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <stdlib.h>

struct MallardGL {
  EGLDisplay display;
  EGLContext context;
  EGLSurface surface;
};

static void ignore_warning(const char *text) { (void)text; }

void mallard_quiet_warnings(void) { mju_user_warning = ignore_warning; }

const char *mallard_instability(const mjData *data) {
  const int kinds[] = {mjWARN_INERTIA, mjWARN_BADQPOS, mjWARN_BADQVEL, mjWARN_BADQACC,
                       mjWARN_BADCTRL};
  const char *texts[] = {"a mass matrix that cannot be inverted", "positions that are no numbers",
                         "velocities that are no numbers", "accelerations that are no numbers",
                         "controls that are no numbers"};
  for (int i = 0; i < 5; i++)
    if (data->warning[kinds[i]].number > 0) return texts[i];
  return NULL;
}

static MallardGL *fail(MallardGL *context, const char **problem, const char *text) {
  *problem = text;
  if (context->surface != EGL_NO_SURFACE) eglDestroySurface(context->display, context->surface);
  if (context->context != EGL_NO_CONTEXT) eglDestroyContext(context->display, context->context);
  free(context);
  return NULL;
}

MallardGL *mallard_gl_make(const char **problem) {
  // The software renderer would start threads of its own in every robot's process.
  setenv("LP_NUM_THREADS", "0", 0);
  MallardGL *made = calloc(1, sizeof *made);
  if (!made) {
    *problem = "no memory";
    return NULL;
  }
  made->context = EGL_NO_CONTEXT;
  made->surface = EGL_NO_SURFACE;
  PFNEGLGETPLATFORMDISPLAYEXTPROC get_display =
      (PFNEGLGETPLATFORMDISPLAYEXTPROC)eglGetProcAddress("eglGetPlatformDisplayEXT");
  made->display = get_display
                      ? get_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL)
                      : EGL_NO_DISPLAY;
  if (made->display == EGL_NO_DISPLAY || !eglInitialize(made->display, NULL, NULL)) {
    made->display = eglGetDisplay(EGL_DEFAULT_DISPLAY);
    if (made->display == EGL_NO_DISPLAY || !eglInitialize(made->display, NULL, NULL))
      return fail(made, problem, "EGL has no display; install libegl1 and libgl1-mesa-dri");
  }
  const EGLint wanted[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE,
                           EGL_OPENGL_BIT,   EGL_RED_SIZE,    8,
                           EGL_GREEN_SIZE,   8,               EGL_BLUE_SIZE,
                           8,                EGL_DEPTH_SIZE,  24,
                           EGL_NONE};
  EGLConfig config;
  EGLint count = 0;
  if (!eglChooseConfig(made->display, wanted, &config, 1, &count) || count < 1)
    return fail(made, problem, "EGL offers no OpenGL; install libgl1-mesa-dri");
  if (!eglBindAPI(EGL_OPENGL_API))
    return fail(made, problem, "EGL cannot bind OpenGL; install libgl1-mesa-dri");
  made->context = eglCreateContext(made->display, config, EGL_NO_CONTEXT, NULL);
  if (made->context == EGL_NO_CONTEXT)
    return fail(made, problem, "EGL cannot make an OpenGL context");
  const EGLint size[] = {EGL_WIDTH, 16, EGL_HEIGHT, 16, EGL_NONE};
  made->surface = eglCreatePbufferSurface(made->display, config, size);
  if (made->surface == EGL_NO_SURFACE)
    return fail(made, problem, "EGL cannot make a surface off screen");
  if (!eglMakeCurrent(made->display, made->surface, made->surface, made->context))
    return fail(made, problem, "EGL cannot make its context current");
  return made;
}

void mallard_gl_use(MallardGL *context) {
  if (eglGetCurrentContext() == context->context) return;
  eglMakeCurrent(context->display, context->surface, context->surface, context->context);
}

void mallard_gl_free(MallardGL *context) {
  if (!context) return;
  eglMakeCurrent(context->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  eglDestroySurface(context->display, context->surface);
  eglDestroyContext(context->display, context->context);
  eglReleaseThread();
  free(context);
}
