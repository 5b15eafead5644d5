// A worker whose attempt is given up on while it runs: it may come back at any time, and must change nothing any more.
#include <doctest/doctest.h>

#include "support/gate.h"
#include "support/pool_run.h"

using namespace pyharness;

namespace {

// A worker that is in the middle of a case until the gate opens.
class BusyWorker {
 public:
  BusyWorker() : task_(run_.task_of("waits for the test")), pool_(run_.pool()) {
    pool_->start();
    run_.publish({task_});
    while (slot().current.load() == 0) {
      std::this_thread::yield();
    }
  }

  WorkerSlot& slot() { return run_.table().slot(0); }
  TaskRecord& record() { return run_.table().record(task_); }
  void set(const TaskState& state) { record().state.store(state.pack()); }
  // Lets the case come to its end, and the worker leave.
  void go_on() {
    gate_.open();
    while (slot().current.load() != 0) {
      std::this_thread::yield();
    }
    run_.queue().close();
    pool_->join();
  }

 private:
  test::Gate gate_;
  test::PoolRun run_{50, 1, test::deadly_suite};
  TaskIndex task_;
  std::unique_ptr<ThreadPool> pool_;
};

}  // namespace

TEST_CASE("case worker: says what it runs, which attempt it is, and where") {
  BusyWorker worker;
  CHECK(Current::unpack(worker.slot().current.load()).attempt == 1);
  CHECK(worker.record().load().phase == TaskPhase::running);
  CHECK(worker.slot().process.load() != 0);
  CHECK(worker.slot().thread.load() != 0);
  worker.go_on();
  CHECK(worker.record().load().phase == TaskPhase::finished);
  CHECK(worker.slot().finished.load() != 0);
}

TEST_CASE("case worker: an attempt that was given up on has no result, whatever became of the task since") {
  for (const TaskState state : {TaskState{1, false, TaskPhase::timed_out}, TaskState{2, true, TaskPhase::queued},
                                TaskState{2, true, TaskPhase::running}, TaskState{2, true, TaskPhase::finished}}) {
    BusyWorker worker;
    worker.record().outcome = Outcome::skip;  // as a later attempt may have left it
    worker.set(state);
    worker.go_on();
    CHECK(worker.record().state.load() == state.pack());
    CHECK(worker.record().outcome == Outcome::skip);
    CHECK(worker.slot().finished.load() == 0);
  }
}
