#define FIRST_NAME "first"
#define CHANGE suite.size = 8;
#include "suite.inc"
