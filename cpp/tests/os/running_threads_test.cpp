// Threads are counted, named and known by what they write to.
#include "os/running_threads.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <thread>

#include "os/descriptor_table.h"
#include "os/memory_file.h"

using namespace pyharness;

namespace {

constexpr int marker = 99;

ino_t inode(int descriptor) {
  struct stat file{};
  ::fstat(descriptor, &file);
  return file.st_ino;
}

}  // namespace

TEST_CASE("running threads: a thread that runs is counted, listed and has its name") {
  const std::size_t before = os::thread_count();
  REQUIRE(before >= 1);
  std::barrier meeting(2);
  pid_t thread = 0;
  std::thread other([&] {
    thread = os::this_thread();
    ::pthread_setname_np(::pthread_self(), "left-behind");
    meeting.arrive_and_wait();
    meeting.arrive_and_wait();
  });
  meeting.arrive_and_wait();
  CHECK(os::thread_count() == before + 1);
  const auto ids = os::thread_ids();
  CHECK(ids.size() == before + 1);
  CHECK(std::count(ids.begin(), ids.end(), thread) == 1);
  CHECK(os::thread_name(thread) == "left-behind");
  meeting.arrive_and_wait();
  other.join();
}

TEST_CASE("running threads: one that was started with a table of its own writes to that table's file") {
  const auto ours = os::make_memory_file("ours");
  const auto theirs = os::make_memory_file("theirs");
  std::thread([&] {
    REQUIRE(os::unshare_descriptor_table());
    ::dup2(theirs.number(), marker);
    std::thread([&] {
      CHECK(os::thread_writes_to(os::this_thread(), marker, inode(theirs.number())));
      CHECK_FALSE(os::thread_writes_to(os::this_thread(), marker, inode(ours.number())));
    }).join();
  }).join();
  CHECK_FALSE(os::thread_writes_to(os::this_thread(), marker, inode(theirs.number())));
}

TEST_CASE("running threads: one that has ended writes nowhere and has no name") {
  pid_t thread = 0;
  std::thread([&] { thread = os::this_thread(); }).join();
  while (os::thread_writes_to(thread, 0, 0) || !os::thread_name(thread).empty()) {
    std::this_thread::yield();  // join may be back before the kernel has taken the thread off its list
  }
  CHECK(os::thread_name(thread).empty());
}
