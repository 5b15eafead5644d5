// What becomes of a run when a host (or the process of a case) crashes, exits, is stopped or uses too much memory: who
// did it, and whether the run ends with it or goes on without losing anything.
// Thread-safety: the supervisor's thread only. Blocks: up to a second for a process that is killed, and when a run is
// to end and nobody has noted who did it, up to five seconds for finding out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/batch.h"
#include "engine/ending.h"
#include "engine/run.h"
#include "engine/suspects.h"

namespace pyharness {

class Deaths {
 public:
  explicit Deaths(Run& run) : run_(&run) {}

  // Looks after all hosts. True: the run cannot go on, or must not.
  bool notice(Batch& batch);

 private:
  enum class Goes : bool { on, out };

  Host* host_with_trouble(std::optional<Ending>& ending);
  bool is_in_trouble(Host& host, std::optional<Ending>& ending) const;
  bool has_noted(const Host& host) const;
  bool has_announced(const Host& host) const;
  Goes deal_with(Host& host, std::optional<Ending> ending, Batch& batch);
  void forget_killed_case(const Host& host) const;
  Goes lose_while_loading(Host& host, const Ending& ending, Batch& batch);
  Goes lose_before_loading(const Host& host, const Ending& ending, const std::string& output, Batch& batch);
  void lose_suite(std::uint32_t library, const Ending& ending, const std::string& output, Batch& batch);
  Goes panic(const Host& host, const Ending& ending, Batch& batch);
  Goes survive(Host& host, const Ending& ending, Batch& batch);
  void survive_forked(Host& host, Batch& batch);

  std::vector<std::uint32_t> noted_slots(const Host& host) const;
  std::vector<std::uint32_t> awaited_slots(const Host& host) const;
  void report_all_noted(const Host& host, Batch& batch);
  void report_noted(std::uint32_t slot, Batch& batch);
  void report_unseen(const std::vector<std::uint32_t>& suspects, std::optional<std::size_t> culprit,
                     const Ending& ending, Batch& batch);
  void settle(CrashReport& report, std::uint32_t slot, Batch& batch);
  std::optional<std::size_t> try_again(const std::vector<std::uint32_t>& slots, const DiedLike& died_like) const;
  void interrupt_others(const Host& host, const char* why, std::optional<std::uint32_t> lane, Batch& batch);
  bool others_can_run(const Host& host) const;
  void bury(const Host& host);
  void replace(const Host& host);

  Run* run_;
  std::map<std::uint32_t, std::uint32_t> tries_;  // failed ones, by library
  std::uint32_t failed_starts_ = 0;               // of hosts that did not get so far
  std::uint32_t unexplained_deaths_ = 0;          // in a row: of hosts in which nothing ran
};

}  // namespace pyharness
