// What is put on the plan: a case of a loaded test library, or of an existing executable, with everything that is known
// of it before it runs. Thread-safety: values; a SuiteListing is never changed once it is shared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/backoff.h"
#include "core/isolation.h"

namespace pyharness {

// Position of a task in its plan; also the index of its result.
using TaskIndex = std::uint32_t;
inline constexpr TaskIndex no_task = UINT32_MAX;

struct CaseDetails {
  static constexpr std::uint64_t default_timeout = UINT64_MAX;

  std::string name;
  std::string file;  // empty: not known
  std::uint32_t line = 0;
  bool serial = false;
  bool disabled = false;
  Isolation isolation = Isolation::automatic;  // automatic: as the suite says
  std::uint32_t threads_required = 1;          // workers whose place it takes; more than there are: all
  std::uint64_t timeout_ms = default_timeout;  // 0: no limit
  std::string tags;                            // separated by blanks
};

struct SuiteListing {
  std::string path;
  std::string name;
  std::string group;
  Isolation isolation = Isolation::automatic;  // of its cases that say nothing; automatic: the run decides
  std::vector<CaseDetails> cases;
  std::uint64_t fingerprint = 0;  // of one from an earlier run, which hosts compare with what they find; 0: none
  bool is_program = false;        // an executable that is launched for some cases at a time; no library
};

// `task` starts only after `on` has ended, for good.
struct Dependency {
  enum class Kind : std::uint8_t {
    after,  // in whatever way
    needs,  // and only if `on` has passed in the end, or was skipped without a failure; otherwise it is not run
  };

  TaskIndex task = no_task;
  TaskIndex on = no_task;
  Kind kind = Kind::after;
};

// What the run says about some of its tasks; what it leaves open, the case's own declaration or the run decides.
struct TaskSettings {
  static constexpr std::uint32_t all_workers = UINT32_MAX;

  Isolation isolation = Isolation::automatic;
  std::uint64_t timeout_ms = CaseDetails::default_timeout;  // 0: no limit
  std::uint32_t retries = 0;
  Backoff backoff;
  std::optional<bool> serial;          // nothing: as the case says
  std::uint32_t threads_required = 0;  // workers that it counts for; 0: as the case says
  std::vector<std::uint32_t> groups;   // positions among the groups of the run: tasks of one share a limit
};

struct TestTask {
  std::uint32_t library = 0;  // position among the loaded libraries
  std::uint32_t index = 0;    // index of the case in its suite
  std::shared_ptr<const SuiteListing> suite;
  std::uint32_t settings = 0;  // position among the settings of the run

  const CaseDetails& details() const { return suite->cases[index]; }
};

}  // namespace pyharness
