"""Finds what can be run under the given paths."""

from pyharness.discovery.frameworks import Frameworks
from pyharness.discovery.sources import FoundSources
from pyharness.discovery.targets import Kind, Target, find_targets, holds_suite

__all__ = ["FoundSources", "Frameworks", "Kind", "Target", "find_targets", "holds_suite"]
