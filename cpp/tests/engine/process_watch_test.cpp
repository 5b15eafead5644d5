// The state that all workers of a pool share: when it is looked at.
#include "engine/process_watch.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <thread>

#include "support/shared_table.h"

using namespace pyharness;
using test::SharedTable;

namespace {

constexpr mode_t usual_mask = 022;

class UsualMask {
 public:
  UsualMask() : before_(::umask(usual_mask)) {}
  UsualMask(const UsualMask&) = delete;
  UsualMask& operator=(const UsualMask&) = delete;
  ~UsualMask() { ::umask(before_); }

 private:
  mode_t before_;
};

void runs_a_case(SharedTable& shared, std::uint32_t slot) { shared.table.slot(slot).current.store(1); }
void runs_nothing(SharedTable& shared, std::uint32_t slot) { shared.table.slot(slot).current.store(0); }

}  // namespace

TEST_CASE("process watch: tells what has changed and puts it back") {
  const UsualMask usual;
  for (const std::uint32_t workers : {1U, 3U}) {
    SharedTable shared(1, workers);
    ProcessWatch watch(shared.table, 0, os::ViewScope::process);
    CHECK(watch.is_single() == (workers == 1));
    CHECK(watch.look(0).empty());
    ::umask(077);
    const auto changes = watch.look(0);
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].kind == os::StateKind::umask);
    CHECK(::umask(usual_mask) == usual_mask);
    CHECK(watch.look(0).empty());
  }
}

TEST_CASE("process watch: looks only while no other worker of its host runs a case") {
  const UsualMask usual;
  SharedTable shared(1, 3, 2);
  ProcessWatch watch(shared.table, 0, os::ViewScope::process);
  ::umask(077);
  runs_a_case(shared, 0);
  runs_a_case(shared, 2);
  CHECK(watch.look(0).empty());
  CHECK(::umask(077) == 077);
  runs_nothing(shared, 2);
  runs_a_case(shared, 3);  // of another host
  CHECK(watch.look(0).size() == 1);
  CHECK(::umask(usual_mask) == usual_mask);
}

TEST_CASE("process watch: what a case changes for a moment is never put back under its feet") {
  const UsualMask usual;
  SharedTable shared(1, 2);
  ProcessWatch watch(shared.table, 0, os::ViewScope::process);
  std::atomic<bool> done{false};
  int disturbed = 0;
  std::thread changing([&] {
    for (int round = 0; round < 20'000; ++round) {
      runs_a_case(shared, 1);
      watch.enter();
      ::umask(077);
      disturbed += ::umask(usual_mask) == 077 ? 0 : 1;
      runs_nothing(shared, 1);
    }
    done.store(true);
  });
  std::size_t changes = 0;
  while (!done.load()) {
    changes += watch.look(0).size();
  }
  changing.join();
  CHECK(disturbed == 0);
  CHECK(changes == 0);
}
