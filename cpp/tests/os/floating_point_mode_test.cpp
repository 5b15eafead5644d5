// Changes of how a thread calculates are named and put back; what it has calculated is not a change.
#include "os/floating_point_mode.h"

#include <doctest/doctest.h>
#include <fenv.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

using namespace pyharness;

TEST_CASE("floating-point mode: a changed rounding mode is named and put back") {
  os::FloatingPointMode mode;
  CHECK_FALSE(mode.changed());
  ::fesetround(FE_UPWARD);
  CHECK(mode.changed());
  CHECK(mode.restore() == "changed the rounding mode to upward");
  CHECK(::fegetround() == FE_TONEAREST);
  CHECK_FALSE(mode.changed());
  ::fesetround(FE_DOWNWARD);
  CHECK(mode.restore() == "changed the rounding mode to downward");
  ::fesetround(FE_TOWARDZERO);
  CHECK(mode.restore() == "changed the rounding mode to toward zero");
  CHECK(mode.restore().empty());
}

TEST_CASE("floating-point mode: what has happened in calculations is no change") {
  ::feclearexcept(FE_ALL_EXCEPT);
  os::FloatingPointMode mode;
  ::feraiseexcept(FE_INEXACT | FE_DIVBYZERO);
  CHECK_FALSE(mode.changed());
  CHECK(mode.restore().empty());
  CHECK(::fetestexcept(FE_DIVBYZERO) == FE_DIVBYZERO);
  ::feclearexcept(FE_ALL_EXCEPT);
}

#if defined(__x86_64__)

TEST_CASE("floating-point mode: traps are put back, also when one of them is due") {
  os::FloatingPointMode mode;
  fenv_t environment{};
  ::fegetenv(&environment);
  const fenv_t before = environment;
  environment.__status_word |= FE_DIVBYZERO;  // has happened on the x87 unit …
  environment.__control_word = static_cast<unsigned short>(environment.__control_word & ~FE_DIVBYZERO);
  ::fesetenv(&environment);  // … and now ends the process at the unit's next instruction
  const std::string text = mode.restore();
  ::fesetenv(&before);
  CHECK(text == "changed which floating-point exceptions trap");
}

TEST_CASE("floating-point mode: flush to zero is put back") {
  os::FloatingPointMode mode;
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  CHECK(mode.restore() == "changed how floating-point numbers are calculated (denormals or precision)");
  CHECK(_MM_GET_FLUSH_ZERO_MODE() == _MM_FLUSH_ZERO_OFF);
}

TEST_CASE("floating-point mode: a rounding mode that only the SSE unit has is found") {
  os::FloatingPointMode mode;
  _MM_SET_ROUNDING_MODE(_MM_ROUND_UP);
  CHECK(mode.restore() == "changed the rounding mode to upward");
}

#endif
