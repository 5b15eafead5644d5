// How many empty cases the pool runs per second, in this process, with the capture on.
//
//     pool_bench [THREADS…] [--cases N] [--runs N] [--no-capture]      (default: 1 2 --cases 1000000 --runs 5)
//
// Prints one JSON line per thread count: the median over the runs of tasks / (end of the last task - start of the
// pool).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "engine/report_log.h"
#include "engine/thread_pool.h"
#include "engine/work_queue.h"
#include "os/clock.h"
#include "os/poll.h"
#include "os/wakeup.h"

namespace {

using namespace pyharness;  // NOLINT(google-build-using-namespace)

struct Settings {
  std::vector<std::uint32_t> threads;
  std::uint32_t cases = 1'000'000;
  std::uint32_t runs = 5;
  Capture::Streams streams = Capture::Streams::captured;
};

using Suites = std::vector<std::unique_ptr<SuiteLibrary>>;

// Everything a pool needs, made before the time is taken.
class Bench {
 public:
  Bench(const Suites& suites, const Settings& settings, std::uint32_t threads)
      : suites_(&suites),
        cases_(settings.cases),
        table_(table_file_.number(), TableShape{settings.cases, threads, 1, threads}),
        logs_(sized(logs_file_, threads * ReportLog::bytes_per_worker), threads * ReportLog::bytes_per_worker) {
    table_.seat(table_.add_host(threads), Isolation::thread, 0);
    options_.streams = settings.streams;
    options_.report_logs = logs_.data();
    options_.wakeup = wakeup_.descriptor();
    for (std::uint32_t worker = 0; worker < threads; ++worker) {
      captures_.push_back(os::make_memory_file("capture", true));
      options_.capture_files.push_back(captures_.back().number());
      table_.place(worker).holder.store(1);
    }
  }

  // Seconds from the start of the pool to the end of the last case.
  double run() {
    const WorkQueue queue(table_);
    std::vector<TaskIndex> tasks(cases_);
    for (TaskIndex task = 0; task < cases_; ++task) {
      tasks[task] = task;
      table_.record(task).library = 0;
      table_.record(task).index = 0;
      table_.record(task).state.store(TaskState{}.pack());
    }
    queue.publish(lane_of(Isolation::thread), tasks);
    ThreadPool pool(table_, *suites_, options_);
    const std::uint64_t start = os::monotonic_ns();
    pool.start();
    // Workers ring when they find nothing more to take.
    while (table_.header().sleepers.load() < table_.header().workers) {
      os::wait_readable({wakeup_.descriptor()}, 1);
    }
    queue.close();
    pool.join();
    return static_cast<double>(last_end() - (start - table_.header().started_ns)) / 1e9;
  }

 private:
  static int sized(const os::FileDescriptor& file, std::size_t bytes) {
    os::resize_file(file.number(), bytes);
    return file.number();
  }

  std::uint64_t last_end() const {
    std::uint64_t last = 0;
    for (TaskIndex task = 0; task < cases_; ++task) {
      const TaskRecord& record = table_.record(task);
      if (record.load().phase != TaskPhase::finished || record.outcome != Outcome::pass) {
        std::fprintf(stderr, "pool_bench: task %u has no result\n", task);
        std::exit(1);
      }
      last = std::max(last, record.start_ns + record.duration_ns);
    }
    return last;
  }

  const Suites* suites_;
  std::uint32_t cases_;
  os::FileDescriptor table_file_ = os::make_memory_file("table");
  os::FileDescriptor logs_file_ = os::make_memory_file("logs");
  RunTable table_;
  os::Mapping logs_;
  os::Wakeup wakeup_;
  std::vector<os::FileDescriptor> captures_;
  PoolOptions options_;
};

void measure(const Suites& suites, const Settings& settings, std::uint32_t threads) {
  std::vector<double> seconds;
  for (std::uint32_t run = 0; run < settings.runs; ++run) {
    seconds.push_back(Bench(suites, settings, threads).run());
  }
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2];
  std::printf(
      "{\"threads\": %u, \"cases\": %u, \"runs\": %u, \"cases_per_second\": %.0f, \"best\": %.0f, \"worst\": %.0f}\n",
      threads, settings.cases, settings.runs, settings.cases / median, settings.cases / seconds.front(),
      settings.cases / seconds.back());
  std::fflush(stdout);
}

std::uint32_t number(const char* word) {
  char* end = nullptr;
  const unsigned long value = word == nullptr ? 0 : std::strtoul(word, &end, 10);
  if (value == 0 || *end != '\0') {
    std::fprintf(stderr, "usage: pool_bench [THREADS...] [--cases N] [--runs N] [--no-capture]\n");
    std::exit(4);
  }
  return static_cast<std::uint32_t>(value);
}

Settings parse(char** words) {
  Settings settings;
  for (; *words != nullptr; ++words) {
    if (std::strcmp(*words, "--cases") == 0) {
      settings.cases = number(*++words);
    } else if (std::strcmp(*words, "--runs") == 0) {
      settings.runs = number(*++words);
    } else if (std::strcmp(*words, "--no-capture") == 0) {
      settings.streams = Capture::Streams::left_alone;
    } else {
      settings.threads.push_back(number(*words));
    }
  }
  if (settings.threads.empty()) {
    settings.threads = {1, 2};
  }
  return settings;
}

}  // namespace

int main(int /*count*/, char** words) {
  const Settings settings = parse(words + 1);
  Suites suites;
  suites.push_back(std::make_unique<SuiteLibrary>(PYHARNESS_BENCH_SUITE));
  for (const std::uint32_t threads : settings.threads) {
    measure(suites, settings, threads);
  }
}
