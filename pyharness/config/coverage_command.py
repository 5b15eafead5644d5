"""The options of `pyharness coverage`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pyharness.config import floors
from pyharness.config.coverage_options import FOLDER
from pyharness.config.field import Option


@dataclass(frozen=True, kw_only=True)
class CoverageCommand:
    """What to make of coverage that was measured before."""

    action: Annotated[
        str,
        Option(
            positional=True,
            configurable=False,
            metavar="ACTION",
            help="'report' prints the table, 'html' writes a folder with sources, 'export' writes another format, "
            "'read' makes a coverage.json of the profiles that another program's run has left. "
            "'cases' has options of its own: 'pyharness coverage cases --help'.",
            choices=("report", "html", "export", "read"),
            expected="'report' or 'html' or 'export' or 'read' or 'cases'",
        ),
    ]
    inputs: Annotated[
        tuple[str, ...],
        Option(
            flags=("--from",),
            metavar="FILE",
            help="Read FILE, a coverage.json; of several, counts are added up.",
            default=f"{FOLDER}/coverage.json",
            configurable=False,
        ),
    ] = ()
    format: Annotated[
        str,
        Option(
            flags=("--format",),
            help="What 'export' writes: LLVM's JSON, the summary, an lcov tracefile, Cobertura XML, or a data file of "
            "Python's coverage.py.",
            choices=("json", "summary", "lcov", "cobertura", "coverage.py"),
            configurable=False,
        ),
    ] = "lcov"
    output: Annotated[
        str | None,
        Option(
            flags=("-o", "--output"),
            metavar="PATH",
            help="The folder of 'html', the file of 'export' and 'read'; 'report' has none.",
            default=f"{FOLDER}/html; the standard output, .coverage.native for coverage.py; {FOLDER}/python.json",
            once=True,
            configurable=False,
        ),
    ] = None
    profiles: Annotated[
        str | None,
        Option(
            flags=("--profiles",),
            metavar="FOLDER",
            help="The folder with the profiles for 'read'.",
            default=f"{FOLDER}/python, where the plugin for coverage.py has them written",
            once=True,
            configurable=False,
        ),
    ] = None
    objects: Annotated[
        tuple[str, ...],
        Option(
            flags=("--object",),
            metavar="FILE",
            help="For 'read': a library or program that may have written profiles. Those of clang have to be named.",
            default="none",
            configurable=False,
        ),
    ] = ()
    allow_partial: Annotated[
        bool,
        Option(
            flags=("--allow-partial",),
            help="Write the file of 'read', and do not fail, although counts are missing.",
            configurable=False,
        ),
    ] = False
    include: Annotated[
        tuple[str, ...],
        Option(
            flags=("--include",),
            metavar="GLOB",
            help="Tell only of the source files that match.",
            default="all in FILE; for 'read', what is under the current folder",
            configurable=False,
        ),
    ] = ()
    exclude: Annotated[
        tuple[str, ...],
        Option(
            flags=("--exclude",),
            metavar="GLOB",
            help="Do not tell of the source files that match.",
            default="none",
            configurable=False,
        ),
    ] = ()
    fail_under: Annotated[
        str | None,
        Option(
            flags=("--fail-under",),
            metavar="PCT",
            help="End with exit code 12 if less is covered; as --coverage-fail-under of 'pyharness test'.",
            read=floors.read,
            expected=floors.EXPECTED,
            default="none",
            once=True,
            configurable=False,
        ),
    ] = None
    base: Annotated[
        str | None,
        Option(
            flags=("--base",),
            metavar="FILE",
            help="Show the difference to an earlier coverage.json.",
            once=True,
            configurable=False,
        ),
    ] = None
