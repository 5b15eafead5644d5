// The run table: what the supervisor and the hosts of a run share. A memory file: header, places, hosts, worker
// slots, the queue's rings, one record per task. All zero is a valid start; nothing in it is a pointer.
//
// Who may write what (S: the supervisor's thread; W: the worker that owns the slot, or the process that it has forked
// for the case; G: the crash guard of that worker's threads; T: a worker that steals):
//   RunHeader    shape fields: S, before any host runs. closed, stop, hosts_in_use, slots_in_use, suspensions: S.
//                lanes: published S, claimed W (compare-and-swap). sleepers, failures_left: W. stop: W, too.
//                work_sequence: S, W. panic: G (first one wins), S takes it back once the crash is settled.
//   Place        heirs: S. holder: S where nobody holds it; else the worker that holds it passes it on.
//   HostEntry    lane, first_worker, seats, first_slot: S, before the host is told of them. retired: S.
//                phase, loading: that host.
//   WorkerSlot   host, worker, lane: S, before the host runs. current, started_ns, output_begin, log_begin, asleep,
//                process, thread, forked_outcome: W. batch: W, T (compare-and-swap). tasks: W.
//                finished: W pushes, S takes all. fetched, settled: S. crash: G, once; S clears it. stack: S asks, the
//                worker's thread answers. All: S, once the host is dead.
//   ring         S.
//   TaskRecord   library, index: S before it is published. state: S (queued, timed out), W (running, finished), by
//                compare-and-swap where both may. The rest: W, after it has made the state `finished`; S reads it when
//                it finds the task on a finished list.
// Memory order: what is written before a word that another party polls (published, batch, current, finished, state,
// crash.kind) is released by it and acquired by its reader. The two sides of sleeping (sleepers, work_sequence
// against published, batch, holder) are sequentially consistent.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/isolation.h"
#include "core/outcome.h"
#include "core/task.h"
#include "os/file_descriptor.h"
#include "os/memory_file.h"

namespace pyharness {

inline constexpr std::uint32_t most_workers = 64;
// Tasks that a worker claims at a time.
inline constexpr std::uint32_t claim_batch = 10;
inline constexpr std::uint32_t most_frames = 64;

enum class Stop : std::uint32_t { none = 0, soon = 1, now = 2 };  // soon: start nothing more
enum class HostPhase : std::uint32_t { loading = 0, running = 1, leaving = 2 };
enum class TaskPhase : std::uint32_t { queued = 0, running = 1, finished = 2, timed_out = 3 };

// How a host (or the process that was forked for a case) came to its end. signal, exit, quick_exit, sanitizer: noted by
// the guard. died: nothing was noted, there is only the process's status. stopped: by SIGSTOP or its like, and ended by
// us. memory: it used more than it may, and was ended by us.
enum class CrashKind : std::uint32_t {
  none = 0,
  signal = 1,
  exit = 2,
  quick_exit = 3,
  died = 4,
  stopped = 5,
  memory = 6,
  sanitizer = 7
};

// The word of a task: which attempt, whether that is its last one, and how far it is. Workers that were given up on
// may come back while a later attempt runs; the number tells them that it is not theirs.
struct TaskState {
  std::uint32_t attempt = 1;
  bool last = true;
  TaskPhase phase = TaskPhase::queued;

  static TaskState unpack(std::uint32_t word) { return {word >> 3U, (word & 4U) != 0, TaskPhase{word & 3U}}; }
  std::uint32_t pack() const { return attempt << 3U | (last ? 4U : 0U) | static_cast<std::uint32_t>(phase); }
  TaskState in(TaskPhase other) const { return {attempt, last, other}; }
};

// What a slot runs: an attempt of a task, or nothing.
struct Current {
  TaskIndex task = no_task;
  std::uint32_t attempt = 0;

  static Current unpack(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word) - 1, static_cast<std::uint32_t>(word >> 32U)};
  }
  std::uint64_t pack() const { return std::uint64_t{attempt} << 32U | (task + 1); }
};

// The queue of one lane: a ring of tasks.
struct LaneQueue {
  alignas(64) std::atomic<std::uint64_t> published;  // tasks ever put into the ring
  alignas(64) std::atomic<std::uint64_t> claimed;    // tasks ever taken out of it
};

struct RunHeader {
  std::uint32_t planned;  // tasks that there is room for
  std::uint32_t workers;
  std::uint32_t hosts;  // as many as there is room for, and so on
  std::uint32_t slots;
  std::uint32_t ring_capacity;  // of each lane; a power of two
  std::uint64_t started_ns;     // CLOCK_MONOTONIC; times of attempts count from here

  LaneQueue lanes[lane_count];
  alignas(64) std::atomic<std::uint32_t> work_sequence;  // futex: changes when sleepers should look again
  std::atomic<std::uint32_t> sleepers;
  std::atomic<std::uint32_t> closed;  // 1: nothing more will be published, workers leave
  std::atomic<Stop> stop;
  std::atomic<std::uint32_t> failures_left;  // at zero, workers stop by themselves; max_fail, or 0 for no limit
  std::atomic<std::uint32_t> hosts_in_use;   // numbers below this one have been used
  std::atomic<std::uint32_t> slots_in_use;
  std::atomic<std::uint32_t> suspensions;  // beginnings and ends of times in which the user lets everything stand still
  std::atomic<std::uint32_t> panic;        // slot + 1 of the first crash
};

// The right to run as worker W<n>: held by one host at a time. It wanders to where there is work.
struct Place {
  std::atomic<std::uint32_t> holder;             // host + 1; 0: nobody
  std::atomic<std::uint32_t> heirs[lane_count];  // host + 1 of who takes it for that lane; 0: nobody yet
};

