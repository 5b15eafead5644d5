#define FIRST_NAME "first"
#define CHANGE 
#include "suite.inc"
