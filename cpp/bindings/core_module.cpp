// pyharness._core: the engine as Python sees it. The only place that includes pybind11. Blocking calls release the GIL;
// exceptions of the engine arrive as RuntimeError (or OSError for failed system calls).
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "engine/inline_run.h"
#include "engine/supervisor.h"
#include "os/descendants.h"
#include "pyharness/suite.h"

namespace py = pybind11;

namespace {

using namespace pyharness;  // NOLINT(google-build-using-namespace): this file is about nothing else

template <class T>
py::bytes column(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

py::str lossy_text(const std::string& bytes) {
  return py::reinterpret_steal<py::str>(
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<py::ssize_t>(bytes.size()), "backslashreplace"));
}

template <class Member>
py::list case_column(const SuiteListing& listing, Member member) {
  py::list values(listing.cases.size());
  for (std::size_t index = 0; index < listing.cases.size(); ++index) {
    values[index] = member(listing.cases[index]);
  }
  return values;
}

// Calls `work` without the GIL; what it is given asks whether a signal handler has raised, which is passed on at the
// end.
template <class Work>
auto without_gil(const Work& work) {
  bool interrupted = false;
  auto result = [&] {
    const py::gil_scoped_release release;
    return work([&] {
      const py::gil_scoped_acquire acquire;
      interrupted = interrupted || PyErr_CheckSignals() != 0;
      return !interrupted;
    });
  }();
  if (interrupted) {
    throw py::error_already_set();
  }
  return result;
}

// One object for all cases that share a text: files and tags repeat.
class SharedText {
 public:
  py::object operator()(const std::string& text) {
    if (!object_ || text != text_) {
      text_ = text;
      object_ = lossy_text(text);
    }
    return object_;
  }

