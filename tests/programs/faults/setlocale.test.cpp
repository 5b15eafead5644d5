#include <clocale>
#include <pyharness/test.hpp>

TEST("culprit") { CHECK(std::setlocale(LC_ALL, "C.UTF-8") != nullptr); }
