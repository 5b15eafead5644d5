"""From test sources and options to a plan: finds out all that it depends on."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from pyharness.building import instrumenting, sanitizing
from pyharness.building.compiler import find_compilers
from pyharness.building.instrumenting import Instrumentation
from pyharness.building.packages import find_packages
from pyharness.building.plan import BUILD_FOLDER, BuildPlan, TestSource, Tools, language_of, make_plan, variant_name
from pyharness.building.under_test import check_libraries, find_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.config.options import TestOptions


def prepare(
    tests: Sequence[TestSource],
    options: TestOptions,
    list_command: Sequence[str],
    environment: Mapping[str, str],
    instrumentation: Instrumentation = Instrumentation.NONE,
) -> BuildPlan:
    """Return the plan for test sources.

    Args:
        tests: At least one.
        options: Those of the run.
        list_command: Lists the cases of a library; its path, and that of the file to be written, come behind it.
        environment: That of pyharness.
        instrumentation: How the code is to count what of it runs.

    Raises:
        UsageError: what the configuration names is not there, or cannot be.
    """
    check_libraries(options.build)
    sources = find_sources(options.build)
    languages = {language_of(path) for path in (*(test.path for test in tests), *sources)}
    compilers = find_compilers(languages, options.build, environment)
    sanitizing.check(options.sanitizers, compilers.families)
    instrumenting.check(instrumentation, compilers.families)
    first = next(iter(compilers.by_language.values()))
    runtime = sanitizing.runtime_environment(options.sanitizers, first, environment)
    folder = os.path.join(options.build.root, BUILD_FOLDER, variant_name(options.sanitizers, instrumentation))
    listing = instrumenting.listing_environment(instrumentation, compilers, folder)
    variables = [f"{name}={value}" for name, value in {**runtime, **listing}.items()]
    tools = Tools(
        compilers=compilers,
        include=header_folder(),
        list_command=(*(["env", *variables] if variables else []), *list_command),
        packages=find_packages(options.build, environment),
        archiver=tuple(shlex.split(environment.get("AR") or "ar")),
        runtime=runtime,
    )
    return make_plan(
        tests,
        sources,
        options.build,
        tools,
        sanitizers=options.sanitizers,
        instrumentation=instrumentation,
        one_each=options.no_suite,
    )


def header_folder() -> str:
    """Return the folder with the headers of pyharness."""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "include")
