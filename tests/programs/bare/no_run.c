#define FIRST_NAME "first"
#define CHANGE suite.run = NULL;
#include "suite.inc"
