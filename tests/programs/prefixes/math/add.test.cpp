#include "../shared.hpp"

struct Sum {
  int sum = 1 + 2;
};

TEST("same") { CHECK(1 + 2 == 3); }
TEST_F(Sum, "same in a fixture") { CHECK(sum == 3); }
TEST_EACH("same of", (int number), values(1, 2), "tag") { CHECK(number < 2); }
TEST_EACH("same of nothing", (int number), range(0, 0)) { CHECK(number < 2); }
TEST_EACH_F(Sum, "same of both", (int number), values(1, 2)) { CHECK(sum == number); }
