"""Finds what can be run under the given paths."""

from pyharness.discovery.frameworks import Frameworks
from pyharness.discovery.sources import FoundSources, ignored_by_git, is_test_source
from pyharness.discovery.targets import Kind, Target, find_targets, holds_suite, is_library_name, walk

__all__ = [
    "FoundSources",
    "Frameworks",
    "Kind",
    "Target",
    "find_targets",
    "holds_suite",
    "ignored_by_git",
    "is_library_name",
    "is_test_source",
    "walk",
]
