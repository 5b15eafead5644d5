// One process of an existing program, with the files through which it is followed.
// Thread-safety: the supervisor's thread only. Ownership: owns the process (its group is killed and it is reaped when
// this is destroyed) and the files; the captured output lives as long as a copy of its descriptor does.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/program.h"
#include "os/file_descriptor.h"
#include "os/loopback_listener.h"
#include "os/subprocess.h"

namespace pyharness {

class Launch {
 public:
  using CommandOf = std::function<ProgramCommand(const Channels&)>;
  // What becomes of its output once it was read: it can be read again, or goes to standard output and is forgotten.
  enum class Output : bool { kept, shown };

  // Starts it; throws std::system_error, or what `command_of` throws.
  Launch(const CommandOf& command_of, bool wants_address, Output output = Output::kept);

  os::Subprocess& process() { return process_; }
  const os::Subprocess& process() const { return process_; }
  // Standard output and error, in the order in which they were written.
  const std::shared_ptr<os::FileDescriptor>& capture() const { return capture_; }

  struct News {
    std::string output;
    std::string report;
    bool all = true;  // there is no more right now
  };
  // What was written since the last call, at most some MiB of each. The report is looked at last.
  News take_news();
  // Writes to standard output, unless that has been in vain before.
  void show(const std::string& text);
  std::uint64_t output_taken() const { return output_taken_; }
  std::uint64_t output_left() const;
  // Output and report together.
  std::uint64_t unread_bytes() const;

 private:
  Output output_;
  bool is_stuck_ = false;  // nobody takes what is shown
  std::shared_ptr<os::FileDescriptor> capture_;
  os::FileDescriptor report_;
  os::FileDescriptor input_;
  std::optional<os::LoopbackListener> listener_;
  std::uint64_t output_taken_ = 0;
  std::uint64_t report_taken_ = 0;
  os::Subprocess process_;
};

}  // namespace pyharness
