// What lets the cases of the deadly suite go on that wait for the test, and what the test waits for.
#pragma once

#include <stdlib.h>

#include <fstream>
#include <string>

#include "support/temporary_folder.h"

namespace pyharness::test {

class Gate {
 public:
  Gate() { ::setenv("PYHARNESS_TEST_GO_ON", path_.c_str(), 1); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() { ::unsetenv("PYHARNESS_TEST_GO_ON"); }
  void open() const { std::ofstream(path_) << "go on"; }

 private:
  TemporaryFolder folder_;
  std::string path_ = folder_ / "gate";
};

// Where a case of the deadly suite says how far it has got.
class Milestone {
 public:
  Milestone() { ::setenv("PYHARNESS_TEST_REACHED", path_.c_str(), 1); }
  Milestone(const Milestone&) = delete;
  Milestone& operator=(const Milestone&) = delete;
  ~Milestone() { ::unsetenv("PYHARNESS_TEST_REACHED"); }
  bool is_reached() const { return std::ifstream(path_).good(); }

 private:
  TemporaryFolder folder_;
  std::string path_ = folder_ / "reached";
};

}  // namespace pyharness::test
