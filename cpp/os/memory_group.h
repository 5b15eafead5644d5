// Groups of processes whose memory the kernel limits: control groups (cgroup v2), made within this process's own group
// and nowhere else, so that the limits of that group go on holding. Not everywhere can they be made: a group other than
// the root may have limited children only while no process is in it. So this process, when it is alone in its group,
// goes into a child of it as long as there is a MemoryGroups; no other process but those given to `add` is ever moved.
// Thread-safety: of_this_process and make: any thread; a MemoryGroup: one thread at a time. Ownership: each object
// removes what it has made. Destroying a MemoryGroup kills what is left in it, and waits for that, a second at most.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace pyharness::os {

// The folder of the group that the texts of /proc/self/cgroup and /proc/self/mountinfo tell of; empty: there is no
// group of version 2, or it is not to be seen from here.
std::string folder_of_own_group(const std::string& cgroup, const std::string& mountinfo);

class MemoryGroup {
 public:
  // Takes over a folder that was just made.
  explicit MemoryGroup(std::string folder) : folder_(std::move(folder)) {}
  MemoryGroup(MemoryGroup&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  MemoryGroup& operator=(MemoryGroup&& other) noexcept {
    std::swap(folder_, other.folder_);
    return *this;
  }
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;
  ~MemoryGroup();

  // Moves the process, and with it whatever it starts from now on. False: it cannot be moved.
  bool add(pid_t process) const;
  // From now on: when its processes need more than that together, without swap, all of them are killed. Where the
  // kernel refuses that, there is no limit.
  void limit(std::uint64_t bytes) const;
  // Whether they were killed for it, or are just being killed.
  bool was_exceeded() const;

 private:
  void kill() const;

  std::string folder_;  // empty: moved from
};

class MemoryGroups {
 public:
  // One for the whole process, shared by all who ask for it; nullptr: no groups can be made.
  static std::shared_ptr<MemoryGroups> of_this_process();

  // `folder`: of this process's own group. `own_leaf`: where in it this process has gone; empty: it has stayed.
  MemoryGroups(std::string folder, std::string own_leaf) : folder_(std::move(folder)), own_leaf_(std::move(own_leaf)) {}
  MemoryGroups(const MemoryGroups&) = delete;
  MemoryGroups& operator=(const MemoryGroups&) = delete;
  ~MemoryGroups();

  // An empty group without a limit; nothing: the kernel refuses.
  std::optional<MemoryGroup> make();

 private:
  std::string folder_;
  std::string own_leaf_;
  std::atomic<std::uint32_t> made_{0};
};

}  // namespace pyharness::os
