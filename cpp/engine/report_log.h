// Where a worker's cases leave their reports (failures, skips): a region of memory per worker, shared with the
// supervisor, so that reports written before a crash survive it. Entries have lengths; nothing in them is parsed.
// Thread-safety: append by any thread of the host that calls for that worker (a lock inside); begin_attempt and end by
// the worker; read by the supervisor, for ranges that a finished record names (or of a worker that is dead).
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace pyharness {

// Kinds of reports beside PYHARNESS_REPORT_…, which no suite can make.
inline constexpr std::uint32_t report_leak = 101;
inline constexpr std::uint32_t report_uncertain_leak = 102;

// One failure, skip or leak of an attempt.
struct Report {
  std::uint32_t kind = 0;
  std::uint32_t line = 0;
  std::string file;
  std::string message;
};

class ReportLog {
 public:
  static constexpr std::size_t bytes_per_worker = std::size_t{64} << 20U;
  static constexpr std::size_t most_message_bytes = std::size_t{64} << 10U;
  static constexpr std::uint32_t most_reports_per_attempt = 100;

  ReportLog() = default;
  explicit ReportLog(std::byte* region) : region_(region) {}

  std::uint64_t position() const { return end_; }
  // Before each attempt. `all_read`: the supervisor has read everything, so the region may be used from its start.
  void begin_attempt(bool all_read);
  // False when there is no room: the text is lost. That it failed is not; the outcome does not come from here.
  bool append(std::uint32_t kind, std::string_view file, std::uint32_t line, std::string_view message);
  // Continues behind what another process has written for this worker.
  void follow();
  // Whether an attempt with many long reports might not fit any more.
  bool nearly_full() const { return end_ > bytes_per_worker / 2; }

  static std::vector<Report> read(const std::byte* region, std::uint64_t begin, std::uint64_t size);
  // The length that the worker has published: what is complete, also when the worker has died.
  static std::uint64_t published_end(const std::byte* region);

 private:
  void put(std::uint32_t kind, std::string_view file, std::uint32_t line, std::string_view message);

  std::byte* region_ = nullptr;
  std::uint64_t end_ = 0;
  std::uint32_t reports_ = 0;
  std::mutex lock_;
};

}  // namespace pyharness
