// A host as the supervisor sees it: the process, its control channel, and the files the two share.
// Thread-safety: the supervisor's thread only. Ownership: owns the process (killed and reaped when destroyed) and the
// files, and the group that limits its memory; captured output stays readable as long as this object or a copy of its
// capture descriptors lives.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/task.h"
#include "engine/run_options.h"
#include "os/memory_file.h"
#include "os/memory_group.h"
#include "os/message_channel.h"
#include "os/subprocess.h"

namespace pyharness {

// What every host of a run is started with.
struct HostSetup {
  std::string program;      // path of pyharness-host
  std::uint32_t seats = 1;  // workers of this host
  int table = -1;
  int wakeup = -1;
  bool captured = true;
  bool own_tables = true;  // descriptor tables per worker
  Leaks leaks = Leaks::warn;
  std::uint64_t most_output_bytes = std::uint64_t{16} << 20U;  // kept of one attempt
  std::uint64_t memory_limit_bytes = 0;                        // once it runs cases; 0: none
  std::optional<std::vector<std::string>> environment = {};    // "NAME=value"; nothing: that of this process
  os::MemoryGroups* memory_groups = nullptr;                   // where the kernel enforces that; else it is sampled
};

// Why a library gave no listing: refused by the loader, or the host ended or hung while it was loading.
struct LoadFailure {
  // broken: refused by a host that is of no more use. cancelled: nobody wants to know any more.
  enum class Kind : std::uint8_t { refused, broken, died, late, cancelled };
  Kind kind = Kind::refused;
  std::string text;  // refused, broken: a whole sentence
  os::ExitStatus status;
};

struct LoadedLibrary {
  std::variant<std::shared_ptr<const SuiteListing>, LoadFailure> result;
  std::string output;  // printed while it was loaded
};

class HostProcess {
 public:
  explicit HostProcess(const HostSetup& setup);  // throws std::system_error

  // Loads a library and waits for its listing. `go_on` is asked about ten times a second. After any failure but
  // `refused`, the process is dead.
  std::variant<SuiteListing, LoadFailure> load(std::uint32_t library, const std::string& path, std::uint32_t limit_ms,
                                               const std::function<bool()>& go_on);
  // Without waiting: a host that fails at this ends.
  // `host_number`: in the run table, if there is one already.
  void reload(std::optional<std::uint32_t> host_number, std::uint32_t library, const SuiteListing& listing) const;
  void run(std::uint32_t host_number) const;

  std::uint64_t memory_limit_bytes() const { return setup_.memory_limit_bytes; }
  // The kernel has killed it for its memory and that of its children, or is just doing so.
  bool was_killed_for_memory() const { return memory_group_ && memory_group_->was_exceeded(); }
  // Once it is dead and its end has been looked at.
  void remove_memory_group() { memory_group_.reset(); }

  std::uint32_t seats() const { return setup_.seats; }
  os::Subprocess& process() { return process_; }
  const os::Subprocess& process() const { return process_; }
  const std::shared_ptr<os::FileDescriptor>& capture(std::uint32_t seat) const { return captures_[seat]; }
  const std::byte* report_log(std::uint32_t seat) const;
  // What was printed while loading, since the last call.
  std::string take_load_output();

 private:
  std::optional<LoadFailure::Kind> wait_for_answer(std::uint32_t limit_ms, const std::function<bool()>& go_on) const;
  os::ExitStatus end();

  HostSetup setup_;
  std::vector<std::shared_ptr<os::FileDescriptor>> captures_;
  os::FileDescriptor logs_file_;
  os::Mapping logs_;
  os::FileDescriptor load_output_;
  std::uint64_t load_output_read_ = 0;
  os::MessageChannel control_;
  std::optional<os::MemoryGroup> memory_group_;
  os::Subprocess process_;
};

}  // namespace pyharness
