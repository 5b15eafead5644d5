// Listings in files: what came of loading a library, whatever it was, is there again when it is read.
#include "engine/listing_file.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <system_error>

#include "support/suites.h"
#include "support/temporary_folder.h"

using namespace pyharness;
using Kind = LoadFailure::Kind;

namespace {

LoadedLibrary listed(const std::string& library, std::uint32_t limit_ms = 0) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "listing";
  list_into(test::host_program, library, limit_ms, path);
  std::ifstream file(path, std::ios::binary);
  return decode_loaded(std::string(std::istreambuf_iterator<char>(file), {}), library);
}

LoadFailure failure_of(const std::string& library, std::uint32_t limit_ms = 0) {
  return std::get<LoadFailure>(listed(library, limit_ms).result);
}

}  // namespace

TEST_CASE("listing file: has the cases of a suite, and tells one list from another") {
  const auto ordinary = std::get<0>(listed(test::ordinary_suite).result);
  CHECK(ordinary->cases.front().name == "passes");
  CHECK(ordinary->cases.front().tags == "fast small");
  const auto bare = std::get<0>(listed(test::bare_suite).result);
  CHECK(bare->cases.size() == 4020);
  CHECK(bare->fingerprint != ordinary->fingerprint);
  CHECK(bare->fingerprint == std::get<0>(listed(test::bare_suite).result)->fingerprint);
}

TEST_CASE("listing file: says why there is no suite") {
  CHECK(failure_of(test::not_a_suite).kind == Kind::refused);
  CHECK(failure_of(test::not_a_suite).text.find("it is no suite") != std::string::npos);
  CHECK(failure_of(test::constructor_crashes).kind == Kind::died);
  CHECK(failure_of(test::constructor_exits).kind == Kind::died);
  CHECK_FALSE(failure_of(test::constructor_exits).status.signalled);
  CHECK(failure_of(test::constructor_hangs, 300).kind == Kind::late);
}

TEST_CASE("listing file: refuses what is none") {
  CHECK_THROWS_AS(decode_loaded("", "x.so"), std::runtime_error);
  CHECK_THROWS_AS(decode_loaded("not a listing, but long enough to be read as one", "x.so"), std::runtime_error);
  LoadedLibrary loaded;
  loaded.result = LoadFailure{Kind::refused, "why", {}};
  const std::string whole = encode_loaded(loaded);
  CHECK(std::get<LoadFailure>(decode_loaded(whole, "x.so").result).text == "why");
  CHECK_THROWS_AS(decode_loaded(whole.substr(0, whole.size() - 1), "x.so"), std::runtime_error);
}

TEST_CASE("listing file: a folder that is not there is an error") {
  CHECK_THROWS_AS(list_into(test::host_program, test::ordinary_suite, 0, "/nowhere/listing"), std::system_error);
}
