#include "engine/leftovers.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "os/clock.h"
#include "os/descendants.h"
#include "os/open_descriptors.h"
#include "os/poll.h"
#include "os/running_threads.h"

namespace pyharness {

namespace {

constexpr std::uint32_t kill_limit_ms = 1000;
constexpr int most_generations = 64;
constexpr std::uint64_t ending_limit_ns = 5'000'000;  // for threads that have been joined and are not quite gone

std::string counted(std::size_t count, const char* one, const char* several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

// "'sleep' (4711), 'sh' (4712)".
template <class Name>
std::string listed_with_names(const std::vector<pid_t>& ids, Name name) {
  std::vector<std::string> texts;
  texts.reserve(ids.size());
  for (const pid_t id : ids) {
    texts.push_back(std::string("'").append(name(id)).append("' (").append(std::to_string(id)).append(")"));
  }
  return os::listed(texts);
}

// The quickest of many.
template <class Body>
std::uint64_t shortest_ns(Body body) {
  constexpr int tries = 100;
  std::uint64_t shortest = UINT64_MAX;
  for (int attempt = 0; attempt < tries; ++attempt) {
    const std::uint64_t started = os::monotonic_ns();
    body();
    shortest = std::min(shortest, os::monotonic_ns() - started);
  }
  return shortest;
}

// A time that no case with a system call can stay below, measured as the time of cases is: half of what the quickest
// call takes is left for a processor that gets faster.
std::uint64_t shortest_with_system_call_ns() {
  const std::uint64_t nothing = shortest_ns([] {});
  const std::uint64_t one_call = shortest_ns([] { ::syscall(SYS_getppid); });
  return nothing + (one_call > nothing ? one_call - nothing : 0) / 2;
}

}  // namespace

Leftovers::Leftovers(Leaks leaks, ProcessWatch& process, os::ViewScope view, CaptureId capture, std::uint32_t slot,
                     std::uint32_t workers)
    : leaks_(leaks),
      process_(&process),
      thread_(view),
      capture_(capture),
      slot_(slot),
      workers_(workers),
      system_call_ns_(shortest_with_system_call_ns()) {}

std::vector<Leak> Leftovers::look(std::uint64_t case_ns) {
  std::vector<Leak> leaks;
  if (!may_have_left_something(case_ns)) {
    return leaks;
  }
  add_state_changes(leaks);
  add_processes(leaks);
  add_threads(leaks);
  add_descriptors(leaks);
  return leaks;
}

bool Leftovers::may_have_left_something(std::uint64_t case_ns) const {
  return leaks_ != Leaks::ignore &&
         (case_ns >= system_call_ns_ || process_->looks_changed() || thread_.looks_changed());
}

void Leftovers::add_state_changes(std::vector<Leak>& leaks) {
  for (const os::StateChange& change : thread_.restore_differences()) {
    leaks.push_back({change.text});
  }
  for (const os::StateChange& change : process_->look(slot_)) {
    const bool certain = workers_ == 1;
    leaks.push_back(
        {certain ? change.text : change.text + " (this case, or one before it in the same process)", certain});
  }
}

std::vector<Leak> Leftovers::look_for_processes() {
  std::vector<Leak> leaks;
  if (leaks_ != Leaks::ignore) {
    add_processes(leaks);
  }
  return leaks;
}

void Leftovers::add_processes(std::vector<Leak>& leaks) const {
  if (!os::has_children()) {
    return;
  }
  std::vector<pid_t> left = processes_left();
  std::vector<pid_t> running;
  std::copy_if(left.begin(), left.end(), std::back_inserter(running),
               [](pid_t child) { return !os::has_ended(child); });
  if (!running.empty()) {
    leaks.push_back({"left " + counted(running.size(), "process", "processes") +
                     " running: " + listed_with_names(running, os::process_name)});
  }
  // What those had started is adopted only when they have ended.
  for (int generation = 0; generation < most_generations && !left.empty(); ++generation) {
    os::kill_and_reap(left, kill_limit_ms);
    left = processes_left();
  }
}

// Those that this thread has forked, and those that it has daemonised.
std::vector<pid_t> Leftovers::processes_left() const {
  std::vector<pid_t> left = os::children_of_thread(os::this_thread());
  if (os::this_thread() == ::getpid()) {
    return left;
  }
  for (const pid_t adopted : os::children_of_thread(::getpid())) {
    if (workers_ == 1 || os::has_ended(adopted) || os::writes_to(adopted, capture_)) {
      left.push_back(adopted);
    }
  }
  return left;
}

void Leftovers::add_threads(std::vector<Leak>& leaks) {
  const std::vector<pid_t> left = threads_left();
  if (left.empty()) {
    return;
  }
  known_threads_.insert(left.begin(), left.end());
  leaks.push_back({"left " + counted(left.size(), "thread", "threads") +
                   " running: " + listed_with_names(left, os::thread_name) + os::not_restorable});
}

// A thread that was joined, or is about to end, may be there for another moment.
std::vector<pid_t> Leftovers::threads_left() {
  const std::uint64_t deadline = os::monotonic_ns() + ending_limit_ns;
  for (;;) {
    std::vector<pid_t> left;
    if (os::thread_count() <= 1 + workers_ + known_threads_.size()) {
      return left;
    }
    for (const pid_t thread : os::thread_ids()) {
      if (thread != os::this_thread() && !known_threads_.contains(thread) &&
          os::thread_writes_to(thread, capture_marker, capture_)) {
        left.push_back(thread);
      }
    }
    if (left.empty() || os::monotonic_ns() >= deadline) {
      return left;
    }
    os::wait_readable({}, 1);
  }
}

void Leftovers::add_descriptors(std::vector<Leak>& leaks) const {
  if (!os::lowest_free_descriptor()) {
    os::close_descriptors_from(capture_marker + 1);
    if (!os::lowest_free_descriptor()) {
      os::close_descriptors_from(STDERR_FILENO + 1);
    }
    leaks.push_back({"left so many descriptors open that nothing more could be opened; they are closed now"});
  }
}

}  // namespace pyharness
