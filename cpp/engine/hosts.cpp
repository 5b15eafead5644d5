#include "engine/hosts.h"

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "engine/work_queue.h"
#include "os/clock.h"

namespace pyharness {

namespace {

constexpr std::uint32_t kill_limit_ms = 1000;  // SIGKILL works at once, but for uninterruptible sleep
constexpr std::uint64_t trim_step_bytes = std::uint64_t{1} << 20U;

std::string gap_of(std::uint64_t left_out_bytes) {
  return "\n[" + std::to_string(left_out_bytes) + " bytes of output are left out here]\n";
}

}  // namespace

std::unique_ptr<HostProcess> Hosts::fresh_process(std::uint32_t seats) const {
  HostSetup setup = setup_;
  setup.seats = seats;
  return std::make_unique<HostProcess>(setup);
}

void Hosts::know(std::uint32_t library, std::shared_ptr<const SuiteListing> listing) {
  listings_.resize(std::max<std::size_t>(listings_.size(), library + 1));
  listings_[library] = std::move(listing);
}

void Hosts::begin_run(RunTable& table, std::unique_ptr<HostProcess> first) {
  table_ = &table;
  spare_ = std::move(first);
}

void Hosts::provide(Isolation isolation, std::size_t tasks) {
  const std::uint32_t lane = lane_of(isolation);
  if (isolation == Isolation::thread) {
    if (table_->place(0).heirs[lane].load() == 0) {
      replace(isolation, 0);
    }
    return;
  }
  std::vector<std::uint32_t> lacking;
  std::size_t provided = 0;
  for (std::uint32_t worker = 0; worker < workers_; ++worker) {
    table_->place(worker).heirs[lane].load() == 0 ? lacking.push_back(worker) : void(++provided);
  }
  std::stable_partition(lacking.begin(), lacking.end(), [&](std::uint32_t worker) { return is_free(worker); });
  for (std::size_t at = 0; at < lacking.size() && provided < tasks; ++at, ++provided) {
    replace(isolation, lacking[at]);
  }
}

// Nobody runs a case as this worker.
bool Hosts::is_free(std::uint32_t worker) const {
  const std::uint32_t holder = table_->place(worker).holder.load();
  if (holder == 0) {
    return true;
  }
  const HostEntry& entry = table_->host(holder - 1);
  return table_->slot(entry.first_slot + worker - entry.first_worker).current.load() == 0;
}

void Hosts::replace(Isolation isolation, std::uint32_t first_worker) {
  const std::uint32_t seats = isolation == Isolation::thread ? workers_ : 1;
  std::unique_ptr<HostProcess> process = std::exchange(spare_, nullptr);
  const bool fresh = process == nullptr || process->seats() < seats;
  if (fresh) {
    process = fresh_process(seats);
  }
  enlist(std::move(process), isolation, first_worker);
  if (fresh) {
    const Host& host = *hosts_.back();
    for (std::uint32_t library = 0; library < listings_.size(); ++library) {
      if (listings_[library] != nullptr) {
        host.process.reload(host.number, library, *listings_[library]);
      }
    }
  }
  hosts_.back()->process.run(hosts_.back()->number);
}

void Hosts::enlist(std::unique_ptr<HostProcess> process, Isolation isolation, std::uint32_t first_worker) {
  const std::uint32_t seats = isolation == Isolation::thread ? workers_ : 1;
  const std::uint32_t number = number_for(seats);
  table_->seat(number, isolation, first_worker);
  auto host = std::make_unique<Host>(Host{std::move(*process), number, isolation, first_worker, seats,
                                          table_->host(number).first_slot, static_cast<std::uint32_t>(captures_.size()),
                                          false, os::monotonic_ns()});
  for (std::uint32_t seat = 0; seat < seats; ++seat) {
    captures_.push_back({host->process.capture(seat), 0});
    table_->place(first_worker + seat).heirs[lane_of(isolation)].store(number + 1);
  }
  hosts_.push_back(std::move(host));
  give_free_places(*hosts_.back());
}

std::uint32_t Hosts::number_for(std::uint32_t seats) {
  const auto fits = [&](std::uint32_t number) { return table_->host(number).seats == seats; };
  const auto found = std::find_if(free_numbers_.begin(), free_numbers_.end(), fits);
  if (found == free_numbers_.end()) {
    return table_->add_host(seats);
  }
  const std::uint32_t number = *found;
  free_numbers_.erase(found);
  return number;
}

bool Hosts::is_alive(std::uint32_t holder) const {
  return (holder != 0 && holder == respected_) ||
         std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& host) { return host->number + 1 == holder; });
}

