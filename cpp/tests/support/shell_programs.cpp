#include "support/shell_programs.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "pyharness/suite.h"

namespace pyharness::test {

namespace {

// Lines that begin with `@`: "@begin 3", "@pass 3".
class ShellReader : public LaunchReader {
 public:
  explicit ShellReader(const ShellProgram& program) : program_(&program) {}

  LaunchProgress feed(const std::string& output, const std::string& /*report*/) override {
    text_ += output;
    LaunchProgress progress;
    for (std::size_t end = text_.find('\n', read_); end != std::string::npos; end = text_.find('\n', read_)) {
      read_line(text_.substr(read_, end - read_), progress, end + 1);
      read_ = end + 1;
    }
    progress.running = open_;
    return program_->misread ? program_->misread(std::move(progress)) : progress;
  }
  LaunchProgress end(const os::ExitStatus& /*status*/) override {
    LaunchProgress progress;
    progress.running = open_;
    return program_->misread ? program_->misread(std::move(progress)) : progress;
  }
  std::string verdict_on_exit(const os::ExitStatus& status) override {
    return status == os::ExitStatus{} ? std::string() : os::describe(status);
  }

 private:
  void read_line(const std::string& line, LaunchProgress& progress, std::size_t past) {
    std::istringstream words(line);
    std::string word;
    std::uint32_t position = 0;
    if (line.empty() || line[0] != '@' || !(words >> word >> position)) {
      return;
    }
    if (word == "@begin") {
      begin_ = past;
      open_ = program_->tells_beginnings ? std::optional(OpenCase{position, past}) : std::nullopt;
      return;
    }
    EndedCase ended{position, Outcome::pass, -1, begin_, past - line.size() - 1};
    if (word != "@pass") {
      ended.outcome = word == "@skip" ? Outcome::skip : Outcome::fail;
      ended.reports.push_back({PYHARNESS_REPORT_FAILURE, 7, "case.sh", "told " + word.substr(1)});
    }
    progress.ended.push_back(std::move(ended));
    open_.reset();
  }

  const ShellProgram* program_;
  std::string text_;
  std::size_t read_ = 0;
  std::size_t begin_ = 0;
  std::optional<OpenCase> open_;
};

std::string script_of(const ShellProgram& program) {
  std::string script = program.before + "\nposition=0\nfor case in \"$@\"; do\n  outcome=pass\n";
  script += "  echo \"@begin $position\"\n  case $case in\n";
  for (const auto& [index, text] : program.scripts) {
    script += "    " + std::to_string(index) + ") " + text + ";;\n";
  }
  script += "    *) echo \"case $case\";;\n  esac\n";
  return script + "  echo \"@$outcome $position\"\n  position=$((position + 1))\ndone\n" + program.after + "\n";
}

}  // namespace

std::vector<std::shared_ptr<const SuiteListing>> ShellPrograms::listings() const {
  std::vector<std::shared_ptr<const SuiteListing>> all;
  for (const ShellProgram& program : programs_) {
    auto listing = std::make_shared<SuiteListing>();
    listing->path = program.name;
    listing->name = program.name;
    listing->is_program = true;
    for (std::uint32_t index = 0; index < program.cases; ++index) {
      CaseDetails details;
      details.name = program.name + "/" + std::to_string(index);
      listing->cases.push_back(std::move(details));
    }
    all.push_back(std::move(listing));
  }
  return all;
}

std::size_t ShellPrograms::launches_of(const std::string& name) const {
  return static_cast<std::size_t>(std::count_if(
      launches_.begin(), launches_.end(), [&](const Launched& launched) { return at(launched.first).name == name; }));
}

ProgramCommand ShellPrograms::command(std::uint32_t program, const std::vector<std::uint32_t>& cases,
                                      const Channels& /*channels*/) {
  launches_.emplace_back(program, cases);
  ProgramCommand command;
  command.arguments = {at(program).path, "-c", script_of(at(program)), "sh"};
  for (const std::uint32_t index : cases) {
    command.arguments.push_back(std::to_string(index));
  }
  for (const char* name : {"PATH", "PYHARNESS_TEST_GO_ON", "PYHARNESS_TEST_REACHED"}) {
    if (const char* value = std::getenv(name)) {
      command.environment.push_back(std::string(name) + "=" + value);
    }
  }
  return command;
}

std::unique_ptr<LaunchReader> ShellPrograms::reader(std::uint32_t program,
                                                    const std::vector<std::uint32_t>& /*cases*/) {
  return std::make_unique<ShellReader>(at(program));
}

}  // namespace pyharness::test
