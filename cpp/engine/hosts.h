// The hosts of a run, and who of them may run as which worker: starts, retires, replaces and buries them.
// Thread-safety: the supervisor's thread only. Ownership: owns the processes and the captured output; refers to the run
// table once `begin_run` was called. kill, kill_all and the destructor wait for killed processes, a second at most
// each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/isolation.h"
#include "engine/dispatcher.h"
#include "engine/host_process.h"
#include "engine/run_options.h"
#include "engine/run_table.h"
#include "engine/stop_sequence.h"

namespace pyharness {

// A case that was given up on in a host that lives on.
struct TimedOutCase {
  std::uint32_t slot = 0;
  TaskIndex task = no_task;
  std::uint32_t attempt = 1;
  std::uint64_t output_end = 0;  // of what has been told of it
};

struct Host {
  HostProcess process;
  std::uint32_t number = 0;  // in the run table
  Isolation isolation = Isolation::thread;
  std::uint32_t first_worker = 0;
  std::uint32_t seats = 1;
  std::uint32_t first_slot = 0;
  std::uint32_t first_capture = 0;  // number of its first worker's capture, for read_output
  bool retired = false;
  std::uint64_t started_ns = 0;  // CLOCK_MONOTONIC
  StopSequence way_out = {};
  std::vector<TimedOutCase> timed_out = {};
  std::uint64_t leaving_since_ns = 0;  // of one that was relieved; CLOCK_MONOTONIC
};

class Hosts {
 public:
  Hosts(const HostSetup& setup, std::uint32_t workers) : setup_(setup), workers_(workers) {}
  Hosts(const Hosts&) = delete;
  Hosts& operator=(const Hosts&) = delete;
  ~Hosts() { kill_all(); }

  // Of those that are started from now on; "NAME=value".
  void set_environment(const std::vector<std::string>& environment) { setup_.environment = environment; }
  // A process that has all `listings` loaded; not yet part of the run.
  std::unique_ptr<HostProcess> fresh_process(std::uint32_t seats) const;
  // What fresh processes load, by library; nullptr: nothing.
  void know(std::uint32_t library, std::shared_ptr<const SuiteListing> listing);
  std::vector<std::shared_ptr<const SuiteListing>>& listings() { return listings_; }

  // From here on the table counts. `first` is used for the first host, if it has enough seats.
  void begin_run(RunTable& table, std::unique_ptr<HostProcess> first);
  // Starts what is missing so that `tasks` of this isolation can run side by side, on workers that are free if
  // possible.
  void provide(Isolation isolation, std::size_t tasks);
  const std::vector<std::unique_ptr<Host>>& all() const { return hosts_; }
  // Descriptors that become readable when a host ends.
  std::vector<int> descriptors() const;
  SlotFiles files_of(std::uint32_t slot) const;
  HostPhase phase(const Host& host) const { return table_->host(host.number).phase.load(); }
  WorkerSlot& slot(const Host& host, std::uint32_t seat) const { return table_->slot(host.first_slot + seat); }

  // The host takes nothing more; a fresh one becomes the heir of its places.
  void retire(Host& host);
  // All hosts take nothing more; fresh ones, with what `listings` says by now, become the heirs of their places.
  // Not before `can_be_relieved`: there is room for so many.
  void relieve_all();
  bool can_be_relieved() const;
  // The worker of the seat hangs and will not pass on its place itself.
  void pass_place_on(const Host& host, std::uint32_t seat);
  bool holds_place(const Host& host) const;
  bool holds_place(const Host& host, std::uint32_t seat) const;
  // Retired, and all that is left of it hangs.
  bool is_abandoned(const Host& host) const { return host.retired && !holds_place(host); }
  // Goes on with stopping a host; true once it has ended.
  bool stop(Host& host, const std::vector<StopStep>& steps) const;
  // The earliest end of a wait between two steps; UINT64_MAX: none.
  std::uint64_t next_stop_ns() const;

  static std::optional<os::ExitStatus> kill(Host& host);
  // The process is dead: its number and its places may be used again. Its output can be read until forget_buried.
  void bury(const Host& host);
  // In the place of one that was buried: same isolation, same workers.
  void replace(Isolation isolation, std::uint32_t first_worker);
  // Whether one has died since forget_deaths was called.
  bool one_has_died() const { return one_has_died_; }
  void forget_deaths() { one_has_died_ = false; }

  void kill_all();
  void signal_all(int signal) const;
  // Moves the ends of waits, after a time that counts for nobody.
  void postpone(std::uint64_t pause_ns) const;
  // What was captured in [begin, end); of more than `most_output_bytes`, head and tail with a line between.
  std::string read_output(std::uint32_t capture, std::uint64_t begin, std::uint64_t end) const;
  // What was captured from there on. Of a flood only the tail, below the same line: its head may not be there any more.
  std::string read_output_from(std::uint32_t capture, std::uint64_t begin) const;
  void forget_buried();
  // Output of something that is no host; its number for read_output. Without a file, there is nothing to read.
  std::uint32_t add_capture(std::shared_ptr<os::FileDescriptor> file);
  // It can be read until forget_buried.
  void bury_capture(std::uint32_t capture) { buried_captures_.push_back(capture); }
  // Of such a capture: `begin`, where what runs has begun; nobody will read what is before it. `end`: how far its
  // reader has come, who must see everything.
  void trim_capture(std::uint32_t capture, std::uint64_t begin, std::uint64_t end);
  // Places that this one holds are not free, though it is none of these hosts.
  void respect(std::uint32_t host) { respected_ = host + 1; }
  // Gives back the memory of output that nobody will read: of attempts that were dealt with, and the middle of floods.
  void trim_output();

 private:
  struct CapturedOutput {
    std::shared_ptr<os::FileDescriptor> file;  // empty where forgotten
    std::uint64_t trimmed = 0;                 // nothing is left before this position, but the head of a flood
  };
  void enlist(std::unique_ptr<HostProcess> process, Isolation isolation, std::uint32_t first_worker);
  std::uint32_t number_for(std::uint32_t seats);
  bool is_alive(std::uint32_t holder) const;
  bool is_free(std::uint32_t worker) const;
  void give_free_places(const Host& host);
  void trim(const Host& host, std::uint32_t seat);
  void trim_flood(CapturedOutput& capture, std::uint64_t begin, std::uint64_t size) const;

  HostSetup setup_;
  std::uint32_t workers_;
  std::vector<std::shared_ptr<const SuiteListing>> listings_;
  RunTable* table_ = nullptr;
  std::unique_ptr<HostProcess> spare_;  // the one that has loaded the suites first, until it gets its part
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::uint32_t> free_numbers_;     // of hosts that are gone
  std::vector<CapturedOutput> captures_;        // of all hosts
  std::vector<std::uint32_t> buried_captures_;  // of hosts that are gone
  bool one_has_died_ = false;
  std::uint32_t respected_ = 0;  // host + 1
};

}  // namespace pyharness
