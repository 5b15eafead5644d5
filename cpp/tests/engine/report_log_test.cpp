// Reports in shared memory: round trips, limits, and bytes that nobody should trust.
#include "engine/report_log.h"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <thread>

#include "os/memory_file.h"
#include "pyharness/suite.h"

using namespace pyharness;

namespace {

// A log with its region, of which only the pages that are used cost memory.
struct Fixture {
  os::FileDescriptor file = os::make_memory_file("log");
  os::Mapping region = map();
  ReportLog log{region.data()};

  os::Mapping map() const {
    os::resize_file(file.number(), ReportLog::bytes_per_worker);
    return {file.number(), ReportLog::bytes_per_worker};
  }
  std::vector<Report> read_from(std::uint64_t begin) const {
    return ReportLog::read(region.data(), begin, log.position() - begin);
  }
  void put_number(std::uint64_t at, std::uint32_t value) const {
    std::memcpy(region.data() + at, &value, sizeof value);
  }
};

}  // namespace

TEST_CASE("report log: what is appended is read, byte for byte") {
  Fixture fixture;
  fixture.log.begin_attempt(true);
  const std::uint64_t begin = fixture.log.position();
  const std::string bytes("\0\xff\n\x1b[31m", 8);
  CHECK(fixture.log.append(PYHARNESS_REPORT_FAILURE, "file.cpp", 12, "first"));
  CHECK(fixture.log.append(PYHARNESS_REPORT_SKIP, "", 0, bytes));
  CHECK(fixture.log.append(PYHARNESS_REPORT_FAILURE, "x", UINT32_MAX, ""));
  const auto reports = fixture.read_from(begin);
  REQUIRE(reports.size() == 3);
  CHECK((reports[0].kind == PYHARNESS_REPORT_FAILURE && reports[0].file == "file.cpp" && reports[0].line == 12 &&
         reports[0].message == "first"));
  CHECK((reports[1].kind == PYHARNESS_REPORT_SKIP && reports[1].file.empty() && reports[1].message == bytes));
  CHECK((reports[2].line == UINT32_MAX && reports[2].message.empty()));
  CHECK(ReportLog::published_end(fixture.region.data()) == fixture.log.position());
}

TEST_CASE("report log: each attempt has a range of its own") {
  Fixture fixture;
  fixture.log.begin_attempt(true);
  const std::uint64_t first = fixture.log.position();
  fixture.log.append(1, "", 0, "one");
  fixture.log.begin_attempt(false);
  const std::uint64_t second = fixture.log.position();
  fixture.log.append(1, "", 0, "two");
  CHECK(ReportLog::read(fixture.region.data(), first, second - first).at(0).message == "one");
  CHECK(fixture.read_from(second).at(0).message == "two");
}

TEST_CASE("report log: a long message is cut, and says by how much") {
  Fixture fixture;
  fixture.log.begin_attempt(true);
  const std::uint64_t begin = fixture.log.position();
  CHECK(fixture.log.append(1, "f", 1, std::string(ReportLog::most_message_bytes, 'a')));
  CHECK(fixture.log.append(1, "f", 1, std::string(ReportLog::most_message_bytes + 5, 'b')));
  CHECK(fixture.log.append(1, std::string(2 * ReportLog::most_message_bytes, 'c'), 1, ""));
  const auto reports = fixture.read_from(begin);
  CHECK(reports.at(0).message == std::string(ReportLog::most_message_bytes, 'a'));
  CHECK(reports.at(1).message ==
        std::string(ReportLog::most_message_bytes, 'b') + "\n[5 more bytes of this message are left out]");
  CHECK(reports.at(2).file.size() == ReportLog::most_message_bytes);
}

TEST_CASE("report log: only the first reports of an attempt are kept, with one that says so") {
  Fixture fixture;
  fixture.log.begin_attempt(true);
  const std::uint64_t begin = fixture.log.position();
  for (int report = 0; report < 500; ++report) {
    CHECK(fixture.log.append(1, "f", 1, std::to_string(report)));
  }
  const auto reports = fixture.read_from(begin);
  REQUIRE(reports.size() == ReportLog::most_reports_per_attempt + 1);
  CHECK(reports[99].message == "99");
  CHECK(reports.back().message.find("more reports") != std::string::npos);
  fixture.log.begin_attempt(false);
  const std::uint64_t next = fixture.log.position();
  fixture.log.append(1, "f", 1, "the next attempt starts anew");
  CHECK(fixture.read_from(next).size() == 1);
}

