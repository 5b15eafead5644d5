// Loading suites: what is listed, and what is refused with which words.
#include "engine/suite_library.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "support/suites.h"

using namespace pyharness;

namespace {

const CaseDetails& case_called(const SuiteListing& listing, const std::string& name) {
  const auto found = std::find_if(listing.cases.begin(), listing.cases.end(),
                                  [&](const CaseDetails& details) { return details.name == name; });
  REQUIRE(found != listing.cases.end());
  return *found;
}

}  // namespace

TEST_CASE("suite library: lists a suite written with test.hpp, with everything that is known of its cases") {
  SuiteLibrary library(test::ordinary_suite);
  const SuiteListing& listing = *library.listing();
  CHECK(listing.path == test::ordinary_suite);
  CHECK((listing.name == "ordinary" && listing.group == "group of ordinary"));
  const CaseDetails& passes = case_called(listing, "passes");
  CHECK((passes.tags == "fast small" && passes.timeout_ms == 0 && !passes.serial && !passes.disabled));
  CHECK(passes.file.find("ordinary.cpp") != std::string::npos);
  CHECK(passes.line > 0);
  CHECK(case_called(listing, "fails twice").timeout_ms == CaseDetails::default_timeout);
  CHECK(case_called(listing, "is disabled").disabled);
  CHECK(case_called(listing, "serial[2]").serial);
}

TEST_CASE("suite library: lists how far a suite and its cases are to be kept apart") {
  SuiteLibrary library(test::ordinary_suite);
  const SuiteListing& listing = *library.listing();
  CHECK(listing.isolation == Isolation::thread);
  const CaseDetails& apart = case_called(listing, "stands apart");
  CHECK((apart.isolation == Isolation::process && apart.threads_required == 3));
  const CaseDetails& passes = case_called(listing, "passes");
  CHECK((passes.isolation == Isolation::automatic && passes.threads_required == 1));
}

TEST_CASE("suite library: members that the structures of a suite do not have are taken for not said") {
  SuiteLibrary library(test::bare_suite);
  CHECK(library.listing()->isolation == Isolation::automatic);
  for (const CaseDetails& details : library.listing()->cases) {
    REQUIRE((details.isolation == Isolation::automatic && details.threads_required == 1));
  }
}

TEST_CASE("suite library: lists a suite written against the C ABI") {
  SuiteLibrary library(test::bare_suite);
  CHECK(library.listing()->cases.size() == 4020);
  CHECK(library.listing()->cases[17].name == "plain/17");
  CHECK(library.listing()->cases[4000].serial);
}

TEST_CASE("suite library: names the path and the reason when it cannot load") {
  const auto refuses = [](const std::string& path, const char* why) {
    CHECK_THROWS_WITH_AS(SuiteLibrary{path}, doctest::Contains(path.c_str()), std::runtime_error);
    CHECK_THROWS_WITH_AS(SuiteLibrary{path}, doctest::Contains(why), std::runtime_error);
  };
  refuses("/nowhere/libmissing.so", "cannot open shared object file");
  refuses(test::not_a_suite, "it is no suite");
  refuses(test::host_program, "cannot load suite");
}
