// Handlers and masks that were changed are named and put back.
#include "os/signal_state.h"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace pyharness;

namespace {

void on_signal(int /*signal*/) {}

struct sigaction action_of(int signal) {
  struct sigaction action{};
  ::sigaction(signal, nullptr, &action);
  return action;
}

void block(int signal) {
  sigset_t set{};
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool is_blocked(int signal) {
  sigset_t mask{};
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return ::sigismember(&mask, signal) == 1;
}

}  // namespace

TEST_CASE("signal handlers: what was installed or ignored is named and put back") {
  os::SignalHandlers handlers;
  CHECK(handlers.restore().empty());
  const auto before = action_of(SIGTERM).sa_handler;
  ::signal(SIGTERM, on_signal);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGRTMIN + 2, on_signal);
  CHECK(handlers.restore() == "changed the handler of SIGPIPE, SIGTERM, SIGRTMIN+2");
  CHECK((action_of(SIGTERM).sa_handler == before));
  CHECK(handlers.restore().empty());
}

TEST_CASE("signal handlers: other flags or another mask of the same function are a change") {
  struct sigaction action{};
  action.sa_handler = on_signal;
  struct sigaction before{};
  ::sigaction(SIGUSR1, &action, &before);
  os::SignalHandlers handlers;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR1, &action, nullptr);
  CHECK(handlers.restore() == "changed the handler of SIGUSR1");
  CHECK((action_of(SIGUSR1).sa_flags & SA_RESTART) == 0);
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("signal handlers: a handler that the case itself has taken away again is no change") {
  os::SignalHandlers handlers;
  ::signal(SIGUSR2, on_signal);
  ::signal(SIGUSR2, SIG_DFL);
  CHECK(handlers.restore().empty());
}

TEST_CASE("signal mask: what was blocked is named and put back") {
  os::SignalMask mask;
  CHECK(mask.restore().empty());
  block(SIGUSR1);
  block(SIGUSR2);
  CHECK(mask.restore() == "blocked SIGUSR1, SIGUSR2");
  CHECK_FALSE(is_blocked(SIGUSR1));
  CHECK(mask.restore().empty());
}

TEST_CASE("signal mask: what was unblocked is named and blocked again") {
  sigset_t before{};
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  block(SIGUSR1);
  os::SignalMask mask;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  block(SIGUSR2);
  CHECK(mask.restore() == "blocked SIGUSR2; unblocked SIGUSR1");
  CHECK(is_blocked(SIGUSR1));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("signal mask: a signal that waits behind the block does not strike when the mask is put back") {
  os::SignalMask mask;
  block(SIGUSR1);
  ::raise(SIGUSR1);  // would end this process
  CHECK(mask.restore() == "blocked SIGUSR1 and left SIGUSR1 pending");
  CHECK_FALSE(is_blocked(SIGUSR1));
}
