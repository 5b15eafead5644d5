#include "engine/report_log.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "pyharness/suite.h"

namespace pyharness {

namespace {

struct EntryHead {
  std::uint32_t kind;
  std::uint32_t line;
  std::uint32_t file_bytes;
  std::uint32_t message_bytes;
};

// The region starts with the length of what is complete; entries follow.
constexpr std::uint64_t first_entry = 64;

std::atomic<std::uint64_t>& published(std::byte* region) {
  return *reinterpret_cast<std::atomic<std::uint64_t>*>(region);
}

}  // namespace

void ReportLog::begin_attempt(bool all_read) {
  const std::scoped_lock hold(lock_);
  if (end_ < first_entry || (all_read && nearly_full())) {
    end_ = first_entry;
    published(region_).store(end_, std::memory_order_release);
  }
  reports_ = 0;
}

void ReportLog::follow() {
  const std::scoped_lock hold(lock_);
  end_ = std::max(end_, published_end(region_));
}

bool ReportLog::append(std::uint32_t kind, std::string_view file, std::uint32_t line, std::string_view message) {
  const std::scoped_lock hold(lock_);
  ++reports_;
  if (reports_ == most_reports_per_attempt + 1) {
    message = "there are more reports of this attempt; only the first are kept";
  } else if (reports_ > most_reports_per_attempt) {
    return true;
  }
  file = file.substr(0, most_message_bytes);
  const std::size_t kept = std::min(message.size(), most_message_bytes);
  const std::string note = kept == message.size() ? std::string()
                                                  : "\n[" + std::to_string(message.size() - kept) +
                                                        " more bytes of this message are left out]";
  if (end_ + sizeof(EntryHead) + file.size() + kept + note.size() > bytes_per_worker) {
    return false;
  }
  note.empty() ? put(kind, file, line, message) : put(kind, file, line, std::string(message.substr(0, kept)) + note);
  return true;
}

void ReportLog::put(std::uint32_t kind, std::string_view file, std::uint32_t line, std::string_view message) {
  const EntryHead head{kind, line, static_cast<std::uint32_t>(file.size()), static_cast<std::uint32_t>(message.size())};
  std::byte* at = region_ + end_;
  std::memcpy(at, &head, sizeof head);
  std::memcpy(at + sizeof head, file.data(), file.size());
  std::memcpy(at + sizeof head + file.size(), message.data(), message.size());
  end_ += sizeof head + file.size() + message.size();
  published(region_).store(end_, std::memory_order_release);
}

std::vector<Report> ReportLog::read(const std::byte* region, std::uint64_t begin, std::uint64_t size) {
  std::vector<Report> reports;
  if (begin > bytes_per_worker) {
    return reports;
  }
  const std::uint64_t limit = begin + std::min<std::uint64_t>(size, bytes_per_worker - begin);
  std::uint64_t at = begin;
  while (at + sizeof(EntryHead) <= limit) {
    EntryHead head;
    std::memcpy(&head, region + at, sizeof head);
    at += sizeof head;
    // A wild write of a case may have been here: never trust a length.
    if (head.file_bytes > limit - at || head.message_bytes > limit - at - head.file_bytes) {
      break;
    }
    const char* text = reinterpret_cast<const char*>(region + at);
    reports.push_back({head.kind, head.line, std::string(text, head.file_bytes),
                       std::string(text + head.file_bytes, head.message_bytes)});
    at += head.file_bytes + head.message_bytes;
  }
  return reports;
}

std::uint64_t ReportLog::published_end(const std::byte* region) {
  const auto* end = reinterpret_cast<const std::atomic<std::uint64_t>*>(region);
  return std::min<std::uint64_t>(end->load(std::memory_order_acquire), bytes_per_worker);
}

}  // namespace pyharness
