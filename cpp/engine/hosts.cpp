#include "engine/hosts.h"

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "os/clock.h"
#include "os/futex.h"

namespace pyharness {

namespace {

constexpr std::uint64_t most_output_bytes = std::uint64_t{16} << 20U;  // of one attempt
constexpr std::uint32_t kill_limit_ms = 1000;  // SIGKILL works at once, but for uninterruptible sleep

}  // namespace

std::unique_ptr<HostProcess> Hosts::fresh_process() const {
  auto process = std::make_unique<HostProcess>(setup_);
  for (std::uint32_t library = 0; library < listings_.size(); ++library) {
    if (listings_[library] != nullptr) {
      process->reload(library, *listings_[library]);
    }
  }
  return process;
}

void Hosts::begin_run(RunTable& table, std::unique_ptr<HostProcess> first) {
  table_ = &table;
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    table.place(worker).holder.store(1);
  }
  enlist(first == nullptr ? fresh_process() : std::move(first), 0);
}

void Hosts::enlist(std::unique_ptr<HostProcess> process, std::uint32_t number) {
  auto host = std::make_unique<Host>(
      Host{std::move(*process), number, static_cast<std::uint32_t>(captures_.size()), false, os::monotonic_ns()});
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    captures_.push_back(host->process.capture(worker));
  }
  RunHeader& header = table_->header();
  header.hosts_in_use.store(std::max(header.hosts_in_use.load(), number + 1));
  header.active_host.store(number);
  HostEntry& entry = table_->host(number);
  entry.retired.store(0);
  entry.phase.store(HostPhase::loading);
  host->process.run(number);
  hosts_.push_back(std::move(host));
}

std::uint32_t Hosts::free_number() const {
  for (std::uint32_t number = 0; number < table_->header().hosts; ++number) {
    if (!is_alive(number)) {
      return number;
    }
  }
  throw std::logic_error("more hosts are alive than the run table has entries for");
}

bool Hosts::is_alive(std::uint32_t number) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& host) { return host->number == number; });
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

std::uint32_t Hosts::slot(const Host& host, std::uint32_t worker) const {
  return table_->slot_number(host.number, worker);
}

SlotFiles Hosts::files_of(std::uint32_t slot) const {
  const std::uint32_t worker = slot % setup_.workers;
  for (const auto& host : hosts_) {
    if (host->number == slot / setup_.workers) {
      return {host->first_capture + worker, host->process.report_log(worker)};
    }
  }
  throw std::logic_error("a slot without a host has a result");
}

void Hosts::retire(Host& host) {
  host.retired = true;
  // The heir first: workers of the retired host pass their places on to whoever is active then.
  replace();
  table_->host(host.number).retired.store(1);
}

void Hosts::replace() {
  enlist(fresh_process(), free_number());
  adopt_orphaned_places();
}

void Hosts::pass_place_on(const Host& host, std::uint32_t worker) {
  Place& place = table_->place(worker);
  std::uint32_t holder = host.number + 1;
  if (place.holder.compare_exchange_strong(holder, table_->header().active_host.load() + 1)) {
    os::futex_wake_all(place.holder);
  }
}

bool Hosts::holds_place(const Host& host, std::uint32_t worker) const {
  return table_->place(worker).holder.load() == host.number + 1;
}

bool Hosts::holds_place(const Host& host) const {
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    if (holds_place(host, worker)) {
      return true;
    }
  }
  return false;
}

std::vector<Host*> Hosts::kill_abandoned() const {
  std::vector<Host*> killed;
  for (const auto& host : hosts_) {
    if (host->retired && !holds_place(*host)) {
      host->process.process().signal_group(SIGKILL);
      host->process.process().wait(kill_limit_ms);
      killed.push_back(host.get());
    }
  }
  return killed;
}

void Hosts::bury(const Host& host) {
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    WorkerSlot& dead = table_->slot(slot(host, worker));
    dead.current.store(0);
    dead.asleep.store(0);
  }
  one_has_died_ = true;
  buried_captures_.push_back(host.first_capture);
  std::erase_if(hosts_, [number = host.number](const auto& other) { return other->number == number; });
  adopt_orphaned_places();
}

// Places whose holder is dead go to the active host.
void Hosts::adopt_orphaned_places() {
  const std::uint32_t heir = table_->header().active_host.load();
  for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
    Place& place = table_->place(worker);
    if (!is_alive(place.holder.load() - 1)) {
      place.holder.store(heir + 1);
      os::futex_wake_all(place.holder);
    }
  }
}

void Hosts::kill_all() {
  for (const auto& host : hosts_) {
    host->process.process().signal_group(SIGKILL);
  }
  for (const auto& host : hosts_) {
    host->process.process().wait(kill_limit_ms);
  }
}

std::string Hosts::read_output(std::uint32_t capture, std::uint64_t begin, std::uint64_t end) const {
  const auto& file = captures_.at(capture);
  if (file == nullptr) {
    return {};
  }
  end = std::min(end, os::file_size(file->number()));
  if (end <= begin + most_output_bytes) {
    return os::read_range(file->number(), begin, end);
  }
  const std::uint64_t left_out = end - begin - most_output_bytes;
  return os::read_range(file->number(), begin, begin + most_output_bytes / 2) + "\n[" + std::to_string(left_out) +
         " bytes of output are left out here]\n" + os::read_range(file->number(), end - most_output_bytes / 2, end);
}

void Hosts::forget_buried() {
  for (const std::uint32_t first : std::exchange(buried_captures_, {})) {
    for (std::uint32_t worker = 0; worker < setup_.workers; ++worker) {
      captures_[first + worker].reset();
    }
  }
}

}  // namespace pyharness
