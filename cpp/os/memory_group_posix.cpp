#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <mutex>
#include <sstream>
#include <string_view>
#include <vector>

#include "os/clock.h"
#include "os/file_descriptor.h"
#include "os/memory_group.h"
#include "os/proc_files.h"

namespace pyharness::os {

namespace {

constexpr std::uint64_t remove_limit_ns = 1'000'000'000;
constexpr mode_t folder_mode = 0755;

// What an interface file of a group takes at once; false: refused, or not there.
bool write_to(const std::string& path, const std::string& text) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

bool lists(const std::string& path, const std::string& word) {
  const std::vector<std::string> words = words_of(read_proc_file(path));
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A count of memory.events: lines of a name and a number.
std::uint64_t count_of(const std::vector<std::string>& words, const std::string& name) {
  const auto found = std::find(words.begin(), words.end(), name);
  return found == words.end() || found + 1 == words.end() ? 0 : std::strtoull((found + 1)->c_str(), nullptr, 10);
}

// ---- where the own group stands

// "0::/user.slice/…" is the line of version 2: cgroups(7). A path that leads out of this namespace is of no use.
std::string own_path(const std::string& cgroup) {
  std::istringstream lines(cgroup);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0::/") && !line.starts_with("0::/..")) {
      return line.substr(3);
    }
  }
  return {};
}

// Blanks and backslashes in paths are "\040" and so on: proc(5).
std::string unescaped(const std::string& text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 3 < text.size()) {
      plain += static_cast<char>(std::strtol(text.substr(at + 1, 3).c_str(), nullptr, 8));
      at += 3;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

// What of `path` is below `root`, with its slash; nothing: it is elsewhere.
std::optional<std::string> below(const std::string& path, const std::string& root) {
  if (root == "/") {
    return path == "/" ? std::string() : path;
  }
  const bool inside = path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
  return inside ? std::optional(path.substr(root.size())) : std::nullopt;
}

// ---- whether groups can be made

bool has_limited_children(const std::string& folder) { return lists(folder + "/cgroup.subtree_control", "memory"); }

bool is_alone_in(const std::string& folder) {
  return words_of(read_proc_file(folder + "/cgroup.procs")) == std::vector{std::to_string(::getpid())};
}

std::string name_in(const std::string& folder) { return folder + "/pyharness-" + std::to_string(::getpid()); }

void leave(const std::string& leaf, const std::string& folder) {
  write_to(folder + "/cgroup.subtree_control", "-memory");
  write_to(folder + "/cgroup.procs", "0");
  ::rmdir(leaf.c_str());
}

// Out of the way, so that the group may have limited children. Who comes into it meanwhile makes the kernel refuse
// that.
bool move_to(const std::string& leaf, const std::string& folder) {
  if (::mkdir(leaf.c_str(), folder_mode) != 0) {
    return false;
  }
  if (write_to(leaf + "/cgroup.procs", "0") && write_to(folder + "/cgroup.subtree_control", "+memory")) {
    return true;
  }
  leave(leaf, folder);
  return false;
}

std::shared_ptr<MemoryGroups> prepare() {
  const std::string folder =
      folder_of_own_group(read_proc_file("/proc/self/cgroup"), read_proc_file("/proc/self/mountinfo"));
  if (folder.empty()) {
    return nullptr;
  }
  if (has_limited_children(folder)) {
    const bool is_there = lists(folder + "/cgroup.procs", std::to_string(::getpid()));
    return is_there ? std::make_shared<MemoryGroups>(folder, "") : nullptr;
  }
  const std::string leaf = name_in(folder);
  const bool can_move = lists(folder + "/cgroup.controllers", "memory") && is_alone_in(folder) && move_to(leaf, folder);
  return can_move ? std::make_shared<MemoryGroups>(folder, leaf) : nullptr;
}

}  // namespace

std::string folder_of_own_group(const std::string& cgroup, const std::string& mountinfo) {
  const std::string path = own_path(cgroup);
  std::istringstream lines(mountinfo);
  for (std::string line; !path.empty() && std::getline(lines, line);) {
    // "36 35 0:31 ROOT MOUNT_POINT options … - cgroup2 source options": proc(5).
    const std::vector<std::string> words = words_of(line);
    const auto type = std::find(words.begin(), words.end(), "-");
    if (words.size() < 5 || std::distance(type, words.end()) < 2 || *(type + 1) != "cgroup2") {
      continue;
    }
    if (const auto rest = below(path, unescaped(words[3]))) {
      return unescaped(words[4]) + *rest;
    }
  }
  return {};
}

// ---- MemoryGroup

MemoryGroup::~MemoryGroup() {
  if (folder_.empty()) {
    return;
  }
  const std::uint64_t deadline_ns = monotonic_ns() + remove_limit_ns;
  while (::rmdir(folder_.c_str()) != 0 && errno == EBUSY && monotonic_ns() < deadline_ns) {
    kill();
    const timespec pause{0, 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
}

void MemoryGroup::kill() const {
  if (write_to(folder_ + "/cgroup.kill", "1")) {
    return;
  }
  for (const std::string& word : words_of(read_proc_file(folder_ + "/cgroup.procs"))) {  // before Linux 5.14
    const auto process = static_cast<pid_t>(std::strtol(word.c_str(), nullptr, 10));
    if (process > 0) {
      ::kill(process, SIGKILL);
    }
  }
}

bool MemoryGroup::add(pid_t process) const { return write_to(folder_ + "/cgroup.procs", std::to_string(process)); }

void MemoryGroup::limit(std::uint64_t bytes) const {
  write_to(folder_ + "/memory.oom.group", "1");
  write_to(folder_ + "/memory.swap.max", "0");  // not there in a kernel without swap
  write_to(folder_ + "/memory.max", std::to_string(bytes));
}

bool MemoryGroup::was_exceeded() const {
  // `oom` counts for the group whose limit was reached; `oom_kill`, what was killed for any other reason as well.
  const std::vector<std::string> events = words_of(read_proc_file(folder_ + "/memory.events"));
  return count_of(events, "oom") > 0 && count_of(events, "oom_kill") > 0;
}

// ---- MemoryGroups

std::shared_ptr<MemoryGroups> MemoryGroups::of_this_process() {
  static std::mutex mutex;
  static std::weak_ptr<MemoryGroups> groups;
  const std::scoped_lock hold(mutex);
  std::shared_ptr<MemoryGroups> found = groups.lock();
  if (found == nullptr) {
    found = prepare();
    groups = found;
  }
  return found;
}

MemoryGroups::~MemoryGroups() {
  if (!own_leaf_.empty()) {
    leave(own_leaf_, folder_);
  }
}

std::optional<MemoryGroup> MemoryGroups::make() {
  const std::string folder = name_in(folder_) + "." + std::to_string(++made_);
  return ::mkdir(folder.c_str(), folder_mode) == 0 ? std::optional<MemoryGroup>(folder) : std::nullopt;
}

}  // namespace pyharness::os
