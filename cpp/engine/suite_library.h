// A loaded suite: the library behind the C ABI, checked and listed.
// Thread-safety: made by one thread; `run` by many at once. Ownership: the library stays loaded until the process ends.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

#include "core/task.h"
#include "os/dynamic_library.h"
#include "pyharness/suite.h"

namespace pyharness {

class SuiteLibrary {
 public:
  // Thrown when a constructor of the library threw: the process can load nothing more.
  struct ConstructorThrew : std::runtime_error {
    using std::runtime_error::runtime_error;
  };

  // Loads and checks it. Throws std::runtime_error whose text is one whole sentence that names the path.
  explicit SuiteLibrary(const std::string& path);

  // Describes all cases, which takes time and memory where there are many: made when it is first asked for, by the
  // thread that has loaded the library. Throws std::runtime_error whose text is one whole sentence that names the path.
  const std::shared_ptr<const SuiteListing>& listing();
  std::size_t case_count() const { return suite_->case_count; }
  // Runs a case on the calling thread. No exception leaves a suite.
  std::uint32_t run(pyharness_context& context, std::uint32_t index) const { return suite_->run(&context, index); }

 private:
  const pyharness_suite* enter() const;
  std::shared_ptr<const SuiteListing> list() const;

  std::string path_;
  os::DynamicLibrary library_;
  const pyharness_suite* suite_;
  std::shared_ptr<const SuiteListing> listing_;
};

}  // namespace pyharness
