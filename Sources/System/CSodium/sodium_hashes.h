// libsodium, which libzmq brings with it.
#include <sodium/core.h>
#include <sodium/crypto_generichash.h>
