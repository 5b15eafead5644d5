// Programs for the tests of launches: each is a script of the shell that runs the cases it is given, one after another,
// and tells on its standard output where each begins and how it ends; and who reads that.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/task.h"
#include "engine/program.h"

namespace pyharness::test {

struct ShellProgram {
  std::string name;  // its cases are called "name/0", "name/1" …
  std::uint32_t cases = 1;
  // What is run for a case, by its index; the others print a line. `outcome` is a variable; `pass` unless it is set.
  std::map<std::uint32_t, std::string> scripts = {};
  std::string before = {};  // all cases of a launch
  std::string after = {};
  std::string path = "/bin/sh";
  std::uint32_t most_cases = 0;
  bool tells_beginnings = true;
  std::function<LaunchProgress(LaunchProgress)> misread = {};  // what its reader says instead
};

class ShellPrograms : public Programs {
 public:
  using Launched = std::pair<std::uint32_t, std::vector<std::uint32_t>>;  // number of the program, and cases

  explicit ShellPrograms(std::vector<ShellProgram> programs) : programs_(std::move(programs)) {}

  std::vector<std::shared_ptr<const SuiteListing>> listings() const;
  // Of the first program: so many libraries come before it.
  void number_from(std::uint32_t first) { first_ = first; }
  const std::vector<Launched>& launches() const { return launches_; }
  std::size_t launches_of(const std::string& name) const;

  bool wants_address(std::uint32_t) override { return false; }
  std::uint32_t most_cases(std::uint32_t program) override { return at(program).most_cases; }
  ProgramCommand command(std::uint32_t program, const std::vector<std::uint32_t>& cases, const Channels&) override;
  std::unique_ptr<LaunchReader> reader(std::uint32_t program, const std::vector<std::uint32_t>& cases) override;

 private:
  const ShellProgram& at(std::uint32_t program) const { return programs_.at(program - first_); }

  std::vector<ShellProgram> programs_;
  std::vector<Launched> launches_;
  std::uint32_t first_ = 0;
};

}  // namespace pyharness::test
