// A thread pool inside the calling process: no host, so no protection from what cases do. For embedding and benchmarks.
// Thread-safety: one thread at a time; `run` blocks until every task has ended or been cancelled. Ownership: owns the
// run table and the captured output of the last run; libraries stay loaded until the process ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/batch.h"
#include "engine/dispatcher.h"
#include "engine/suite_library.h"

namespace pyharness {

class InlineRun {
 public:
  explicit InlineRun(std::uint32_t workers);

  // Returns the listing; its library counts from 0. Throws std::runtime_error with a whole sentence.
  std::shared_ptr<const SuiteListing> load(const std::string& path);
  // Runs the tasks. `go_on` is asked about twenty times a second; when it says no, no further case is started.
  Batch run(const std::vector<TestTask>& tasks, std::uint32_t max_fail, const std::function<bool()>& go_on);
  std::string read_output(std::uint32_t capture, std::uint64_t begin, std::uint64_t end) const;

 private:
  std::uint32_t workers_;
  std::vector<std::unique_ptr<SuiteLibrary>> suites_;
  std::vector<os::FileDescriptor> captures_;
};

}  // namespace pyharness
