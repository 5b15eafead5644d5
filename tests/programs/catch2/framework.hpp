// The framework's own header, whichever of its two large versions is installed.
#pragma once
#ifdef CATCH2_V3
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
