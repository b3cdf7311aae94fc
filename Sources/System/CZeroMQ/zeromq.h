// libzmq, and the counter descriptor with which a polling thread is woken.
#include <sys/eventfd.h>
#include <zmq.h>
