#include "engine/profiles.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <utility>

#include "os/error.h"
#include "os/file_descriptor.h"

namespace pyharness {

namespace {

// Of this process, for forked children.
Profiles* of_this_process = nullptr;

std::optional<std::string> take_variable(const char* name) {
  const char* value = ::getenv(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  std::string text = value;
  ::unsetenv(name);
  return text;
}

// A runtime's note to itself, which it leaves in the environment when it is given a name: children are others, and no
// case has left it there.
void forget_first_name() { ::unsetenv("__LLVM_PROFILE_RT_INIT_ONCE"); }

std::atomic_ref<std::uint64_t> has_ended(const os::Mapping& shared) {
  return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(shared.data()));
}

}  // namespace

// A module with LLVM's runtime.
struct Profiles::Counted {
  LlvmRuntime runtime;
  std::string number;                // K in the names of its files
  std::string file;                  // of the host; empty: it has no name
  bool in_file;                      // its counts are there at every moment
  std::size_t begin;                 // in memory with the counts of all modules
  std::vector<std::uint64_t> apart;  // what was counted by others than the case that runs

  std::byte* others() { return reinterpret_cast<std::byte*>(apart.data()); }
};

std::unique_ptr<Profiles> Profiles::wanted() {
  const auto folder = take_variable("PYHARNESS_PROFILES");
  const bool in_files = take_variable("PYHARNESS_PROFILES_CONTINUOUS").has_value();
  const bool apart = take_variable("PYHARNESS_PROFILES_CASES").has_value();
  if (!folder) {
    return nullptr;
  }
  return std::unique_ptr<Profiles>(new Profiles(*folder, in_files, apart ? Apart::yes : Apart::no));
}

Profiles::Profiles(std::string folder, bool in_files, Apart apart)
    : folder_(std::move(folder)), host_(std::to_string(::getpid())), in_files_(in_files), apart_(apart) {
  of_this_process = this;
  ::pthread_atfork(nullptr, nullptr, &Profiles::enter_any_fork);
}

Profiles::~Profiles() { of_this_process = nullptr; }

void Profiles::take_modules() {
  for (const os::LoadedModule& module : new_modules()) {
    take(module);
  }
  forget_first_name();
}

std::vector<os::LoadedModule> Profiles::new_modules() {
  loads_ = os::modules_ever_loaded();
  std::vector<os::LoadedModule> found;
  for (os::LoadedModule& module : os::loaded_modules()) {
    if (known_modules_.insert(module.base).second) {
      found.push_back(std::move(module));
    }
  }
  return found;
}

void Profiles::take(const os::LoadedModule& module) {
  const os::ObjectFile file(module.path);
  if (const auto runtime = LlvmRuntime::in(module, file)) {
    take(module, *runtime);
  }
  if (const auto runtime = GcovRuntime::in(module, file)) {
    if (runtime->can_be_told()) {
      gcov_.push_back(*runtime);
    } else {
      unforkable_.push_back(module.path);
    }
  }
}

void Profiles::take(const os::LoadedModule& module, const LlvmRuntime& runtime) {
  const std::string number = std::to_string(counted_.size());
  const std::size_t begin = counted_.empty() ? 0 : counted_.back().begin + counted_.back().runtime.bytes();
  constexpr std::size_t whole = sizeof(std::uint64_t);
  Counted counted{runtime, number, {}, false, (begin + whole - 1) / whole * whole, {}};
  if (runtime.can_be_named()) {
    const std::string name = "host-" + host_ + "-" + number;
    counted.file = path(name + ".profraw");
    counted.in_file = in_files_ && runtime.can_count_in_file();
    note(name + ".profraw\t" + module.path);  // before it counts under that name
    runtime.name_file(counted.in_file ? path(name + "%c.profraw") : counted.file);
  } else {
    note("?\t" + module.path);
  }
  if (apart_ == Apart::yes) {
    counted.apart.resize(runtime.bytes() / whole + 1);
  }
  counted_.push_back(std::move(counted));
}

// All at once, so that nobody reads half a line.
void Profiles::note(const std::string& line) const {
  const std::string name = path("host-" + host_ + ".modules");
  const os::FileDescriptor notes(::open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!notes) {
    os::throw_errno("cannot write '" + name + "'");
  }
  os::write_all(notes.number(), line + "\n");
}

void Profiles::write() {
  for (Counted& counted : counted_) {
    if (!counted.apart.empty()) {
      counted.runtime.move_from(counted.others());
    }
    if (!counted.file.empty() && !counted.in_file && counted.runtime.write()) {
      counted.runtime.clear();  // what is counted from here on is put behind it
    }
  }
  for (const GcovRuntime& runtime : gcov_) {
    runtime.write();
  }
}

// ---- processes of cases

void Profiles::expect_processes() {
  const std::size_t bytes = counted_.empty() ? 0 : counted_.back().begin + counted_.back().runtime.bytes();
  const os::FileDescriptor file = os::make_memory_file("pyharness-counts");
  os::resize_file(file.number(), sizeof(std::uint64_t) + bytes);
  shared_ = os::Mapping(file.number(), sizeof(std::uint64_t) + bytes);
  forks_cases_ = true;
  for (const std::string& module : unforkable_) {
    note("fork\t" + module);
  }
}

void Profiles::begin_in_process() {
  forks_cases_ = false;  // here, cases fork
  for (const GcovRuntime& runtime : gcov_) {
    runtime.clear();
  }
}

void Profiles::end_in_process() {
  for (const Counted& counted : counted_) {
    if (!counted.in_file) {
      counted.runtime.move_to(shared_.data() + sizeof(std::uint64_t) + counted.begin);
    }
  }
  for (const GcovRuntime& runtime : gcov_) {
    runtime.write();
  }
  try {
    if (os::modules_ever_loaded() != loads_) {
      write_new_modules();
    }
    has_ended(shared_).store(1);
  } catch (const std::exception&) {  // a full disk: the host notes that something is lost
    return;
  }
}

// What the case has opened in its process writes at an orderly exit, which there will be none. Its file is the one that
// LLVM_PROFILE_FILE names.
void Profiles::write_new_modules() {
  for (const os::LoadedModule& module : new_modules()) {
    const os::ObjectFile file(module.path);
    const auto runtime = LlvmRuntime::in(module, file);
    if (runtime && !(runtime->can_be_named() && runtime->write())) {
      note("?\t" + module.path);
    }
    if (const auto gcov = GcovRuntime::in(module, file); gcov && gcov->can_be_told()) {
      gcov->write();
    } else if (gcov) {
      note("fork\t" + module.path);
    }
  }
}

void Profiles::take_process(pid_t process) {
  const bool counts_in_memory =
      !gcov_.empty() || std::any_of(counted_.begin(), counted_.end(), [](const Counted& one) { return !one.in_file; });
  if (has_ended(shared_).exchange(0) == 0 && counts_in_memory) {
    note("lost\t" + std::to_string(process));
  }
  for (const Counted& counted : counted_) {
    if (!counted.in_file) {
      counted.runtime.move_from(shared_.data() + sizeof(std::uint64_t) + counted.begin);
    }
  }
}

// In any child: what it has of its parent's counts is told by the parent.
void Profiles::enter_any_fork() {
  if (of_this_process != nullptr) {
    of_this_process->enter_fork();
  }
}

void Profiles::enter_fork() const {
  for (const Counted& counted : counted_) {
    if (counted.in_file) {
      continue;  // it shares its parent's counts
    }
    counted.runtime.clear();
    if (!forks_cases_ && !counted.file.empty()) {
      counted.runtime.name_file(
          path("child-" + host_ + "-" + counted.number + "-" + std::to_string(::getpid()) + ".profraw"));
    }
  }
}

// ---- cases apart

void Profiles::begin_case() {
  for (Counted& counted : counted_) {
    if (!counted.apart.empty()) {
      counted.runtime.move_to(counted.others());
    }
  }
}

void Profiles::end_case(std::uint32_t library, std::uint32_t index) {
  if (apart_ == Apart::no) {
    return;
  }
  const std::string name = "case-" + std::to_string(library) + "." + std::to_string(index) + "-" + host_ + "-" +
                           std::to_string(cases_++) + "-";
  for (Counted& counted : counted_) {
    if (!counted.file.empty() && counted.runtime.has_counted()) {
      counted.runtime.name_file(path(name + counted.number + ".profraw"));
      counted.runtime.write();
      counted.runtime.name_file(counted.file);
    }
    counted.runtime.move_to(counted.others());
  }
  forget_first_name();
}

}  // namespace pyharness
