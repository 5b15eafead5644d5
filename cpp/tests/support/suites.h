// Where the suites and the host are that the tests use, and with what they were built.
#pragma once

#include <string>
#include <string_view>

namespace pyharness::test {

inline const std::string host_program = PYHARNESS_TEST_HOST;
inline const std::string bare_suite = PYHARNESS_TEST_BARE;
inline const std::string ordinary_suite = PYHARNESS_TEST_ORDINARY;
inline const std::string counted_suite = PYHARNESS_TEST_COUNTED;
inline const std::string deadly_suite = PYHARNESS_TEST_DEADLY;
inline const std::string flaky_suite = PYHARNESS_TEST_FLAKY;
inline const std::string leaving_suite = PYHARNESS_TEST_LEAVING;
inline const std::string not_a_suite = PYHARNESS_TEST_NOT_A_SUITE;
inline const std::string constructor_crashes = PYHARNESS_TEST_CONSTRUCTOR_CRASHES;
inline const std::string constructor_exits = PYHARNESS_TEST_CONSTRUCTOR_EXITS;
inline const std::string constructor_hangs = PYHARNESS_TEST_CONSTRUCTOR_HANGS;

// "", "address" or "thread".
inline constexpr std::string_view sanitizer = PYHARNESS_TEST_SANITIZER;

}  // namespace pyharness::test