TEST_CASE("report log: starts again from the front once it is half full and all of it is read") {
  Fixture fixture;
  fixture.log.begin_attempt(true);
  const std::uint64_t front = fixture.log.position();
  const std::string message(ReportLog::most_message_bytes, 'm');
  while (!fixture.log.nearly_full()) {
    fixture.log.begin_attempt(true);
    CHECK(fixture.log.append(1, "", 0, message));
  }
  fixture.log.begin_attempt(false);
  CHECK(fixture.log.position() > front);
  fixture.log.begin_attempt(true);
  CHECK(fixture.log.position() == front);
  CHECK(ReportLog::published_end(fixture.region.data()) == front);
}

TEST_CASE("report log: a full log refuses, and keeps what it has") {
  Fixture fixture;
  fixture.log.begin_attempt(true);
  const std::uint64_t begin = fixture.log.position();
  const std::string message(ReportLog::most_message_bytes, 'm');
  std::size_t kept = 0;
  while (fixture.log.append(1, "", 0, message)) {
    ++kept;
    fixture.log.begin_attempt(false);
  }
  CHECK(fixture.log.position() <= ReportLog::bytes_per_worker);
  CHECK(fixture.read_from(begin).size() == kept);
}

TEST_CASE("report log: lengths that lead out of the range end the reading") {
  Fixture fixture;
  fixture.log.begin_attempt(true);
  const std::uint64_t begin = fixture.log.position();
  fixture.log.append(1, "", 0, "good");
  const std::uint64_t second = fixture.log.position();
  fixture.log.append(1, "file", 0, "bad");
  const std::uint64_t size = fixture.log.position() - begin;
  for (const std::uint32_t hostile : {100U, 0x7fffffffU, UINT32_MAX, UINT32_MAX - 15}) {
    for (const std::uint64_t field : {std::uint64_t{8}, std::uint64_t{12}}) {
      fixture.put_number(second + 8, 4);
      fixture.put_number(second + 12, 3);
      fixture.put_number(second + field, hostile);
      const auto reports = ReportLog::read(fixture.region.data(), begin, size);
      REQUIRE(reports.size() == 1);
      CHECK(reports[0].message == "good");
    }
  }
}

TEST_CASE("report log: ranges beyond the region are cut to it, and a hostile end is not believed") {
  Fixture fixture;
  fixture.log.begin_attempt(true);
  CHECK(ReportLog::read(fixture.region.data(), ReportLog::bytes_per_worker, 1000).empty());
  CHECK(ReportLog::read(fixture.region.data(), ReportLog::bytes_per_worker - 8, UINT32_MAX).empty());
  CHECK(ReportLog::read(fixture.region.data(), std::uint64_t{1} << 62U, 1000).empty());
  CHECK(ReportLog::read(fixture.region.data(), ReportLog::bytes_per_worker - 64, 64).size() <= 4);
  fixture.put_number(4, UINT32_MAX);
  CHECK(ReportLog::published_end(fixture.region.data()) == ReportLog::bytes_per_worker);
}

TEST_CASE("report log: several threads of one case append side by side") {
  Fixture fixture;
  fixture.log.begin_attempt(true);
  const std::uint64_t begin = fixture.log.position();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int report = 0; report < 20; ++report) {
        fixture.log.append(1, "f", static_cast<std::uint32_t>(thread),
                           std::string(static_cast<std::size_t>(report), static_cast<char>('a' + thread)));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::vector<std::size_t> seen(4, 0);
  for (const Report& report : fixture.read_from(begin)) {
    CHECK(report.message == std::string(seen.at(report.line)++, static_cast<char>('a' + report.line)));
  }
  CHECK(seen == std::vector<std::size_t>(4, 20));
}
