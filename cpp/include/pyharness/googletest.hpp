// Makes the GoogleTest cases of a library (GoogleTest 1.10 or newer) a suite. Include it in one source file of the
// library; `pyharness_add_suite(… FRAMEWORK googletest)` does so, and links GoogleTest as it has to be.
//
// Each case runs as if a program had been started for it alone: global environments, SetUpTestSuite and
// TearDownTestSuite stand around it. Each assertion that fails, and each skip, is reported with its place.
// Thread-safety: a case at a time, see detail/bridge.hpp; in threads of a case, assertions are as safe as GoogleTest's.
#ifndef PYHARNESS_GOOGLETEST_HPP
#define PYHARNESS_GOOGLETEST_HPP

#pragma GCC system_header

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "pyharness/detail/bridge.hpp"

#ifdef GTEST_FLAG_SET
#define PYHARNESS_DETAIL_SET_FLAG(name, value) GTEST_FLAG_SET(name, value)
#else
#define PYHARNESS_DETAIL_SET_FLAG(name, value) (::testing::GTEST_FLAG(name) = (value))
#endif

namespace pyharness::bridge {
namespace {

// The words that this process was started with.
inline std::vector<std::string> command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) {
    words.push_back(word);
  }
  return words;
}

// A death test of the style "threadsafe" starts the process anew: a host that runs the same case, up to that test. In a
// process of another kind it has to fail, not to pass since something else has ended.
inline std::vector<std::string> death_test_command(const std::string& name) {
  char program[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", program, sizeof program);
  const std::string path(program, length < 0 ? 0 : static_cast<std::size_t>(length));
  const bool is_host = path.substr(path.find_last_of('/') + 1) == "pyharness-host";
  Dl_info library{};
  ::dladdr(reinterpret_cast<const void*>(&pyharness_registry), &library);
  char* absolute = ::realpath(library.dli_fname, nullptr);
  std::vector<std::string> words{is_host ? path : "pyharness-host (threadsafe death tests need it)", "run",
                                 absolute == nullptr ? "" : absolute, name};
  ::free(absolute);
  return words;
}

class GoogleTest final : public Framework, public testing::EmptyTestEventListener {
 public:
  // While constructors run: listeners are told of the end in the reverse order, and ours has the last word.
  GoogleTest() { testing::UnitTest::GetInstance()->listeners().Append(this); }
  ~GoogleTest() override { testing::UnitTest::GetInstance()->listeners().Release(this); }

  std::string why_shared() const override {
    return why_not_apart(reinterpret_cast<const void*>(&testing::UnitTest::GetInstance), "7testing");
  }

  std::vector<Case> list() override {
    prepare();
    const testing::UnitTest& all = *testing::UnitTest::GetInstance();
    std::vector<Case> cases;
    for (int suite = 0; suite < all.total_test_suite_count(); ++suite) {
      for (int at = 0; at < all.GetTestSuite(suite)->total_test_count(); ++at) {
        tests_.push_back(all.GetTestSuite(suite)->GetTestInfo(at));
        cases.push_back(described(*tests_.back()));
      }
    }
    return cases;
  }

  void run(std::size_t index, const std::string& name) override {
    wanted_ = tests_[index];
    is_heard_ = true;
    has_begun_ = false;
    has_reported_ = false;
    PYHARNESS_DETAIL_SET_FLAG(filter, filter_of(*wanted_));
#if defined(GTEST_HAS_DEATH_TEST) && GTEST_HAS_DEATH_TEST
    if (!is_death_test_) {
      testing::internal::SetInjectableArgvs(death_test_command(name));
    }
#endif
    (void)testing::UnitTest::GetInstance()->Run();
    if (!has_begun_ && !has_reported_) {
      report_failure(wanted_->file(), line_of(*wanted_),
                     "did not run, because of a failure outside of all cases that an earlier one has reported");
    }
  }

 private:
  static std::uint32_t line_of(const testing::TestInfo& test) {
    return static_cast<std::uint32_t>(std::max(test.line(), 0));
  }

  static std::string full_name(const testing::TestInfo& test) {
    return std::string(test.test_suite_name()) + "." + test.name();
  }

  static Case described(const testing::TestInfo& test) {
    return {{in_one_line(full_name(test))},
            test.file() == nullptr ? "" : test.file(),
            line_of(test),
            "",
            is_disabled(test.test_suite_name()) || is_disabled(test.name())};
  }

  static bool is_disabled(const std::string& part) {
    return part.rfind("DISABLED_", 0) == 0 || part.find("/DISABLED_") != std::string::npos;
  }

  // A filter has no escapes. What it gives a meaning to is matched by `?`, and what that runs beside is not reported.
  static std::string filter_of(const testing::TestInfo& test) {
    std::string pattern = full_name(test);
    std::replace_if(
        pattern.begin(), pattern.end(),
        [](char each) { return std::string(":*-\r\n").find(each) != std::string::npos; }, '?');
    return pattern;
  }

  // Later versions end it with a line break.
  static std::string text_of(const testing::TestPartResult& part) {
    const std::string text = part.message();
    return text.substr(0, text.find_last_not_of('\n') + 1);
  }

  void prepare() {
    steer();
    std::vector<std::string> words = command_line();
    is_death_test_ = std::any_of(words.begin(), words.end(), [](const std::string& word) {
      return word.rfind("--gtest_internal_run_death_test=", 0) == 0;
    });
    std::vector<char*> argv;
    for (std::string& word : words) {
      argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    int argc = static_cast<int>(words.size());
    testing::InitGoogleTest(&argc, argv.data());
    testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
  }

  // Whatever the environment says, each case can run, once, and results go nowhere else.
  static void steer() {
    for (const char* name : {"GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE", "TEST_TOTAL_SHARDS",
                             "TEST_SHARD_INDEX", "TEST_SHARD_STATUS_FILE", "TEST_PREMATURE_EXIT_FILE"}) {
      ::unsetenv(name);
    }
    PYHARNESS_DETAIL_SET_FLAG(also_run_disabled_tests, true);
    PYHARNESS_DETAIL_SET_FLAG(break_on_failure, false);
    PYHARNESS_DETAIL_SET_FLAG(catch_exceptions, true);
    PYHARNESS_DETAIL_SET_FLAG(list_tests, false);
    PYHARNESS_DETAIL_SET_FLAG(output, "");
    PYHARNESS_DETAIL_SET_FLAG(repeat, 1);
    PYHARNESS_DETAIL_SET_FLAG(shuffle, false);
    PYHARNESS_DETAIL_SET_FLAG(throw_on_failure, false);
  }

  void OnTestStart(const testing::TestInfo& test) override {
    is_heard_ = &test == wanted_;
    has_begun_ |= is_heard_;
  }
  void OnTestEnd(const testing::TestInfo& /*test*/) override { is_heard_ = true; }

  // Also for what fails in environments and in the set-up of suites. GoogleTest holds a lock meanwhile.
  void OnTestPartResult(const testing::TestPartResult& part) override {
    if (!is_heard_ || part.passed()) {
      return;
    }
    has_reported_ = true;
    const auto line = static_cast<std::uint32_t>(std::max(part.line_number(), 0));
    (part.skipped() ? report_skip : report_failure)(part.file_name(), line, text_of(part));
  }

#if GTEST_HAS_EXCEPTIONS
  // GoogleTest 1.15 and later would delete the global environments now, and the next case could not use them. This is
  // the exception that GoogleTest takes from listeners without a word.
  void OnTestProgramEnd(const testing::UnitTest& /*all*/) override {
    throw testing::AssertionException(testing::TestPartResult(testing::TestPartResult::kSuccess, "", 0, ""));
  }
#endif

  std::vector<const testing::TestInfo*> tests_;
  const testing::TestInfo* wanted_ = nullptr;
  bool is_heard_ = true;  // false while a case runs that was not asked for
  bool has_begun_ = false;
  bool has_reported_ = false;
  bool is_death_test_ = false;  // this process is one half of a threadsafe death test
};

GoogleTest googletest;
Source googletest_source(googletest);

}  // namespace
}  // namespace pyharness::bridge

#endif