// Places that nobody holds.
void Hosts::give_free_places(const Host& host) {
  for (std::uint32_t seat = 0; seat < host.seats; ++seat) {
    Place& place = table_->place(host.first_worker + seat);
    if (!is_alive(place.holder.load())) {
      place.holder.store(host.number + 1);
    }
  }
  WorkQueue(*table_).wake_workers();
}

std::vector<int> Hosts::descriptors() const {
  std::vector<int> descriptors;
  for (const auto& host : hosts_) {
    if (!host->process.process().ended()) {
      descriptors.push_back(host->process.process().descriptor());
    }
  }
  return descriptors;
}

SlotFiles Hosts::files_of(std::uint32_t slot) const {
  for (const auto& host : hosts_) {
    if (slot >= host->first_slot && slot < host->first_slot + host->seats) {
      const std::uint32_t seat = slot - host->first_slot;
      const std::uint32_t capture = host->first_capture + seat;
      return {capture, os::file_size(captures_[capture].file->number()), host->process.report_log(seat)};
    }
  }
  throw std::logic_error("a slot without a host has a result");
}

void Hosts::retire(Host& host) {
  host.retired = true;
  // The heir first: workers of the retired host pass their places on to it.
  replace(host.isolation, host.first_worker);
  table_->host(host.number).retired.store(1);
}

void Hosts::relieve_all() {
  spare_.reset();
  std::vector<Host*> relieved;
  for (const auto& host : hosts_) {
    if (!host->retired) {
      relieved.push_back(host.get());
    }
  }
  for (Host* host : relieved) {
    retire(*host);
  }
  WorkQueue(*table_).wake_workers();
}

// The table has room for each host twice, and for as many that hang.
bool Hosts::can_be_relieved() const {
  return std::count_if(hosts_.begin(), hosts_.end(), [](const auto& host) { return host->retired; }) < workers_;
}

void Hosts::pass_place_on(const Host& host, std::uint32_t seat) {
  Place& place = table_->place(host.first_worker + seat);
  std::uint32_t holder = host.number + 1;
  place.holder.compare_exchange_strong(holder, place.heirs[lane_of(host.isolation)].load());
}

bool Hosts::holds_place(const Host& host, std::uint32_t seat) const {
  return table_->place(host.first_worker + seat).holder.load() == host.number + 1;
}

bool Hosts::holds_place(const Host& host) const {
  for (std::uint32_t seat = 0; seat < host.seats; ++seat) {
    if (holds_place(host, seat)) {
      return true;
    }
  }
  return false;
}

bool Hosts::stop(Host& host, const std::vector<StopStep>& steps) const {
  return host.way_out.advance(host.process.process(), steps);
}

std::uint64_t Hosts::next_stop_ns() const {
  std::uint64_t next = UINT64_MAX;
  for (const auto& host : hosts_) {
    next = std::min(next, host->way_out.due_ns());
  }
  return next;
}

std::optional<os::ExitStatus> Hosts::kill(Host& host) {
  host.process.process().signal_group(SIGKILL);
  return host.process.process().wait(kill_limit_ms);
}

void Hosts::bury(const Host& host) {
  const std::uint32_t lane = lane_of(host.isolation);
  for (std::uint32_t seat = 0; seat < host.seats; ++seat) {
    WorkerSlot& dead = slot(host, seat);
    dead.current.store(0);
    dead.asleep.store(0);
    dead.failed_in_child.store(0);
    dead.crash.clear();
    buried_captures_.push_back(host.first_capture + seat);
    Place& place = table_->place(host.first_worker + seat);
    std::uint32_t heir = host.number + 1;
    place.heirs[lane].compare_exchange_strong(heir, 0);
    std::uint32_t holder = host.number + 1;  // the next with this number may be one for other workers
    place.holder.compare_exchange_strong(holder, 0);
  }
  one_has_died_ = true;
  const std::uint32_t number = host.number;
  free_numbers_.push_back(number);
  std::erase_if(hosts_, [number](const auto& other) { return other->number == number; });
  for (const auto& other : hosts_) {
    if (!other->retired) {
      give_free_places(*other);
    }
  }
}

