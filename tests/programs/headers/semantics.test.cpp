// What test.hpp promises, a case for each promise. tests/headers/ knows the lines by their marks.
#include <pyharness/test.hpp>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace {
struct Opaque {
  int value;
  bool operator==(const Opaque& other) const { return value == other.value; }
};
enum class Color { red = 3, green = 4 };
int evaluated = 0;
int count_up() { return ++evaluated; }
}  // namespace

TEST("numbers") { CHECK(1 + 1 == 3); }  // mark: numbers
TEST("strings") {
  const std::string left = "a\tb\"";
  CHECK(left == "c\n");
}
TEST("containers") { CHECK(std::vector<int>{1, 2} == (std::vector<int>{1, 3})); }
TEST("maps") { CHECK(std::map<std::string, int>{{"a", 1}}.empty()); }
TEST("optional") { CHECK(std::optional<int>() == std::optional<int>(4)); }
TEST("pointer") {
  const int* nothing = nullptr;
  CHECK(nothing != nullptr);
  CHECK(nothing != NULL);
}
TEST("opaque") { CHECK(Opaque{1} == Opaque{2}); }
TEST("enum") { CHECK(Color::red == Color::green); }
TEST("bool") { const bool fine = false; CHECK(fine); }
TEST("chars") { CHECK('a' == '\n'); }
TEST("doubles") { CHECK(0.1 + 0.2 == 0.3); }
TEST("check goes on") {
  CHECK(false);
  CHECK(1 > 2);
}
TEST("require leaves") {
  REQUIRE(false);
  FAIL("not reached");
}
TEST("check false") { CHECK_FALSE(2 == 2); REQUIRE_FALSE(true); FAIL("not reached"); }
TEST("evaluated once") {
  evaluated = 0;
  CHECK(count_up() == 7);
  CHECK(evaluated == 1);
}
TEST("throws as", "throwing") {
  CHECK_THROWS_AS(throw std::out_of_range("x"), std::logic_error);
  CHECK_THROWS_AS(throw 1, std::logic_error);
  CHECK_THROWS_AS((void)0, std::logic_error);
}
TEST("throws", "throwing") {
  CHECK_THROWS(throw 1);
  CHECK_THROWS((void)0);
  CHECK_NOTHROW((void)0);
  CHECK_NOTHROW(throw std::runtime_error("loud"));
}
TEST("require throws", "throwing") {
  REQUIRE_THROWS_AS((void)0, std::exception);
  FAIL("not reached");
}
TEST("fail") { FAIL("got " << 7 << " of " << std::string("eight")); }
TEST("skip") { SKIP("needs " << 2 << " cores"); }
TEST("info") {
  INFO("outer " << 1);
  {
    INFO("inner");
    CHECK(false);
  }
  CHECK(false);
}
TEST("info is gone") { CHECK(false); }
static void helper(int value) { REQUIRE(value == 0); }
TEST("helper leaves the case") {
  helper(1);
  FAIL("not reached");
}
TEST("commas") { CHECK(std::tuple<int, int>{1, 2} == std::tuple<int, int>{1, 3}); }
TEST("logic in parentheses") { CHECK((1 == 1 && 2 == 3)); }

struct Counter {
  Counter() { ++alive; }
  ~Counter() { --alive; }
  static inline thread_local int alive = 0;
  int value = 5;
};
TEST_F(Counter, "fixture", "fixtures") {
  CHECK(alive == 1);
  CHECK(value == 5);
}
TEST_EACH_F(Counter, "fixture with", (int number, char letter), combine(values(1, 2), values('a')), "fixtures") {
  CHECK(alive == 1);
  CHECK(value + number > 5);
  CHECK(letter == 'a');
}
TEST_F(Counter, "fixture is destroyed", "fixtures") {
  CHECK(alive == 1);
  REQUIRE(value == 6);
}

TEST_EACH("number", (int number), range(0, 3)) { CHECK(number < 2); }
TEST_EACH("word", (const std::string& word), values("one", "two words", "a/b")) { CHECK(!word.empty()); }
TEST_EACH("both", (int number, bool flag), combine(values(1, 2), values(true, false))) { CHECK((flag || number > 0)); }
TEST_EACH("same", (int number), values(7, 7, 8)) { CHECK(number > 6); }
TEST_EACH("opaque", (Opaque thing), values(Opaque{1}, Opaque{2})) { CHECK(thing.value > 0); }
TEST_EACH("line end", (const char* word), values("a\nb", "c")) { CHECK(word[0] != 0); }
TEST_EACH("none", (int), std::vector<int>{}) { FAIL("has no element"); }
TEST("options", "one", "two", serial, timeout(2500ms)) {}
TEST("no limit", timeout(0s)) {}
TEST("off", disabled) {}
TEST("among threads", isolation::thread) {}
TEST("apart", threads_required(3), "tagged", isolation::process) {}
TEST("alone", isolation::per_case) {}
TEST_EACH("each apart", (int number), values(7), isolation::process) { CHECK(number == 7); }
TEST_EACH_F(Counter, "each alone", (int number), values(7), isolation::per_case) { CHECK(number == 7); }
PYHARNESS_TEST("prefixed") { PYHARNESS_CHECK(1 == 1); }
