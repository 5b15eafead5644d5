#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "os/environment.h"
#include "os/state_change.h"

namespace pyharness::os {

namespace {

using Variables = std::map<std::string, std::string>;

// Copies out of memory that may be gone: an array or a string may have been on a case's stack, or in a library that
// was unloaded.
template <typename Item>
bool copy_from(Item* address, Item* into, std::size_t count) {
  const iovec remote{static_cast<void*>(address), count * sizeof(Item)};
  const iovec local{static_cast<void*>(into), count * sizeof(Item)};
  return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0) == static_cast<ssize_t>(local.iov_len);
}

std::optional<std::string> text_at(char* address) {
  constexpr std::size_t most = std::size_t{1} << 20U;
  std::string text;
  for (char chunk[256]; text.size() < most;) {
    // Up to a multiple of the chunk's size, so that no read reaches into a page that the string does not.
    const std::size_t bytes = sizeof chunk - reinterpret_cast<std::uintptr_t>(address) % sizeof chunk;
    if (!copy_from(address, chunk, bytes)) {
      return std::nullopt;
    }
    const std::size_t length = ::strnlen(chunk, bytes);
    text.append(chunk, length);
    if (length < bytes) {
      return text;
    }
    address += bytes;
  }
  return text;
}

// The strings of `environ`; nothing when they cannot be read.
std::optional<std::vector<std::string>> current_strings() {
  constexpr std::size_t most = 100'000;
  std::vector<std::string> strings;
  for (char** entry = environ; entry != nullptr && strings.size() < most; ++entry) {
    char* address = nullptr;
    if (!copy_from(entry, &address, 1)) {
      return std::nullopt;
    }
    if (address == nullptr) {
      break;
    }
    std::optional<std::string> text = text_at(address);
    if (!text) {
      return std::nullopt;
    }
    strings.push_back(std::move(*text));
  }
  return strings;
}

// LLVM's profile runtime sets it in each process that loads an instrumented library: no doing of the case.
constexpr std::string_view note_of_profile_runtime = "__LLVM_PROFILE_RT_INIT_ONCE";

Variables variables(const std::vector<std::string>& strings) {
  Variables found;
  for (const std::string& text : strings) {
    const std::size_t sign = text.find('=');
    if (sign != std::string::npos) {
      found.emplace(text.substr(0, sign), text.substr(sign + 1));  // the first of a name counts, as in getenv
    }
  }
  return found;
}

// "set the environment variable 'X'" for those of `variables` that are meant; nothing when none is.
template <typename Meant>
std::string clause(const char* verb, const Variables& variables, const Meant& is_meant) {
  std::vector<std::string> names;
  for (const auto& variable : variables) {
    if (is_meant(variable)) {
      names.push_back("'" + variable.first + "'");
    }
  }
  const char* noun = names.size() > 1 ? " the environment variables " : " the environment variable ";
  return names.empty() ? std::string() : verb + (noun + listed(names));
}

std::string difference(const Variables& before, const Variables& now) {
  const auto is_new = [&](const auto& variable) {
    return !before.contains(variable.first) && variable.first != note_of_profile_runtime;
  };
  const auto is_gone = [&](const auto& variable) { return !now.contains(variable.first); };
  const auto is_other = [&](const auto& variable) {
    const auto found = before.find(variable.first);
    return found != before.end() && found->second != variable.second;
  };
  std::string text;
  for (const std::string& part :
       {clause("set", now, is_new), clause("changed", now, is_other), clause("removed", before, is_gone)}) {
    text += (text.empty() || part.empty() ? "" : "; ") + part;
  }
  return text;
}

}  // namespace

struct Environment::Block {
  explicit Block(std::vector<std::string> found) : strings(std::move(found)), shown(strings) {
    for (std::string& text : shown) {
      pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    array = pointers;
  }
  bool is_in_place() {
    if (std::atomic_ref(environ).load(std::memory_order_relaxed) != array.data()) {
      return false;
    }
    return std::equal(pointers.begin(), pointers.end(), array.begin(), [](char* before, char*& now) {
      return std::atomic_ref(now).load(std::memory_order_relaxed) == before;
    });
  }
  void put_back() {
    for (std::size_t at = 0; at < strings.size(); ++at) {
      if (shown[at] != strings[at]) {
        std::memcpy(shown[at].data(), strings[at].data(), strings[at].size());
      }
    }
    for (std::size_t at = 0; at < pointers.size(); ++at) {
      std::atomic_ref(array[at]).store(pointers[at], std::memory_order_relaxed);
    }
    std::atomic_ref(environ).store(array.data(), std::memory_order_relaxed);
  }

  std::vector<std::string> strings;  // as they were
  std::vector<std::string> shown;    // what `array` points to; a case may write there
  std::vector<char*> pointers;       // as `array` was
  std::vector<char*> array;          // is `environ`
};

Environment::Environment() {
  static auto& kept = *new std::vector<std::unique_ptr<Block>>;  // never destroyed: programs read it until they end
  std::vector<std::string> found = current_strings().value_or(std::vector<std::string>());
  if (kept.empty() || environ != kept.back()->array.data() || found != kept.back()->strings) {
    kept.push_back(std::make_unique<Block>(std::move(found)));
  }
  block_ = kept.back().get();
  block_->put_back();
}

bool Environment::looks_changed() const { return !block_->is_in_place(); }

std::string Environment::restore() {
  if (!looks_changed() && block_->shown == block_->strings) {
    return {};
  }
  const std::optional<std::vector<std::string>> now = current_strings();
  block_->put_back();
  return now ? difference(variables(block_->strings), variables(*now)) : "changed the environment variables";
}

}  // namespace pyharness::os
