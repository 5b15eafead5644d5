// Which tasks wait for which.
#include "core/dependencies.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace pyharness;

namespace {

constexpr auto after = Dependency::Kind::after;
constexpr auto needs = Dependency::Kind::needs;

using Pairs = std::vector<std::pair<TaskIndex, TaskIndex>>;

// Tasks with the need that failed.
Pairs end(Dependencies& dependencies, TaskIndex task, bool passed) {
  Pairs pairs;
  for (const auto& [released, failed_need] : dependencies.end(task, passed)) {
    pairs.emplace_back(released, failed_need);
  }
  return pairs;
}

}  // namespace

TEST_CASE("dependencies: a task is released when the last that it waits for has ended") {
  Dependencies dependencies(4, {{3, 0, after}, {3, 1, needs}, {2, 0, needs}});
  CHECK((dependencies.waits(2) && dependencies.waits(3) && !dependencies.waits(0)));
  CHECK(end(dependencies, 0, true) == Pairs{{2, no_task}});
  CHECK((dependencies.waits(3) && !dependencies.waits(2)));
  CHECK(end(dependencies, 1, true) == Pairs{{3, no_task}});
}

TEST_CASE("dependencies: released tasks come in plan order, with the first need that has failed") {
  Dependencies dependencies(5, {{4, 1, needs}, {3, 1, after}, {4, 0, needs}, {2, 1, needs}, {3, 0, after}});
  CHECK(end(dependencies, 1, false) == Pairs{{2, 1}});
  CHECK(end(dependencies, 0, false) == Pairs{{3, no_task}, {4, 1}});
}

TEST_CASE("dependencies: the same one twice is one") {
  Dependencies dependencies(2, {{1, 0, after}, {1, 0, after}, {1, 0, needs}});
  CHECK(end(dependencies, 0, false) == Pairs{{1, 0}});
}

TEST_CASE("dependencies: without any, nothing waits and nothing is released") {
  Dependencies dependencies(2, {});
  CHECK(dependencies.empty());
  CHECK_FALSE(dependencies.waits(1));
  CHECK(end(dependencies, 1, true).empty());
}

TEST_CASE("dependencies: tasks that do not exist are refused by number") {
  CHECK_THROWS_WITH_AS(Dependencies(2, {{1, 2, after}}), "task 1 waits for task 2, and only tasks below 2 exist",
                       std::invalid_argument);
  CHECK_THROWS_AS(Dependencies(2, {{2, 1, after}}), std::invalid_argument);
  CHECK_THROWS_AS(Dependencies(0, {{0, 0, after}}), std::invalid_argument);
}

TEST_CASE("dependencies: a circle is refused, and its tasks are named, not those that lead to it") {
  CHECK_THROWS_WITH_AS(Dependencies(5, {{0, 1, after}, {1, 2, after}, {2, 3, needs}, {3, 1, after}, {4, 3, after}}),
                       "task 2 waits for task 3, which waits for task 1, which waits for task 2; "
                       "remove one of these dependencies",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Dependencies(2, {{1, 1, needs}}), "task 1 waits for task 1; remove one of these dependencies",
                       std::invalid_argument);
}

TEST_CASE("dependencies: a long chain is no circle, and asks for no deep stack") {
  constexpr TaskIndex length = 200'000;
  std::vector<Dependency> chain;
  for (TaskIndex task = 1; task < length; ++task) {
    chain.push_back({task - 1, task, after});
  }
  Dependencies dependencies(length, chain);
  CHECK(end(dependencies, length - 1, true) == Pairs{{length - 2, no_task}});
  chain.push_back({length - 1, 0, after});
  CHECK_THROWS_AS(Dependencies(length, chain), std::invalid_argument);
}
