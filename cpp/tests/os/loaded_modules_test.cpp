// Which modules are loaded, and from where.
#include "os/loaded_modules.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>

#include "os/dynamic_library.h"
#include "os/object_file.h"
#include "support/suites.h"
#include "support/temporary_folder.h"

using pyharness::os::loaded_modules;
using pyharness::os::LoadedModule;

namespace {

const LoadedModule* find(const std::vector<LoadedModule>& modules, const std::string& path) {
  const auto found = std::find_if(modules.begin(), modules.end(), [&](const auto& one) { return one.path == path; });
  return found == modules.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("loaded modules: the program is the first, with its path") {
  CHECK(loaded_modules().front().path == std::filesystem::read_symlink("/proc/self/exe").string());
}

TEST_CASE("loaded modules: what is loaded comes last, and its symbols lie where its file says") {
  const pyharness::test::TemporaryFolder folder;
  std::filesystem::copy_file(pyharness::test::bare_suite, folder / "libcopy.so");
  CHECK(find(loaded_modules(), folder / "libcopy.so") == nullptr);
  const pyharness::os::DynamicLibrary library(folder / "libcopy.so");
  const auto modules = loaded_modules();
  const LoadedModule* module = find(modules, folder / "libcopy.so");
  REQUIRE(module != nullptr);
  const auto found = pyharness::os::ObjectFile(module->path).symbols({"pyharness_suite_entry"});
  CHECK(module->base + found.at(0) == reinterpret_cast<std::uintptr_t>(library.symbol("pyharness_suite_entry")));
  // A new file in its place is another one.
  std::filesystem::rename(folder / "libcopy.so", folder / "libold.so");
  std::filesystem::copy_file(pyharness::test::bare_suite, folder / "libcopy.so");
  CHECK(find(loaded_modules(), folder / "libcopy.so") == nullptr);
}