struct HostEntry {
  std::uint32_t lane;
  std::uint32_t first_worker;
  std::uint32_t seats;  // workers, from first_worker on
  std::uint32_t first_slot;
  std::atomic<std::uint32_t> retired;  // 1: its workers start nothing more
  std::atomic<HostPhase> phase;
  std::atomic<std::uint32_t> loading;  // library + 1 that it loads again right now
};

struct CrashRecord {
  static constexpr std::size_t most_map_bytes = 256 * 1024;

  std::atomic<CrashKind> kind;  // none until the rest is written
  std::int32_t signal;
  std::int32_t exit_code;
  bool heap_is_broken;  // which any case of the process may have done
  bool is_sent;         // by raise() or kill(): there is no address
  std::uint64_t address;
  std::uint64_t stack_pointer;
  std::uint64_t thread_started_ns;        // of a thread that a case has started, since boot; 0: the worker itself
  std::atomic<std::uint32_t> claimed_by;  // thread id of the guard that fills this
  std::atomic<std::uint32_t> frame_count;
  std::uint64_t frames[most_frames];
  std::atomic<std::uint32_t> map_bytes;  // of the text of /proc/self/maps below
  char maps[most_map_bytes];

  // For the next crash; when nobody can be writing here.
  void clear() {
    signal = exit_code = 0;
    heap_is_broken = is_sent = false;
    address = stack_pointer = thread_started_ns = 0;
    frame_count.store(0);
    map_bytes.store(0);
    kind.store(CrashKind::none);
    claimed_by.store(0);
  }
};

// Where a worker that hangs stands: asked for by a signal.
struct StackRecord {
  std::atomic<std::uint32_t> frame_count;  // 0: no answer yet
  std::uint64_t frames[most_frames];
};

struct WorkerSlot {
  std::uint32_t host;
  std::uint32_t worker;
  std::uint32_t lane;
  alignas(64) std::atomic<std::uint64_t> batch;  // see Batch in work_queue.cpp
  std::atomic<std::uint32_t> tasks[claim_batch];
  alignas(64) std::atomic<std::uint64_t> current;  // see Current
  std::atomic<std::uint64_t> started_ns;           // of the current case, CLOCK_MONOTONIC
  std::atomic<std::uint64_t> output_begin;         // of the current case, in the capture file
  std::atomic<std::uint64_t> log_begin;            // of the current case, in the report log
  std::atomic<std::uint32_t> finished;             // task + 1: head of the list through TaskRecord::next_finished
  std::atomic<std::uint32_t> fetched;              // futex: tasks of that list that the supervisor has dealt with
  std::atomic<std::uint32_t> settled;              // futex: changes when the supervisor has dealt with a crash
  std::atomic<std::uint32_t> asleep;               // 1: waits for work
  std::atomic<std::uint32_t> failed_in_child;      // 1: an assertion failed in a process that the case forked
  std::atomic<std::uint32_t> forked_outcome;       // of a case in a process of its own, which has come to its end
  std::atomic<std::int32_t> process;               // where the case runs
  std::atomic<std::int32_t> thread;
  StackRecord stack;
  CrashRecord crash;
};

struct alignas(64) TaskRecord {
  std::uint32_t library;
  std::uint32_t index;
  std::atomic<std::uint32_t> state;  // see TaskState
  Outcome outcome;
  std::uint8_t worker;
  std::uint32_t next_finished;  // task + 1
  std::uint32_t log_size;
  std::uint64_t start_ns;  // since RunHeader::started_ns
  std::uint64_t duration_ns;
  std::uint64_t output_begin;
  std::uint64_t output_end;
  std::uint64_t log_begin;

  TaskState load() const { return TaskState::unpack(state.load(std::memory_order_acquire)); }
};
static_assert(sizeof(TaskRecord) == 64);

// What there is room for.
struct TableShape {
  std::uint32_t planned = 0;
  std::uint32_t workers = 1;
  std::uint32_t hosts = 1;
  std::uint32_t slots = 1;

  // For a supervised run. Hosts with all workers: each that is retired still holds a place, so there are fewer than
  // two more than places. Hosts of one worker: two lanes of them, the retired ones, and those that are being stopped.
  static TableShape for_run(std::uint32_t planned, std::uint32_t workers) {
    const std::uint32_t wide = 2 * workers + 2;
    const std::uint32_t narrow = 6 * workers + 2;
    // And the launches of programs, which look like a host with all workers.
    return {planned, workers, wide + narrow + 1, (wide + 1) * workers + narrow};
  }
};

// A view of the table. Copies nothing; the mapping lives as long as the object.
class RunTable {
 public:
  // Sizes `file` and lays the table out in it. For the supervisor, before any host is told to run.
  RunTable(int file, const TableShape& shape);
  // Maps a table that is laid out already.
  explicit RunTable(int file);

  // A number for a host with so many seats, and slots for them. Throws std::logic_error when there is no room.
  std::uint32_t add_host(std::uint32_t seats);
  // Whom the host's seats are for. Before the host runs; again, when a dead host's number is used by another one.
  void seat(std::uint32_t host, Isolation isolation, std::uint32_t first_worker);

  RunHeader& header() const { return *reinterpret_cast<RunHeader*>(mapping_.data()); }
  Place& place(std::uint32_t worker) const { return places_[worker]; }
  HostEntry& host(std::uint32_t host) const { return hosts_[host]; }
  WorkerSlot& slot(std::uint32_t number) const { return slots_[number]; }
  std::uint32_t slots_in_use() const { return header().slots_in_use.load(std::memory_order_acquire); }
  std::atomic<std::uint32_t>& ring(std::uint32_t lane, std::uint64_t position) const {
    return ring_[std::size_t{lane} * header().ring_capacity + (position & (header().ring_capacity - 1))];
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
