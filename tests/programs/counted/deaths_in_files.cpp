#include "deaths.cpp"
