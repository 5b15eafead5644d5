// A thread's own working directory and umask, and their way back.
#include "os/file_system_view.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "os/descriptor_table.h"
#include "os/open_descriptors.h"

using namespace pyharness;

namespace {

std::string new_folder() {
  char path[] = "/tmp/pyharness-view-XXXXXX";
  REQUIRE(::mkdtemp(path) != nullptr);
  return path;
}

std::string here() { return std::filesystem::current_path().string(); }

mode_t current_umask() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

// Runs `body` on a thread with a view and a descriptor table of its own; not at all where the kernel refuses that.
template <typename Body>
void with_own_view(const Body& body) {
  std::thread([&] {
    if (os::unshare_file_system_view() && os::unshare_descriptor_table()) {
      body();
    } else {
      MESSAGE("skipped: the kernel refuses a view of the file system for each thread");
    }
  }).join();
}

}  // namespace

TEST_CASE("file system view: directory and umask of a thread's own are not seen outside") {
  const std::string before = here();
  const mode_t umask_before = current_umask();
  with_own_view([&] {
    CHECK(::chdir("/proc") == 0);
    ::umask(umask_before ^ 077U);
    CHECK(here() == "/proc");
    std::thread([] { CHECK(here() == "/proc"); }).join();
  });
  CHECK(here() == before);
  CHECK(current_umask() == umask_before);
}

TEST_CASE("working directory: a change is named and put back") {
  with_own_view([] {
    REQUIRE(::chdir("/proc") == 0);
    os::WorkingDirectory directory;
    CHECK(directory.restore().empty());
    REQUIRE(::chdir("/dev") == 0);
    CHECK(directory.restore() == "changed the working directory from '/proc' to '/dev'");
    CHECK(here() == "/proc");
    CHECK(directory.restore().empty());
  });
}

TEST_CASE("working directory: found again after it was renamed") {
  with_own_view([] {
    const std::string folder = new_folder();
    REQUIRE(::chdir(folder.c_str()) == 0);
    os::WorkingDirectory directory;
    std::filesystem::rename(folder, folder + "-renamed");
    REQUIRE(::chdir("/") == 0);
    CHECK(directory.restore() == "changed the working directory from '" + folder + "' to '/'");
    CHECK(here() == folder + "-renamed");
    std::filesystem::remove(folder + "-renamed");
  });
}

TEST_CASE("working directory: found again by its path when the case has closed every descriptor") {
  with_own_view([] {
    REQUIRE(::chdir("/proc") == 0);
    os::WorkingDirectory directory;
    os::close_descriptors_from(0);
    const bool moved = ::chdir("/") == 0;
    CHECK(moved);
    CHECK(directory.restore() == "changed the working directory from '/proc' to '/'");
    CHECK(here() == "/proc");
  });
}

TEST_CASE("working directory: one that is gone is reported once, and the new one taken for good") {
  with_own_view([] {
    const std::string folder = new_folder();
    REQUIRE(::chdir(folder.c_str()) == 0);
    os::WorkingDirectory directory;
    os::close_descriptors_from(3);
    REQUIRE(::chdir("/") == 0);
    std::filesystem::remove(folder);
    CHECK(directory.restore() ==
          "changed the working directory from '" + folder + "' to '/', which cannot be restored");
    CHECK(directory.restore().empty());
    CHECK(here() == "/");
  });
}

TEST_CASE("file mode mask: a change is named and put back") {
  const mode_t before = ::umask(022);
  os::FileModeMask mask;
  CHECK(mask.restore().empty());
  ::umask(077);
  CHECK(mask.restore() == "changed the umask from 0022 to 0077");
  CHECK(current_umask() == 022);
  CHECK(mask.restore().empty());
  ::umask(before);
}
