// The bell.
#include "os/wakeup.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <thread>
#include <vector>

using pyharness::os::Wakeup;

namespace {

bool rings(const Wakeup& bell) {
  pollfd waiting{bell.descriptor(), POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

}  // namespace

TEST_CASE("wakeup: is silent at first, rings until it is cleared, and rings merge") {
  const Wakeup bell;
  CHECK_FALSE(rings(bell));
  bell.clear();
  bell.ring();
  bell.ring();
  CHECK(rings(bell));
  bell.clear();
  CHECK_FALSE(rings(bell));
}

TEST_CASE("wakeup: a ring after a clear is heard, whichever thread rings") {
  const Wakeup bell;
  std::vector<std::thread> ringers;
  for (int ringer = 0; ringer < 4; ++ringer) {
    ringers.emplace_back([&] { Wakeup::ring(bell.descriptor()); });
  }
  for (std::thread& ringer : ringers) {
    ringer.join();
  }
  CHECK(rings(bell));
}

TEST_CASE("wakeup: ringing a descriptor that is gone does nothing") { Wakeup::ring(-1); }