void Hosts::kill_all() {
  spare_.reset();
  signal_all(SIGKILL);
  for (const auto& host : hosts_) {
    host->process.process().wait(kill_limit_ms);
    host->process.remove_memory_group();
  }
}

void Hosts::signal_all(int signal) const {
  for (const auto& host : hosts_) {
    host->process.process().signal_group(signal);
  }
}

void Hosts::postpone(std::uint64_t pause_ns) const {
  for (const auto& host : hosts_) {
    host->started_ns += pause_ns;
    host->way_out.postpone(pause_ns);
  }
}

std::string Hosts::read_output(std::uint32_t capture, std::uint64_t begin, std::uint64_t end) const {
  if (begin == end) {
    return {};  // also of a launch that has not begun, and has no capture
  }
  const auto& file = captures_.at(capture).file;
  if (file == nullptr) {
    return {};
  }
  const std::uint64_t most = setup_.most_output_bytes;
  end = std::min(end, os::file_size(file->number()));
  if (end <= begin + most) {
    return os::read_range(file->number(), begin, end);
  }
  return os::read_range(file->number(), begin, begin + most / 2) + gap_of(end - begin - most) +
         os::read_range(file->number(), end - most / 2, end);
}

std::string Hosts::read_output_from(std::uint32_t capture, std::uint64_t begin) const {
  const int file = captures_.at(capture).file->number();
  const std::uint64_t end = os::file_size(file);
  const std::uint64_t most = setup_.most_output_bytes / 2;
  const std::uint64_t left_out = end > begin + most ? end - begin - most : 0;
  return (left_out > 0 ? gap_of(left_out) : "") + os::read_range(file, begin + left_out, end);
}

void Hosts::forget_buried() {
  for (const std::uint32_t capture : std::exchange(buried_captures_, {})) {
    captures_[capture].file.reset();
  }
}

void Hosts::trim_output() {
  for (const auto& host : hosts_) {
    for (std::uint32_t seat = 0; seat < host->seats; ++seat) {
      trim(*host, seat);
    }
  }
}

void Hosts::trim(const Host& host, std::uint32_t seat) {
  CapturedOutput& capture = captures_[host.first_capture + seat];
  const int file = capture.file->number();
  const WorkerSlot& slot = this->slot(host, seat);
  // In this order: what is finished, and so the beginning of what runs, can only grow meanwhile.
  const std::uint64_t begin = slot.output_begin.load();
  const bool all_dealt_with = slot.finished.load() == 0;
  const std::uint64_t size = os::file_size(file);
  if (slot.output_begin.load() != begin) {
    return;  // the next case may have written some of it
  }
  if (all_dealt_with && begin >= capture.trimmed + trim_step_bytes) {
    os::free_range(file, capture.trimmed, begin);
    capture.trimmed = begin;
  }
  trim_flood(capture, begin, size);
}

// The middle of what one attempt has written.
void Hosts::trim_flood(CapturedOutput& capture, std::uint64_t begin, std::uint64_t size) const {
  const std::uint64_t half = setup_.most_output_bytes / 2;
  const std::uint64_t flood_begin = std::max(capture.trimmed, begin + half);
  if (size > flood_begin + half + trim_step_bytes) {
    os::free_range(capture.file->number(), flood_begin, size - half);
    capture.trimmed = size - half;
  }
}

std::uint32_t Hosts::add_capture(std::shared_ptr<os::FileDescriptor> file) {
  captures_.push_back({std::move(file), 0});
  return static_cast<std::uint32_t>(captures_.size() - 1);
}

void Hosts::trim_capture(std::uint32_t capture, std::uint64_t begin, std::uint64_t end) {
  CapturedOutput& output = captures_[capture];
  if (begin >= output.trimmed + trim_step_bytes) {
    os::free_range(output.file->number(), output.trimmed, begin);
    output.trimmed = begin;
  }
  trim_flood(output, begin, end);
}

}  // namespace pyharness
