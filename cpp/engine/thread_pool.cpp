#include "engine/thread_pool.h"

#include <algorithm>
#include <functional>

#include "engine/case_worker.h"
#include "os/fatal_signal.h"
#include "os/futex.h"
#include "os/thread.h"

namespace pyharness {

namespace {

constexpr std::size_t worker_stack_bytes = std::size_t{8} << 20U;  // what a main thread has by default
constexpr std::uint32_t look_again_ms = 1000;

enum class SeatState : std::uint32_t { working, left, vacant };  // vacant: the thread was ended by a case

}  // namespace

// A worker and the thread that it has at the moment.
struct ThreadPool::Seat {
  Seat(RunTable& table, const std::vector<std::unique_ptr<SuiteLibrary>>& suites, const PoolOptions& options,
       ProcessWatch& process_watch, std::uint32_t number)
      : worker(table, suites, options, process_watch, number) {}

  CaseWorker worker;
  std::atomic<SeatState> state{SeatState::working};
  std::function<void()> body;
  std::unique_ptr<os::Thread> thread;
};

namespace {

// Tells the pool that a thread ends, also when its stack is unwound by pthread_exit.
class EndNotice {
 public:
  EndNotice(std::atomic<SeatState>& state, std::atomic<std::uint32_t>& ended) : state_(&state), ended_(&ended) {}
  EndNotice(const EndNotice&) = delete;
  EndNotice& operator=(const EndNotice&) = delete;
  ~EndNotice() {
    state_->store(end_);
    ended_->fetch_add(1);
    os::futex_wake_all(*ended_);
  }
  void in_order() { end_ = SeatState::left; }

 private:
  std::atomic<SeatState>* state_;
  std::atomic<std::uint32_t>* ended_;
  SeatState end_ = SeatState::vacant;
};

}  // namespace

ThreadPool::ThreadPool(RunTable& table, const std::vector<std::unique_ptr<SuiteLibrary>>& suites, PoolOptions options)
    : table_(&table), suites_(&suites), options_(std::move(options)) {}

ThreadPool::~ThreadPool() = default;

void ThreadPool::prepare() {
  // What is refused to this thread will be refused to the workers.
  const bool own_views = os::unshare_file_system_view();
  process_watch_ = std::make_unique<ProcessWatch>(*table_, options_.host,
                                                  own_views ? os::ViewScope::thread : os::ViewScope::process);
  for (std::uint32_t worker = 0; worker < table_->host(options_.host).seats; ++worker) {
    seats_.push_back(std::make_unique<Seat>(*table_, *suites_, options_, *process_watch_, worker));
  }
  for (const auto& seat : seats_) {
    seat->body = [this, taken = seat.get()] {
      EndNotice notice(taken->state, ended_threads_);
      const os::AlternateStack signal_stack;
      taken->worker.attach();
      wait_for_all_attached();
      taken->worker.run();
      notice.in_order();
    };
  }
}

void ThreadPool::start() {
  prepare();
  for (const auto& seat : seats_) {
    this->seat(*seat);
  }
}

void ThreadPool::run_here(pid_t keeper) {
  options_.keeper = keeper;
  prepare();
  seats_.front()->body();
}

bool ThreadPool::attend() {
  for (std::uint32_t seen = ended_threads_.load(); seen == 0; seen = ended_threads_.load()) {
    os::futex_wait(ended_threads_, seen, look_again_ms);
  }
  if (all_left()) {
    return false;
  }
  join();
  return true;
}

void ThreadPool::seat(Seat& seat) {
  seat.thread = nullptr;  // joins the one that has ended
  seat.state.store(SeatState::working);
  seat.thread = std::make_unique<os::Thread>(worker_stack_bytes, seat.body);
}

void ThreadPool::revive() {
  for (const auto& seat : seats_) {
    if (seat->state.load() == SeatState::vacant) {
      this->seat(*seat);
    }
  }
}

// No case runs before: it might lower a limit that attaching needs.
void ThreadPool::wait_for_all_attached() {
  const std::uint32_t all = static_cast<std::uint32_t>(seats_.size());
  if (attached_.fetch_add(1) + 1 >= all) {
    os::futex_wake_all(attached_);
  }
  for (std::uint32_t seen = attached_.load(); seen < all; seen = attached_.load()) {
    os::futex_wait(attached_, seen, look_again_ms);
  }
}

bool ThreadPool::all_left() const {
  return std::all_of(seats_.begin(), seats_.end(),
                     [](const auto& seat) { return seat->state.load() == SeatState::left; });
}

void ThreadPool::join() {
  for (;;) {
    const std::uint32_t seen = ended_threads_.load();
    revive();
    if (all_left()) {
      break;
    }
    os::futex_wait(ended_threads_, seen, look_again_ms);
  }
  for (const auto& seat : seats_) {
    if (seat->thread != nullptr) {
      seat->thread->join();
    }
  }
}

}  // namespace pyharness
