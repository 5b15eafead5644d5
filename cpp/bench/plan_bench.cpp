// What the plan costs per task: made, handed out, finished.
//
//     plan_bench [TASKS]      (default: 1000000)
//
// Prints one JSON line per kind of plan: the best of ten runs.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/plan.h"
#include "os/clock.h"

namespace {

using namespace pyharness;  // NOLINT(google-build-using-namespace)

// Nanoseconds until all have ended.
template <class Make>
double run(const Make& make) {
  const std::uint64_t start = os::monotonic_ns();
  Plan plan = make();
  while (!plan.done()) {
    for (const TaskIndex task : plan.take(0, 4096, 0)) {
      plan.finish(task, Outcome::pass, Plan::Retry::allowed, 0);
    }
  }
  return static_cast<double>(os::monotonic_ns() - start);
}

template <class Make>
void measure(const char* kind, std::size_t tasks, const Make& make) {
  std::vector<double> times(10);
  std::generate(times.begin(), times.end(), [&] { return run(make); });
  std::printf("{\"plan\": \"%s\", \"tasks\": %zu, \"ns_per_task\": %.1f}\n", kind, tasks,
              *std::min_element(times.begin(), times.end()) / static_cast<double>(tasks));
}

}  // namespace

int main(int count, char** words) {
  const std::size_t tasks = count > 1 ? std::strtoul(words[1], nullptr, 10) : 1'000'000;
  const std::vector<std::uint32_t> rules_of(tasks, 0);
  measure("free", tasks, [&] { return Plan({{}}, rules_of, {.workers = 2}); });
  std::vector<float> priorities(tasks);
  for (std::size_t task = 0; task < tasks; ++task) {
    priorities[task] = static_cast<float>(task % 1000);
  }
  measure("priorities", tasks, [&] { return Plan({{}}, rules_of, {.workers = 2}, {}, priorities); });
  std::vector<Dependency> fixture;
  for (TaskIndex task = 1; task < tasks; ++task) {
    fixture.push_back({task, 0, Dependency::Kind::needs});
  }
  measure("fixture", tasks, [&] { return Plan({{}}, rules_of, {.workers = 2}, fixture); });
  measure("groups", tasks, [&] {
    return Plan({{.groups = {0}}, {.groups = {0, 1}}}, rules_of, {.workers = 2, .group_limits = {1, 2}});
  });
}
