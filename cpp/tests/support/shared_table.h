// A run table in a memory file of its own, with the places given to host 0: what queue and pool tests work on.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/run_table.h"
#include "os/memory_file.h"

namespace pyharness::test {

struct SharedTable {
  os::FileDescriptor file;
  RunTable table;

  SharedTable(std::uint32_t planned, std::uint32_t workers, std::uint32_t hosts = 1)
      : file(os::make_memory_file("table")), table(file.number(), planned, workers, hosts) {
    table.header().hosts_in_use.store(hosts);
    for (std::uint32_t worker = 0; worker < workers; ++worker) {
      table.place(worker).holder.store(1);
    }
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
