// Reports find their attempt, from whichever thread they come.
#include "engine/case_context.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <thread>

#include "os/memory_file.h"

using namespace pyharness;

namespace {

// A report as a suite would make it.
pyharness_report report_of(std::uint32_t kind, const char* message) {
  return {sizeof(pyharness_report), kind, "case.cpp", 3, 0, message, std::strlen(message)};
}

void report_here(const char* message, std::uint32_t kind = PYHARNESS_REPORT_FAILURE) {
  const pyharness_report report = report_of(kind, message);
  host_interface().report(host_interface().current(), &report);
}

// Runs the body on a thread that is a worker: with a capture, a log and a context.
template <class Body>
void on_worker(const Body& body) {
  const auto capture_file = os::make_memory_file("capture", true);
  const auto log_file = os::make_memory_file("log");
  os::resize_file(log_file.number(), ReportLog::bytes_per_worker);
  const os::Mapping log(log_file.number(), ReportLog::bytes_per_worker);
  std::thread([&] {
    Capture capture;
    REQUIRE(capture.attach(capture_file.number(), Capture::Table::own, Capture::Streams::left_alone, ::getpid()));
    pyharness_context context(7, log.data());
    context.enter_thread(capture.id());
    body(context, log.data());
  }).join();
}

std::vector<std::string> messages(pyharness_context& context, const std::byte* log, std::uint64_t begin) {
  std::vector<std::string> texts;
  for (const Report& report : ReportLog::read(log, begin, context.log().position() - begin)) {
    texts.push_back(report.message);
  }
  return texts;
}

}  // namespace

TEST_CASE("case context: the outcome is the worst of what was reported and what was returned") {
  on_worker([](pyharness_context& context, const std::byte* /*log*/) {
    const auto outcome = [&](std::uint32_t returned, bool fails, bool skips) {
      context.begin(true);
      if (fails) report_here("no");
      if (skips) report_here("not today", PYHARNESS_REPORT_SKIP);
      return context.end(returned);
    };
    CHECK(outcome(PYHARNESS_PASS, false, false) == Outcome::pass);
    CHECK(outcome(PYHARNESS_SKIP, false, false) == Outcome::skip);
    CHECK(outcome(PYHARNESS_PASS, false, true) == Outcome::skip);
    CHECK(outcome(PYHARNESS_FAIL, false, false) == Outcome::fail);
    CHECK(outcome(PYHARNESS_FAIL, false, true) == Outcome::fail);
    CHECK(outcome(PYHARNESS_PASS, true, true) == Outcome::fail);
    CHECK(outcome(PYHARNESS_SKIP, true, false) == Outcome::fail);
    CHECK(outcome(999, false, false) == Outcome::fail);
  });
}

TEST_CASE("case context: threads of a case, and theirs, report to it; threads of others do not find it") {
  CHECK(host_interface().current() == nullptr);
  on_worker([](pyharness_context& context, const std::byte* log) {
    context.begin(true);
    const std::uint64_t begin = context.log().position();
    std::thread([&] {
      CHECK(host_interface().current() == &context);
      CHECK(host_interface().on_case_thread() == 0);
      report_here("child");
      std::thread([] { report_here("grandchild"); }).join();
    }).join();
    CHECK(host_interface().on_case_thread() == 1);
    CHECK(context.end(PYHARNESS_PASS) == Outcome::fail);
    CHECK(messages(context, log, begin) == std::vector<std::string>{"child", "grandchild"});
    CHECK(pyharness_context::of_this_thread()->slot() == 7);
  });
  CHECK(host_interface().current() == nullptr);
}

TEST_CASE("case context: two workers at once keep their reports apart") {
  const auto work = [](const char* name) {
    on_worker([name](pyharness_context& context, const std::byte* log) {
      for (int attempt = 0; attempt < 50; ++attempt) {
        context.begin(false);
        const std::uint64_t begin = context.log().position();
        std::thread child([name] { report_here(name); });
        report_here(name);
        child.join();
        context.end(PYHARNESS_PASS);
        CHECK(messages(context, log, begin) == std::vector<std::string>{name, name});
      }
    });
  };
  std::thread other([&] { work("other"); });
  work("one");
  other.join();
}

TEST_CASE("case context: what a thread says after its case has ended is said of no attempt") {
  on_worker([](pyharness_context& context, const std::byte* log) {
    context.begin(true);
    const std::uint64_t begin = context.log().position();
    CHECK(context.end(PYHARNESS_PASS) == Outcome::pass);
    std::thread([] { report_here("late"); }).join();
    CHECK(messages(context, log, begin).empty());
    context.begin(false);
    CHECK(context.end(PYHARNESS_PASS) == Outcome::pass);
  });
}

TEST_CASE("case context: a report of an older, shorter structure is read as far as it goes") {
  on_worker([](pyharness_context& context, const std::byte* log) {
    context.begin(true);
    const std::uint64_t begin = context.log().position();
    pyharness_report report = report_of(PYHARNESS_REPORT_FAILURE, "not within its size");
    report.size = offsetof(pyharness_report, message);
    host_interface().report(&context, &report);
    host_interface().report(nullptr, &report);
    host_interface().report(&context, nullptr);
    const auto reports = ReportLog::read(log, begin, context.log().position() - begin);
    REQUIRE(reports.size() == 1);
    CHECK((reports[0].file == "case.cpp" && reports[0].line == 3 && reports[0].message.empty()));
    CHECK(context.end(PYHARNESS_PASS) == Outcome::fail);
  });
}
