// Makes the doctest cases of a library (doctest 2.4 or newer) a suite. Include it in one source file of the library;
// `pyharness_add_suite(… FRAMEWORK doctest)` does so. That file has all of doctest in it, and no other one may define
// DOCTEST_CONFIG_IMPLEMENT or DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN.
//
// A case runs with all of its subcases, as in a program that is started for it alone; listeners of the tests are told
// of each as of a run. Each assertion that fails is reported with its place. Output goes where it is written.
// Thread-safety: a case at a time, see detail/bridge.hpp; assertions in threads of a case are allowed, as in doctest.
#ifndef PYHARNESS_DOCTEST_HPP
#define PYHARNESS_DOCTEST_HPP

#pragma GCC system_header

#ifndef DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_IMPLEMENT
#endif
#ifndef DOCTEST_CONFIG_NO_POSIX_SIGNALS
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS  // crashes are the host's to tell
#endif
#include <doctest/doctest.h>

#include <cstdio>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "pyharness/detail/bridge.hpp"

namespace pyharness::bridge {
namespace {

inline std::string text_of(const char* text) { return text == nullptr ? "" : text; }
// doctest's own kinds of strings, which are not the same in all versions.
template <class Text>
std::string text_of(const Text& text) {
  return text.c_str();
}

// As a report of doctest has it.
inline std::string name_of(const char* text) {
  std::string name = text_of(text);
  for (char& character : name) {
    character = character == '\t' || character == '\r' || character == '\n' ? ' ' : character;
  }
  return in_one_line(name);
}

// What the reporter, which doctest makes anew for each run, leaves behind.
std::vector<const doctest::TestCaseData*> listed_tests;

// Reports what the case that runs has to say; answers the question which cases there are.
class Reporter final : public doctest::IReporter {
 public:
  explicit Reporter(const doctest::ContextOptions& /*options*/) {}

  void report_query(const doctest::QueryData& query) override {
    listed_tests.assign(query.data, query.data + query.num_data);
  }

  void test_case_start(const doctest::TestCaseData& test) override {
    test_ = &test;
    is_lenient_ = test.m_may_fail || test.m_should_fail || test.m_expected_failures > 0;
  }

  void subcase_start(const doctest::SubcaseSignature& subcase) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    subcases_.push_back(text_of(subcase.m_name));
  }
  void subcase_end() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    subcases_.pop_back();
  }

  void log_assert(const doctest::AssertData& assertion) override {
    if (!assertion.m_failed) {
      return;
    }
    const std::string text = message(assertion);
    if ((assertion.m_at & doctest::assertType::is_warn) != 0) {
      std::printf("%s:%d: %s\n", assertion.m_file, assertion.m_line, text.c_str());
    } else {
      fail(assertion.m_file, assertion.m_line, text);
    }
  }

  void log_message(const doctest::MessageData& logged) override {
    const std::string text = text_of(logged.m_string);
    if ((logged.m_severity & doctest::assertType::is_warn) != 0) {
      std::printf("%s:%d: %s\n", text_of(logged.m_file).c_str(), logged.m_line, with_notes({text}).c_str());
    } else {
      fail(logged.m_file, logged.m_line, with_notes({text, subcase()}));
    }
  }

