"""The options of a run that say whether coverage is measured, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pyharness.config import floors
from pyharness.config.field import Option

TOOLS = ("auto", "llvm", "gcov")
FOLDER = ".pyharness/coverage"
_GLOBS = "`*` is any part of a name, `**` any folders"


@dataclass(frozen=True, kw_only=True)
class CoverageOptions:
    """How coverage is measured, and where it is written."""

    coverage: Annotated[
        bool,
        Option(
            flags=("--coverage",),
            elsewhere=("--cov",),
            help="Measure which lines the cases execute. Test sources, and what they test, are built for it; libraries "
            "and programs have to be.",
        ),
    ] = False
    coverage_tool: Annotated[
        str,
        Option(
            flags=("--coverage-tool",),
            help="Whose profiles are read: LLVM's (-fprofile-instr-generate), or those of GCC's gcov (--coverage). "
            "'auto' is what test sources are built with, and whatever libraries and programs have left.",
            choices=TOOLS,
        ),
    ] = "auto"
    coverage_crash_safe: Annotated[
        bool,
        Option(
            flags=("--coverage-crash-safe",),
            help="Keep what is counted in files at every moment, so that nothing is lost in a crash (clang only).",
        ),
    ] = False
    coverage_contexts: Annotated[
        bool,
        Option(
            flags=("--coverage-contexts",),
            elsewhere=("--cov-context",),
            help="Measure which case covers which lines, too, and write it to contexts.sqlite (clang only). Every case "
            "of a program is launched by itself, and those of suites run in isolation 'process'.",
        ),
    ] = False
    coverage_allow_partial: Annotated[
        bool,
        Option(
            flags=("--coverage-allow-partial",),
            help="Write all reports, and do not fail, although counts are missing.",
        ),
    ] = False
    coverage_folder: Annotated[
        str,
        Option(
            flags=("--coverage-folder",),
            metavar="FOLDER",
            help="Write coverage.json and coverage-summary.json into FOLDER.",
            once=True,
            is_path=True,
        ),
    ] = FOLDER
    coverage_html: Annotated[
        str | None,
        Option(
            flags=("--coverage-html",),
            metavar="FOLDER",
            help="Write a report with sources to FOLDER, to be opened in a browser.",
            once=True,
            is_path=True,
        ),
    ] = None
    coverage_lcov: Annotated[
        str | None,
        Option(
            flags=("--coverage-lcov",),
            metavar="FILE",
            help="Write a tracefile of lcov to FILE.",
            once=True,
            is_path=True,
        ),
    ] = None
    coverage_cobertura: Annotated[
        str | None,
        Option(
            flags=("--coverage-cobertura",),
            metavar="FILE",
            help="Write a Cobertura XML report to FILE.",
            once=True,
            is_path=True,
        ),
    ] = None
    coverage_include: Annotated[
        tuple[str, ...],
        Option(
            flags=("--coverage-include",),
            metavar="GLOB",
            help=f"Tell only of the source files that match; files outside of the current folder, too. {_GLOBS}.",
            default="what is under the current folder",
        ),
    ] = ()
    coverage_exclude: Annotated[
        tuple[str, ...],
        Option(
            flags=("--coverage-exclude",),
            metavar="GLOB",
            help="Do not tell of the source files that match.",
            default="none",
        ),
    ] = ()
    coverage_object: Annotated[
        tuple[str, ...],
        Option(
            flags=("--coverage-object",),
            metavar="FILE",
            help="Another program or library whose coverage counts, such as one that cases start or load.",
            default="those that are run, and the libraries that they load",
            is_path=True,
        ),
    ] = ()
    coverage_fail_under: Annotated[
        str | None,
        Option(
            flags=("--coverage-fail-under",),
            elsewhere=("--cov-fail-under", "--fail-under-lines"),
            metavar="PCT",
            help="Fail if fewer percent of the lines are covered; or several of lines=PCT, functions=PCT, regions=PCT "
            "and branches=PCT, with commas between.",
            read=floors.read,
            expected=floors.EXPECTED,
            default="none",
            once=True,
        ),
    ] = None
    coverage_base: Annotated[
        str | None,
        Option(
            flags=("--coverage-base",),
            metavar="FILE",
            help="Show the difference to an earlier coverage.json.",
            once=True,
            is_path=True,
        ),
    ] = None
