// Where this process's own control group stands, read from what the kernel writes in various places.
#include "os/memory_group.h"

#include <doctest/doctest.h>

using pyharness::os::folder_of_own_group;

namespace {

constexpr const char* systemd_mounts =
    "23 28 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw\n"
    "30 22 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
    "31 22 0:27 / /sys/fs/pstore rw,nosuid,nodev,noexec,relatime shared:10 - pstore pstore rw\n";

}  // namespace

TEST_CASE("memory group: the own group is found below the mount point") {
  CHECK(folder_of_own_group("0::/user.slice/user-0.slice/session-1.scope\n", systemd_mounts) ==
        "/sys/fs/cgroup/user.slice/user-0.slice/session-1.scope");
  CHECK(folder_of_own_group("0::/\n", systemd_mounts) == "/sys/fs/cgroup");
}

TEST_CASE("memory group: beside controllers of version 1, the line and the mount of version 2 count") {
  const char* cgroup =
      "12:memory:/user.slice\n"
      "1:name=systemd:/user.slice/session-1.scope\n"
      "0::/user.slice/session-1.scope\n";
  const char* mounts =
      "35 34 0:30 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw\n"
      "36 34 0:31 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n";
  CHECK(folder_of_own_group(cgroup, mounts) == "/sys/fs/cgroup/unified/user.slice/session-1.scope");
  CHECK(folder_of_own_group("12:memory:/user.slice\n", mounts).empty());
}

TEST_CASE("memory group: a mount shows a part of the tree, and only what is in that part") {
  const char* mounts =
      "40 39 0:26 /docker/4711 /mnt/other rw - cgroup2 cgroup rw\n"
      "41 39 0:26 /docker/47 /sys/fs/cgroup rw - cgroup2 cgroup rw\n";
  CHECK(folder_of_own_group("0::/docker/47/tests\n", mounts) == "/sys/fs/cgroup/tests");
  CHECK(folder_of_own_group("0::/docker/47\n", mounts) == "/sys/fs/cgroup");
  CHECK(folder_of_own_group("0::/docker/48\n", mounts).empty());
  CHECK(folder_of_own_group("0::/\n", mounts).empty());
}

TEST_CASE("memory group: a path out of the namespace leads nowhere, and neither does a mount from outside") {
  CHECK(folder_of_own_group("0::/../session-1.scope\n", systemd_mounts).empty());
  CHECK(folder_of_own_group("0::/\n", "40 39 0:26 /../.. /sys/fs/cgroup rw - cgroup2 cgroup rw\n").empty());
}

TEST_CASE("memory group: blanks in paths are read as the kernel writes them") {
  CHECK(folder_of_own_group("0::/a b/c\n", "40 39 0:26 /a\\040b /mnt/two\\040words rw - cgroup2 cgroup rw\n") ==
        "/mnt/two words/c");
}

TEST_CASE("memory group: texts that say nothing are no group") {
  CHECK(folder_of_own_group("", systemd_mounts).empty());
  CHECK(folder_of_own_group("0::/\n", "").empty());
  CHECK(folder_of_own_group("0::/\n", "40 39 - cgroup2\n40 39 0:26 / /sys/fs/cgroup rw -\n").empty());
}
