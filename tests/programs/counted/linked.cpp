#include "times.hpp"

extern "C" int counted_in_shared(int value);

int main() { times(11, counted_in_shared); }
