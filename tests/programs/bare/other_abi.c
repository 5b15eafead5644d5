#define FIRST_NAME "first"
#define CHANGE suite.abi_version = PYHARNESS_ABI_VERSION + 1;
#include "suite.inc"
