#include "engine/host_process.h"

#include <unistd.h>

#include <csignal>

#include "engine/report_log.h"
#include "engine/wire.h"
#include "os/clock.h"
#include "os/poll.h"

namespace pyharness {

namespace {

constexpr std::uint32_t ask_ms = 100;             // between two questions whether to go on
constexpr std::uint32_t answer_limit_ms = 10000;  // for the rest of a message that has begun to arrive

}  // namespace

HostProcess::HostProcess(const HostSetup& setup) : setup_(setup) {
  auto [mine, theirs] = os::MessageChannel::make_pair();
  control_ = std::move(mine);
  logs_file_ = os::make_memory_file("pyharness-reports");
  os::resize_file(logs_file_.number(), setup.seats * ReportLog::bytes_per_worker);
  logs_ = os::Mapping(logs_file_.number(), setup.seats * ReportLog::bytes_per_worker);
  load_output_ = os::make_memory_file("pyharness-load", true);
  os::SpawnOptions spawn;
  spawn.environment = setup.environment;
  spawn.output = setup.captured ? load_output_.number() : -1;
  spawn.inherited = {theirs.descriptor(), setup.table, logs_file_.number(), setup.wakeup};
  for (std::uint32_t seat = 0; seat < setup.seats; ++seat) {
    captures_.push_back(std::make_shared<os::FileDescriptor>(os::make_memory_file("pyharness-capture", true)));
    spawn.inherited.push_back(captures_.back()->number());
  }
  spawn.arguments = {setup.program, "serve", std::to_string(::getpid())};
  for (const int descriptor : spawn.inherited) {
    spawn.arguments.push_back(std::to_string(descriptor));
  }
  process_ = os::Subprocess(spawn);
  // It does nothing before it is told to, and so whatever is loaded or run there counts for its group.
  if (setup.memory_limit_bytes != 0 && setup.memory_groups != nullptr) {
    memory_group_ = setup.memory_groups->make();
    if (memory_group_ && !memory_group_->add(process_.id())) {
      memory_group_.reset();
    }
  }
}

std::variant<SuiteListing, LoadFailure> HostProcess::load(std::uint32_t library, const std::string& path,
                                                          std::uint32_t limit_ms, const std::function<bool()>& go_on) {
  control_.send(static_cast<std::uint32_t>(MessageKind::load), MessageWriter().number(library).text(path).bytes());
  if (const auto reason = wait_for_answer(limit_ms, go_on)) {
    process_.signal_group(SIGKILL);
    end();
    return LoadFailure{*reason, {}, {}};
  }
  os::Message answer;
  if (control_.receive(answer, answer_limit_ms) != os::Received::message) {
    return LoadFailure{LoadFailure::Kind::died, {}, end()};
  }
  if (answer.kind == static_cast<std::uint32_t>(MessageKind::listing)) {
    return decode_listing(answer.bytes);
  }
  if (answer.kind == static_cast<std::uint32_t>(MessageKind::refused)) {
    return LoadFailure{LoadFailure::Kind::refused, answer.bytes, {}};
  }
  return LoadFailure{LoadFailure::Kind::broken, answer.bytes, end()};
}

// Why there is no use in waiting longer; nothing: an answer, or the end of the channel, is there.
std::optional<LoadFailure::Kind> HostProcess::wait_for_answer(std::uint32_t limit_ms,
                                                              const std::function<bool()>& go_on) const {
  std::uint64_t deadline =
      limit_ms == UINT32_MAX ? UINT64_MAX : os::monotonic_ns() + std::uint64_t{limit_ms} * 1'000'000U;
  while (!os::wait_readable({control_.descriptor()}, ask_ms)) {
    const std::uint64_t asked = os::monotonic_ns();
    if (!go_on()) {
      return LoadFailure::Kind::cancelled;
    }
    // Whoever was asked may have let everything stand still for a while.
    deadline += deadline == UINT64_MAX ? 0 : os::monotonic_ns() - asked;
    if (os::monotonic_ns() >= deadline) {
      return LoadFailure::Kind::late;
    }
  }
  return std::nullopt;
}

// Waits a moment for a host that ends by itself (a constructor may have closed the channel, too), then kills it.
os::ExitStatus HostProcess::end() {
  constexpr std::uint32_t patience_ms = 1000;
  auto status = process_.wait(patience_ms);
  if (!status) {
    process_.signal_group(SIGKILL);
    status = process_.wait(patience_ms);
  }
  return status.value_or(os::ExitStatus{true, SIGKILL});
}

void HostProcess::reload(std::optional<std::uint32_t> host_number, std::uint32_t library,
                         const SuiteListing& listing) const {
  control_.send(static_cast<std::uint32_t>(MessageKind::reload), MessageWriter()
                                                                     .number(host_number ? *host_number + 1 : 0)
                                                                     .number(library)
                                                                     .text(listing.path)
                                                                     .number(listing.cases.size())
                                                                     .number(listing.fingerprint)
                                                                     .bytes());
}

void HostProcess::run(std::uint32_t host_number) const {
  if (memory_group_) {
    memory_group_->limit(setup_.memory_limit_bytes);
  }
  control_.send(static_cast<std::uint32_t>(MessageKind::run), MessageWriter()
                                                                  .number(host_number)
                                                                  .number(setup_.captured ? 1 : 0)
                                                                  .number(setup_.own_tables ? 1 : 0)
                                                                  .number(static_cast<std::uint64_t>(setup_.leaks))
                                                                  .bytes());
}

const std::byte* HostProcess::report_log(std::uint32_t seat) const {
  return logs_.data() + seat * ReportLog::bytes_per_worker;
}

std::string HostProcess::take_load_output() {
  const std::uint64_t end = os::file_size(load_output_.number());
  std::string text = os::read_range(load_output_.number(), load_output_read_, end);
  load_output_read_ = end;
  return text;
}

}  // namespace pyharness
