"""The options that say what is shown and written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pyharness.config.field import Option

_MOST_MIB = 1_000_000


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """What becomes of results and of output."""

    verbose: Annotated[
        bool,
        Option(
            flags=("-v", "--verbose"),
            elsewhere=("-V",),
            help="One line for each case, also for those that pass.",
            subject="amount",
            exclusive=True,
        ),
    ] = False
    quiet: Annotated[
        bool,
        Option(
            flags=("-q", "--quiet"),
            help="One line for each failure, and the last line.",
            subject="amount",
            exclusive=True,
        ),
    ] = False
    no_capture: Annotated[
        bool,
        Option(
            flags=("--no-capture",),
            help="Leave the terminal to the cases instead of capturing what they print. Runs on one thread, "
            "unless --test-threads says otherwise.",
        ),
    ] = False
    success_output: Annotated[
        str,
        Option(
            flags=("--success-output",),
            help="Whether to show what cases print that pass or are skipped; that of failures is always shown.",
            choices=("never", "immediate"),
        ),
    ] = "never"
    max_output_mib: Annotated[
        int,
        Option(
            flags=("--max-output",),
            metavar="MIB",
            help="Keep so many MiB of what one attempt prints: its begin and its end.",
            minimum=1,
            maximum=_MOST_MIB,
        ),
    ] = 16
    color: Annotated[
        str,
        Option(
            flags=("--color",),
            help="Whether to use colours; 'auto' asks the terminal and NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE.",
            choices=("auto", "always", "never"),
            environment="PYHARNESS_COLOR",
        ),
    ] = "auto"
    events: Annotated[
        str | None,
        Option(
            flags=("--events",),
            metavar="FILE",
            help="Write each event as one line of JSON to FILE; folders that are missing are made.",
            once=True,
            is_path=True,
        ),
    ] = None
    junit: Annotated[
        str | None,
        Option(
            flags=("--junit",),
            elsewhere=("--output-junit", "--junitxml", "--junit-xml"),
            metavar="FILE",
            help="Write a JUnit XML report to FILE; folders that are missing are made.",
            once=True,
            is_path=True,
        ),
    ] = None
