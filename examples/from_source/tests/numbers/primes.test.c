#include <pyharness/test.h>

#include "numbers.h"

static const unsigned primes[] = {2, 3, 5, 97, 7919};
static const unsigned others[] = {0, 1, 4, 91, 7917};

TEST_EACH("is prime", const unsigned* number, primes) { CHECK(is_prime(*number)); }
TEST_EACH("is not prime", const unsigned* number, others) { CHECK(!is_prime(*number)); }
