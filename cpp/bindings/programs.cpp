#include "bindings/programs.h"

#include <stdexcept>
#include <utility>

#include "pyharness/suite.h"

namespace pyharness::bindings {

namespace {

// An object of Python that is let go of with the GIL held, whoever holds it last.
class Held {
 public:
  explicit Held(py::object object) : object_(std::move(object)) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    const py::gil_scoped_acquire acquire;
    object_ = py::object();
  }

  py::object attribute(const char* name) const { return object_.attr(name); }
  const py::object& object() const { return object_; }

 private:
  py::object object_;
};

// Nothing of Python may be alive in an exception that crosses the engine.
template <class Work>
auto in_python(const Work& work) {
  const py::gil_scoped_acquire acquire;
  try {
    return work();
  } catch (const py::error_already_set& error) {
    throw std::runtime_error(error.what());
  }
}

py::tuple as_tuple(const Channels& channels) {
  return py::make_tuple(channels.report, channels.input, channels.address);
}

ProgramCommand command_from(const py::object& answer) {
  auto [arguments, environment, folder, input] =
      answer.cast<std::tuple<std::vector<std::string>, std::vector<std::string>, std::string, std::string>>();
  return {std::move(arguments), std::move(environment), std::move(folder), std::move(input)};
}

Outcome outcome_from(const py::handle& word) {
  const auto text = word.cast<std::string_view>();
  for (const Outcome outcome :
       {Outcome::pass, Outcome::fail, Outcome::skip, Outcome::crash, Outcome::timeout, Outcome::error}) {
    if (name_of(outcome) == text) {
      return outcome;
    }
  }
  throw py::value_error("an adapter has told the outcome '" + std::string(text) + "', which is none");
}

EndedCase ended_from(const py::handle& told) {
  const auto row = told.cast<py::tuple>();
  EndedCase ended{row[0].cast<std::uint32_t>(), outcome_from(row[1]), row[2].cast<std::int64_t>(),
                  row[3].cast<std::uint64_t>(), row[4].cast<std::uint64_t>()};
  const std::uint32_t kind = ended.outcome == Outcome::skip ? PYHARNESS_REPORT_SKIP : PYHARNESS_REPORT_FAILURE;
  for (const py::handle failure : row[5]) {
    ended.reports.push_back({kind, failure.attr("line").cast<std::uint32_t>(), failure.attr("file").cast<std::string>(),
                             failure.attr("message").cast<std::string>()});
  }
  if (row.size() > 6) {
    ended.kept = row[6].cast<std::string>();
  }
  return ended;
}

LaunchProgress progress_from(const py::object& answer) {
  const auto told = answer.cast<py::tuple>();
  LaunchProgress progress;
  for (const py::handle ended : told[0]) {
    progress.ended.push_back(ended_from(ended));
  }
  if (!told[1].is_none()) {
    const auto [position, begin] = told[1].cast<std::pair<std::uint32_t, std::uint64_t>>();
    progress.running = OpenCase{position, begin};
  }
  return progress;
}

class PythonReader : public LaunchReader {
 public:
  explicit PythonReader(py::object reader) : reader_(std::move(reader)) {}

  LaunchProgress feed(const std::string& output, const std::string& report) override {
    return progress([&] { return reader_.attribute("feed")(py::bytes(output), py::bytes(report)); });
  }
  LaunchProgress end(const os::ExitStatus& status) override {
    return progress([&] { return reader_.attribute("end")(exit_of(status)); });
  }
  std::string verdict_on_exit(const os::ExitStatus& status) override {
    try {
      return in_python([&] { return reader_.attribute("verdict_on_exit")(exit_of(status)).cast<std::string>(); });
    } catch (const std::exception& error) {
      return std::string("ended, and its adapter failed: ") + error.what();
    }
  }

 private:
  static py::object exit_of(const os::ExitStatus& status) {
    return py::module_::import("pyharness.adapters.protocol")
        .attr("Exit")(status.signalled ? 0 : status.number, status.signalled ? status.number : 0);
  }

  template <class Call>
  LaunchProgress progress(const Call& call) {
    try {
      return in_python([&] { return progress_from(call()); });
    } catch (const std::exception& error) {
      LaunchProgress broken;
      broken.broken = std::string("its adapter failed: ") + error.what();
      return broken;
    }
  }

  Held reader_;
};

class PythonPrograms : public Programs {
 public:
  explicit PythonPrograms(py::object launcher) : launcher_(std::move(launcher)) {}

  bool wants_address(std::uint32_t program) override {
    return in_python([&] { return launcher_.attribute("wants_address")(program).cast<bool>(); });
  }
  std::uint32_t most_cases(std::uint32_t program) override {
    return in_python([&] { return launcher_.attribute("most_cases")(program).cast<std::uint32_t>(); });
  }
  ProgramCommand command(std::uint32_t program, const std::vector<std::uint32_t>& cases,
                         const Channels& channels) override {
    return in_python([&] { return command_from(launcher_.attribute("command")(program, cases, as_tuple(channels))); });
  }
  std::unique_ptr<LaunchReader> reader(std::uint32_t program, const std::vector<std::uint32_t>& cases) override {
    return in_python([&] { return std::make_unique<PythonReader>(launcher_.attribute("reader")(program, cases)); });
  }

 private:
  Held launcher_;
};

}  // namespace

std::shared_ptr<Programs> programs_of(py::object launcher) {
  return launcher.is_none() ? nullptr : std::make_shared<PythonPrograms>(std::move(launcher));
}

Query query_of(py::object command_of, bool wants_address) {
  auto held = std::make_shared<Held>(std::move(command_of));
  return {[held](const Channels& channels) {
            return in_python([&] { return command_from(held->object()(as_tuple(channels))); });
          },
          wants_address};
}

}  // namespace pyharness::bindings
