// Reading symbols and sections of files on disk.
#include "os/object_file.h"

#include <doctest/doctest.h>

#include <fstream>
#include <system_error>

#include "support/suites.h"
#include "support/temporary_folder.h"

using pyharness::os::ObjectFile;

namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("object file: has sections with their addresses and sizes") {
  const ObjectFile file(pyharness::test::bare_suite);
  const auto text = file.section(".text");
  REQUIRE(text);
  CHECK(text->address > 0);
  CHECK(text->bytes > 0);
  CHECK_FALSE(file.section(".nothing"));
}

TEST_CASE("object file: finds exported and local symbols, and not those that it only asks for") {
  const ObjectFile file(pyharness::test::bare_suite);
  const auto found = file.symbols({"pyharness_suite_entry", "no_such_symbol", "_DYNAMIC", "printf"});
  CHECK(found.at(0) > 0);
  CHECK(found.at(1) == 0);
  CHECK(found.at(2) > 0);  // local
  CHECK(found.at(3) == 0);
}

TEST_CASE("object file: what is none, or is cut short anywhere, has nothing, and is never read beyond its end") {
  const pyharness::test::TemporaryFolder folder;
  CHECK_THROWS_AS(ObjectFile("/nowhere/at/all"), std::system_error);
  const std::string whole = content_of(pyharness::test::bare_suite);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{64}, whole.size() / 2, whole.size() - 64}) {
    CAPTURE(size);
    std::ofstream(folder / "cut", std::ios::binary) << whole.substr(0, size);
    const ObjectFile file(folder / "cut");
    CHECK_FALSE(file.section(".text"));
    CHECK(file.symbols({"pyharness_suite_entry"}) == std::vector<std::uint64_t>{0});
  }
  std::string damaged = whole;
  for (std::size_t at = 40; at < damaged.size(); at += 7) {
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5a);
  }
  std::ofstream(folder / "damaged", std::ios::binary) << damaged;
  CHECK_FALSE(ObjectFile(folder / "damaged").section(".text"));
}
