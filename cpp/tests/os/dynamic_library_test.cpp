// Loading shared libraries.
#include "os/dynamic_library.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "support/suites.h"

using pyharness::os::DynamicLibrary;

TEST_CASE("dynamic library: finds what is exported, and nothing else") {
  const DynamicLibrary library(pyharness::test::not_a_suite);
  CHECK(library.symbol("nothing_to_see") != nullptr);
  CHECK(library.symbol("pyharness_suite_entry") == nullptr);
}

TEST_CASE("dynamic library: the loader's reason comes with the exception") {
  CHECK_THROWS_WITH_AS(DynamicLibrary("/nowhere/libmissing.so"), doctest::Contains("/nowhere/libmissing.so"),
                       std::runtime_error);
  CHECK_THROWS_WITH_AS(DynamicLibrary("libc.so.6"), doctest::Contains("./libc.so.6"), std::runtime_error);
}
