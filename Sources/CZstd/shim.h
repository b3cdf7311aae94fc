// libzstd.
#include <zstd.h>
