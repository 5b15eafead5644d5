// Runs the cases of existing programs: launches each program for a batch of cases on the places of workers, follows
// what it writes, and deals with launches that crash, hang or leave cases out. In the run table these workers look like
// those of one more host, whose lane is `program`.
// Thread-safety: the supervisor's thread only. Ownership: owns the launches; refers to the run, and has its captured
// output kept by the run's hosts. Blocks for a second at most, when it kills.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/batch.h"
#include "engine/ending.h"
#include "engine/launch.h"
#include "engine/run.h"
#include "engine/stop_sequence.h"
#include "engine/time_limits.h"

namespace pyharness {

class Launches {
 public:
  // `run.table` must be laid out; `time_limits` must outlive this.
  Launches(Run& run, const TimeLimits& time_limits);

  // Follows what runs, records what has ended, starts what may start. True: the run must end.
  bool attend(Batch& batch);
  // Nothing runs, and nothing is being stopped.
  bool idle() const;
  bool owns_slot(std::uint32_t slot) const;
  SlotFiles files_of(std::uint32_t slot) const;
  std::uint32_t first_slot() const { return first_slot_; }
  std::uint32_t seats() const { return static_cast<std::uint32_t>(seats_.size()); }
  // Descriptors that become readable when a launch ends.
  std::vector<int> descriptors() const;
  // How long nothing needs to be looked at, but no longer than `most_ms`: what launches write rings no bell.
  std::uint32_t until_next_ms(std::uint32_t most_ms) const;
  void signal_all(int signal) const;
  void postpone(std::uint64_t pause_ns);
  void kill_all();

 private:
  // A launch that runs.
  struct Running {
    Running(std::uint32_t of, std::vector<TaskIndex> cases);

    std::uint32_t program;
    std::vector<TaskIndex> tasks;
    std::vector<bool> ended;  // by position in `tasks`
    std::size_t left;         // not ended
    std::uint32_t capture = 0;
    std::unique_ptr<Launch> launch;
    std::unique_ptr<LaunchReader> reader;
    std::optional<std::uint32_t> open;         // position of the case that has begun and not ended
    std::optional<std::uint32_t> last_to_run;  // after a cancellation: whatever begins after this one is cut off
    bool is_past_limit = false;                // enough cases have failed: what begins from now on does not count
    std::uint64_t started_ns;                  // CLOCK_MONOTONIC; moved on by pauses, as the two below
    bool has_begun = false;                    // a case
    std::uint64_t last_ns;                     // start of the launch, or end of its last case
    std::uint64_t looked_ns;                   // at what it has written
    std::string broken;                        // why its reader is of no more use
  };
  struct Seat {
    std::uint32_t slot = 0;
    std::unique_ptr<Running> running;
  };
  // Without cases that anyone waits for.
  struct Stopping {
    std::unique_ptr<Launch> launch;
    std::uint32_t capture = 0;
    StopSequence way_out = {};
  };
  // What is known of a program.
  struct Pace {
    std::uint64_t cases = 0;
    std::uint64_t ns = 0;
    std::uint64_t starts = 0;           // launches in which a case has begun
    std::uint64_t start_ns = 0;         // from their start until that was seen
    std::uint32_t fruitless = 0;        // launches in a row that brought no case to its end
    std::string given_up;               // why; empty: it is not
    std::set<std::string> losses = {};  // why its suite has failed, as far as it was told
    std::uint64_t mean_ns() const { return cases == 0 ? 0 : ns / cases; }
    std::uint64_t mean_start_ns() const { return starts == 0 ? 0 : start_ns / starts; }
  };
  enum class Goes : bool { on, out };

  WorkerSlot& slot_of(const Seat& seat) const { return run_->table->slot(seat.slot); }

  void start_on(Seat& seat, Batch& batch);
  std::vector<TaskIndex> claim();
  void launch(Seat& seat, std::vector<TaskIndex> tasks, Batch& batch);
  bool runs_alone(TaskIndex task) const;

  Goes follow(Seat& seat, Batch& batch);
  void read_some(Seat& seat, Batch& batch);
  void read_all(Seat& seat, Batch& batch);
  void hold_back(Seat& seat, Batch& batch);
  void apply(Seat& seat, const LaunchProgress& progress, Batch& batch);
  void end_case(Seat& seat, const EndedCase& ended, std::uint64_t unknown_ns, Batch& batch);
  void begin_case(Seat& seat, const OpenCase& running);
  void record(Seat& seat, std::uint32_t position, Outcome outcome, const AttemptEnd& end, Plan::Retry retry,
              Batch& batch);
  void look_at_limits(Seat& seat, Batch& batch);
  bool is_quiet_too_long(const Seat& seat) const;
  void time_out(Seat& seat, std::uint32_t position, Batch& batch);
  void drop_open(Seat& seat, std::uint32_t position, Batch& batch);
  void cut_off(Seat& seat, Batch& batch);
  void tell_held_back(Seat& seat, Batch& batch);
  Goes conclude(Seat& seat, const Ending& ending, Batch& batch);
  Goes conclude_fruitless(Seat& seat, const Ending& ending, Batch& batch);
  void count_fruitless(Seat& seat, const std::string& why, Batch& batch);
  Goes crash(Seat& seat, std::uint32_t position, const Ending& ending, Batch& batch);
  void blame(Seat& seat, std::uint32_t position, const std::string& why, Plan::Retry retry, Batch& batch);
  void blame_all(Seat& seat, Batch& batch);
  void blame_first(Seat& seat, const std::string& why, Batch& batch);
  void lose(std::uint32_t program, const std::string& why, const std::string& output, Batch& batch);
  void give_back_rest(Seat& seat);
  void stop(Seat& seat);
  void leave(Seat& seat);
  AttemptEnd whole_output(const Seat& seat) const;
  const std::string& path_of(std::uint32_t program) const;
  std::string text_of(const Seat& seat) const;

  Run* run_;
  const TimeLimits* time_limits_;
  std::uint32_t host_;
  std::uint32_t first_slot_;
  std::vector<Seat> seats_;
  std::vector<Stopping> stopping_;
  std::map<std::uint32_t, Pace> paces_;
};

}  // namespace pyharness
