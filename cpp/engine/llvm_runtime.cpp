#include "engine/llvm_runtime.h"

#include <algorithm>
#include <atomic>

namespace pyharness {

namespace {

// In the kind of profile, behind the version: each counter is a byte that says whether, not how often. These are not
// moved; nobody measures coverage so unless he asks for it.
constexpr std::uint64_t whether_not_how_often = std::uint64_t{1} << 60U;

std::uint64_t take(std::uint64_t& counter) {
  const std::atomic_ref<std::uint64_t> shared(counter);
  // Pages that were never written to stay untouched.
  return shared.load(std::memory_order_relaxed) == 0 ? 0 : shared.exchange(0, std::memory_order_relaxed);
}

unsigned char take(unsigned char& bits) {
  const std::atomic_ref<unsigned char> shared(bits);
  return shared.load(std::memory_order_relaxed) == 0 ? 0 : shared.exchange(0, std::memory_order_relaxed);
}

void move(std::span<std::uint64_t> from, std::uint64_t* to) {
  for (std::uint64_t& counter : from) {
    if (const std::uint64_t count = take(counter); count != 0) {
      std::atomic_ref<std::uint64_t>(*to).fetch_add(count, std::memory_order_relaxed);
    }
    ++to;
  }
}

void move(std::span<unsigned char> from, unsigned char* to) {
  for (unsigned char& bits : from) {
    if (const unsigned char seen = take(bits); seen != 0) {
      std::atomic_ref<unsigned char>(*to).fetch_or(seen, std::memory_order_relaxed);
    }
    ++to;
  }
}

// In memory that counts are moved to, those of MC/DC stand behind the others.
std::uint64_t* counters_in(std::byte* memory) { return reinterpret_cast<std::uint64_t*>(memory); }
unsigned char* bits_in(std::byte* memory, std::size_t counter_bytes) {
  return reinterpret_cast<unsigned char*>(memory + counter_bytes);
}

template <class Entry>
std::span<Entry> entries(const os::LoadedModule& module, const std::optional<os::ObjectFile::Extent>& section) {
  if (!section) {
    return {};
  }
  return {module.at<Entry*>(section->address), section->bytes / sizeof(Entry)};
}

}  // namespace

std::optional<LlvmRuntime> LlvmRuntime::in(const os::LoadedModule& module, const os::ObjectFile& file) {
  const auto counters = file.section("__llvm_prf_cnts");
  if (!counters) {
    return std::nullopt;
  }
  const auto found =
      file.symbols({"__llvm_profile_set_filename", "__llvm_profile_write_file", "__llvm_profile_raw_version",
                    "__llvm_profile_counter_bias", "__llvm_profile_counter_bias_default"});
  LlvmRuntime runtime;
  const bool counts = found[2] == 0 || (*module.at<std::uint64_t*>(found[2]) & whether_not_how_often) == 0;
  if (counts) {
    runtime.counters_ = entries<std::uint64_t>(module, counters);
  }
  runtime.bits_ = entries<unsigned char>(module, file.section("__llvm_prf_bits"));
  if (found[0] != 0 && found[1] != 0) {
    runtime.set_filename_ = module.at<void (*)(const char*)>(found[0]);
    runtime.write_file_ = module.at<int (*)()>(found[1]);
  }
  // A variable of the module's own where it was compiled so, and else another name for that of the runtime.
  runtime.can_count_in_file_ = found[3] != 0 && found[3] != found[4];
  return runtime;
}

void LlvmRuntime::name_file(const std::string& path) const { set_filename_(path.c_str()); }

bool LlvmRuntime::write() const { return write_file_() == 0; }

bool LlvmRuntime::has_counted() const {
  const auto counted = [](auto& entry) { return std::atomic_ref(entry).load(std::memory_order_relaxed) != 0; };
  return std::any_of(counters_.begin(), counters_.end(), counted) || std::any_of(bits_.begin(), bits_.end(), counted);
}

void LlvmRuntime::move_to(std::byte* memory) const {
  move(counters_, counters_in(memory));
  move(bits_, bits_in(memory, counters_.size_bytes()));
}

void LlvmRuntime::move_from(std::byte* memory) const {
  move(std::span(counters_in(memory), counters_.size()), counters_.data());
  move(std::span(bits_in(memory, counters_.size_bytes()), bits_.size()), bits_.data());
}

void LlvmRuntime::clear() const {
  std::for_each(counters_.begin(), counters_.end(), [](std::uint64_t& counter) { take(counter); });
  std::for_each(bits_.begin(), bits_.end(), [](unsigned char& bits) { take(bits); });
}

}  // namespace pyharness
