// pyharness-host: the process that loads suites and runs their cases on a thread pool. Started by the supervisor, which
// hands it descriptors by number; or by a person, under a debugger, to run one case on the main thread.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/case_context.h"
#include "engine/crash_guard.h"
#include "engine/listing_file.h"
#include "engine/profiles.h"
#include "engine/thread_pool.h"
#include "engine/wire.h"
#include "os/descendants.h"
#include "os/forked_process.h"
#include "os/message_channel.h"
#include "os/running_threads.h"
#include "os/thread.h"

namespace pyharness {
namespace {

// As HostProcess passes them: serve PARENT CONTROL TABLE LOGS WAKEUP CAPTURE…
struct ServeArguments {
  pid_t parent;
  int control;
  int table;
  int logs;
  int wakeup;
  std::vector<int> captures;

  explicit ServeArguments(char** words, int count)
      : parent(std::stoi(words[0])),
        control(std::stoi(words[1])),
        table(std::stoi(words[2])),
        logs(std::stoi(words[3])),
        wakeup(std::stoi(words[4])) {
    for (int word = 5; word < count; ++word) {
      captures.push_back(std::stoi(words[word]));
    }
  }

  std::vector<int> all() const {
    std::vector<int> descriptors = captures;
    descriptors.insert(descriptors.end(), {control, table, logs, wakeup});
    return descriptors;
  }
};

class Host {
 public:
  explicit Host(const ServeArguments& arguments)
      : arguments_(arguments), control_(os::FileDescriptor(arguments.control)) {}

  int serve() {
    os::Message message;
    while (control_.receive(message, UINT32_MAX) == os::Received::message) {
      MessageReader reader(message.bytes);
      if (message.kind == static_cast<std::uint32_t>(MessageKind::run)) {
        return run(reader);
      }
      message.kind == static_cast<std::uint32_t>(MessageKind::reload) ? reload(reader) : load(reader);
    }
    crash_guard::leave();
    return 0;  // the supervisor has gone, or wants no run
  }

 private:
  void load(MessageReader& reader) {
    const std::uint64_t library = reader.number();
    const std::string path = reader.text();
    try {
      const SuiteListing& listing = *add(library, path).listing();
      control_.send(static_cast<std::uint32_t>(MessageKind::listing), encode_listing(listing));
    } catch (const SuiteLibrary::ConstructorThrew& error) {
      control_.send(static_cast<std::uint32_t>(MessageKind::broken), error.what());
      crash_guard::leave();
      ::_exit(0);  // the loader holds its lock for ever
    } catch (const std::runtime_error& error) {
      control_.send(static_cast<std::uint32_t>(MessageKind::refused), error.what());
    }
  }

  // In the place of a host that is gone. Throws when the library is not what it was.
  void reload(MessageReader& reader) {
    const std::uint64_t number = reader.number();
    const std::uint64_t library = reader.number();
    if (number > 0) {
      run_table().host(static_cast<std::uint32_t>(number) - 1).loading.store(static_cast<std::uint32_t>(library) + 1);
    }
    const std::string path = reader.text();
    SuiteLibrary& suite = add(library, path);
    if (suite.case_count() != reader.number()) {
      throw std::runtime_error("suite '" + path + "' has changed since it was listed; run again");
    }
    const std::uint64_t fingerprint = reader.number();
    if (fingerprint != 0 && fingerprint_of(*suite.listing()) != fingerprint) {
      throw std::runtime_error("suite '" + path + "' has other cases than when it was listed; run again");
    }
  }

  SuiteLibrary& add(std::uint64_t library, const std::string& path) {
    auto suite = std::make_unique<SuiteLibrary>(path);
    if (profiles_ != nullptr) {
      profiles_->take_modules();
    }
    suites_.resize(std::max<std::size_t>(suites_.size(), library + 1));
    suites_[library] = std::move(suite);
    return *suites_[library];
  }

  int run(MessageReader& reader) {
    PoolOptions options;
    options.host = static_cast<std::uint32_t>(reader.number());
    options.streams = reader.number() != 0 ? Capture::Streams::captured : Capture::Streams::left_alone;
    options.table = reader.number() != 0 ? Capture::Table::own : Capture::Table::shared;
    options.capture_files = arguments_.captures;
    options.wakeup = arguments_.wakeup;
    options.closed_in_workers = arguments_.all();
    options.leaks = static_cast<Leaks>(reader.number());
    options.profiles = profiles_.get();
    RunTable& table = run_table();
    logs_ = os::Mapping(arguments_.logs, arguments_.captures.size() * ReportLog::bytes_per_worker);
    options.report_logs = logs_.data();
    crash_guard::install(table, arguments_.wakeup);
    pool_ = std::make_unique<ThreadPool>(table, suites_, options);
    HostEntry& entry = table.host(options.host);
    entry.loading.store(0);
    if (entry.lane == lane_of(Isolation::fork)) {
      os::leave_signals_to_children();
      if (profiles_ != nullptr) {
        profiles_->expect_processes();
      }
    }
    entry.phase.store(HostPhase::running);  // before the first case may end this process
    if (profiles_ != nullptr) {
      profiles_->begin_run();
    }
    if (entry.seats == 1) {
      run_on_main_thread(entry);
    } else {
      pool_->start();
      pool_->join();
    }
    leave(entry);
  }

