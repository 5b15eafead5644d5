#include "engine/run_table.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "os/clock.h"

namespace pyharness {

namespace {

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

struct Layout {
  std::size_t places, hosts, slots, ring, records, total;

  Layout(const TableShape& shape, std::uint32_t ring_capacity) {
    places = aligned(sizeof(RunHeader));
    hosts = places + aligned(shape.workers * sizeof(Place));
    slots = hosts + aligned(shape.hosts * sizeof(HostEntry));
    ring = slots + aligned(shape.slots * sizeof(WorkerSlot));
    records = ring + aligned(std::size_t{ring_capacity} * lane_count * sizeof(std::atomic<std::uint32_t>));
    total = records + std::size_t{shape.planned} * sizeof(TaskRecord);
  }
};

std::uint32_t capacity_for(std::uint32_t planned) { return std::bit_ceil(std::max(planned, 64U)); }

std::size_t laid_out(int file, const TableShape& shape) {
  const Layout layout(shape, capacity_for(shape.planned));
  os::resize_file(file, layout.total);
  return layout.total;
}

}  // namespace

RunTable::RunTable(int file, const TableShape& shape) : mapping_(file, laid_out(file, shape)) {
  RunHeader& header = this->header();
  header.planned = shape.planned;
  header.workers = shape.workers;
  header.hosts = shape.hosts;
  header.slots = shape.slots;
  header.ring_capacity = capacity_for(shape.planned);
  header.started_ns = os::monotonic_ns();
  locate();
}

RunTable::RunTable(int file) : mapping_(file, os::file_size(file)) { locate(); }

void RunTable::locate() {
  const RunHeader& header = this->header();
  const Layout layout({header.planned, header.workers, header.hosts, header.slots}, header.ring_capacity);
  std::byte* base = mapping_.data();
  places_ = reinterpret_cast<Place*>(base + layout.places);
  hosts_ = reinterpret_cast<HostEntry*>(base + layout.hosts);
  slots_ = reinterpret_cast<WorkerSlot*>(base + layout.slots);
  ring_ = reinterpret_cast<std::atomic<std::uint32_t>*>(base + layout.ring);
  records_ = reinterpret_cast<TaskRecord*>(base + layout.records);
}

std::uint32_t RunTable::add_host(std::uint32_t seats) {
  RunHeader& header = this->header();
  const std::uint32_t number = header.hosts_in_use.load();
  const std::uint32_t first_slot = header.slots_in_use.load();
  if (number >= header.hosts || first_slot + seats > header.slots) {
    throw std::logic_error("more hosts are alive than the run table has room for");
  }
  hosts_[number].seats = seats;
  hosts_[number].first_slot = first_slot;
  header.hosts_in_use.store(number + 1);
  return number;
}

void RunTable::seat(std::uint32_t host, Isolation isolation, std::uint32_t first_worker) {
  HostEntry& entry = hosts_[host];
  entry.lane = lane_of(isolation);
  entry.first_worker = first_worker;
  entry.retired.store(0);
  entry.phase.store(HostPhase::loading);
  entry.loading.store(0);
  for (std::uint32_t seat = 0; seat < entry.seats; ++seat) {
    WorkerSlot& slot = slots_[entry.first_slot + seat];
    slot.host = host;
    slot.worker = first_worker + seat;
    slot.lane = entry.lane;
  }
  // Not before their owners are known: thieves look at all slots in use.
  std::atomic<std::uint32_t>& in_use = header().slots_in_use;
  in_use.store(std::max(in_use.load(), entry.first_slot + entry.seats), std::memory_order_release);
}

}  // namespace pyharness
