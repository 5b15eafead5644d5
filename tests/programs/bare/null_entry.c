#define FIRST_NAME "first"
#define CHANGE return NULL;
#include "suite.inc"