 private:
  std::string text_;
  py::object object_;
};

py::object timeout_of(const CaseDetails& details) {
  return details.timeout_ms == CaseDetails::default_timeout ? py::object(py::none()) : py::int_(details.timeout_ms);
}

void bind_listing(py::module_& module) {
  py::class_<SuiteListing, std::shared_ptr<SuiteListing>>(module, "SuiteListing",
                                                          "A loaded suite; cases in columns, one entry per case.")
      .def_property_readonly("path", [](const SuiteListing& listing) { return lossy_text(listing.path); })
      .def_property_readonly("name", [](const SuiteListing& listing) { return lossy_text(listing.name); })
      .def_property_readonly("group", [](const SuiteListing& listing) { return lossy_text(listing.group); })
      .def_property_readonly(
          "isolation", [](const SuiteListing& listing) { return std::string(name_of(listing.isolation)); },
          "auto, thread, process, case: of the cases that declare none; auto: the run decides.")
      .def("__len__", [](const SuiteListing& listing) { return listing.cases.size(); })
      .def("names",
           [](const SuiteListing& listing) -> py::typing::List<py::str> {
             return case_column(listing, [](const CaseDetails& details) { return lossy_text(details.name); });
           })
      .def("files",
           [](const SuiteListing& listing) -> py::typing::List<py::str> {
             return case_column(
                 listing, [shared = SharedText()](const CaseDetails& details) mutable { return shared(details.file); });
           })
      .def("lines",
           [](const SuiteListing& listing) -> py::typing::List<py::int_> {
             return case_column(listing, [](const CaseDetails& details) { return py::int_(details.line); });
           })
      .def("tags",
           [](const SuiteListing& listing) -> py::typing::List<py::str> {
             return case_column(
                 listing, [shared = SharedText()](const CaseDetails& details) mutable { return shared(details.tags); });
           })
      .def(
          "timeouts_ms",
          [](const SuiteListing& listing) -> py::typing::List<py::typing::Optional<py::int_>> {
            return case_column(listing, timeout_of);
          },
          "Limits declared in the source; 0: no limit; None: the run decides.")
      .def(
          "flags",
          [](const SuiteListing& listing) -> py::typing::List<py::int_> {
            return case_column(listing, [](const CaseDetails& details) {
              return py::int_((details.serial ? PYHARNESS_CASE_SERIAL : 0U) |
                              (details.disabled ? PYHARNESS_CASE_DISABLED : 0U));
            });
          },
          "1: serial, 2: disabled.")
      .def(
          "isolations",
          [](const SuiteListing& listing) -> py::typing::List<py::str> {
            return case_column(listing, [shared = SharedText()](const CaseDetails& details) mutable {
              return shared(std::string(name_of(details.isolation)));
            });
          },
          "auto, thread, process, case: as the case declares; auto: as the suite says.")
      .def(
          "threads_required",
          [](const SuiteListing& listing) -> py::typing::List<py::int_> {
            return case_column(listing, [](const CaseDetails& details) { return py::int_(details.threads_required); });
          },
          "Workers whose place a case takes.");
}

void bind_task(py::module_& module) {
  py::class_<TestTask>(module, "TestTask", "A case of a loaded test library, as it is put on a plan.")
      .def(py::init([](std::uint32_t library, std::shared_ptr<SuiteListing> suite, std::uint32_t index) {
             if (index >= suite->cases.size()) {
               throw py::index_error("suite '" + suite->name + "' has " + std::to_string(suite->cases.size()) +
                                     " cases, not " + std::to_string(index + 1));
             }
             return TestTask{library, index, std::move(suite)};
           }),
           py::arg("library"), py::arg("suite"), py::arg("index"),
           "library: position among the loaded libraries, from 0. index: of the case in the suite, from 0.")
      .def_readonly("library", &TestTask::library)
      .def_readonly("index", &TestTask::index)
      .def_property_readonly("suite", [](const TestTask& task) { return lossy_text(task.suite->name); })
      .def_property_readonly("group", [](const TestTask& task) { return lossy_text(task.suite->group); })
      .def_property_readonly("path", [](const TestTask& task) { return lossy_text(task.suite->path); })
      .def_property_readonly("name", [](const TestTask& task) { return lossy_text(task.details().name); })
      .def_property_readonly("file", [](const TestTask& task) { return lossy_text(task.details().file); })
      .def_property_readonly("line", [](const TestTask& task) { return task.details().line; })
      .def_property_readonly("tags", [](const TestTask& task) { return lossy_text(task.details().tags); })
      .def_property_readonly("timeout_ms",
                             [](const TestTask& task) -> std::optional<std::uint64_t> {
                               const std::uint64_t limit = task.details().timeout_ms;
                               return limit == CaseDetails::default_timeout ? std::nullopt : std::optional(limit);
                             })
      .def_property_readonly("isolation",
                             [](const TestTask& task) {
                               const Isolation own = task.details().isolation;
                               return std::string(name_of(own == Isolation::automatic ? task.suite->isolation : own));
                             })
      .def_property_readonly("threads_required", [](const TestTask& task) { return task.details().threads_required; })
      .def_property_readonly("serial", [](const TestTask& task) { return task.details().serial; })
      .def_property_readonly("disabled", [](const TestTask& task) { return task.details().disabled; });
}

void bind_attempts(py::module_& module) {
  py::class_<StartedAttempt>(module, "StartedAttempt", "Times in nanoseconds since the start of the run.")
      .def_readonly("task", &StartedAttempt::task)
      .def_readonly("attempt", &StartedAttempt::attempt, "From 1.")
      .def_readonly("worker", &StartedAttempt::worker)
      .def_readonly("start_ns", &StartedAttempt::start_ns)
      .def_readonly("elapsed_ns", &StartedAttempt::elapsed_ns);
  py::class_<TaskReport>(module, "TaskReport", "What an attempt has reported, or left behind.")
      .def_readonly("task", &TaskReport::task)
      .def_property_readonly(
          "kind",
          [](const TaskReport& entry) -> std::string {
            switch (entry.report.kind) {
              case PYHARNESS_REPORT_SKIP: return "skip";
              case report_leak: return "leak";
              case report_uncertain_leak: return "uncertain leak";
              default: return "failure";
            }
          },
          "failure, skip, leak, uncertain leak.")
      .def_property_readonly("file", [](const TaskReport& entry) { return lossy_text(entry.report.file); })
      .def_property_readonly("line", [](const TaskReport& entry) { return entry.report.line; })
      .def_property_readonly("message", [](const TaskReport& entry) { return lossy_text(entry.report.message); });
  py::class_<InterruptedAttempt>(module, "InterruptedAttempt", "Cut off through no fault of its own.")
      .def_readonly("attempt", &InterruptedAttempt::attempt)
      .def_readonly("reason", &InterruptedAttempt::reason);
  py::class_<HungStack>(module, "HungStack", "Where an attempt stood when its time was over.")
      .def_readonly("task", &HungStack::task)
      .def_readonly("attempt", &HungStack::attempt)
      .def_readonly("frames", &HungStack::frames, "Program counters, innermost first.")
      .def_property_readonly("maps", [](const HungStack& stack) { return lossy_text(stack.maps); });
  py::class_<LostSuite>(module, "LostSuite", "A suite that cannot be loaded any more.")
      .def_readonly("library", &LostSuite::library)
      .def_property_readonly("reason", [](const LostSuite& lost) { return lossy_text(lost.reason); })
      .def_property_readonly("output", [](const LostSuite& lost) { return lossy_text(lost.output); });
}

void bind_crash(py::module_& module) {
  py::class_<CrashReport>(module, "CrashReport", "A host, or the process of a case, died at the hands of a case.")
      .def_property_readonly(
          "task",
          [](const CrashReport& crash) {
            return crash.task == no_task ? std::nullopt : std::optional<std::uint32_t>(crash.task);
          },
          "None: no culprit could be named.")
      .def_readonly("suspects", &CrashReport::suspects)
      .def_readonly("attempt", &CrashReport::attempt)
      .def_readonly("worker", &CrashReport::worker)
      .def_property_readonly(
          "kind",
          [](const CrashReport& crash) -> std::string {
            switch (crash.kind) {
              case CrashKind::none:
              case CrashKind::died: return "unseen";
              case CrashKind::signal: return "signal";
              case CrashKind::exit: return "exit";
              case CrashKind::quick_exit: return "quick_exit";
              case CrashKind::stopped: return "stopped";
              case CrashKind::memory: return "memory";
              case CrashKind::sanitizer: return "sanitizer";
            }
            return "unseen";
          },
          "signal, exit, quick_exit, sanitizer; unseen: nothing was noted, signal and exit_code are the status of the "
          "process; stopped: by `signal`; memory: it used memory_bytes, more than it may.")
      .def_readonly("signal", &CrashReport::signal, "0: the process ended by an exit.")
      .def_readonly("exit_code", &CrashReport::exit_code)
      .def_readonly("address", &CrashReport::address)
      .def_readonly("memory_bytes", &CrashReport::memory_bytes)
      .def_readonly("stack_overflow", &CrashReport::stack_overflow)
      .def_readonly("left_over", &CrashReport::left_over,
                    "The thread that crashed is older than the case that ran on its worker.")
      .def_readonly("capture", &CrashReport::capture)
      .def_readonly("output_begin", &CrashReport::output_begin)
      .def_readonly("output_end", &CrashReport::output_end)
      .def_readonly("frames", &CrashReport::frames, "Program counters, innermost first.")
      .def_property_readonly("maps", [](const CrashReport& crash) { return lossy_text(crash.maps); });
}

void bind_batch(py::module_& module) {
  py::class_<Batch>(
      module, "Batch",
      "What has happened since the last call. Attempts that have ended come in columns of equal length, as "
      "bytes to be cast: I 32-bit, B 8-bit, Q 64-bit unsigned.")
      .def_property_readonly(
          "tasks", [](const Batch& batch) { return column(batch.finished.tasks); }, "I")
      .def_property_readonly(
          "outcomes", [](const Batch& batch) { return column(batch.finished.outcomes); }, "B: see outcomes()")
      .def_property_readonly(
          "workers", [](const Batch& batch) { return column(batch.finished.workers); }, "B")
      .def_property_readonly(
          "starts_ns", [](const Batch& batch) { return column(batch.finished.starts_ns); },
          "Q: since the start of the run")
      .def_property_readonly(
          "durations_ns", [](const Batch& batch) { return column(batch.finished.durations_ns); }, "Q")
      .def_property_readonly(
          "captures", [](const Batch& batch) { return column(batch.finished.captures); }, "I: for read_output")
      .def_property_readonly(
          "output_begins", [](const Batch& batch) { return column(batch.finished.output_begins); }, "Q")
      .def_property_readonly(
          "output_ends", [](const Batch& batch) { return column(batch.finished.output_ends); }, "Q")
      .def_readonly("reports", &Batch::reports)
      .def_readonly("started", &Batch::started, "Started, and not yet ended.")
      .def_readonly("running", &Batch::running)
      .def_property_readonly(
          "attempts", [](const Batch& batch) { return column(batch.finished.attempts); }, "I: numbers, from 1")
      .def_property_readonly(
          "finals", [](const Batch& batch) { return column(batch.finished.finals); },
          "B: 1, the task's last attempt; 0, it will be tried again")
      .def_property_readonly(
          "retry_delays_ns", [](const Batch& batch) { return column(batch.finished.retry_delays_ns); }, "Q")
      .def_readonly("interrupted", &Batch::interrupted)
      .def_readonly("crashes", &Batch::crashes)
      .def_readonly("panic", &Batch::panic, "The last of the crashes ends the run.")
      .def_readonly("stacks", &Batch::stacks)
      .def_readonly("lost_suites", &Batch::lost_suites)
      .def_property_readonly("host_failures",
                             [](const Batch& batch) {
                               py::list texts;
                               for (const std::string& text : batch.host_failures) {
                                 texts.append(lossy_text(text));
                               }
                               return py::typing::List<py::str>(texts);
                             })
      .def_readonly("over", &Batch::over)
      .def_readonly("timed_out", &Batch::timed_out, "The limit of the whole run has passed.");
}

void bind_loading(py::module_& module) {
  py::class_<LoadedLibrary>(module, "LoadedLibrary", "What came of loading a library: a listing, or why there is none.")
      .def_property_readonly(
          "listing",
          [](const LoadedLibrary& loaded) -> std::optional<std::shared_ptr<SuiteListing>> {
            const auto* listing = std::get_if<std::shared_ptr<const SuiteListing>>(&loaded.result);
            return listing == nullptr ? std::nullopt : std::optional(std::const_pointer_cast<SuiteListing>(*listing));
          })
      .def_property_readonly(
          "refused",
          [](const LoadedLibrary& loaded) -> py::str {
            const auto* failure = std::get_if<LoadFailure>(&loaded.result);
            return lossy_text(failure == nullptr ? std::string() : failure->text);
          },
          "A whole sentence; empty when it was not refused.")
      .def_property_readonly("cancelled",
                             [](const LoadedLibrary& loaded) {
                               const auto* failure = std::get_if<LoadFailure>(&loaded.result);
                               return failure != nullptr && failure->kind == LoadFailure::Kind::cancelled;
                             })
      .def_property_readonly("late",
                             [](const LoadedLibrary& loaded) {
                               const auto* failure = std::get_if<LoadFailure>(&loaded.result);
                               return failure != nullptr && failure->kind == LoadFailure::Kind::late;
                             })
      .def_property_readonly("signal",
                             [](const LoadedLibrary& loaded) {
                               const auto* failure = std::get_if<LoadFailure>(&loaded.result);
                               return failure != nullptr && failure->status.signalled ? failure->status.number : 0;
                             })
      .def_property_readonly("exit_code",
                             [](const LoadedLibrary& loaded) {
                               const auto* failure = std::get_if<LoadFailure>(&loaded.result);
                               return failure != nullptr && !failure->status.signalled ? failure->status.number : 0;
                             })
      .def_property_readonly("output", [](const LoadedLibrary& loaded) { return py::bytes(loaded.output); });
}

const std::vector<std::string> leak_words{"ignore", "warn", "fail"};
const std::vector<std::string> isolation_words{"auto", "thread", "process", "case"};

std::uint8_t position_of(const std::vector<std::string>& words, const std::string& word) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) {
    throw py::value_error("'" + word + "' is none of the words that are known here");
  }
  return static_cast<std::uint8_t>(found - words.begin());
}

