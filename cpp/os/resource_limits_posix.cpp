#include <algorithm>

#include "os/resource_limits.h"
#include "os/state_change.h"

namespace pyharness::os {

namespace {

struct Resource {
  int number;
  const char* name;
};

constexpr Resource resources[] = {
    {RLIMIT_CPU, "CPU time (RLIMIT_CPU)"},
    {RLIMIT_FSIZE, "file size (RLIMIT_FSIZE)"},
    {RLIMIT_DATA, "data size (RLIMIT_DATA)"},
    {RLIMIT_STACK, "stack size (RLIMIT_STACK)"},
    {RLIMIT_CORE, "core file size (RLIMIT_CORE)"},
    {RLIMIT_RSS, "resident memory (RLIMIT_RSS)"},
    {RLIMIT_NPROC, "processes (RLIMIT_NPROC)"},
    {RLIMIT_NOFILE, "open files (RLIMIT_NOFILE)"},
    {RLIMIT_MEMLOCK, "locked memory (RLIMIT_MEMLOCK)"},
    {RLIMIT_AS, "address space (RLIMIT_AS)"},
    {RLIMIT_LOCKS, "file locks (RLIMIT_LOCKS)"},
    {RLIMIT_SIGPENDING, "pending signals (RLIMIT_SIGPENDING)"},
    {RLIMIT_MSGQUEUE, "message queues (RLIMIT_MSGQUEUE)"},
    {RLIMIT_NICE, "priority (RLIMIT_NICE)"},
    {RLIMIT_RTPRIO, "real-time priority (RLIMIT_RTPRIO)"},
    {RLIMIT_RTTIME, "real-time CPU time (RLIMIT_RTTIME)"},
};

using Limits = std::array<rlimit, RLIM_NLIMITS>;

rlimit limit_of(const Resource& resource) {
  rlimit limit{};
  ::getrlimit(static_cast<__rlimit_resource>(resource.number), &limit);
  return limit;
}

bool same(const rlimit& one, const rlimit& other) {
  return one.rlim_cur == other.rlim_cur && one.rlim_max == other.rlim_max;
}

// As far as that is allowed: only a privileged process may raise a hard limit.
void set_limit(const Resource& resource, const rlimit& wanted, const rlimit& now) {
  const auto number = static_cast<__rlimit_resource>(resource.number);
  if (::setrlimit(number, &wanted) != 0) {
    const rlimit allowed{std::min(wanted.rlim_cur, now.rlim_max), now.rlim_max};
    ::setrlimit(number, &allowed);
  }
}

std::string amount(rlim_t limit) { return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit); }

std::string change(const char* which, const Resource& resource, rlim_t before, rlim_t now) {
  if (before == now) {
    return {};
  }
  return std::string(now < before ? "lowered" : "raised") + which + resource.name + " from " + amount(before) + " to " +
         amount(now);
}

std::string change(const Resource& resource, const rlimit& before, const rlimit& now) {
  const std::string soft = change(" the limit of ", resource, before.rlim_cur, now.rlim_cur);
  const std::string hard = change(" the hard limit of ", resource, before.rlim_max, now.rlim_max);
  return soft + (soft.empty() || hard.empty() ? "" : " and ") + hard;
}

}  // namespace

ResourceLimits::ResourceLimits() {
  for (const Resource& resource : resources) {
    limits_[static_cast<std::size_t>(resource.number)] = limit_of(resource);
  }
}

std::string ResourceLimits::restore() {
  const Limits before = limits_;
  Limits found = limits_;
  // All of them before the first word is written: that needs memory, which may be what was limited.
  for (const Resource& resource : resources) {
    const auto number = static_cast<std::size_t>(resource.number);
    found[number] = limit_of(resource);
    if (!same(found[number], before[number])) {
      set_limit(resource, before[number], found[number]);
      limits_[number] = limit_of(resource);
    }
  }
  std::string text;
  for (const Resource& resource : resources) {
    const auto number = static_cast<std::size_t>(resource.number);
    if (!same(found[number], before[number])) {
      text += (text.empty() ? "" : "; ") + change(resource, before[number], found[number]) +
              (same(limits_[number], before[number]) ? "" : not_restorable);
    }
  }
  return text;
}

}  // namespace pyharness::os
