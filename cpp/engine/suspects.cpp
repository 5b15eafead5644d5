#include "engine/suspects.h"

#include <memory>
#include <utility>

#include "engine/run_table.h"
#include "engine/work_queue.h"
#include "os/clock.h"
#include "os/poll.h"

namespace pyharness {

namespace {

// A host with a run table of its own, with one case in it.
class Trial {
 public:
  Trial(HostSetup setup, const TestTask& task)
      : file_(os::make_memory_file("pyharness-trial")),
        table_(file_.number(), TableShape{1, 1, 1, 1}),
        host_(with_table(std::move(setup))) {
    table_.seat(table_.add_host(1), Isolation::thread, 0);
    table_.place(0).holder.store(1);
    table_.record(0).library = 0;
    table_.record(0).index = task.index;
    table_.record(0).state.store(TaskState{}.pack());
    WorkQueue(table_).publish(lane_of(Isolation::thread), {0});
    host_.reload(0, 0, *task.suite);
    host_.run(0);
  }

  int descriptor() { return host_.process().descriptor(); }
  // Whether the case has ended the host in the given way.
  bool died(const DiedLike& like) {
    const auto ending = ending_of(host_, 0);
    const WorkerSlot& slot = table_.slot(0);
    return ending && slot.current.load() != 0 && like(*ending, slot.crash.kind.load() != CrashKind::none);
  }
  bool is_over() { return table_.record(0).load().phase == TaskPhase::finished || host_.process().wait(0).has_value(); }

 private:
  HostSetup with_table(HostSetup setup) const {
    setup.table = file_.number();
    setup.seats = 1;
    setup.captured = true;
    return setup;
  }

  os::FileDescriptor file_;
  RunTable table_;
  HostProcess host_;
};

}  // namespace

std::optional<std::size_t> find_culprit(const HostSetup& setup, const std::vector<TestTask>& suspects,
                                        const DiedLike& died_like, std::uint32_t limit_ms) {
  std::vector<std::unique_ptr<Trial>> trials;
  trials.reserve(suspects.size());
  for (const TestTask& task : suspects) {
    trials.push_back(std::make_unique<Trial>(setup, task));
  }
  const std::uint64_t deadline = os::monotonic_ns() + std::uint64_t{limit_ms} * 1'000'000U;
  std::size_t open = trials.size();
  while (open > 0 && os::monotonic_ns() < deadline) {
    std::vector<int> watched;
    for (std::size_t at = 0; at < trials.size(); ++at) {
      if (trials[at] == nullptr) {
        continue;
      }
      if (trials[at]->died(died_like)) {
        return at;
      }
      if (trials[at]->is_over()) {
        trials[at].reset();
        --open;
      } else {
        watched.push_back(trials[at]->descriptor());
      }
    }
    os::wait_readable(watched, 10);
  }
  return std::nullopt;
}

}  // namespace pyharness