  void run_on_main_thread(HostEntry& entry) {
    attend_ = [this, &entry] {
      keeper_.store(os::this_thread());
      keeper_.notify_one();
      if (pool_->attend()) {
        leave(entry);
      }
    };
    attendant_ = std::make_unique<os::Thread>(std::size_t{1} << 20U, attend_);
    keeper_.wait(0);
    pool_->run_here(keeper_.load());
    attendant_->join();
  }

  [[noreturn]] void leave(HostEntry& entry) {
    crash_guard::leave();
    entry.phase.store(HostPhase::leaving);
    if (profiles_ != nullptr) {
      profiles_->write();
    }
    // Here, while the table is still mapped: destructors of suites may use what they please, and crash.
    ::exit(0);
  }

  // Laid out by the time that the first message speaks of it.
  RunTable& run_table() {
    if (table_ == nullptr) {
      table_ = std::make_unique<RunTable>(arguments_.table);
    }
    return *table_;
  }

  ServeArguments arguments_;
  std::unique_ptr<RunTable> table_;
  os::MessageChannel control_;
  std::unique_ptr<Profiles> profiles_ = Profiles::wanted();
  std::vector<std::unique_ptr<SuiteLibrary>> suites_;
  os::Mapping logs_;
  std::unique_ptr<ThreadPool> pool_;
  // Where the worker has the main thread:
  std::atomic<pid_t> keeper_{0};
  std::function<void()> attend_;
  std::unique_ptr<os::Thread> attendant_;
};

int serve(char** words, int count) {
  const ServeArguments arguments(words, count);
  crash_guard::die_with_supervisor();
  os::adopt_orphans();  // so that it is known which case has left them
  if (::getppid() != arguments.parent) {
    return 0;  // the supervisor died before the line above
  }
  for (const int descriptor : arguments.all()) {
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
  ::setvbuf(stdout, nullptr, _IONBF, 0);
  // Stays until the process ends: a case that ends the main thread unwinds this stack.
  static Host& host = *new Host(arguments);
  return host.serve();
}

void print_report(pyharness_context* /*context*/, const pyharness_report* report) {
  std::fprintf(stderr, "%s:%u: %s: %.*s\n", report->file == nullptr ? "?" : report->file, report->line,
               report->kind == PYHARNESS_REPORT_SKIP ? "skipped" : "failed", static_cast<int>(report->message_length),
               report->message);
}

// Runs one case on the main thread, without pool, capture or guard: for debuggers.
int run_alone(const std::string& path, const std::string& name) {
  SuiteLibrary suite(path);
  const os::FileDescriptor file = os::make_memory_file("pyharness-reports");
  os::resize_file(file.number(), ReportLog::bytes_per_worker);
  const os::Mapping log(file.number(), ReportLog::bytes_per_worker);  // takes memory only where it is written to
  pyharness_context context(0, log.data());
  context.enter_thread(0);
  const auto& cases = suite.listing()->cases;
  for (std::uint32_t index = 0; index < cases.size(); ++index) {
    if (cases[index].name == name) {
      context.begin(true);
      const std::uint64_t begin = context.log().position();
      const Outcome outcome = context.end(suite.run(context, index));
      for (const Report& report : ReportLog::read(log.data(), begin, context.log().position() - begin)) {
        const pyharness_report shown{sizeof shown,           report.kind,          report.file.c_str(), report.line, 0,
                                     report.message.c_str(), report.message.size()};
        print_report(&context, &shown);
      }
      std::fprintf(stderr, "%s: %s\n", name.c_str(), std::string(name_of(outcome)).c_str());
      return outcome == Outcome::fail ? 1 : 0;
    }
  }
  std::fprintf(stderr, "pyharness-host: no case '%s' in '%s'; `pyharness test --list` shows its cases\n", name.c_str(),
               path.c_str());
  return 4;
}

}  // namespace
}  // namespace pyharness

int main(int count, char** words) {
  try {
    if (count >= 8 && std::strcmp(words[1], "serve") == 0) {
      return pyharness::serve(words + 2, count - 2);
    }
    if (count == 5 && std::strcmp(words[1], "list") == 0) {  // while suites are built
      pyharness::list_into("/proc/self/exe", words[3], static_cast<std::uint32_t>(std::stoul(words[2])), words[4]);
      return 0;
    }
    if (count >= 4 && std::strcmp(words[1], "run") == 0) {  // what follows is the suite's own affair
      return pyharness::run_alone(words[2], words[3]);
    }
    std::fprintf(stderr,
                 "usage: pyharness-host run LIBRARY CASE    (runs one case on the main thread, for debuggers)\n");
    return 4;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pyharness-host: %s\n", error.what());
    return 3;
  }
}
