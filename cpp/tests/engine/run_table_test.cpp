// Laying out the run table, and finding it again from another mapping.
#include "engine/run_table.h"

#include <doctest/doctest.h>

#include <bit>
#include <cstring>
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
          part(table.slot(0), table.slot_count()),
          part(table.ring(0), header.ring_capacity),
          part(table.record(0), header.planned)};
}

}  // namespace

TEST_CASE("run table: its parts follow each other without overlap, aligned to cache lines, within the file") {
  for (const std::uint32_t planned : {1U, 63U, 64U, 65U, 1000U}) {
    for (const std::uint32_t workers : {1U, 3U, 16U}) {
      const test::SharedTable shared(planned, workers, workers + 2);
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
  CHECK((header.planned == 10 && header.workers == 2 && header.hosts == 4));
  CHECK((header.published.load() == 0 && header.claimed.load() == 0));
  CHECK((header.stop.load() == Stop::none && header.closed.load() == 0 && header.panic.load() == 0));
  for (std::uint32_t slot = 0; slot < shared.table.slot_count(); ++slot) {
    CHECK(shared.table.slot(slot).current.load() == 0);
    CHECK(shared.table.slot(slot).crash.kind.load() == CrashKind::none);
  }
}

TEST_CASE("run table: whoever attaches sees every part where it was laid out") {
  const test::SharedTable shared(100, 3, 5);
  const RunTable attached(shared.file.number());
  shared.table.place(2).holder.store(11);
  shared.table.host(4).retired.store(12);
  shared.table.slot(14).current.store(13);
  shared.table.ring(127).store(14);
  shared.table.record(99).index = 15;
  CHECK(attached.slot_count() == 15);
  CHECK(attached.slot_number(4, 2) == 14);
  CHECK(attached.place(2).holder.load() == 11);
  CHECK(attached.host(4).retired.load() == 12);
  CHECK(attached.slot(14).current.load() == 13);
  CHECK(attached.ring(128 + 127).load() == 14);
  CHECK(attached.record(99).index == 15);
  CHECK(attached.header().started_ns == shared.table.header().started_ns);
}
