#include <doctest/doctest.h>

#include "times.hpp"

extern "C" int counted_by_doctest(int value) { return value; }

TEST_CASE("ones") { times(1, counted_by_doctest); }
TEST_CASE("tens") { times(10, counted_by_doctest); }
TEST_CASE("hundreds") { times(100, counted_by_doctest); }
TEST_CASE("thousands") { times(1000, counted_by_doctest); }
