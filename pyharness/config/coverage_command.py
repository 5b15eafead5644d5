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
            help="'report' prints the table, 'html' writes a folder with sources, 'export' writes another format.",
            choices=("report", "html", "export"),
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
            help="What 'export' writes: LLVM's JSON, the summary, an lcov tracefile, or Cobertura XML.",
            choices=("json", "summary", "lcov", "cobertura"),
            configurable=False,
        ),
    ] = "lcov"
    output: Annotated[
        str | None,
        Option(
            flags=("-o", "--output"),
            metavar="PATH",
            help="The folder of 'html', the file of 'export'.",
            default=f"{FOLDER}/html; the standard output",
            once=True,
            configurable=False,
        ),
    ] = None
    include: Annotated[
        tuple[str, ...],
        Option(
            flags=("--include",),
            metavar="GLOB",
            help="Tell only of the source files that match.",
            default="all in FILE",
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
