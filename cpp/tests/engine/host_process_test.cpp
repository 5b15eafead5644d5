// One host process: loading libraries of every kind.
#include "engine/host_process.h"

#include <doctest/doctest.h>

#include <csignal>

#include "os/wakeup.h"
#include "support/descriptors.h"
#include "support/shared_table.h"
#include "support/suites.h"

using namespace pyharness;

namespace {

struct Setup {
  test::SharedTable shared{1, 2};
  os::Wakeup wakeup;

  HostSetup host() const { return {test::host_program, 2, shared.file.number(), wakeup.descriptor(), true, true}; }
};

constexpr std::uint32_t long_ms = 600'000;

}  // namespace

TEST_CASE("host process: lists the libraries it loads, one after another") {
  const Setup setup;
  HostProcess host(setup.host());
  for (const std::string& path : {test::ordinary_suite, test::bare_suite}) {
    const auto result = host.load(0, path, long_ms, [] { return true; });
    REQUIRE(std::holds_alternative<SuiteListing>(result));
    CHECK(std::get<SuiteListing>(result).path == path);
  }
}

TEST_CASE("host process: a library that is refused leaves the host alive") {
  const Setup setup;
  HostProcess host(setup.host());
  for (const std::string& path : {test::not_a_suite, std::string("/nowhere/libmissing.so")}) {
    const auto result = host.load(0, path, long_ms, [] { return true; });
    REQUIRE(std::holds_alternative<LoadFailure>(result));
    CHECK(std::get<LoadFailure>(result).kind == LoadFailure::Kind::refused);
    CHECK(std::get<LoadFailure>(result).text.find(path) != std::string::npos);
  }
  CHECK(std::holds_alternative<SuiteListing>(host.load(0, test::ordinary_suite, long_ms, [] { return true; })));
}

TEST_CASE("host process: a constructor that ends the process is told apart from one that hangs, with what it printed") {
  const Setup setup;
  const auto fails = [&](const std::string& path, std::uint32_t limit_ms) {
    HostProcess host(setup.host());
    const auto result = host.load(0, path, limit_ms, [] { return true; });
    CHECK(host.take_load_output() == "printed while loading\n");
    CHECK(host.take_load_output().empty());
    return std::get<LoadFailure>(result);
  };
  const LoadFailure crash = fails(test::constructor_crashes, long_ms);
  CHECK((crash.kind == LoadFailure::Kind::died && crash.status == os::ExitStatus{true, SIGABRT}));
  const LoadFailure exit = fails(test::constructor_exits, long_ms);
  CHECK((exit.kind == LoadFailure::Kind::died && exit.status == os::ExitStatus{false, 5}));
  CHECK(fails(test::constructor_hangs, 2000).kind == LoadFailure::Kind::late);
}

TEST_CASE("host process: ends on its own when its supervisor lets go of it, and leaves nothing open") {
  const Setup setup;
  const auto before = test::open_descriptors();
  {
    HostProcess host(setup.host());
  }
  CHECK(test::open_descriptors() == before);
  CHECK(test::child_count() == 0);
}

TEST_CASE("host process: a program that is not there is a system error") {
  const Setup setup;
  HostSetup wrong = setup.host();
  wrong.program = "/nowhere/pyharness-host";
  const auto before = test::open_descriptors();
  CHECK_THROWS_AS(HostProcess{wrong}, std::system_error);
  CHECK(test::open_descriptors() == before);
}
