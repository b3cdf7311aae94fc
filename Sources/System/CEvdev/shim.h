// libevdev, by its folder below the system's: no pkg-config is needed.
#include <libevdev-1.0/libevdev/libevdev.h>

// libevdev-uinput.h, which cannot be found without pkg-config: virtual devices, for tests.
struct libevdev_uinput;
enum { MALLARD_UINPUT_OPEN_MANAGED = -2 };
int libevdev_uinput_create_from_device(
    const struct libevdev *device, int descriptor, struct libevdev_uinput **made);
void libevdev_uinput_destroy(struct libevdev_uinput *device);
int libevdev_uinput_write_event(
    const struct libevdev_uinput *device, unsigned int type, unsigned int code, int value);
