// libspnav, which speaks to spacenavd, the daemon that owns SpaceMice. Its header would draw in
// those of X11, which are not needed: what is called is declared here, as spnav.h has it.
#include <stdint.h>

enum { SPNAV_SHIM_MOTION = 1, SPNAV_SHIM_BUTTON = 2 };

// The members of spnav.h's union that are read here. The union's largest member has 10 words;
// the space here is more than any version needs.
typedef union {
  int type;
  struct {
    int type;
    int x, y, z;
    int rx, ry, rz;
  } motion;
  struct {
    int type;
    int press;
    int number;
  } button;
  int64_t space[32];
} spnav_shim_event;

int spnav_open(void);
int spnav_close(void);
int spnav_fd(void);
int spnav_poll_event(spnav_shim_event *event);
