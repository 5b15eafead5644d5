"""Finds what can be run under the given paths."""

from pyharness.discovery.libraries import Target, find_targets, holds_suite

__all__ = ["Target", "find_targets", "holds_suite"]
