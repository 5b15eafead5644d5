#include <link.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "os/loaded_modules.h"
#include "os/proc_files.h"

namespace pyharness::os {

namespace {

struct FoundModule {
  LoadedModule module;
  std::uintptr_t headers;  // an address inside of its first segment
};

// A range of addresses and the file that is mapped there.
struct MappedFile {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::uint64_t inode = 0;
};

int add_module(dl_phdr_info* info, std::size_t /*size*/, void* modules) {
  // The program has no name here, and what the kernel maps has no slash in its name.
  const std::string name = info->dlpi_name;
  auto& found = *static_cast<std::vector<FoundModule>*>(modules);
  if (found.empty() || name.find('/') != std::string::npos) {
    const std::string path = found.empty() ? "/proc/self/exe" : name;
    found.push_back({{path, info->dlpi_addr}, reinterpret_cast<std::uintptr_t>(info->dlpi_phdr)});
  }
  return 0;
}

// The lines of proc(5) are "BEGIN-END MODE OFFSET DEVICE INODE PATH"; all but the inode in hexadecimal digits.
std::vector<MappedFile> mapped_files() {
  std::vector<MappedFile> files;
  std::istringstream lines(read_proc_file("/proc/self/maps"));
  for (std::string line; std::getline(lines, line);) {
    MappedFile file;
    char dash = 0;
    std::string mode;
    std::string offset;
    std::string device;
    std::istringstream words(line);
    if (words >> std::hex >> file.begin >> dash >> file.end >> mode >> offset >> device >> std::dec >> file.inode) {
      files.push_back(file);
    }
  }
  return files;
}

int read_loads(dl_phdr_info* info, std::size_t /*size*/, void* loads) {
  *static_cast<std::uint64_t*>(loads) = info->dlpi_adds;
  return 1;  // that of one module is that of all
}

bool is_still_there(const FoundModule& found, const std::vector<MappedFile>& files) {
  const auto file = std::find_if(files.begin(), files.end(), [&](const MappedFile& one) {
    return one.begin <= found.headers && found.headers < one.end;
  });
  struct stat status{};
  return file != files.end() && ::stat(found.module.path.c_str(), &status) == 0 && status.st_ino == file->inode;
}

}  // namespace

std::uint64_t modules_ever_loaded() {
  std::uint64_t loads = 0;
  ::dl_iterate_phdr(read_loads, &loads);
  return loads;
}

std::vector<LoadedModule> loaded_modules() {
  std::vector<FoundModule> found;
  ::dl_iterate_phdr(add_module, &found);
  const std::vector<MappedFile> files = mapped_files();
  std::vector<LoadedModule> modules;
  for (FoundModule& one : found) {
    std::error_code error;
    const auto path = one.module.path == "/proc/self/exe" ? std::filesystem::read_symlink(one.module.path, error)
                                                          : std::filesystem::absolute(one.module.path, error);
    one.module.path = path.lexically_normal().string();
    if (!error && is_still_there(one, files)) {
      modules.push_back(std::move(one.module));
    }
  }
  return modules;
}

}  // namespace pyharness::os
