// Cases that do what loses counts.
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <pyharness/test.hpp>

#include "times.hpp"

extern "C" int counted_in_faults(int value) { return value; }

namespace {
int status_of(pid_t child) {
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}
}  // namespace

TEST("plain") { times(1, counted_in_faults); }

TEST("forks and exits") {
  times(10, counted_in_faults);
  const pid_t child = fork();
  if (child == 0) {
    times(100, counted_in_faults);
    std::exit(0);
  }
  times(1000, counted_in_faults);
  CHECK(status_of(child) == 0);
}

TEST("forks and leaves") {
  times(10, counted_in_faults);
  const pid_t child = fork();
  if (child == 0) {
    times(100, counted_in_faults);
    _exit(0);
  }
  CHECK(status_of(child) == 0);
}

TEST("forks and starts") {
  const pid_t child = fork();
  if (child == 0) {
    const char* const program = std::getenv("STARTED");
    execl(program, program, static_cast<char*>(nullptr));
    _exit(1);
  }
  CHECK(status_of(child) == 0);
}

TEST("fails") {
  times(1, counted_in_faults);
  CHECK(false);
}

TEST("hangs") {
  times(10, counted_in_faults);
  std::ofstream(std::getenv("STARTED_FILE"), std::ios::app) << "." << std::flush;
  for (;;) {
    pause();
  }
}

TEST("opens") {
  void* const library = dlopen(std::getenv("OPENED"), RTLD_NOW);
  CHECK(library != nullptr);
  times(7, reinterpret_cast<int (*)(int)>(dlsym(library, "counted_in_opened")));
}

TEST("opens and closes") {
  void* const library = dlopen(std::getenv("OPENED"), RTLD_NOW);
  CHECK(library != nullptr);
  times(7, reinterpret_cast<int (*)(int)>(dlsym(library, "counted_in_opened")));
  dlclose(library);
}

TEST("runs a command") { CHECK(std::system(std::getenv("COMMAND")) == 0); }