std::optional<std::uint64_t> optional_limit(std::uint64_t limit_ms) {
  return limit_ms == CaseDetails::default_timeout ? std::nullopt : std::optional(limit_ms);
}

void bind_supervisor(py::module_& module) {
  py::class_<RunOptions>(module, "RunOptions", "How a run is made. Times in milliseconds; 0: no limit.")
      .def(py::init([](std::string host_program, std::uint32_t workers) {
             RunOptions options;
             options.host_program = std::move(host_program);
             options.workers = workers;
             return options;
           }),
           py::arg("host_program"), py::arg("workers"))
      .def_readwrite("captured", &RunOptions::captured)
      .def_readwrite("timeout_ms", &RunOptions::timeout_ms)
      .def_readwrite("global_timeout_ms", &RunOptions::global_timeout_ms)
      .def_readwrite("load_timeout_ms", &RunOptions::load_timeout_ms)
      .def_readwrite("grace_ms", &RunOptions::grace_ms)
      .def_readwrite("max_fail", &RunOptions::max_fail)
      .def_property(
          "on_crash_go_on", [](const RunOptions& options) { return options.on_crash == OnCrash::go_on; },
          [](RunOptions& options, bool go_on) { options.on_crash = go_on ? OnCrash::go_on : OnCrash::panic; },
          "False: a crash ends the run at once.")
      .def_property(
          "leaks",
          [](const RunOptions& options) -> std::string { return leak_words[static_cast<std::uint8_t>(options.leaks)]; },
          [](RunOptions& options, const std::string& word) { options.leaks = Leaks{position_of(leak_words, word)}; },
          "ignore, warn or fail.")
      .def_property(
          "stop_steps",
          [](const RunOptions& options) {
            std::vector<std::pair<int, std::uint64_t>> steps;
            for (const StopStep& step : options.stop_steps) {
              steps.emplace_back(step.signal, step.wait_ms);
            }
            return steps;
          },
          [](RunOptions& options, const std::vector<std::pair<int, std::uint64_t>>& steps) {
            options.stop_steps.clear();
            for (const auto& [signal, wait_ms] : steps) {
              options.stop_steps.push_back({signal, wait_ms});
            }
          },
          "What is left of a host that hangs: pairs of a signal and how long to wait for its effect.")
      .def_readwrite("memory_limit_bytes", &RunOptions::memory_limit_bytes)
      .def_readwrite("most_output_bytes", &RunOptions::most_output_bytes, "Kept of one attempt.")
      .def_readwrite("load_limit", &RunOptions::load_limit)
      .def_readwrite("seed", &RunOptions::seed, "Of the jitter of retries.");
  py::class_<TaskSettings>(module, "TaskSettings", "What the run says about some of its tasks.")
      .def(py::init<>())
      .def_property(
          "isolation", [](const TaskSettings& settings) { return std::string(name_of(settings.isolation)); },
          [](TaskSettings& settings, const std::string& word) {
            settings.isolation = Isolation{position_of(isolation_words, word)};
          },
          "thread, process or case; auto: as the case or its suite says.")
      .def_property(
          "timeout_ms", [](const TaskSettings& settings) { return optional_limit(settings.timeout_ms); },
          [](TaskSettings& settings, std::optional<std::uint64_t> limit_ms) {
            settings.timeout_ms = limit_ms.value_or(CaseDetails::default_timeout);
          },
          "None: as the case says. 0: no limit.")
      .def_readwrite("retries", &TaskSettings::retries)
      .def_property(
          "retry_delay_ms", [](const TaskSettings& settings) { return settings.backoff.delay_ns / 1'000'000U; },
          [](TaskSettings& settings, std::uint64_t delay_ms) { settings.backoff.delay_ns = delay_ms * 1'000'000U; })
      .def_property(
          "retry_exponential", [](const TaskSettings& settings) { return settings.backoff.exponential; },
          [](TaskSettings& settings, bool exponential) { settings.backoff.exponential = exponential; })
      .def_property(
          "retry_jitter", [](const TaskSettings& settings) { return settings.backoff.jitter; },
          [](TaskSettings& settings, bool jitter) { settings.backoff.jitter = jitter; })
      .def_readwrite("serial", &TaskSettings::serial)
      .def_readwrite("threads_required", &TaskSettings::threads_required, "0: as the case says.")
      .def_property(
          "group",
          [](const TaskSettings& settings) {
            return settings.group == no_group ? std::nullopt : std::optional(settings.group);
          },
          [](TaskSettings& settings, std::optional<std::uint32_t> group) { settings.group = group.value_or(no_group); },
          "Position in the group limits of the run.");
  py::class_<Supervisor>(module, "Supervisor", "Runs a plan on hosts. One thread at a time.")
      .def(py::init<RunOptions>(), py::arg("options"))
      .def(
          "load",
          [](Supervisor& supervisor, const std::vector<std::string>& paths) {
            return without_gil([&](const std::function<bool()>& go_on) { return supervisor.load(paths, go_on); });
          },
          py::arg("paths"), "Loads each; a signal handler that raises, or calls cancel, ends it early.")
      .def(
          "start",
          [](Supervisor& supervisor, const std::vector<std::optional<std::shared_ptr<SuiteListing>>>& suites,
             const py::bytes& libraries, const py::bytes& indices, std::vector<TaskSettings> settings,
             const py::bytes& settings_of, std::vector<std::uint32_t> group_limits) {
            const auto cast = [](const py::bytes& bytes) {
              const std::string_view view = bytes;
              return std::span(reinterpret_cast<const std::uint32_t*>(view.data()),
                               view.size() / sizeof(std::uint32_t));
            };
            const auto library_column = cast(libraries);
            const auto index_column = cast(indices);
            const auto settings_column = cast(settings_of);
            if (library_column.size() != index_column.size() || library_column.size() != settings_column.size()) {
              throw py::value_error("the columns of libraries, indices and settings differ in length");
            }
            RunRequest request{{}, std::move(settings), std::move(group_limits)};
            request.tasks.reserve(library_column.size());
            for (std::size_t task = 0; task < library_column.size(); ++task) {
              const auto& suite = suites.at(library_column[task]);
              if (!suite || index_column[task] >= (*suite)->cases.size()) {
                throw py::index_error("task " + std::to_string(task) + " names a case that does not exist");
              }
              if (settings_column[task] >= request.settings.size()) {
                throw py::index_error("task " + std::to_string(task) + " names settings that do not exist");
              }
              request.tasks.push_back({library_column[task], index_column[task], *suite, settings_column[task]});
            }
            const py::gil_scoped_release release;
            supervisor.start(std::move(request));
          },
          py::arg("suites"), py::arg("libraries"), py::arg("indices"), py::arg("settings"), py::arg("settings_of"),
          py::arg("group_limits"),
          "Starts the run. suites: by library, None where it failed. libraries, indices, settings_of (a position in "
          "settings): one 32-bit entry per task.")
      .def(
          "wait",
          [](Supervisor& supervisor, std::uint32_t limit_ms) {
            Batch batch;
            supervisor.wait(limit_ms, batch);
            return batch;
          },
          py::arg("limit_ms"), py::call_guard<py::gil_scoped_release>(),
          "Waits for something to happen, at most limit_ms or until a signal arrives.")
      .def(
          "cancel", [](Supervisor& supervisor, bool now) { supervisor.cancel(now ? Stop::now : Stop::soon); },
          py::arg("now"),
          "Starts nothing more; now: stops what runs, too. Otherwise what runs has RunOptions.grace_ms.")
      .def(
          "read_output",
          [](const Supervisor& supervisor, std::uint32_t capture, std::uint64_t begin, std::uint64_t end) {
            return py::bytes(supervisor.read_output(capture, begin, end));
          },
          py::arg("capture"), py::arg("begin"), py::arg("end"))
      .def(
          "task", [](const Supervisor& supervisor, std::uint32_t task) { return supervisor.tasks().at(task); },
          py::arg("task"))
      .def("close", &Supervisor::close, py::call_guard<py::gil_scoped_release>(), "Kills whatever still runs.")
      .def("not_run", &Supervisor::not_run, "Tasks without a result, once the run is over.")
      .def("suspend", &Supervisor::suspend, "Until resume, nothing runs and no time counts.")
      .def("resume", &Supervisor::resume)
      .def_property_readonly("host_memory_bytes", &Supervisor::host_memory_bytes,
                             "What a host with the suites loaded takes, before any case; 0: not known.")
      .def_property_readonly("workers", &Supervisor::workers)
      .def_property_readonly("without_threads", &Supervisor::without_threads,
                             "Whether `thread` is run as `process`, since this kernel leaves no other way.");
}

