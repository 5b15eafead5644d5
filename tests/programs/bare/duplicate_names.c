#define FIRST_NAME "second"
#define CHANGE 
#include "suite.inc"
