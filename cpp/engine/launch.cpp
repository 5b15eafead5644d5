#include "engine/launch.h"

#include <algorithm>

#include "os/memory_file.h"
#include "os/standard_output.h"

namespace pyharness {

namespace {

constexpr std::uint64_t most_bytes_at_once = std::uint64_t{4} << 20U;
constexpr std::uint32_t patience_ms = 5'000;  // with a reader of standard output: nobody looks after limits meanwhile

std::string path_of(const os::FileDescriptor& file) { return "/proc/self/fd/" + std::to_string(file.number()); }

std::uint64_t left(int file, std::uint64_t taken) {
  const std::uint64_t size = os::file_size(file);
  return size - std::min(size, taken);
}

// The next bytes of the file from `taken` on; moves it.
std::string take(int file, std::uint64_t& taken, bool& all) {
  const std::uint64_t size = os::file_size(file);
  if (size <= taken) {
    return {};
  }
  const std::uint64_t end = std::min(size, taken + most_bytes_at_once);
  all = all && end == size;
  std::string bytes = os::read_range(file, taken, end);
  taken = end;
  return bytes;
}

}  // namespace

Launch::Launch(const CommandOf& command_of, bool wants_address, Output output)
    : output_(output),
      capture_(std::make_shared<os::FileDescriptor>(os::make_memory_file("pyharness-capture", true))),
      report_(os::make_memory_file("pyharness-report", true)),
      input_(os::make_memory_file("pyharness-input")) {
  if (wants_address) {
    listener_.emplace();
  }
  const Channels channels{path_of(report_), path_of(input_), listener_ ? listener_->address() : std::string()};
  ProgramCommand command = command_of(channels);
  os::write_all(input_.number(), command.input);
  os::SpawnOptions spawn;
  spawn.arguments = std::move(command.arguments);
  spawn.environment = std::move(command.environment);
  spawn.folder = std::move(command.folder);
  spawn.output = capture_->number();
  spawn.inherited = {report_.number(), input_.number()};
  process_ = os::Subprocess(spawn);
}

std::uint64_t Launch::output_left() const { return left(capture_->number(), output_taken_); }

std::uint64_t Launch::unread_bytes() const { return output_left() + left(report_.number(), report_taken_); }

Launch::News Launch::take_news() {
  News news;
  news.output = take(capture_->number(), output_taken_, news.all);
  news.report = take(report_.number(), report_taken_, news.all);
  if (listener_) {
    listener_->read_into(news.report);
  }
  if (output_ == Output::shown) {
    show(news.output);
    os::free_range(capture_->number(), 0, output_taken_);
  }
  return news;
}

void Launch::show(const std::string& text) { is_stuck_ = is_stuck_ || !os::write_out(text, patience_ms); }

}  // namespace pyharness
