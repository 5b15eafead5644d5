#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "bindings/bindings.h"
#include "bindings/programs.h"
#include "engine/inline_run.h"
#include "engine/supervisor.h"

namespace pyharness::bindings {

namespace {

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

using TaskLists = std::vector<std::pair<TaskIndex, std::vector<TaskIndex>>>;

void add_dependencies(std::vector<Dependency>& dependencies, const TaskLists& lists, Dependency::Kind kind) {
  for (const auto& [task, others] : lists) {
    for (const TaskIndex on : others) {
      dependencies.push_back({task, on, kind});
    }
  }
}

// The elements of bytes that column() would make.
template <class T>
std::span<const T> elements(const py::bytes& bytes) {
  const std::string_view view = bytes;
  return {reinterpret_cast<const T*>(view.data()), view.size() / sizeof(T)};
}

using Suites = std::vector<std::optional<std::shared_ptr<SuiteListing>>>;

// A task for each entry of the columns.
std::vector<TestTask> tasks_of(const Suites& suites, const py::bytes& libraries, const py::bytes& indices,
                               const py::bytes& settings_of, std::size_t settings) {
  const auto library_column = elements<std::uint32_t>(libraries);
  const auto index_column = elements<std::uint32_t>(indices);
  const auto settings_column = elements<std::uint32_t>(settings_of);
  if (library_column.size() != index_column.size() || library_column.size() != settings_column.size()) {
    throw py::value_error("the columns of libraries, indices and settings differ in length");
  }
  std::vector<TestTask> tasks;
  tasks.reserve(library_column.size());
  for (std::size_t task = 0; task < library_column.size(); ++task) {
    const auto& suite = suites.at(library_column[task]);
    if (!suite || index_column[task] >= (*suite)->cases.size()) {
      throw py::index_error("task " + std::to_string(task) + " names a case that does not exist");
    }
    if (settings_column[task] >= settings) {
      throw py::index_error("task " + std::to_string(task) + " names settings that do not exist");
    }
    tasks.push_back({library_column[task], index_column[task], *suite, settings_column[task]});
  }
  return tasks;
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
      .def_readwrite("apart", &RunOptions::apart, "No two cases run side by side in one process.")
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
            return settings.groups.empty() ? std::nullopt : std::optional(settings.groups.front());
          },
          [](TaskSettings& settings, std::optional<std::uint32_t> group) {
            settings.groups = group ? std::vector{*group} : std::vector<std::uint32_t>();
          },
          "Position in the group limits of the run: the only group, or the first of `groups`.")
      .def_readwrite("groups", &TaskSettings::groups,
                     "Positions in the group limits of the run; a task runs when all have room.");
  py::class_<Supervisor>(module, "Supervisor", "Runs a plan on hosts. One thread at a time.")
      .def(py::init<RunOptions>(), py::arg("options"))
      .def(
          "load",
          [](Supervisor& supervisor, const std::vector<std::string>& paths) {
            return without_gil([&](const std::function<bool()>& go_on) { return supervisor.load(paths, go_on); });
          },
          py::arg("paths"), "Loads each; a signal handler that raises, or calls cancel, ends it early.")
      .def("set_host_environment", &Supervisor::set_host_environment, py::arg("environment"),
           "The whole environment of hosts, NAME=value each; before start.")
      .def(
          "know",
          [](Supervisor& supervisor, std::uint32_t library, std::shared_ptr<SuiteListing> listing) {
            supervisor.know(library, std::move(listing));
          },
          py::arg("library"), py::arg("listing"), "Takes a suite whose listing is known; before start.")
      .def(
          "ask",
          [](Supervisor& supervisor, const std::vector<std::pair<py::object, bool>>& queries) {
            std::vector<Query> wanted;
            wanted.reserve(queries.size());
            for (const auto& [command_of, wants_address] : queries) {
              wanted.push_back(query_of(command_of, wants_address));
            }
            return without_gil([&](const std::function<bool()>& go_on) { return supervisor.ask(wanted, go_on); });
          },
          py::arg("queries"),
          "Runs a command each and returns what they said. Of each: a function from channels to the command, and "
          "whether it wants an address.")
      .def(
          "start",
          [](Supervisor& supervisor, const Suites& suites, const py::bytes& libraries, const py::bytes& indices,
             std::vector<TaskSettings> settings, const py::bytes& settings_of, std::vector<std::uint32_t> group_limits,
             const TaskLists& after, const TaskLists& needs, const py::bytes& priorities, py::object launcher,
             std::uint32_t room) {
            RunRequest request{{}, std::move(settings), std::move(group_limits)};
            add_dependencies(request.dependencies, after, Dependency::Kind::after);
            add_dependencies(request.dependencies, needs, Dependency::Kind::needs);
            const auto priority_column = elements<float>(priorities);
            request.priorities.assign(priority_column.begin(), priority_column.end());
            request.programs = programs_of(std::move(launcher));
            request.tasks = tasks_of(suites, libraries, indices, settings_of, request.settings.size());
            const py::gil_scoped_release release;
            supervisor.start(std::move(request), room);
          },
          py::arg("suites"), py::arg("libraries"), py::arg("indices"), py::arg("settings"), py::arg("settings_of"),
          py::arg("group_limits"), py::arg("after") = TaskLists(), py::arg("needs") = TaskLists(),
          py::arg("priorities") = py::bytes(), py::arg("launcher") = py::none(), py::arg("room") = 0,
          "Starts the run. suites: by library, None where it failed, then by program. libraries, indices, settings_of "
          "(a position in "
          "settings): one 32-bit entry per task. after, needs: tasks, each with those that must have ended, or passed, "
          "before it starts. priorities: a 32-bit float per task; empty: all have 0. Raises ValueError for tasks that "
          "wait for one another, or do not exist. launcher: says what is launched for programs. room: how many tasks "
          "there "
          "may come to be, if the run waits for more until expect_no_more.")
      .def(
          "add",
          [](Supervisor& supervisor, const Suites& suites, const std::vector<std::uint32_t>& added,
             const py::bytes& libraries, const py::bytes& indices, std::vector<TaskSettings> settings,
             const py::bytes& settings_of, std::size_t known_settings) {
            Addition addition;
            for (const std::uint32_t library : added) {
              if (const auto& suite = suites.at(library)) {
                addition.suites.emplace_back(library, *suite);
              }
            }
            addition.tasks = tasks_of(suites, libraries, indices, settings_of, known_settings + settings.size());
            addition.settings = std::move(settings);
            supervisor.add(std::move(addition));
          },
          py::arg("suites"), py::arg("added"), py::arg("libraries"), py::arg("indices"), py::arg("settings"),
          py::arg("settings_of"), py::arg("known_settings"),
          "Puts more on the plan of a run. suites: all, by library. added: the numbers of those that are new. "
          "settings: "
          "new ones; settings_of counts them on from known_settings. Raises ValueError when there is no room.")
      .def("expect_no_more", &Supervisor::expect_no_more, "Nothing more will be added: the run may end.")
      .def("watch", &Supervisor::watch, py::arg("descriptor"),
           "wait() returns when this descriptor is readable; -1: none.")
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
      .def("not_run", &Supervisor::not_run,
           "Tasks without a result, and without a reason in Batch.unmet; once the run is over.")
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

void bind_runs(py::module_& module) {
  bind_supervisor(module);
  bind_pool(module);
}

}  // namespace pyharness::bindings
