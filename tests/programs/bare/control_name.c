#define FIRST_NAME "tab\there"
#define CHANGE 
#include "suite.inc"
