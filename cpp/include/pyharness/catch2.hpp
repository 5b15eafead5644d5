// Makes the Catch2 cases of a library (Catch2 2.13, or 3.0 and newer) a suite. Include it in one source file of the
// library; `pyharness_add_suite(… FRAMEWORK catch2)` does so, and links Catch2 as it has to be. With Catch2 2 that file
// has all of Catch2 in it, and no other one may define CATCH_CONFIG_MAIN or CATCH_CONFIG_RUNNER.
//
// A case runs with all of its sections, as in a program that is started for it alone; listeners of the tests are told
// of each as of a run. Each assertion that fails, and each skip, is reported with its place. Output goes where it is
// written. Thread-safety: a case at a time, see detail/bridge.hpp; assertions belong to the thread of the case, as in
// Catch2.
#ifndef PYHARNESS_CATCH2_HPP
#define PYHARNESS_CATCH2_HPP

#pragma GCC system_header

// Which of the two has to be asked before either is included: version 2 is one header, of a folder of the same name.
#if __has_include(<catch2/catch_all.hpp>)
#include <signal.h>

#include <catch2/catch_all.hpp>
#include <catch2/internal/catch_context.hpp>
#include <catch2/internal/catch_run_context.hpp>
#include <catch2/internal/catch_test_case_registry_impl.hpp>
#else
#define CATCH_CONFIG_RUNNER
#define CATCH_CONFIG_NO_POSIX_SIGNALS  // crashes are the host's to tell
#include <catch2/catch.hpp>
#endif

#include <array>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pyharness/detail/bridge.hpp"

namespace pyharness::bridge {
namespace {

#if CATCH_VERSION_MAJOR >= 3
using CatchCase = Catch::TestCaseHandle;
using CatchListener = Catch::EventListenerBase;
using CatchConfig = Catch::Config;
using AssertionTaken = void;
inline const std::string& text_of(const std::string& text) { return text; }
inline std::string text_of(const Catch::StringRef& text) { return static_cast<std::string>(text); }
inline std::string text_of(const Catch::Tag& tag) { return static_cast<std::string>(tag.original); }

// Catch2 has handlers for signals while a case runs, from which it speaks to reporters. These give way to the host's,
// which tell a crash better, for as long as the body of the case runs.
class HostsSignals final : public Catch::ITestInvoker {
 public:
  explicit HostsSignals(const CatchCase& test) : test_(test) {
    for (std::size_t at = 0; at < numbers.size(); ++at) {
      ::sigaction(numbers[at], nullptr, &handlers_[at]);
    }
    ::sigaltstack(nullptr, &stack_);
  }
  void invoke() const override {
    ::sigaltstack(&stack_, nullptr);
    for (std::size_t at = 0; at < numbers.size(); ++at) {
      ::sigaction(numbers[at], &handlers_[at], nullptr);
    }
    test_.invoke();
  }
#if CATCH_VERSION_MINOR >= 7
  void prepareTestCase() override { test_.prepareTestCase(); }
  void tearDownTestCase() override { test_.tearDownTestCase(); }
#endif

 private:
  static constexpr std::array<int, 6> numbers{SIGINT, SIGILL, SIGFPE, SIGSEGV, SIGTERM, SIGABRT};

  CatchCase test_;
  std::array<struct sigaction, 6> handlers_{};
  stack_t stack_{};
};
#else
using CatchCase = Catch::TestCase;
using CatchListener = Catch::TestEventListenerBase;
using CatchConfig = Catch::Config;
using AssertionTaken = bool;
inline const std::string& text_of(const std::string& text) { return text; }
inline std::string text_of(const Catch::StringRef& text) { return static_cast<std::string>(text); }
#endif

// Reports what the case that runs has to say.
class Reporter final : public CatchListener {
 public:
  using CatchListener::CatchListener;

#if CATCH_VERSION_MAJOR < 3
  static std::set<Catch::Verbosity> getSupportedVerbosities() { return {Catch::Verbosity::Normal}; }
#endif

  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    CatchListener::testCaseStarting(test);
    may_fail_ = test.okToFail();
    should_fail_ = test.expectedToFail();
    has_reported_ = false;
    line_ = {test.lineInfo.file, static_cast<std::uint32_t>(test.lineInfo.line)};
  }

  void sectionStarting(const Catch::SectionInfo& section) override {
    CatchListener::sectionStarting(section);
    sections_.push_back(text_of(section.name));
  }

  void sectionEnded(const Catch::SectionStats& section) override {
    CatchListener::sectionEnded(section);
    sections_.pop_back();
  }

  AssertionTaken assertionEnded(const Catch::AssertionStats& assertion) override {
    const Catch::AssertionResult& result = assertion.assertionResult;
    const Catch::SourceLineInfo place = result.getSourceInfo();
    const auto line = static_cast<std::uint32_t>(place.line);
    if (result.getResultType() == Catch::ResultWas::Warning) {
      std::printf("warning: %s\n", text_of(result.getMessage()).c_str());
    } else if (is_skip(result.getResultType())) {
      report_skip(place.file, line, joined({text_of(result.getMessage()), notes(assertion)}));
    } else if (!result.isOk() && !may_fail_) {
      has_reported_ = true;
      report_failure(place.file, line, message(assertion));
    }
    return AssertionTaken(true);
  }

  void testCaseEnded(const Catch::TestCaseStats& test) override {
    CatchListener::testCaseEnded(test);
    if (!test.totals.assertions.allOk() && !has_reported_) {
      report_failure(line_.file, line_.line,
                     should_fail_ ? "should fail ([!shouldfail]), but passed" : "failed without a failed assertion");
    }
  }

