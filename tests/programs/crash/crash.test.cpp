// Every way to take a process down from within a case.
#include <pyharness/test.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace {

void say_where(const char* name) {
  std::printf("stdout of %s\n", name);
  std::fprintf(stderr, "stderr of %s\n", name);
}

__attribute__((noinline)) void write_to_null() {
  int* volatile nowhere = nullptr;
  *nowhere = 42;
}

__attribute__((noinline)) int recurse(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  return recurse(depth + 1) + room[0];
}

__attribute__((noinline)) int divide(int left, int right) {
  volatile int above = left;
  volatile int below = right;
  return above / below;
}

}  // namespace

TEST("null write", "guarded") { say_where("null write"); write_to_null(); }
TEST("stack overflow", "guarded") { say_where("stack overflow"); CHECK(recurse(0) == 0); }
TEST("abort", "guarded") { say_where("abort"); std::abort(); }
TEST("thread throws", "guarded") {
  say_where("thread throws");
  std::thread([] { throw std::runtime_error("nobody catches this"); }).join();
}
TEST("thread writes to null") { say_where("thread writes to null"); std::thread(write_to_null).join(); }
TEST("division by zero", "guarded") { say_where("division by zero"); CHECK(divide(1, 0) == 0); }
TEST("illegal instruction", "guarded") { say_where("illegal instruction"); __builtin_trap(); }
TEST("_exit 3", "unguarded") { say_where("_exit 3"); ::_exit(3); }
TEST("exit 0", "guarded") { say_where("exit 0"); std::exit(0); }
TEST("exit 5", "guarded") { say_where("exit 5"); std::exit(5); }
TEST("quick_exit 7") { say_where("quick_exit 7"); std::quick_exit(7); }
TEST("thread exits 0") { say_where("thread exits 0"); std::thread([] { std::exit(0); }).join(); }
TEST("kill", "unguarded") { say_where("kill"); ::kill(::getpid(), SIGKILL); }
TEST("terminate in noexcept", "guarded") {
  say_where("terminate in noexcept");
  []() noexcept { throw std::logic_error("out of noexcept"); }();
}
TEST("signal by number") { say_where("signal by number"); ::raise(SIGTERM); }
TEST("'quoted' \"name\"; with $HOME") { say_where("quoted"); std::abort(); }
TEST("-dashes --first") { say_where("dashes"); std::abort(); }
TEST("colons::within") { say_where("colons"); std::abort(); }
TEST("crash after a failure") {
  CHECK(1 == 2);
  std::abort();
}
