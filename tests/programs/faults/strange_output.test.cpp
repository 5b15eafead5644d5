#include <unistd.h>

#include <pyharness/test.hpp>
#include <string_view>

TEST("culprit") {
  const std::string_view bytes("caf\xe9 \xff\xfe a\0b \xed\xa0\x80\n", 16);
  CHECK(::write(STDOUT_FILENO, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}
