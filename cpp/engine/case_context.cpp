#include "engine/case_context.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using pyharness::Capture;
using pyharness::CaptureId;
using pyharness::Outcome;

thread_local pyharness_context* context_of_worker = nullptr;

// Lock-free, since signal handlers read it. Sized for several pools of the most workers in one process.
std::array<std::atomic<pyharness_context*>, 1024> contexts{};

void enlist(pyharness_context* context) {
  for (auto& entry : contexts) {
    pyharness_context* empty = nullptr;
    if (entry.compare_exchange_strong(empty, context)) {
      return;
    }
  }
}

void strike_off(pyharness_context* context) {
  for (auto& entry : contexts) {
    pyharness_context* expected = context;
    if (entry.compare_exchange_strong(expected, nullptr)) {
      return;
    }
  }
}

// For reports that cannot count for a case: they are shown in the output, rather than lost.
void tell_in_output(const pyharness_report& report, std::string_view where) {
  const std::string file = report.file == nullptr ? "?" : report.file;
  const std::string message = report.message == nullptr ? "" : std::string(report.message, report.message_length);
  const std::string text = file + ":" + std::to_string(report.line) + ": " + std::string(where) + ": " + message + "\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

pyharness_context::pyharness_context(std::uint32_t slot, std::byte* log_region,
                                     std::atomic<std::uint32_t>* failed_in_child)
    : slot_(slot), failed_in_child_(failed_in_child), log_(log_region) {}

pyharness_context::~pyharness_context() {
  strike_off(this);
  if (context_of_worker == this) {
    context_of_worker = nullptr;
  }
}

void pyharness_context::enter_thread(CaptureId capture) {
  strike_off(this);
  capture_.store(capture);
  process_.store(::getpid());
  context_of_worker = this;
  enlist(this);
}

void pyharness_context::enter_process() { process_.store(::getpid()); }

void pyharness_context::begin(bool log_all_read) {
  failed_.store(false, std::memory_order_relaxed);
  skipped_.store(false, std::memory_order_relaxed);
  log_.begin_attempt(log_all_read);
  active_.store(true, std::memory_order_release);
}

Outcome pyharness_context::end(std::uint32_t returned) {
  if (failed_in_child_ != nullptr && failed_in_child_->exchange(0) != 0) {
    add_failure("an assertion failed in a process that the case has forked; the output has it");
  }
  if (returned > PYHARNESS_SKIP) {
    add_failure("the case returned " + std::to_string(returned) + "; 0 means pass, 1 fail, 2 skip");
  } else if (returned == PYHARNESS_FAIL && !failed_.load(std::memory_order_relaxed)) {
    add_failure("the case returned 1, which means that it failed; it gave no reason");
  }
  active_.store(false, std::memory_order_release);
  if (failed_.load(std::memory_order_relaxed) || (returned != PYHARNESS_PASS && returned != PYHARNESS_SKIP)) {
    return Outcome::fail;
  }
  return skipped_.load(std::memory_order_relaxed) || returned == PYHARNESS_SKIP ? Outcome::skip : Outcome::pass;
}

void pyharness_context::add(const pyharness_report& report) {
  if (process_.load(std::memory_order_relaxed) != ::getpid()) {
    // The log is not shared in a way that two processes could write to it.
    tell_in_output(report, "in a forked child");
    if (report.kind != PYHARNESS_REPORT_SKIP && failed_in_child_ != nullptr) {
      failed_in_child_->store(1);
    }
    return;
  }
  if (!active_.load(std::memory_order_acquire)) {
    tell_in_output(report, "reported by a thread that has outlived its case");
    return;
  }
  const bool skip = report.kind == PYHARNESS_REPORT_SKIP;
  const std::string_view file = report.file == nullptr ? std::string_view() : report.file;
  const std::string_view message =
      report.message == nullptr ? std::string_view() : std::string_view(report.message, report.message_length);
  (skip ? skipped_ : failed_).store(true, std::memory_order_relaxed);
  log_.append(skip ? PYHARNESS_REPORT_SKIP : PYHARNESS_REPORT_FAILURE, file, report.line, message);
}

void pyharness_context::add_failure(std::string_view message) {
  failed_.store(true, std::memory_order_relaxed);
  log_.append(PYHARNESS_REPORT_FAILURE, {}, 0, message);
}

void pyharness_context::add_leak(std::uint32_t kind, std::string_view message) { log_.append(kind, {}, 0, message); }

pyharness_context* pyharness_context::of_this_thread() {
  if (context_of_worker != nullptr) {
    return context_of_worker;
  }
  const CaptureId capture = Capture::owner_of_this_thread();
  if (capture == 0) {
    return nullptr;
  }
  for (const auto& entry : contexts) {
    pyharness_context* context = entry.load(std::memory_order_acquire);
    if (context != nullptr && context->capture_.load(std::memory_order_relaxed) == capture) {
      return context;
    }
  }
  return nullptr;
}

bool pyharness_context::on_worker_thread() { return context_of_worker != nullptr; }

namespace {

void report_to(pyharness_context* context, const pyharness_report* report) {
  if (report == nullptr) {
    return;
  }
  // Members beyond the suite's own size are not there.
  pyharness_report known{};
  std::memcpy(&known, report, std::min<std::size_t>(report->size, sizeof known));
  if (context == nullptr) {
    tell_in_output(known, "reported by a thread that belongs to no case");
  } else {
    context->add(known);
  }
}

pyharness_context* current_context() { return pyharness_context::of_this_thread(); }
int is_case_thread() { return pyharness_context::on_worker_thread() ? 1 : 0; }

}  // namespace

namespace pyharness {

const pyharness_host& host_interface() {
  static const pyharness_host host{PYHARNESS_ABI_VERSION, sizeof(pyharness_host), report_to, current_context,
                                   is_case_thread};
  return host;
}

}  // namespace pyharness
