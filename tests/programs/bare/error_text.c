#define FIRST_NAME "first"
#define CHANGE suite.error = "the moon is in the wrong phase";
#include "suite.inc"
