// Adapters in Python, as the engine calls them. Thread-safety: any thread; each call takes the GIL.
#pragma once

#include <memory>

#include "bindings/bindings.h"
#include "engine/program.h"
#include "engine/queries.h"

namespace pyharness::bindings {

// `launcher` has the methods of pyharness.launcher.Launcher.
std::shared_ptr<Programs> programs_of(py::object launcher);
// `command_of` takes channels and returns a command, as Launcher.command does.
Query query_of(py::object command_of, bool wants_address);

}  // namespace pyharness::bindings
