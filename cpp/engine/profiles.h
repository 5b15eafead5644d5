// What the modules of this host count, where it is wanted (the variable PYHARNESS_PROFILES names a folder): gives each
// of them a file of its own, notes which, and has them written, one after another, when nothing counts any more.
//
// In the folder, `host-PID.modules` has a line for each module before a case runs, `WHAT<TAB>MODULE`:
//   host-PID-K.profraw  the file that the module will write (LLVM)
//   ?                   it cannot be given a name, and writes `child-PID-….profraw` (see LLVM_PROFILE_FILE)
//   fork                it cannot be told apart from its host in processes of cases (GCC, without its functions)
// then `run<TAB>` once cases may run (a host that comes too late is killed, and nothing is missed of it), and
// `lost<TAB>PID` for a process of a case that came to its end before it could tell what it had counted.
// A process that a case has forked, and that ends by itself, writes `child-PID-K-ITS_PID.profraw`.
// Where each case is to be told apart (PYHARNESS_PROFILES_CASES), what it has counted goes to
// `case-LIBRARY.INDEX-PID-N-K.profraw`, too.
//
// Thread-safety: one thread at a time, and no other while a case is told apart; but `begin_case` and `end_case` of
// cases that are not, on any. Ownership: owns the notes and the memory that it shares with processes of cases; refers
// to modules, which stay loaded.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/gcov_runtime.h"
#include "engine/llvm_runtime.h"
#include "os/memory_file.h"

namespace pyharness {

class Profiles {
 public:
  // nullptr: nobody wants them. At most one for a process. What it was told by the environment is removed from there.
  static std::unique_ptr<Profiles> wanted();
  Profiles(const Profiles&) = delete;
  Profiles& operator=(const Profiles&) = delete;
  ~Profiles();

  // After a library was loaded: takes the modules that it has brought. Throws std::system_error.
  void take_modules();
  // When cases may run from here on: what is counted is not to be lost.
  void begin_run() const { note("run\t"); }
  // Once, when all that was to run has run. What is executed afterwards is added at the exit of the process.
  void write();

  // Around cases that run in processes of their own. First once, before the first of them; throws std::system_error.
  void expect_processes();
  void begin_in_process();
  void end_in_process();
  // In the host, when it is over: adds what it has counted.
  void take_process(pid_t process);

  // Around each case, where they are told apart.
  void begin_case();
  void end_case(std::uint32_t library, std::uint32_t index);

 private:
  struct Counted;
  enum class Apart : bool { no, yes };  // whether cases are

  Profiles(std::string folder, bool in_files, Apart apart);

  std::vector<os::LoadedModule> new_modules();
  void take(const os::LoadedModule& module);
  void take(const os::LoadedModule& module, const LlvmRuntime& runtime);
  void note(const std::string& line) const;
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void write_new_modules();
  void enter_fork() const;
  static void enter_any_fork();

  std::string folder_;
  std::string host_;  // in the names of files
  bool in_files_;     // counts are kept there at every moment, where a module can
  Apart apart_;
  std::set<std::uintptr_t> known_modules_;  // by where they are
  std::uint64_t loads_ = 0;                 // when they were last looked at
  std::vector<Counted> counted_;
  std::vector<GcovRuntime> gcov_;
  std::vector<std::string> unforkable_;  // modules
  bool forks_cases_ = false;             // what is forked next is a process for a case
  os::Mapping shared_;                   // with the process of a case: whether it has ended, then what it has counted
  std::uint64_t cases_ = 0;
};

}  // namespace pyharness
