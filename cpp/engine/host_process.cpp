#include "engine/host_process.h"

#include <unistd.h>

#include <csignal>

#include "engine/report_log.h"
#include "engine/wire.h"

namespace pyharness {

HostProcess::HostProcess(const HostSetup& setup) : setup_(setup) {
  auto [mine, theirs] = os::MessageChannel::make_pair();
  control_ = std::move(mine);
  logs_file_ = os::make_memory_file("pyharness-reports");
  os::resize_file(logs_file_.number(), setup.workers * ReportLog::bytes_per_worker);
  logs_ = os::Mapping(logs_file_.number(), setup.workers * ReportLog::bytes_per_worker);
  load_output_ = os::make_memory_file("pyharness-load", true);
  os::SpawnOptions spawn;
  spawn.output = setup.captured ? load_output_.number() : -1;
  spawn.inherited = {theirs.descriptor(), setup.table, logs_file_.number(), setup.wakeup};
  for (std::uint32_t worker = 0; worker < setup.workers; ++worker) {
    captures_.push_back(std::make_shared<os::FileDescriptor>(os::make_memory_file("pyharness-capture", true)));
    spawn.inherited.push_back(captures_.back()->number());
  }
  spawn.arguments = {setup.program, "serve", std::to_string(::getpid())};
  for (const int descriptor : spawn.inherited) {
    spawn.arguments.push_back(std::to_string(descriptor));
  }
  process_ = os::Subprocess(spawn);
}

std::variant<SuiteListing, LoadFailure> HostProcess::load(std::uint32_t library, const std::string& path,
                                                          std::uint32_t limit_ms) {
  control_.send(static_cast<std::uint32_t>(MessageKind::load), MessageWriter().number(library).text(path).bytes());
  os::Message answer;
  switch (control_.receive(answer, limit_ms)) {
    case os::Received::message:
      if (answer.kind == static_cast<std::uint32_t>(MessageKind::listing)) {
        return decode_listing(answer.bytes);
      }
      return LoadFailure{LoadFailure::Kind::refused, answer.bytes, {}};
    case os::Received::late:
      process_.signal_group(SIGKILL);
      process_.wait(1000);
      return LoadFailure{LoadFailure::Kind::late, {}, {}};
    case os::Received::closed: break;
  }
  // The channel closes when the process ends, or when a constructor closes descriptors that are not its own.
  auto status = process_.wait(1000);
  if (!status) {
    process_.signal_group(SIGKILL);
    status = process_.wait(1000);
  }
  return LoadFailure{LoadFailure::Kind::died, {}, status.value_or(os::ExitStatus{true, SIGKILL})};
}

void HostProcess::reload(std::uint32_t library, const SuiteListing& listing) const {
  control_.send(static_cast<std::uint32_t>(MessageKind::reload),
                MessageWriter().number(library).text(listing.path).number(listing.cases.size()).bytes());
}

void HostProcess::run(std::uint32_t host_number) const {
  control_.send(
      static_cast<std::uint32_t>(MessageKind::run),
      MessageWriter().number(host_number).number(setup_.captured ? 1 : 0).number(setup_.own_tables ? 1 : 0).bytes());
}

const std::byte* HostProcess::report_log(std::uint32_t worker) const {
  return logs_.data() + worker * ReportLog::bytes_per_worker;
}

std::string HostProcess::take_load_output() {
  const std::uint64_t end = os::file_size(load_output_.number());
  std::string text = os::read_range(load_output_.number(), load_output_read_, end);
  load_output_read_ = end;
  return text;
}

}  // namespace pyharness
