#include <cstddef>

#include "os/floating_point_mode.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace pyharness::os {

namespace {

#if defined(__x86_64__)

// The x87 control word above the SSE one; the C library sets both alike, compilers and intrinsics only the latter.
constexpr unsigned x87_shift = 32;
constexpr std::uint64_t happened_bits = 0x3fU;
constexpr std::uint64_t trap_bits = 0x1f80U | (std::uint64_t{0x3f} << x87_shift);
constexpr std::uint64_t rounding_bits = 0x6000U | (std::uint64_t{0x0c00} << x87_shift);

std::uint64_t read_control() {
  std::uint16_t x87 = 0;
  asm volatile("fnstcw %0" : "=m"(x87));
  return (std::uint64_t{x87} << x87_shift) | (_mm_getcsr() & ~happened_bits);
}

void write_control(std::uint64_t control) {
  const auto x87 = static_cast<std::uint16_t>(control >> x87_shift);
  // Cleared first: fldcw itself traps when a trap is on for something that has happened.
  asm volatile("fnclex\n\tfldcw %0" : : "m"(x87));
  _mm_setcsr(static_cast<unsigned>(control & 0xffffffffU) | (_mm_getcsr() & static_cast<unsigned>(happened_bits)));
}

std::size_t rounding_of(std::uint64_t control, std::uint64_t changed) {
  return ((changed & 0x6000U) != 0 ? control >> 13U : control >> (x87_shift + 10U)) & 3U;
}

constexpr const char* rounding_names[] = {"to nearest", "downward", "upward", "toward zero"};

#elif defined(__aarch64__)

constexpr std::uint64_t trap_bits = 0x9f00;
constexpr std::uint64_t rounding_bits = 0xc00000;

std::uint64_t read_control() {
  std::uint64_t control = 0;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  return control;
}

void write_control(std::uint64_t control) { asm volatile("msr fpcr, %0" : : "r"(control)); }

std::size_t rounding_of(std::uint64_t control, std::uint64_t /*changed*/) { return (control >> 22U) & 3U; }

constexpr const char* rounding_names[] = {"to nearest", "upward", "downward", "toward zero"};

#else
#error "pyharness runs on x86-64 and aarch64"
#endif

}  // namespace

FloatingPointMode::FloatingPointMode() : control_(read_control()) {}

bool FloatingPointMode::changed() const { return read_control() != control_; }

std::string FloatingPointMode::restore() {
  const std::uint64_t now = read_control();
  const std::uint64_t changed = now ^ control_;
  if (changed == 0) {
    return {};
  }
  write_control(control_);
  if ((changed & rounding_bits) != 0) {
    return std::string("changed the rounding mode to ") + rounding_names[rounding_of(now, changed)];
  }
  return (changed & trap_bits) != 0 ? "changed which floating-point exceptions trap"
                                    : "changed how floating-point numbers are calculated (denormals or precision)";
}

}  // namespace pyharness::os
