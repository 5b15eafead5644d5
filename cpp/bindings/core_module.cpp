// pyharness._core: the engine as Python sees it. This folder is the only one that includes pybind11. Blocking calls
// release the GIL; exceptions of the engine, failed system calls among them, arrive as RuntimeError.
#include "bindings/bindings.h"
#include "engine/run_table.h"
#include "os/descendants.h"
#include "pyharness/suite.h"

namespace py = pybind11;
using namespace pyharness;  // NOLINT(google-build-using-namespace): this file is about nothing else

PYBIND11_MODULE(_core, module) {
  module.doc() = "The engine of pyharness.";
  module.attr("ABI_VERSION") = PYHARNESS_ABI_VERSION;
  module.attr("MOST_WORKERS") = most_workers;
  module.attr("ALL_WORKERS") = TaskSettings::all_workers;
  module.def(
      "outcomes",
      [] {
        std::vector<std::string> names;
        for (std::uint8_t outcome = 0; outcome <= static_cast<std::uint8_t>(Outcome::error); ++outcome) {
          names.emplace_back(name_of(static_cast<Outcome>(outcome)));
        }
        return names;
      },
      "The names of the numbers in Batch.outcomes.");
  bindings::bind_suites(module);
  bindings::bind_results(module);
  bindings::bind_runs(module);
  module.def("adopt_orphans", &os::adopt_orphans,
             "Makes this process the parent of what its descendants leave behind.");
  module.def("kill_adopted", &os::kill_adopted, "Kills and reaps adopted processes; returns how many there were.");
}
