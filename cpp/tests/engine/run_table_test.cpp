// Laying out the run table, and finding it again from another mapping.
#include "engine/run_table.h"

#include <doctest/doctest.h>

#include <bit>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/shared_table.h"

using namespace pyharness;

namespace {

// Begin and end of every part, as addresses.
std::vector<std::pair<std::uintptr_t, std::uintptr_t>> parts(const RunTable& table) {
  const RunHeader& header = table.header();
  const auto part = [](const auto& first, std::size_t count) {
    const auto begin = reinterpret_cast<std::uintptr_t>(&first);
    return std::pair(begin, begin + count * sizeof first);
  };
  return {part(header, 1),
          part(table.place(0), header.workers),
          part(table.host(0), header.hosts),
          part(table.slot(0), header.slots),
          part(table.ring(0, 0), std::size_t{lane_count} * header.ring_capacity),
          part(table.record(0), header.planned)};
}

}  // namespace

TEST_CASE("run table: its parts follow each other without overlap, aligned to cache lines, within the file") {
  for (const std::uint32_t planned : {1U, 63U, 64U, 65U, 1000U}) {
    for (const std::uint32_t workers : {1U, 3U, 16U}) {
      const test::SharedTable shared(planned, workers, 2);
      std::uintptr_t end = 0;
      for (const auto& [begin, past] : parts(shared.table)) {
        CHECK(begin >= end);
        CHECK(begin % 64 == 0);
        end = past;
      }
      CHECK(end <= reinterpret_cast<std::uintptr_t>(&shared.table.header()) + os::file_size(shared.file.number()));
    }
  }
}

TEST_CASE("run table: the ring is a power of two that holds all tasks") {
  for (const std::uint32_t planned : {0U, 1U, 64U, 65U, 100'000U}) {
    const test::SharedTable shared(planned, 1);
    CHECK(std::has_single_bit(shared.table.header().ring_capacity));
    CHECK(shared.table.header().ring_capacity >= planned);
  }
}

TEST_CASE("run table: starts with nothing published, claimed, stopped or crashed") {
  const test::SharedTable shared(10, 2, 4);
  const RunHeader& header = shared.table.header();
  CHECK((header.planned == 10 && header.workers == 2 && header.hosts_in_use.load() == 4));
  for (const LaneQueue& lane : header.lanes) {
    CHECK((lane.published.load() == 0 && lane.claimed.load() == 0));
  }
  CHECK((header.stop.load() == Stop::none && header.closed.load() == 0 && header.panic.load() == 0));
  CHECK(shared.table.slots_in_use() == 8);
  for (std::uint32_t slot = 0; slot < shared.table.slots_in_use(); ++slot) {
    CHECK(Current::unpack(shared.table.slot(slot).current.load()).task == no_task);
    CHECK(shared.table.slot(slot).crash.kind.load() == CrashKind::none);
  }
}

TEST_CASE("run table: whoever attaches sees every part where it was laid out") {
  const test::SharedTable shared(100, 3, 5);
  const RunTable attached(shared.file.number());
  shared.table.place(2).holder.store(11);
  shared.table.host(4).retired.store(12);
  shared.table.slot(14).current.store(13);
  shared.table.ring(2, 127).store(14);
  shared.table.record(99).index = 15;
  CHECK(attached.slots_in_use() == 15);
  CHECK(attached.place(2).holder.load() == 11);
  CHECK(attached.host(4).retired.load() == 12);
  CHECK(attached.slot(14).current.load() == 13);
  CHECK(attached.ring(2, 128 + 127).load() == 14);
  CHECK(attached.record(99).index == 15);
  CHECK(attached.header().started_ns == shared.table.header().started_ns);
}

TEST_CASE("run table: hosts have numbers and slots of their own, and their slots say whose they are") {
  test::SharedTable shared(1, 3, 1);
  CHECK(shared.add_host(Isolation::process, 2) == 3);
  CHECK(shared.add_host(Isolation::fork, 1) == 4);
  CHECK(shared.table.slots_in_use() == 5);
  for (std::uint32_t slot = 0; slot < 3; ++slot) {
    CHECK((shared.table.slot(slot).host == 0 && shared.table.slot(slot).worker == slot));
  }
  const WorkerSlot& last = shared.table.slot(4);
  CHECK((last.host == 2 && last.worker == 1 && last.lane == lane_of(Isolation::fork)));
}

TEST_CASE("run table: a number that is used again has its slots for the new host's workers") {
  test::SharedTable shared(1, 4, 0);
  shared.add_host(Isolation::process, 2);
  shared.table.host(0).retired.store(1);
  shared.table.host(0).phase.store(HostPhase::leaving);
  shared.table.seat(0, Isolation::fork, 3);
  CHECK(shared.table.host(0).retired.load() == 0);
  CHECK(shared.table.host(0).phase.load() == HostPhase::loading);
  CHECK((shared.table.slot(0).worker == 3 && shared.table.slot(0).lane == lane_of(Isolation::fork)));
  CHECK(shared.table.slots_in_use() == 1);
}

TEST_CASE("run table: there is room for all hosts that a run can need, and no more than that") {
  test::SharedTable shared(1, 2, 2 * 2 + 2);
  for (std::uint32_t host = 0; host < 6 * 2 + 2; ++host) {
    shared.add_host(Isolation::process, host % 2);
  }
  shared.table.add_host(2);  // the launches of programs
  CHECK_THROWS_AS(shared.table.add_host(1), std::logic_error);
}

TEST_CASE("run table: the word of a task and that of a slot hold what was put into them") {
  for (const TaskPhase phase : {TaskPhase::queued, TaskPhase::running, TaskPhase::finished, TaskPhase::timed_out}) {
    for (const std::uint32_t attempt : {1U, 2U, 1U << 20U}) {
      for (const bool last : {false, true}) {
        const TaskState state = TaskState::unpack(TaskState{attempt, last, phase}.pack());
        CHECK((state.attempt == attempt && state.last == last && state.phase == phase));
      }
      const Current current = Current::unpack(Current{attempt, attempt + 1}.pack());
      CHECK((current.task == attempt && current.attempt == attempt + 1));
    }
  }
  CHECK(Current::unpack(0).task == no_task);
}

TEST_CASE("run table: a crash record that was cleared takes the next crash") {
  const test::SharedTable shared(1, 1);
  CrashRecord& crash = shared.table.slot(0).crash;
  crash.kind.store(CrashKind::signal);
  crash.signal = 11;
  crash.frame_count.store(3);
  crash.map_bytes.store(100);
  crash.claimed_by.store(7);
  crash.clear();
  CHECK((crash.kind.load() == CrashKind::none && crash.signal == 0 && crash.claimed_by.load() == 0));
  CHECK((crash.frame_count.load() == 0 && crash.map_bytes.load() == 0));
}
