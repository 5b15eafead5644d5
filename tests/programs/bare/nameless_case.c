#define FIRST_NAME NULL
#define CHANGE 
#include "suite.inc"
