// Waiting for the first of several descriptors.
#include "os/poll.h"

#include <doctest/doctest.h>

#include "os/wakeup.h"

using namespace pyharness;

TEST_CASE("poll: returns when one of the descriptors is readable") {
  const os::Wakeup silent;
  const os::Wakeup rung;
  rung.ring();
  os::wait_readable({silent.descriptor(), rung.descriptor()}, 600'000);
}

TEST_CASE("poll: returns after the limit, also with nothing to watch") {
  const os::Wakeup silent;
  os::wait_readable({silent.descriptor()}, 1);
  os::wait_readable({}, 1);
}
