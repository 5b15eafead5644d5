// A run table in a memory file of its own, whose hosts are seated as the engine does it: what queue and pool tests work
// on. Host h of the first ones has the slots from h * workers on.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/run_table.h"
#include "os/memory_file.h"

namespace pyharness::test {

struct SharedTable {
  os::FileDescriptor file;
  RunTable table;

  // `hosts`: so many with all workers; the first holds the places.
  SharedTable(std::uint32_t planned, std::uint32_t workers, std::uint32_t hosts = 1)
      : file(os::make_memory_file("table")), table(file.number(), TableShape::for_run(planned, workers)) {
    for (std::uint32_t host = 0; host < hosts; ++host) {
      add_host(Isolation::thread, 0);
    }
  }

  // The heir of its workers' places in its lane; holds those that nobody holds. Returns its first slot.
  std::uint32_t add_host(Isolation isolation, std::uint32_t first_worker) {
    const std::uint32_t seats = isolation == Isolation::thread ? table.header().workers : 1;
    const std::uint32_t number = table.add_host(seats);
    table.seat(number, isolation, first_worker);
    for (std::uint32_t worker = first_worker; worker < first_worker + seats; ++worker) {
      Place& place = table.place(worker);
      place.heirs[lane_of(isolation)].store(number + 1);
      std::uint32_t nobody = 0;
      place.holder.compare_exchange_strong(nobody, number + 1);
    }
    return table.host(number).first_slot;
  }
};

inline std::vector<TaskIndex> numbers(TaskIndex first, TaskIndex past) {
  std::vector<TaskIndex> tasks;
  for (; first < past; ++first) {
    tasks.push_back(first);
  }
  return tasks;
}

}  // namespace pyharness::test
