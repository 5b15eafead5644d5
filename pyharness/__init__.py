"""Run native C and C++ tests: as fast as one in-process loop, as safe as one process per test."""

__version__ = "0.1.0"
