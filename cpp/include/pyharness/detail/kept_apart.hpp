// Whether a library has a framework for itself, or shares its registry with other suites of the process.
//
// Two ways lead to that. The framework may be a shared library. Or the compiler has marked some of its symbols
// STB_GNU_UNIQUE (GCC does so with inline statics and those of templates): the loader then takes the first of that name
// for all libraries of a process, RTLD_LOCAL or not.
// Thread-safety: all of it only reads.
#ifndef PYHARNESS_DETAIL_KEPT_APART_HPP
#define PYHARNESS_DETAIL_KEPT_APART_HPP

#pragma GCC system_header

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "pyharness/detail/assertion.hpp"

namespace pyharness::bridge {
namespace {

// The tables of a loaded library's exported symbols.
struct Exports {
  explicit Exports(const ElfW(Dyn) * entry) {
    for (; entry->d_tag != DT_NULL; ++entry) {
      const auto* at = reinterpret_cast<const void*>(entry->d_un.d_ptr);
      switch (entry->d_tag) {
        case DT_SYMTAB: symbols = static_cast<const ElfW(Sym)*>(at); break;
        case DT_STRTAB: names = static_cast<const char*>(at); break;
        case DT_GNU_HASH: count = std::max(count, counted(static_cast<const std::uint32_t*>(at))); break;
        case DT_HASH: count = std::max(count, static_cast<const std::uint32_t*>(at)[1]); break;
        default: break;
      }
    }
  }

  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  std::uint32_t count = 0;

 private:
  // The GNU hash table does not say how many there are: the longest chain ends with the last symbol.
  static std::uint32_t counted(const std::uint32_t* table) {
    const std::uint32_t buckets = table[0];
    const std::uint32_t first = table[1];
    const std::uint32_t* bucket = table + 4 + table[2] * (sizeof(ElfW(Addr)) / sizeof *table);
    const std::uint32_t* chain = bucket + buckets;
    std::uint32_t last = *std::max_element(bucket, bucket + buckets);
    if (last < first) {
      return 0;
    }
    while ((chain[last - first] & 1U) == 0) {
      ++last;
    }
    return last + 1;
  }
};

// A symbol of the framework that the loader would share, the one of the shortest name; empty when there is none.
inline std::string shared_symbol(const link_map& library, const std::string& mangled_namespace) {
  constexpr unsigned unique = 10;  // STB_GNU_UNIQUE
  const Exports exports(library.l_ld);
  std::string shortest;
  for (std::uint32_t at = 0; at < exports.count; ++at) {
    const ElfW(Sym) & symbol = exports.symbols[at];
    const std::string name = exports.names + symbol.st_name;
    if (symbol.st_shndx != SHN_UNDEF && symbol.st_info >> 4U == unique &&
        name.find(mangled_namespace) != std::string::npos && (shortest.empty() || name.size() < shortest.size())) {
      shortest = name;
    }
  }
  return shortest.empty() ? "" : detail::demangled(shortest.c_str());
}

// Why cases of several suites would mix; empty when they do not. `part` is a function of the framework.
inline std::string why_not_apart(const void* part, const std::string& mangled_namespace) {
  Dl_info own{};
  Dl_info frameworks{};
  link_map* library = nullptr;
  if (::dladdr1(&pyharness_registry, &own, reinterpret_cast<void**>(&library), RTLD_DL_LINKMAP) == 0 ||
      ::dladdr(part, &frameworks) == 0) {
    return "the loader does not know the library of its cases; make it a shared library";
  }
  if (own.dli_fbase != frameworks.dli_fbase) {
    return "its framework is the shared library '" + std::string(frameworks.dli_fname) +
           "', in which the cases of all suites of a process meet; link a static one";
  }
  const std::string shared = shared_symbol(*library, mangled_namespace);
  return shared.empty() ? ""
                        : "it shares '" + shared +
                              "' with other suites of its process (STB_GNU_UNIQUE), so that their cases would mix; "
                              "make it by pyharness_add_suite(), or with -fno-gnu-unique, -fvisibility=hidden and "
                              "-Wl,--exclude-libs,ALL";
}

}  // namespace
}  // namespace pyharness::bridge

#endif
