#include <sys/stat.h>

#include <pyharness/test.hpp>

TEST("culprit") { ::umask(0777); }
