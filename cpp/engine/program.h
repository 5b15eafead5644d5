// Existing test executables, as the engine sees them: someone who knows their framework says what to launch and reads
// what a launch writes. The binding implements these for adapters in Python; tests implement them in C++.
// Thread-safety: all of it is called on the supervisor's thread. Ownership: a reader lives as long as its launch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/outcome.h"
#include "engine/report_log.h"
#include "os/subprocess.h"

namespace pyharness {

// One process to be started. No shell reads the arguments; the first is the path of the program.
struct ProgramCommand {
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  // all of it: "NAME=value"
  std::string folder;                    // where it runs; empty: where this process runs
  std::string input;                     // what Channels::input holds for it
};

// Ways between one launch and its reader, beside standard output.
struct Channels {
  std::string report;   // path of an empty file; what is written there is read
  std::string input;    // path of a file
  std::string address;  // "127.0.0.1:PORT"; what the first connection sends is read; empty: there is none
};

struct EndedCase {
  std::uint32_t position = 0;  // among the cases of the launch
  Outcome outcome = Outcome::none;
  std::int64_t duration_ns = -1;   // -1: the framework does not say
  std::uint64_t output_begin = 0;  // in what the launch has written
  std::uint64_t output_end = 0;
  std::vector<Report> reports = {};
  std::string kept = {};  // text that the framework has kept for its report, and that is in no output
};

struct OpenCase {
  std::uint32_t position = 0;
  std::uint64_t output_begin = 0;
};

// What has become known of a launch since the last look.
struct LaunchProgress {
  std::vector<EndedCase> ended;
  std::optional<OpenCase> running;  // the case that has begun and not ended
  std::string broken;  // the reader itself has failed, and nothing can be known any more; empty: it has not
};

class LaunchReader {
 public:
  virtual ~LaunchReader() = default;
  // What was written since the last call.
  virtual LaunchProgress feed(const std::string& output, const std::string& report) = 0;
  // After everything was fed.
  virtual LaunchProgress end(const os::ExitStatus& status) = 0;
  // What was wrong with an exit after all cases had ended, as a part of a sentence; empty: nothing.
  virtual std::string verdict_on_exit(const os::ExitStatus& status) = 0;
};

// The programs of a run. They are numbered together with its libraries.
class Programs {
 public:
  virtual ~Programs() = default;
  virtual bool wants_address(std::uint32_t program) = 0;
  virtual std::uint32_t most_cases(std::uint32_t program) = 0;  // of one launch; 0: any number
  // Throws std::exception when there is no telling.
  virtual ProgramCommand command(std::uint32_t program, const std::vector<std::uint32_t>& cases,
                                 const Channels& channels) = 0;
  virtual std::unique_ptr<LaunchReader> reader(std::uint32_t program, const std::vector<std::uint32_t>& cases) = 0;
};

}  // namespace pyharness
