#define FIRST_NAME "first"
#define CHANGE suite.case_count = 0;
#include "suite.inc"
