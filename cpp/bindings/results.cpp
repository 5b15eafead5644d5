#include <optional>
#include <string>

#include "bindings/bindings.h"
#include "engine/batch.h"
#include "pyharness/suite.h"

namespace pyharness::bindings {

namespace {

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
      .def_readonly("reason", &InterruptedAttempt::reason)
      .def_readonly("runs_again", &InterruptedAttempt::runs_again, "Under the same number; else the run ends.")
      .def_readonly("capture", &InterruptedAttempt::capture)
      .def_readonly("output_begin", &InterruptedAttempt::output_begin)
      .def_readonly("output_end", &InterruptedAttempt::output_end);
  py::class_<LateOutput>(module, "LateOutput", "What an attempt printed after its time was over.")
      .def_readonly("task", &LateOutput::task)
      .def_readonly("attempt", &LateOutput::attempt)
      .def_property_readonly("text", [](const LateOutput& late) { return py::bytes(late.text); });
  py::class_<HungStack>(module, "HungStack", "Where an attempt stood when its time was over, or the run ended.")
      .def_readonly("task", &HungStack::task)
      .def_readonly("attempt", &HungStack::attempt)
      .def_readonly("frames", &HungStack::frames, "Program counters, innermost first.")
      .def_property_readonly("maps", [](const HungStack& stack) { return lossy_text(stack.maps); });
  py::class_<Unmet>(module, "Unmet", "A task that is not run, since one that it needs has not passed.")
      .def_readonly("task", &Unmet::task)
      .def_readonly("needed", &Unmet::needed);
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
      .def_readonly("is_sent", &CrashReport::is_sent, "The signal came by raise() or kill(), and has no address.")
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
      .def_readonly("unmet", &Batch::unmet, "Tasks that are not run.")
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
      .def_readonly("late_outputs", &Batch::late_outputs, "Each of an attempt whose end was told, here or before.")
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

}  // namespace

void bind_results(py::module_& module) {
  bind_attempts(module);
  bind_crash(module);
  bind_batch(module);
}

}  // namespace pyharness::bindings
