#include "numbers.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

uint64_t gcd(uint64_t a, uint64_t b) {
  while (b != 0) {
    const uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

bool is_prime(uint64_t number) {
  for (uint64_t divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor == 0) return false;
  }
  return number >= 2;
}

uint32_t square_root(uint32_t number) {
  uint32_t root = 0;
  for (uint32_t bit = 1u << 15; bit != 0; bit >>= 1) {
    if ((uint64_t)(root | bit) * (root | bit) <= number) root |= bit;
  }
  return root;
}

bool fibonacci(unsigned index, uint64_t* number) {
  uint64_t next = 1;
  *number = 0;
  for (; index != 0; --index) {
    const uint64_t sum = *number + next;
    if (sum < next) return false;
    *number = next;
    next = sum;
  }
  return true;
}

bool parse_int(const char* text, int* number) {
  char* end;
  errno = 0;
  const long value = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || value < INT_MIN || value > INT_MAX) return false;
  *number = (int)value;
  return true;
}

bool to_roman(unsigned number, char text[16]) {
  static const unsigned values[] = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
  static const char* const letters[] = {"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"};
  if (number < 1 || number > 3999) return false;
  text[0] = '\0';
  for (size_t at = 0; number != 0; ++at) {
    for (; number >= values[at]; number -= values[at]) strcat(text, letters[at]);
  }
  return true;
}

unsigned digit_sum(uint64_t number) {
  unsigned sum = 0;
  for (; number != 0; number /= 10) sum += (unsigned)(number % 10);
  return sum;
}

unsigned count_bits(uint32_t word) {
  unsigned count = 0;
  for (; word != 0; word &= word - 1) ++count;
  return count;
}

double mean(const double* values, size_t count) {
  double sum = 0;
  for (size_t at = 0; at < count; ++at) sum += values[at];
  return sum / (double)count;
}

static int compare(const void* left, const void* right) {
  const double a = *(const double*)left;
  const double b = *(const double*)right;
  return (a > b) - (a < b);
}

double median(double* values, size_t count) {
  qsort(values, count, sizeof *values, compare);
  return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
