// Commands that answer something before the run.
#include "engine/queries.h"

#include <doctest/doctest.h>

#include <csignal>
#include <stdexcept>

#include "os/clock.h"
#include "support/descriptors.h"

using namespace pyharness;
using Kind = Answer::Kind;

namespace {

const std::vector<StopStep> kill_at_once = {{SIGKILL, 1000}};

Query shell(const std::string& script) {
  return {[script](const Channels& channels) {
    return ProgramCommand{{"/bin/sh", "-c", script, "sh", channels.report, channels.input, channels.address},
                          {"PATH=/usr/bin:/bin", "WORD=blue"},
                          "/",
                          "what it is given"};
  }};
}

std::vector<Answer> ask(const std::vector<Query>& queries, std::uint32_t most = 2,
                        std::uint32_t limit_ms = UINT32_MAX) {
  auto answers = ask_all(queries, most, limit_ms, kill_at_once, [] { return true; });
  CHECK(test::child_count() == 0);
  return answers;
}

}  // namespace

TEST_CASE("queries: an answer has the output, the report and the status, whatever that is") {
  const auto before = test::open_descriptors();
  const auto answers =
      ask({shell("echo out; echo err >&2; echo told > $1; exit 3"), shell("kill -TERM $$"), shell(":")});
  CHECK(answers[0].kind == Kind::ended);
  CHECK(answers[0].output == "out\nerr\n");
  CHECK(answers[0].report == "told\n");
  CHECK(answers[0].status == os::ExitStatus{false, 3});
  CHECK(answers[1].status == os::ExitStatus{true, SIGTERM});
  CHECK(answers[2].status == os::ExitStatus{});
  CHECK(test::open_descriptors() == before);
}

TEST_CASE("queries: a command has its environment, folder and input, and nothing on its standard input") {
  const auto answers = ask({shell("echo $WORD $(env | grep -c =); pwd; cat $2; cat; echo \"[$3]\"")});
  CHECK(answers[0].output.find("blue ") == 0);
  CHECK(answers[0].output.find("\n/\nwhat it is given[]\n") != std::string::npos);
}

TEST_CASE("queries: a command has an address if it wants one") {
  Query query = shell("echo \"$3\"");
  query.wants_address = true;
  CHECK(ask({query})[0].output.rfind("127.0.0.1:", 0) == 0);
}

TEST_CASE("queries: answers come in the order of the questions, however many run at a time") {
  std::vector<Query> queries;
  for (int number = 0; number < 40; ++number) {
    queries.push_back(shell("echo " + std::to_string(number)));
  }
  for (const std::uint32_t most : {1U, 7U, 100U}) {
    const auto answers = ask(queries, most);
    REQUIRE(answers.size() == 40);
    for (int number = 0; number < 40; ++number) {
      CHECK(answers[static_cast<std::size_t>(number)].output == std::to_string(number) + "\n");
    }
  }
}

TEST_CASE("queries: a long answer comes whole") {
  const auto answers = ask({shell("head -c 30000000 /dev/zero | tr '\\0' x; head -c 9000000 /dev/zero > $1")});
  CHECK(answers[0].output.size() == 30'000'000);
  CHECK(answers[0].report.size() == 9'000'000);
}

TEST_CASE("queries: what cannot be started says why, and the others answer") {
  const Query missing{[](const Channels&) { return ProgramCommand{{"/nowhere/program"}, {}, {}, {}}; }};
  const Query unknown{[](const Channels&) -> ProgramCommand { throw std::runtime_error("no idea"); }};
  const auto answers = ask({missing, shell("echo here"), unknown}, 1);
  CHECK(answers[0].kind == Kind::not_started);
  CHECK(answers[0].text.find("No such file or directory") != std::string::npos);
  CHECK(answers[1].output == "here\n");
  CHECK(answers[2].kind == Kind::not_started);
  CHECK(answers[2].text == "no idea");
}

TEST_CASE("queries: what hangs is stopped at its limit, with what it has said; the others answer") {
  const auto answers = ask({shell("echo before; exec sleep 1000"), shell("echo here")}, 1, 300);
  CHECK(answers[0].kind == Kind::late);
  CHECK(answers[0].output == "before\n");
  CHECK(answers[1].kind == Kind::ended);
}

TEST_CASE("queries: a flood is stopped before it fills the memory; the others answer") {
  const auto answers = ask({shell("exec yes"), shell("exec yes > $1"), shell("echo here")});
  for (const std::size_t flood : {0U, 1U}) {
    CHECK(answers[flood].kind == Kind::flooded);
    CHECK(answers[flood].output.size() + answers[flood].report.size() < most_answer_bytes / 16);
  }
  CHECK(answers[0].output.rfind("y\ny\n", 0) == 0);
  CHECK(answers[2].kind == Kind::ended);
}

TEST_CASE("queries: nobody waits once the answers are of no interest") {
  int times = 0;
  const auto answers =
      ask_all({shell("exec sleep 1000"), shell(":")}, 1, UINT32_MAX, kill_at_once, [&] { return ++times < 3; });
  CHECK(answers[0].kind == Kind::cancelled);
  CHECK(answers[1].kind == Kind::cancelled);
  CHECK(test::child_count() == 0);
}

TEST_CASE("queries: no question, no answer") { CHECK(ask({}).empty()); }
