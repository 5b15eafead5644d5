#include "shared.hpp"

struct Product {
  int product = 2 * 2;
};

TEST("same") { CHECK(2 * 2 == 5); }
TEST_F(Product, "same in a fixture") { CHECK(product == 4); }
TEST_EACH("same of", (int number), values(1, 2), "tag") { CHECK(number > 0); }
TEST_EACH_F(Product, "same of both", (int number), values(1, 2)) { CHECK(product == number); }
