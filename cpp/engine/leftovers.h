// What cases leave behind on one worker: changed state of thread and process, processes, threads, a full descriptor
// table. Put right before the next case, as far as that can be, and told in words.
// Looking at everything takes some microseconds, many times an empty case. So after a case that took less time than a
// system call, only what can be changed without one is looked at.
// Thread-safety: the worker's thread only; the state of the process is shared by the workers and locks itself.
// Ownership: refers to the shared state. `look` blocks for a moment when a thread is about to end, and up to a second
// for processes that are killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/capture.h"
#include "engine/process_watch.h"
#include "engine/run_options.h"
#include "os/thread_state.h"

namespace pyharness {

struct Leak {
  std::string message;
  bool certain = true;  // else another case may have done it, as the message says
};

class Leftovers {
 public:
  // On the worker's thread, once its capture is attached.
  Leftovers(Leaks leaks, ProcessWatch& process, os::ViewScope view, CaptureId capture, std::uint32_t slot,
            std::uint32_t workers);

  // After a case that took so long.
  std::vector<Leak> look(std::uint64_t case_ns);
  // After a case in a process of its own, which is gone: only its children can be left.
  std::vector<Leak> look_for_processes();

 private:
  bool may_have_left_something(std::uint64_t case_ns) const;
  void add_state_changes(std::vector<Leak>& leaks);
  void add_processes(std::vector<Leak>& leaks) const;
  void add_threads(std::vector<Leak>& leaks);
  void add_descriptors(std::vector<Leak>& leaks) const;
  std::vector<pid_t> processes_left() const;
  std::vector<pid_t> threads_left();

  Leaks leaks_;
  ProcessWatch* process_;
  os::ThreadState thread_;
  CaptureId capture_;
  std::uint32_t slot_;
  std::uint32_t workers_;
  std::set<pid_t> known_threads_;  // left behind and told, still there
  std::uint64_t system_call_ns_;   // what a case takes at least that makes one
};

}  // namespace pyharness
