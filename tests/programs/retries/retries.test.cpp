// What happens depends on how often a case has been run, which stands in files in the folder ATTEMPTS.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <pyharness/test.hpp>
#include <string>
#include <thread>

namespace {

// Counts this attempt and returns its number, from 1.
long attempt_of(const std::string& name) {
  const char* folder = std::getenv("ATTEMPTS");
  const std::string file = std::string(folder == nullptr ? "." : folder) + "/" + name;
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  REQUIRE(::write(descriptor, ".", 1) == 1);
  struct stat status{};
  REQUIRE(::fstat(descriptor, &status) == 0);
  ::close(descriptor);
  std::printf("this is attempt %ld\n", static_cast<long>(status.st_size));
  return status.st_size;
}

}  // namespace

TEST("passes at once") { CHECK(attempt_of("at once") == 1); }
TEST("fails once") { CHECK(attempt_of("once") > 1); }
TEST("fails twice") { CHECK(attempt_of("twice") > 2); }
TEST("always fails") { CHECK(attempt_of("always") < 0); }
TEST("also fails") { CHECK(attempt_of("also") < 0); }
TEST("skips") { SKIP("attempt " << attempt_of("skips")); }
TEST("crashes once") {
  if (attempt_of("crash") == 1) {
    std::abort();
  }
}
TEST("always crashes") {
  CHECK(attempt_of("crashes") < 0);
  std::abort();
}
TEST("hangs once", timeout(200ms)) {
  if (attempt_of("hang") == 1) {
    std::this_thread::sleep_for(std::chrono::hours(1));
  }
}
TEST_EACH("other", (int), range(0, 10)) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }
