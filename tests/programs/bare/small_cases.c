#define FIRST_NAME "first"
#define CHANGE suite.case_size = 8;
#include "suite.inc"
