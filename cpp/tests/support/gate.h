// What lets the cases of the deadly suite go on that wait for the test.
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

}  // namespace pyharness::test
