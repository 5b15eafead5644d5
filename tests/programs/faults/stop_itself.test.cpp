#include <unistd.h>

#include <csignal>
#include <pyharness/test.hpp>

TEST("culprit") { ::kill(::getpid(), SIGSTOP); }