void bind_pool(py::module_& module) {
  py::class_<InlineRun>(module, "ThreadPool",
                        "Runs cases on threads of this process, without a host: a crash of a case ends this process.")
      .def(py::init<std::uint32_t>(), py::arg("workers"))
      .def(
          "load",
          [](InlineRun& pool, const std::string& path) {
            return std::const_pointer_cast<SuiteListing>(pool.load(path));
          },
          py::arg("path"), "Loads a suite; its library counts from 0 in the order of calls.")
      .def(
          "run",
          [](InlineRun& pool, const std::vector<TestTask>& tasks, std::uint32_t max_fail) {
            return without_gil([&](const std::function<bool()>& go_on) { return pool.run(tasks, max_fail, go_on); });
          },
          py::arg("tasks"), py::arg("max_fail") = 0, "Blocks until every task has ended; Ctrl-C starts nothing more.")
      .def(
          "read_output",
          [](const InlineRun& pool, std::uint32_t capture, std::uint64_t begin, std::uint64_t end) {
            return py::bytes(pool.read_output(capture, begin, end));
          },
          py::arg("capture"), py::arg("begin"), py::arg("end"));
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.doc() = "The engine of pyharness.";
  module.attr("ABI_VERSION") = PYHARNESS_ABI_VERSION;
  module.attr("MOST_WORKERS") = most_workers;
  module.attr("ALL_WORKERS") = TaskSettings::all_workers;
  module.def(
      "outcomes",
      [] {
        std::vector<std::string> names;
        for (std::uint8_t outcome = 0; outcome <= static_cast<std::uint8_t>(Outcome::error); ++outcome) {
          names.emplace_back(name_of(static_cast<Outcome>(outcome)));
        }
        return names;
      },
      "The names of the numbers in Batch.outcomes.");
  bind_listing(module);
  bind_task(module);
  bind_attempts(module);
  bind_crash(module);
  bind_batch(module);
  bind_loading(module);
  bind_supervisor(module);
  bind_pool(module);
  module.def("adopt_orphans", &os::adopt_orphans,
             "Makes this process the parent of what its descendants leave behind.");
  module.def("kill_adopted", &os::kill_adopted, "Kills and reaps adopted processes; returns how many there were.");
}
