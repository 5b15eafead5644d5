"""The options that may differ from case to case: a configuration file can override them for some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pyharness.config.field import Option

LONGEST_S = 1_000_000_000
MOST = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class CaseOptions:
    """What a run says of all its cases, and an override of some."""

    isolation: Annotated[
        str,
        Option(
            flags=("--isolation",),
            help="Where cases run: 'thread': on the threads of one process; 'process': each worker is a process of its "
            "own; 'case': each case in a process of its own, forked from one that has the suite loaded; "
            "'auto': as the case or its suite says.",
            choices=("auto", "thread", "process", "case"),
            environment="PYHARNESS_ISOLATION",
        ),
    ] = "auto"
    timeout_s: Annotated[
        float,
        Option(
            flags=("--timeout",),
            metavar="SECONDS",
            help="End a case that runs longer; 0: no limit. A case that declares a limit of its own keeps that.",
            maximum=LONGEST_S,
            environment="PYHARNESS_TIMEOUT",
        ),
    ] = 60.0
    slow_after_s: Annotated[
        float,
        Option(
            flags=("--slow-after",),
            metavar="SECONDS",
            help="Say that a case is slow each time it has run for so long; 0: never.",
            maximum=LONGEST_S,
        ),
    ] = 30.0
    retries: Annotated[
        int,
        Option(
            flags=("--retries",),
            metavar="N",
            help="Run a case that has failed again, up to N times.",
            maximum=100,
            environment="PYHARNESS_RETRIES",
        ),
    ] = 0
    retry_delay_s: Annotated[
        float,
        Option(
            flags=("--retry-delay",),
            metavar="SECONDS",
            help="Wait before a retry; meanwhile its worker runs other cases.",
            maximum=LONGEST_S,
        ),
    ] = 0.0
    retry_backoff: Annotated[
        str,
        Option(
            flags=("--retry-backoff",),
            help="Wait equally long before each retry of a case, or twice as long as before the last.",
            choices=("fixed", "exponential"),
        ),
    ] = "fixed"
    retry_jitter: Annotated[
        bool,
        Option(
            flags=("--retry-jitter",),
            help="Draw each wait before a retry between its half and the whole, so that not all cases return at once.",
        ),
    ] = False


def read_threads(value: object) -> int | None:
    """Return how many workers a case takes up; 0 for `"all"`, `None` for what says neither."""
    if value == "all":
        return 0
    return value if type(value) is int and 1 <= value <= MOST else None


@dataclass(frozen=True, kw_only=True)
class OverrideOptions(CaseOptions):
    """What an override can set: the options of cases, and what only makes sense for some of them."""

    serial: Annotated[bool | None, Option(key="serial", help="Run it while nothing else runs.")] = None
    group: Annotated[
        str | None,
        Option(key="group", metavar="NAME", help="Count it in this group, of which only so many run at once."),
    ] = None
    threads_required: Annotated[
        int | None,
        Option(
            key="threads-required",
            help="Let it take up so many workers; 'all': each of them.",
            read=read_threads,
            expected="a whole number of at least 1, or 'all'",
        ),
    ] = None
