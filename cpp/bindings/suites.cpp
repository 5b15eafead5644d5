#include <memory>
#include <optional>

#include "bindings/bindings.h"
#include "engine/listing_file.h"
#include "engine/supervisor.h"
#include "pyharness/suite.h"

namespace pyharness::bindings {

namespace {

template <class Member>
py::list case_column(const SuiteListing& listing, Member member) {
  py::list values(listing.cases.size());
  for (std::size_t index = 0; index < listing.cases.size(); ++index) {
    values[index] = member(listing.cases[index]);
  }
  return values;
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

// Columns, one entry per case.
struct ProgramColumns {
  std::vector<std::string> names, files;
  std::vector<std::uint32_t> lines;
  std::vector<std::optional<std::uint64_t>> timeouts_ms;
  std::vector<std::uint32_t> flags, threads_required;
};

std::shared_ptr<SuiteListing> program_listing(std::string path, std::string name, const ProgramColumns& columns) {
  auto listing = std::make_shared<SuiteListing>();
  listing->path = std::move(path);
  listing->name = std::move(name);
  listing->is_program = true;
  for (std::size_t index = 0; index < columns.names.size(); ++index) {
    CaseDetails& details = listing->cases.emplace_back();
    details.name = columns.names[index];
    details.file = columns.files.at(index);
    details.line = columns.lines.at(index);
    details.timeout_ms = columns.timeouts_ms.at(index).value_or(CaseDetails::default_timeout);
    details.serial = (columns.flags.at(index) & PYHARNESS_CASE_SERIAL) != 0;
    details.disabled = (columns.flags.at(index) & PYHARNESS_CASE_DISABLED) != 0;
    details.threads_required = columns.threads_required.at(index);
  }
  return listing;
}

void bind_program(py::module_& module) {
  module.def(
      "program_listing",
      [](std::string path, std::string name, std::vector<std::string> names, std::vector<std::string> files,
         std::vector<std::uint32_t> lines, std::vector<std::optional<std::uint64_t>> timeouts_ms,
         std::vector<std::uint32_t> flags, std::vector<std::uint32_t> threads_required) {
        return program_listing(std::move(path), std::move(name),
                               {std::move(names), std::move(files), std::move(lines), std::move(timeouts_ms),
                                std::move(flags), std::move(threads_required)});
      },
      py::arg("path"), py::arg("name"), py::arg("names"), py::arg("files"), py::arg("lines"), py::arg("timeouts_ms"),
      py::arg("flags"), py::arg("threads_required"),
      "The listing of an existing executable; columns with one entry per case, as SuiteListing gives them.");
  py::enum_<Answer::Kind>(module, "AnswerKind")
      .value("ended", Answer::Kind::ended)
      .value("not_started", Answer::Kind::not_started)
      .value("late", Answer::Kind::late)
      .value("flooded", Answer::Kind::flooded)
      .value("cancelled", Answer::Kind::cancelled);
  py::class_<Answer>(module, "Answer", "What a command has said.")
      .def_readonly("kind", &Answer::kind)
      .def_property_readonly("text", [](const Answer& answer) { return lossy_text(answer.text); })
      .def_property_readonly("signal",
                             [](const Answer& answer) { return answer.status.signalled ? answer.status.number : 0; })
      .def_property_readonly("exit_code",
                             [](const Answer& answer) { return answer.status.signalled ? 0 : answer.status.number; })
      .def_property_readonly("output", [](const Answer& answer) { return py::bytes(answer.output); })
      .def_property_readonly("report", [](const Answer& answer) { return py::bytes(answer.report); });
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
  module.def(
      "read_loaded",
      [](const py::bytes& content, const std::string& library) {
        try {
          return decode_loaded(std::string_view(content), library);
        } catch (const std::runtime_error& error) {
          throw py::value_error(error.what());
        }
      },
      py::arg("content"), py::arg("library"),
      "What `pyharness-host list` has written of a library. Raises ValueError when it is not of this version of "
      "pyharness.");
}

}  // namespace

void bind_suites(py::module_& module) {
  bind_listing(module);
  bind_program(module);
  bind_task(module);
  bind_loading(module);
}

}  // namespace pyharness::bindings
