// The pool of a host, in this process: every task exactly once, with its outcome, times, output and reports.
#include "engine/thread_pool.h"

#include <doctest/doctest.h>

#include "support/pool_run.h"

using namespace pyharness;
using test::numbers;

namespace {

// Checks that do not cost an assertion each.
template <class Predicate>
std::size_t count_wrong(std::uint32_t planned, const Predicate& right) {
  std::size_t wrong = 0;
  for (TaskIndex task = 0; task < planned; ++task) {
    wrong += right(task) ? 0 : 1;
  }
  return wrong;
}

}  // namespace

TEST_CASE("thread pool: every task ends exactly once, with its outcome, on some worker") {
  for (const std::uint32_t workers : {1U, 2U, 5U, 16U}) {
    CAPTURE(workers);
    constexpr std::uint32_t planned = 4000;
    test::PoolRun run(planned, workers);
    run.publish(numbers(0, planned));
    run.run_all();
    CHECK(run.finished_counts() == std::vector<int>(planned, 1));
    CHECK(count_wrong(planned, [&](TaskIndex task) {
            return run.table().record(task).outcome == test::bare_outcome(task);
          }) == 0);
    CHECK(count_wrong(planned, [&](TaskIndex task) { return run.table().record(task).worker < workers; }) == 0);
    for (std::uint32_t slot = 0; slot < workers; ++slot) {
      CHECK(run.table().slot(slot).current.load() == 0);
    }
  }
}

TEST_CASE("thread pool: each attempt has its own output and its own reports") {
  constexpr std::uint32_t planned = 2000;
  test::PoolRun run(planned, 4);
  run.publish(numbers(0, planned));
  run.run_all();
  CHECK(count_wrong(planned, [&](TaskIndex task) {
          return run.output(task) == (task % 10 == 9 ? "out " + std::to_string(task) + "\n" : "");
        }) == 0);
  CHECK(count_wrong(planned, [&](TaskIndex task) {
          const auto reports = run.reports(task);
          return task % 10 != 7 ? reports.empty()
                                : reports.size() == 1 && reports[0].line == task &&
                                      reports[0].message == "plain/" + std::to_string(task);
        }) == 0);
}

TEST_CASE("thread pool: tasks that are published one by one while workers sleep are all run") {
  test::PoolRun run(300, 3);
  std::thread publisher([&] {
    for (TaskIndex task = 0; task < 300; ++task) {
      run.publish({task});
      std::this_thread::yield();
    }
  });
  run.run_all();
  publisher.join();
  CHECK(run.finished_counts() == std::vector<int>(300, 1));
}

TEST_CASE("thread pool: attempts of one worker follow each other in time") {
  test::PoolRun run(1000, 1);
  run.publish(numbers(0, 1000));
  run.run_all();
  std::uint64_t end = 0;
  for (TaskIndex task = 0; task < 1000; ++task) {
    const TaskRecord& record = run.table().record(task);
    CHECK(record.start_ns >= end);
    end = record.start_ns + record.duration_ns;
  }
}
