#include "times.hpp"

extern "C" int counted_by_exit_code(int value) { return value; }

int main() { times(1111, counted_by_exit_code); }
