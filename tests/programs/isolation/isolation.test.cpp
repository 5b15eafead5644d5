// Cases that tell which process they run in, and how many cases it has had: how far they are kept apart can be seen.
// So many and so long that no worker can take all of them before the others have begun.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <pyharness/test.hpp>
#include <thread>

namespace {

std::atomic<int> cases_here{0};

void tell() {
  std::printf("pid=%d nth=%d\n", static_cast<int>(::getpid()), ++cases_here);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace

TEST_EACH("thread", (int), range(0, 24), isolation::thread) { tell(); }
TEST_EACH("process", (int), range(0, 24), isolation::process) { tell(); }
TEST_EACH("own", (int), range(0, 24), isolation::per_case) { tell(); }
TEST_EACH("silent", (int), range(0, 24)) { tell(); }

TEST("serial thread", isolation::thread, serial) { tell(); }
TEST("serial process", isolation::process, serial) { tell(); }
TEST("serial own", isolation::per_case, serial) { tell(); }

TEST("thread fails", isolation::thread) { FAIL("in a thread"); }
TEST("process fails", isolation::process) { FAIL("in a process"); }
TEST("own fails", isolation::per_case) { FAIL("in its own process"); }
TEST("thread skips", isolation::thread) { SKIP("in a thread"); }
TEST("process skips", isolation::process) { SKIP("in a process"); }
TEST("own skips", isolation::per_case) { SKIP("in its own process"); }
TEST("own throws", isolation::per_case) { throw 7; }
