// Cases in one file, the framework's main() in another.
#pragma once
#include <boost/test/unit_test.hpp>
