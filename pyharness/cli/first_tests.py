"""What `pyharness new` writes: the same few cases in C++ and in C."""

CPP = """\
// `pyharness test` compiles this file and runs its cases. What they test is named in pyharness.toml:
//
//     [build]
//     include = ["include"]           # folders with headers
//     sources = ["src/**/*.cpp"]      # compiled once, and linked with the tests
#include <pyharness/test.hpp>

#include <string>

// A case: its name, and what has to hold. CHECK notes a failure and goes on, REQUIRE ends the case.
TEST("adds") {
  CHECK(1 + 1 == 2);
}

// A fixture is made before each of its cases, and destroyed after it.
struct Greeting {
  std::string text = "hello";
};

TEST_F(Greeting, "grows") {
  text += ", world";
  REQUIRE(text.size() == 12);
  CHECK(text.back() == 'd');
}

// A case for each value: "doubles[1]", "doubles[2]", "doubles[3]". After them come tags; `-k numbers` selects by them.
TEST_EACH("doubles", (int number), values(1, 2, 3), "numbers") {
  CHECK(number + number == 2 * number);
}
"""

C = """\
/* `pyharness test` compiles this file and runs its cases. What they test is named in pyharness.toml:
 *
 *     [build]
 *     include = ["include"]         # folders with headers
 *     sources = ["src/add.c"]       # compiled once, and linked with the tests
 */
#include <pyharness/test.h>

/* A case: its name, and what has to hold. CHECK notes a failure and goes on, REQUIRE leaves the function. */
TEST("adds") {
  CHECK_INT(1 + 1, ==, 2);
}

TEST("compares texts") {
  const char* text = "hello";
  REQUIRE(text != NULL);
  CHECK_STR_EQ(text, "hello");
}

/* A case for each value: "doubles[0]", "doubles[1]", "doubles[2]". Tags come last; `-k numbers` selects by them. */
static const int numbers[] = {1, 2, 3};
TEST_EACH("doubles", const int* number, numbers, .tags = "numbers") {
  CHECK_INT(*number + *number, ==, 2 * *number);
}
"""
