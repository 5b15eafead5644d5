"""Makes suites of test sources: a plan, a file for ninja, and a run of ninja that tells what is ready."""

from pyharness.building.builder import Builder, BuildNews, SuiteFailed, SuiteNotBuilt, SuiteReady
from pyharness.building.dependents import dependents
from pyharness.building.instrumenting import Instrumentation, tool_of
from pyharness.building.plan import BuildPlan, SuiteBuild, TestSource, source_name, sources_of_objects
from pyharness.building.preparing import header_folder, prepare

__all__ = [
    "BuildNews",
    "BuildPlan",
    "Builder",
    "Instrumentation",
    "SuiteBuild",
    "SuiteFailed",
    "SuiteNotBuilt",
    "SuiteReady",
    "TestSource",
    "dependents",
    "header_folder",
    "prepare",
    "source_name",
    "sources_of_objects",
    "tool_of",
]