 private:
  static bool is_skip([[maybe_unused]] Catch::ResultWas::OfType type) {
#if CATCH_VERSION_MAJOR > 3 || (CATCH_VERSION_MAJOR == 3 && CATCH_VERSION_MINOR >= 3)
    return type == Catch::ResultWas::ExplicitSkip;
#else
    return false;
#endif
  }

  std::string message(const Catch::AssertionStats& assertion) const {
    const Catch::AssertionResult& result = assertion.assertionResult;
    const bool has_thrown = result.getResultType() == Catch::ResultWas::ThrewException;
    std::vector<std::string> lines;
    if (result.hasExpression()) {
      lines.push_back(expression(result));
      if (!has_thrown && text_of(result.getExpandedExpression()) != result.getExpression()) {
        lines.push_back("expands to: " + text_of(result.getExpandedExpression()));
      }
    }
    if (has_thrown) {
      lines.push_back("unexpected exception: " + text_of(result.getMessage()));
    } else if (!result.hasExpression()) {
      lines.push_back(text_of(result.getMessage()));
    }
    lines.push_back(section());
    lines.push_back(notes(assertion));
    return joined(lines);
  }

  // As it is written, which is not what `getExpressionInMacro` gives in all versions.
  static std::string expression(const Catch::AssertionResult& result) {
    const std::string macro = text_of(result.getTestMacroName());
    const std::string text = result.getExpression();
    const bool is_negated = macro.find("_FALSE") != std::string::npos && text.rfind("!(", 0) == 0;
    return macro + "(" + (is_negated ? text.substr(2, text.size() - 3) : text) + ")";
  }

  // The outermost section is the case itself.
  std::string section() const {
    return sections_.size() < 2 ? "" : "section: " + joined({sections_.begin() + 1, sections_.end()}, " / ");
  }

  static std::string notes(const Catch::AssertionStats& assertion) {
    std::vector<std::string> lines;
    for (const Catch::MessageInfo& note : assertion.infoMessages) {
      if (note.type == Catch::ResultWas::Info) {
        lines.push_back("info: " + note.message);
      }
    }
    return joined(lines);
  }

  detail::Site line_{nullptr, 0};
  std::vector<std::string> sections_;
  bool may_fail_ = false;  // what fails then counts in the end only, if at all
  bool should_fail_ = false;
  bool has_reported_ = false;
};

class Catch2 final : public Framework {
 public:
  std::string why_shared() const override {
    return why_not_apart(reinterpret_cast<const void*>(&Catch::getRegistryHub), "5Catch");
  }

  std::vector<Case> list() override {
    for (const std::exception_ptr& error : Catch::getRegistryHub().getStartupExceptionRegistry().getExceptions()) {
      std::rethrow_exception(error);
    }
    make_config();
    tests_ = Catch::getAllTestCasesSorted(*config_);
    std::vector<Case> cases;
    for (const CatchCase& test : tests_) {
      cases.push_back(described(test.getTestCaseInfo()));
    }
    return cases;
  }

#if CATCH_VERSION_MAJOR >= 3
  void run(std::size_t index, const std::string& /*name*/) override {
    Catch::getCurrentMutableContext().setConfig(config_.get());
    auto reporters = Catch::Detail::make_unique<Catch::MultiReporter>(config_.get());
    for (const auto& listener : Catch::getRegistryHub().getReporterRegistry().getListeners()) {
      reporters->addListener(listener->create(config_.get()));
    }
    reporters->addReporter(Catch::Detail::make_unique<Reporter>(config_.get()));
    HostsSignals invoker(tests_[index]);
    auto& info = const_cast<Catch::TestCaseInfo&>(tests_[index].getTestCaseInfo());
    Catch::RunContext(config_.get(), std::move(reporters)).runTest(CatchCase(&info, &invoker));
    Catch::getCurrentMutableContext().setResultCapture(nullptr);
  }

 private:
  void make_config() { config_ = std::make_unique<CatchConfig>(Catch::ConfigData()); }

  std::unique_ptr<CatchConfig> config_;
#else
  void run(std::size_t index, const std::string& /*name*/) override {
    Catch::getCurrentMutableContext().setConfig(config_);
    auto reporters = std::unique_ptr<Catch::ListeningReporter>(new Catch::ListeningReporter);
    for (const auto& listener : Catch::getRegistryHub().getReporterRegistry().getListeners()) {
      reporters->addListener(listener->create(Catch::ReporterConfig(config_)));
    }
    reporters->addReporter(Catch::IStreamingReporterPtr(new Reporter(Catch::ReporterConfig(config_))));
    Catch::RunContext(config_, std::move(reporters)).runTest(tests_[index]);
    Catch::getCurrentMutableContext().setResultCapture(nullptr);
  }

 private:
  void make_config() { config_ = std::make_shared<CatchConfig>(Catch::ConfigData()); }

  Catch::IConfigPtr config_;
#endif

  static Case described(const Catch::TestCaseInfo& info) {
    const std::string plain = in_one_line(info.name);
    const auto line = static_cast<std::uint32_t>(info.lineInfo.line);
    std::vector<std::string> tags;
    bool is_hidden = false;
    for (const auto& each : info.tags) {
      const std::string tag = text_of(each);
      const bool hides = tag == "." || tag == "!hide";
      is_hidden |= hides;
      tags.push_back(hides ? "" : as_tag(tag));
    }
    return {
        {plain, with_place(plain, info.lineInfo.file, line)}, info.lineInfo.file, line, joined(tags, " "), is_hidden};
  }

  std::vector<CatchCase> tests_;
};

Catch2 catch2;
Source catch2_source(catch2);

}  // namespace
}  // namespace pyharness::bridge

#endif
