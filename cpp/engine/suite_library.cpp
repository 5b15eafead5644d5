#include "engine/suite_library.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <unordered_map>

#include "engine/case_context.h"
#include "os/exception_text.h"

namespace pyharness {

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error("cannot load suite '" + path + "': " + why);
}

os::DynamicLibrary open_library(const std::string& path) {
  try {
    return os::DynamicLibrary(path);
  } catch (const os::LoaderError& error) {
    refuse(path, std::string(error.what()) + "; check what it is linked with");
  } catch (...) {
    throw SuiteLibrary::ConstructorThrew("cannot load suite '" + path + "': a constructor threw " +
                                         os::current_exception_text() + "; look for a global object");
  }
}

// "libzlib_files.so.1" is the suite "zlib_files" unless it says otherwise.
std::string name_of_file(const std::string& path) {
  std::string name = path.substr(path.find_last_of('/') + 1);
  name = name.substr(0, name.find(".so"));
  return name.rfind("lib", 0) == 0 && name.size() > 3 ? name.substr(3) : name;
}

// Names are written on one line, and typed on command lines.
bool is_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x20 || byte == 0x7f;
}

std::string text_or_empty(const char* text) { return text == nullptr ? std::string() : std::string(text); }

// Members that have been added later than these need not be there.
constexpr std::size_t first_suite_size = offsetof(pyharness_suite, isolation);
constexpr std::size_t first_case_size = offsetof(pyharness_case, isolation);

// A structure of a suite as this version knows it; members that the suite was built without are zero.
template <class Struct>
Struct as_known(const void* at, std::size_t size) {
  Struct known{};
  std::memcpy(&known, at, std::min(size, sizeof known));
  return known;
}

Isolation isolation_of(const std::string& path, const std::string& whose, std::uint32_t declared) {
  if (declared > PYHARNESS_ISOLATION_CASE) {
    refuse(path, whose + " declares isolation " + std::to_string(declared) +
                     ", which is none; use one of PYHARNESS_ISOLATION_…, or a newer pyharness");
  }
  return static_cast<Isolation>(declared);
}

CaseDetails details_of(const std::string& path, const pyharness_case& described) {
  CaseDetails details;
  details.name = text_or_empty(described.name);
  details.file = text_or_empty(described.file);
  details.line = described.line;
  details.serial = (described.flags & PYHARNESS_CASE_SERIAL) != 0;
  details.disabled = (described.flags & PYHARNESS_CASE_DISABLED) != 0;
  details.isolation = isolation_of(path, "case '" + details.name + "'", described.isolation);
  details.threads_required = std::max(described.threads_required, 1U);
  details.timeout_ms = described.timeout_ms;
  details.tags = text_or_empty(described.tags);
  return details;
}

}  // namespace

SuiteLibrary::SuiteLibrary(const std::string& path) : path_(path), library_(open_library(path)), suite_(enter()) {}

const std::shared_ptr<const SuiteListing>& SuiteLibrary::listing() {
  if (listing_ == nullptr) {
    listing_ = list();
  }
  return listing_;
}

const pyharness_suite* SuiteLibrary::enter() const {
  const auto entry = reinterpret_cast<pyharness_suite_entry_function>(library_.symbol(PYHARNESS_SUITE_ENTRY));
  if (entry == nullptr) {
    refuse(path_, "it is no suite (it has no '" PYHARNESS_SUITE_ENTRY
                  "'); compile its tests with pyharness/test.h or test.hpp");
  }
  const pyharness_suite* suite = entry(&host_interface());
  if (suite == nullptr) {
    refuse(path_, "its '" PYHARNESS_SUITE_ENTRY "' returned nothing; it has to return a pyharness_suite");
  }
  if (suite->abi_version != PYHARNESS_ABI_VERSION) {
    refuse(path_, "it was built for version " + std::to_string(suite->abi_version) +
                      " of the suite ABI, and this is version " + std::to_string(PYHARNESS_ABI_VERSION) +
                      "; rebuild it with the headers of this pyharness");
  }
  if (suite->size < first_suite_size || suite->case_size < first_case_size) {
    refuse(path_, "its structures are " + std::to_string(suite->size) + " and " + std::to_string(suite->case_size) +
                      " bytes where at least " + std::to_string(first_suite_size) + " and " +
                      std::to_string(first_case_size) + " are needed; rebuild it with the headers of this pyharness");
  }
  if (suite->error != nullptr) {
    refuse(path_, suite->error);
  }
  if (suite->run == nullptr || (suite->cases == nullptr && suite->case_count > 0)) {
    refuse(path_, "its table has no 'run' or no 'cases'; fill every member of pyharness_suite");
  }
  return suite;
}

std::shared_ptr<const SuiteListing> SuiteLibrary::list() const {
  auto listing = std::make_shared<SuiteListing>();
  listing->path = path_;
  listing->name = suite_->name == nullptr ? name_of_file(path_) : std::string(suite_->name);
  listing->group = text_or_empty(suite_->group);
  listing->isolation = isolation_of(path_, "it", as_known<pyharness_suite>(suite_, suite_->size).isolation);
  listing->cases.reserve(suite_->case_count);
  std::unordered_map<std::string, std::size_t> seen;
  seen.reserve(suite_->case_count);
  const auto* at = reinterpret_cast<const std::byte*>(suite_->cases);
  for (std::size_t index = 0; index < suite_->case_count; ++index, at += suite_->case_size) {
    CaseDetails details = details_of(path_, as_known<pyharness_case>(at, suite_->case_size));
    if (details.name.empty()) {
      refuse(path_, "case " + std::to_string(index) + " has no name; give it one");
    }
    if (std::any_of(details.name.begin(), details.name.end(), is_control)) {
      refuse(path_, "the name of case " + std::to_string(index) + " (" + details.file + ":" +
                        std::to_string(details.line) + ") has a control character in it; leave that out");
    }
    const auto [first, is_new] = seen.emplace(details.name, index);
    if (!is_new) {
      const CaseDetails& other = listing->cases[first->second];
      refuse(path_, "two cases are called '" + details.name + "' (" + other.file + ":" + std::to_string(other.line) +
                        " and " + details.file + ":" + std::to_string(details.line) + "); rename one");
    }
    listing->cases.push_back(std::move(details));
  }
  return listing;
}

}  // namespace pyharness
