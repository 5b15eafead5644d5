// Forks a child that exits, or leaves at once if LEAVES says so. Dies before, if DIES names a file that it can make.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "times.hpp"

extern "C" int counted_around_fork(int value) { return value; }

int main() {
  const char* const mark = std::getenv("DIES");
  if (mark != nullptr && open(mark, O_CREAT | O_EXCL, 0600) >= 0) {
    std::raise(SIGKILL);
  }
  times(10, counted_around_fork);
  const pid_t child = fork();
  if (child == 0) {
    times(100, counted_around_fork);
    if (std::getenv("LEAVES") != nullptr) {
      _exit(0);
    }
    return 0;
  }
  times(1000, counted_around_fork);
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}
