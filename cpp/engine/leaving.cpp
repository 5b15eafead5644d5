#include "engine/leaving.h"

#include <algorithm>
#include <string>

#include "os/clock.h"

namespace pyharness {

namespace {

constexpr std::uint64_t ns_per_ms = 1'000'000;

std::string why_not_left(os::Subprocess& process) {
  const auto status = process.wait(0);
  if (!status && process.stopped()) {
    return "the host was stopped by a signal at the end of its last case; look for one that sends SIGSTOP";
  }
  if (!status) {
    return "the suites took more than " + std::to_string(leave_limit_ms / 1000) +
           " s to unload and were killed; look for a destructor or exit handler that hangs";
  }
  return *status == os::ExitStatus{} ? std::string()
                                     : "the host " + os::describe(*status) + " while the suites were unloaded; " +
                                           "look for a destructor or exit handler that crashes";
}

}  // namespace

void add_failure_to_leave(Host& host, Batch& batch) {
  const std::string text = why_not_left(host.process.process());
  if (!text.empty() && std::count(batch.host_failures.begin(), batch.host_failures.end(), text) == 0) {
    batch.host_failures.push_back(text);
  }
}

bool has_gone(const Hosts& hosts, Host& host, const RunOptions& options) {
  if (!host.retired) {
    return false;
  }
  const bool has_ended = host.process.process().wait(0).has_value();
  if (has_ended || !hosts.is_abandoned(host)) {
    return has_ended;
  }
  if (!host.timed_out.empty()) {
    return hosts.stop(host, options.stop_steps);
  }
  const std::uint64_t now = os::monotonic_ns();
  if (host.leaving_since_ns == 0) {
    host.leaving_since_ns = now;
  }
  return now - host.leaving_since_ns >= leave_limit_ms * ns_per_ms;
}

}  // namespace pyharness