  void test_case_exception(const doctest::TestCaseException& error) override {
    fail(text_of(test_->m_file).c_str(), static_cast<int>(test_->m_line),
         with_thrown_notes({"unexpected exception: " + text_of(error.error_string), subcase()}));
  }

  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (stats.testCaseSuccess) {
      return;
    }
    for (const Held& failure : held_) {
      report_failure(failure.file.c_str(), failure.line, failure.message);
    }
    const std::string why = why_beside_assertions(stats);
    if (!why.empty() || !has_failed_) {
      report_failure(text_of(test_->m_file).c_str(), test_->m_line,
                     why.empty() ? "failed without a failed assertion" : why);
    }
  }

  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& /*stats*/) override {}
  void test_case_reenter(const doctest::TestCaseData& /*test*/) override {}
  void test_case_skipped(const doctest::TestCaseData& /*test*/) override {}

 private:
  struct Held {
    std::string file;
    std::uint32_t line;
    std::string message;
  };

  // What a decorator allows counts only if the case has failed in the end.
  void fail(const char* file, int line, const std::string& text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    has_failed_ = true;
    if (is_lenient_) {
      held_.push_back({text_of(file), static_cast<std::uint32_t>(line), text});
    } else {
      report_failure(file, static_cast<std::uint32_t>(line), text);
    }
  }

  std::string message(const doctest::AssertData& assertion) {
    const auto is = [&](int kind) { return (assertion.m_at & kind) != 0; };
    const std::string original = text_of(assertion.m_expr);
    const std::string expanded = text_of(assertion.m_decomp);
    const std::string arguments =
        joined({original, is(doctest::assertType::is_throws_as) ? text_of(assertion.m_exception_type) : "",
                is(doctest::assertType::is_throws_with) ? text_of(assertion.m_exception_string) : ""},
               ", ");
    std::vector<std::string> lines{text_of(doctest::assertString(assertion.m_at)) + "(" + arguments + ")"};
    if (assertion.m_threw) {
      lines.push_back("threw: " + text_of(assertion.m_exception));
    } else if (is(doctest::assertType::is_throws) || arguments != original) {
      lines.push_back("threw nothing");
    } else if (!expanded.empty() && expanded != original) {
      lines.push_back("expands to: " + expanded);
    }
    lines.push_back(subcase());
    return with_notes(std::move(lines));
  }

  std::string subcase() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return subcases_.empty() ? "" : "subcase: " + joined(subcases_, " / ");
  }

  static std::string with_notes(std::vector<std::string> lines) {
    for (int at = 0; at < get_num_active_contexts(); ++at) {
      std::ostringstream note;
      get_active_contexts()[at]->stringify(&note);
      lines.push_back("info: " + note.str());
    }
    return joined(lines);
  }

  // An exception has left the blocks of the notes already.
  static std::string with_thrown_notes(std::vector<std::string> lines) {
    for (int at = get_num_stringified_contexts() - 1; at >= 0; --at) {
      lines.push_back("info: " + text_of(get_stringified_contexts()[at]));
    }
    return joined(lines);
  }

  std::string why_beside_assertions(const doctest::CurrentTestCaseStats& stats) const {
    const auto is = [&](int flag) { return (stats.failure_flags & flag) != 0; };
    if (is(doctest::TestCaseFailureReason::Timeout)) {
      std::ostringstream text;
      text << "took " << stats.seconds << " s, more than its limit of " << test_->m_timeout << " s";
      return text.str();
    }
    if (is(doctest::TestCaseFailureReason::DidntFailExactlyNumTimes)) {
      return "should fail " + std::to_string(test_->m_expected_failures) + " times, but failed " +
             std::to_string(stats.numAssertsFailedCurrentTest) + " times";
    }
    return is(doctest::TestCaseFailureReason::ShouldHaveFailedButDidnt) ? "should fail, but passed" : "";
  }

  std::mutex mutex_;  // assertions come from all threads of a case
  const doctest::TestCaseData* test_ = nullptr;
  std::vector<std::string> subcases_;
  std::vector<Held> held_;
  bool is_lenient_ = false;
  bool has_failed_ = false;
};

class Doctest final : public Framework {
 public:
  Doctest() { doctest::detail::registerReporterImpl("pyharness", 0, doctest::detail::reporterCreator<Reporter>, true); }

  std::string why_shared() const override {
    return why_not_apart(reinterpret_cast<const void*>(&doctest::detail::regTest), "7doctest");
  }

  std::vector<Case> list() override {
    const char* const words[] = {"", "--dt-list-test-cases"};  // it can be no option
    doctest::Context context(2, words);
    steer(context);
    context.run();
    std::vector<Case> cases;
    for (const doctest::TestCaseData* test : listed_tests) {
      cases.push_back(described(*test));
    }
    return cases;
  }

  // By its place in the list: names repeat, and mean something to filters.
  void run(std::size_t index, const std::string& /*name*/) override {
    doctest::Context context;
    steer(context);
    const int place = static_cast<int>(index) + 1;
    context.setOption("first", place);
    context.setOption("last", place);
    context.run();
  }

 private:
  static void steer(doctest::Context& context) {
    context.addFilter("reporters", "pyharness");
    context.setOption("order-by", "file");
    context.setOption("no-skip", true);
    context.setOption("no-breaks", true);
  }

  static Case described(const doctest::TestCaseData& test) {
    const std::string file = text_of(test.m_file);
    const std::string suite = text_of(test.m_test_suite);
    const std::string plain = name_of(test.m_name);
    const std::string full = suite.empty() ? plain : name_of(test.m_test_suite) + " / " + plain;
    return {{plain, full, with_place(full, file, test.m_line)}, file, test.m_line, as_tag(suite), test.m_skip};
  }
};

Doctest doctest_framework;
Source doctest_source(doctest_framework);

}  // namespace
}  // namespace pyharness::bridge

#endif
