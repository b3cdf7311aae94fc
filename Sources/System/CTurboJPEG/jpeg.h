// libjpeg-turbo.
#include <turbojpeg.h>
