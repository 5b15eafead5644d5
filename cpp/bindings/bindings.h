// What the parts of the module `_core` share. Thread-safety: all of it with the GIL held.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

namespace pyharness::bindings {

namespace py = pybind11;

void bind_suites(py::module_& module);   // listings, tasks, what came of loading
void bind_results(py::module_& module);  // batches and what is in them
void bind_runs(py::module_& module);     // options, supervisor, pool

// One entry per element, as bytes to be cast.
template <class T>
py::bytes column(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

inline py::str lossy_text(const std::string& bytes) {
  return py::reinterpret_steal<py::str>(
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<py::ssize_t>(bytes.size()), "backslashreplace"));
}

}  // namespace pyharness::bindings
