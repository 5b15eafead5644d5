// The run table: what the supervisor and the hosts of a run share. A memory file: header, places, hosts, worker
// slots, the queue's ring, one record per task. All zero is a valid start; nothing in it is a pointer.
//
// Who may write what (S: the supervisor's thread; W: the worker that owns the slot; G: the crash guard of that
// worker's threads; T: a worker that steals):
//   RunHeader    shape fields: S, before any host runs. published, closed, stop, active_host, hosts_in_use: S.
//                claimed: W (compare-and-swap). sleepers, failures_left: W. stop: W, too. work_sequence: S, W. panic: G
//                (first one wins).
//   Place        S hands a place over to a host; the worker of a retired host passes it on.
//   HostEntry    retired: S. phase: that host.
//   WorkerSlot   current, started_ns, output_begin, log_begin, asleep: W. batch: W, T (compare-and-swap). tasks: W.
//                finished: W pushes, S takes all. fetched: S. crash: G, once. All: S, once the host is dead.
//   ring         S.
//   TaskRecord   library, index: S before it is published. state: S (queued, timed out), W (running, finished), by
//                compare-and-swap where both may. The rest: W, between running and finished; S reads it after.
// Memory order: what is written before a word that another party polls (published, batch, current, finished, state,
// crash.state) is released by it and acquired by its reader. The two sides of sleeping (sleepers, work_sequence
// against published, batch) are sequentially consistent.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/outcome.h"
#include "core/task.h"
#include "os/file_descriptor.h"
#include "os/memory_file.h"

namespace pyharness {

inline constexpr std::uint32_t most_workers = 64;
// Hosts that can be alive at a time: each that is retired still holds a place, so there are fewer than places.
inline constexpr std::uint32_t most_hosts = most_workers + 2;
// Tasks that a worker claims at a time.
inline constexpr std::uint32_t claim_batch = 10;

enum class Stop : std::uint32_t { none = 0, soon = 1, now = 2 };  // soon: start nothing more
enum class HostPhase : std::uint32_t { loading = 0, running = 1, leaving = 2 };
enum class TaskState : std::uint32_t { queued = 0, running = 1, finished = 2, timed_out = 3 };
enum class CrashKind : std::uint32_t { none = 0, signal = 1, exit = 2, quick_exit = 3 };

struct RunHeader {
  std::uint32_t planned;
  std::uint32_t workers;
  std::uint32_t hosts;
  std::uint32_t ring_capacity;  // a power of two
  std::uint64_t started_ns;     // CLOCK_MONOTONIC; times of attempts count from here

  alignas(64) std::atomic<std::uint64_t> published;      // tasks ever put into the ring
  alignas(64) std::atomic<std::uint64_t> claimed;        // tasks ever taken out of it
  alignas(64) std::atomic<std::uint32_t> work_sequence;  // futex: changes when sleepers should look again
  std::atomic<std::uint32_t> sleepers;
  std::atomic<std::uint32_t> closed;  // 1: nothing more will be published, workers leave
  std::atomic<Stop> stop;
  std::atomic<std::uint32_t> failures_left;  // at zero, workers stop by themselves; max_fail, or 0 for no limit
  std::atomic<std::uint32_t> active_host;    // gets the places that fall free
  std::atomic<std::uint32_t> hosts_in_use;   // host numbers below this one have been used
  std::atomic<std::uint32_t> panic;          // slot + 1 of the first crash
};

// The right to run as worker W<n>: held by one host at a time.
struct Place {
  std::atomic<std::uint32_t> holder;  // futex: host + 1
};

struct HostEntry {
  std::atomic<std::uint32_t> retired;  // 1: its workers start nothing more
  std::atomic<HostPhase> phase;
};

struct CrashRecord {
  static constexpr std::size_t most_frames = 64;
  static constexpr std::size_t most_map_bytes = 256 * 1024;

  std::atomic<CrashKind> kind;  // none until the rest is written
  std::uint32_t task;           // + 1; 0: no case was running
  std::int32_t signal;
  std::int32_t exit_code;
  std::uint64_t address;
  std::uint64_t stack_pointer;
  std::uint64_t thread_started_ns;        // of a thread that a case has started, since boot; 0: the worker itself
  std::uint64_t capture_end;              // where the captured output ended
  std::atomic<std::uint32_t> claimed_by;  // thread id of the guard that fills this
  std::atomic<std::uint32_t> frame_count;
  std::uint64_t frames[most_frames];
  std::atomic<std::uint32_t> map_bytes;  // of the text of /proc/self/maps below
  char maps[most_map_bytes];
};

struct WorkerSlot {
  alignas(64) std::atomic<std::uint64_t> batch;  // see Batch in work_queue.cpp
  std::atomic<std::uint32_t> tasks[claim_batch];
  alignas(64) std::atomic<std::uint32_t> current;  // task + 1; 0: between cases
  std::atomic<std::uint64_t> started_ns;           // of the current case, CLOCK_MONOTONIC
  std::atomic<std::uint64_t> output_begin;         // of the current case, in the capture file
  std::atomic<std::uint64_t> log_begin;            // of the current case, in the report log
  std::atomic<std::uint32_t> finished;             // task + 1: head of the list through TaskRecord::next_finished
  std::atomic<std::uint32_t> fetched;              // futex: tasks of that list that the supervisor has dealt with
  std::atomic<std::uint32_t> asleep;               // 1: waits for work
  std::atomic<std::uint32_t> failed_in_child;      // 1: an assertion failed in a process that the case forked
  CrashRecord crash;
};

struct alignas(64) TaskRecord {
  std::uint32_t library;
  std::uint32_t index;
  std::atomic<TaskState> state;
  Outcome outcome;
  std::uint8_t worker;
  std::uint16_t host;
  std::uint32_t next_finished;  // task + 1
  std::uint32_t log_size;
  std::uint64_t start_ns;  // since RunHeader::started_ns
  std::uint64_t duration_ns;
  std::uint64_t output_begin;
  std::uint64_t output_end;
  std::uint64_t log_begin;
};
static_assert(sizeof(TaskRecord) == 64);

// A view of the table. Copies nothing; the mapping lives as long as the object.
class RunTable {
 public:
  // Sizes `file` and lays the table out in it. For the supervisor, before any host is told to run.
  RunTable(int file, std::uint32_t planned, std::uint32_t workers, std::uint32_t hosts);
  // Maps a table that is laid out already.
  explicit RunTable(int file);

  RunHeader& header() const { return *reinterpret_cast<RunHeader*>(mapping_.data()); }
  Place& place(std::uint32_t worker) const { return places_[worker]; }
  HostEntry& host(std::uint32_t host) const { return hosts_[host]; }
  std::uint32_t slot_count() const { return header().hosts * header().workers; }
  std::uint32_t slot_number(std::uint32_t host, std::uint32_t worker) const { return host * header().workers + worker; }
  WorkerSlot& slot(std::uint32_t number) const { return slots_[number]; }
  std::atomic<std::uint32_t>& ring(std::uint64_t position) const {
    return ring_[position & (header().ring_capacity - 1)];
  }
  TaskRecord& record(TaskIndex task) const { return records_[task]; }

 private:
  void locate();

  os::Mapping mapping_;
  Place* places_ = nullptr;
  HostEntry* hosts_ = nullptr;
  WorkerSlot* slots_ = nullptr;
  std::atomic<std::uint32_t>* ring_ = nullptr;
  TaskRecord* records_ = nullptr;
};

}  // namespace pyharness
