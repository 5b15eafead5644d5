#include <pybind11/pybind11.h>

#include "durations.hpp"

PYBIND11_MODULE(_native, module) {
  module.def("parse", &durations::parse);
  module.def("spell", &durations::spell);
}
