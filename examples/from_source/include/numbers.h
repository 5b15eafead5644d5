/* Whole numbers and a few statistics, in C. What may fail returns whether it has not. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t gcd(uint64_t a, uint64_t b);
bool is_prime(uint64_t number);
uint32_t square_root(uint32_t number); /* rounded down */
bool fibonacci(unsigned index, uint64_t* number);
bool parse_int(const char* text, int* number); /* all of the text, in base 10 */
bool to_roman(unsigned number, char text[16]); /* from 1 to 3999 */
unsigned digit_sum(uint64_t number);
unsigned count_bits(uint32_t word);
double mean(const double* values, size_t count);
double median(double* values, size_t count); /* sorts them */
