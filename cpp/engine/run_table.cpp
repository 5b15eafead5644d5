#include "engine/run_table.h"

#include <algorithm>
#include <bit>

#include "os/clock.h"

namespace pyharness {

namespace {

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

struct Layout {
  std::size_t places, hosts, slots, ring, records, total;

  Layout(std::uint32_t planned, std::uint32_t workers, std::uint32_t host_count, std::uint32_t ring_capacity) {
    places = aligned(sizeof(RunHeader));
    hosts = places + aligned(workers * sizeof(Place));
    slots = hosts + aligned(host_count * sizeof(HostEntry));
    ring = slots + aligned(std::size_t{host_count} * workers * sizeof(WorkerSlot));
    records = ring + aligned(std::size_t{ring_capacity} * sizeof(std::atomic<std::uint32_t>));
    total = records + std::size_t{planned} * sizeof(TaskRecord);
  }
};

std::size_t laid_out(int file, std::uint32_t planned, std::uint32_t workers, std::uint32_t hosts) {
  const Layout layout(planned, workers, hosts, std::bit_ceil(std::max(planned, 64U)));
  os::resize_file(file, layout.total);
  return layout.total;
}

}  // namespace

RunTable::RunTable(int file, std::uint32_t planned, std::uint32_t workers, std::uint32_t hosts)
    : mapping_(file, laid_out(file, planned, workers, hosts)) {
  RunHeader& header = this->header();
  header.planned = planned;
  header.workers = workers;
  header.hosts = hosts;
  header.ring_capacity = std::bit_ceil(std::max(planned, 64U));
  header.started_ns = os::monotonic_ns();
  locate();
}

RunTable::RunTable(int file) : mapping_(file, os::file_size(file)) { locate(); }

void RunTable::locate() {
  const RunHeader& header = this->header();
  const Layout layout(header.planned, header.workers, header.hosts, header.ring_capacity);
  std::byte* base = mapping_.data();
  places_ = reinterpret_cast<Place*>(base + layout.places);
  hosts_ = reinterpret_cast<HostEntry*>(base + layout.hosts);
  slots_ = reinterpret_cast<WorkerSlot*>(base + layout.slots);
  ring_ = reinterpret_cast<std::atomic<std::uint32_t>*>(base + layout.ring);
  records_ = reinterpret_cast<TaskRecord*>(base + layout.records);
}

}  // namespace pyharness
