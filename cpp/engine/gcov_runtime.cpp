#include "engine/gcov_runtime.h"

namespace pyharness {

std::optional<GcovRuntime> GcovRuntime::in(const os::LoadedModule& module, const os::ObjectFile& file) {
  // What is linked into each such module (one of them may have been stripped), and two functions that are not.
  const auto found = file.symbols({"__gcov_exit", "__gcov_dump", "__gcov_reset", "__gcov_master"});
  if (found[0] == 0 && found[3] == 0) {
    return std::nullopt;
  }
  GcovRuntime runtime;
  if (found[1] != 0 && found[2] != 0) {
    runtime.dump_ = module.at<void (*)()>(found[1]);
    runtime.reset_ = module.at<void (*)()>(found[2]);
  }
  return runtime;
}

void GcovRuntime::write() const {
  dump_();
  reset_();  // it would not write another time, nor at the end of the process
}

}  // namespace pyharness
