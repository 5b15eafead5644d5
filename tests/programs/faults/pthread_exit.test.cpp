#include <pthread.h>

#include <pyharness/test.hpp>

TEST("culprit") { ::pthread_exit(nullptr); }
