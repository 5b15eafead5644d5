// The hosts of a run, and who of them may run as which worker: starts, retires, replaces and buries them.
// Thread-safety: the supervisor's thread only. Ownership: owns the processes and the captured output; refers to the run
// table once `begin_run` was called. kill_all and clear_away_retired wait for killed processes, a second at most each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/dispatcher.h"
#include "engine/host_process.h"
#include "engine/run_table.h"

namespace pyharness {

struct Host {
  HostProcess process;
  std::uint32_t number = 0;         // in the run table
  std::uint32_t first_capture = 0;  // number of its first worker's capture, for read_output
  bool retired = false;
  std::uint64_t started_ns = 0;  // CLOCK_MONOTONIC
};

class Hosts {
 public:
  explicit Hosts(const HostSetup& setup) : setup_(setup) {}
  Hosts(const Hosts&) = delete;
  Hosts& operator=(const Hosts&) = delete;
  ~Hosts() { kill_all(); }

  // A process that has all `listings` loaded (or will have soon); not yet part of the run.
  std::unique_ptr<HostProcess> fresh_process() const;
  // What fresh processes load, by library; nullptr: nothing.
  std::vector<std::shared_ptr<const SuiteListing>>& listings() { return listings_; }

  // From here on the table counts. `first` becomes the holder of all places.
  void begin_run(RunTable& table, std::unique_ptr<HostProcess> first);
  const std::vector<std::unique_ptr<Host>>& all() const { return hosts_; }
  // Descriptors that become readable when a host ends.
  std::vector<int> descriptors() const;
  // Number of a slot of the host's worker.
  std::uint32_t slot(const Host& host, std::uint32_t worker) const;
  SlotFiles files_of(std::uint32_t slot) const;
  HostPhase phase(const Host& host) const { return table_->host(host.number).phase.load(); }

  // The host takes nothing more; a fresh one becomes the heir of its places.
  void retire(Host& host);
  // The worker hangs and will not pass on its place itself.
  void pass_place_on(const Host& host, std::uint32_t worker);
  bool holds_place(const Host& host) const;
  bool holds_place(const Host& host, std::uint32_t worker) const;
  // Kills retired hosts that hold no place any more, as all that is left of them hangs; returns them.
  std::vector<Host*> kill_abandoned() const;
  // The process is dead: its number and its places may be used again. Its output can be read until forget_buried.
  void bury(const Host& host);
  // In the place of one that died before it could run.
  void replace();
  // Whether one has died since forget_deaths was called.
  bool one_has_died() const { return one_has_died_; }
  void forget_deaths() { one_has_died_ = false; }

  void kill_all();
  // What was captured in [begin, end); of more than 16 MiB, head and tail with a line between.
  std::string read_output(std::uint32_t capture, std::uint64_t begin, std::uint64_t end) const;
  void forget_buried();

 private:
  void enlist(std::unique_ptr<HostProcess> process, std::uint32_t number);
  std::uint32_t free_number() const;
  bool is_alive(std::uint32_t number) const;
  void adopt_orphaned_places();

  HostSetup setup_;
  std::vector<std::shared_ptr<const SuiteListing>> listings_;
  RunTable* table_ = nullptr;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::shared_ptr<os::FileDescriptor>> captures_;  // of all hosts; empty where forgotten
  std::vector<std::uint32_t> buried_captures_;                 // first ones of hosts that are gone
  bool one_has_died_ = false;
};

}  // namespace pyharness
