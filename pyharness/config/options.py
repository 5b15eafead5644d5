"""The options of the commands, one frozen dataclass per command."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pyharness.config.field import Option

DEFAULT_TEST_THREADS = 4
_LONGEST_S = 1_000_000_000
_MOST = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOptions:
    """The options of `pyharness test`."""

    __test__: ClassVar[bool] = False  # pytest takes each class named Test… for one of its own

    paths: Annotated[
        tuple[str, ...],
        Option(
            metavar="PATH",
            help="A test library, a folder that is searched for test libraries, or PATH::CASE for exactly one case.",
            default="the current folder",
        ),
    ] = (".",)
    test_threads: Annotated[
        int | None,
        Option(
            flags=("--test-threads",),
            metavar="N",
            help="Run cases on N worker threads, 1 to 64.",
            minimum=1,
            maximum=64,
            environment="PYHARNESS_TEST_THREADS",
            default=f"{DEFAULT_TEST_THREADS}; 1 with --no-capture",
        ),
    ] = None
    list_cases: Annotated[
        bool, Option(flags=("--list",), help="Print the ids of the selected cases instead of running them.")
    ] = False
    list_format: Annotated[
        str,
        Option(
            flags=("--list-format",),
            help="The form of --list: one id a line, or a JSON array of objects.",
            choices=("text", "json"),
        ),
    ] = "text"
    expression: Annotated[
        str | None,
        Option(
            flags=("-k",),
            metavar="EXPR",
            help="Run only the cases that match: words joined with 'and', 'or', 'not', parentheses. A word "
            "matches a part of the id, upper and lower case alike, or a whole tag; "
            "put quotes around one with blanks or parentheses.",
            once=True,
        ),
    ] = None
    run_disabled: Annotated[
        bool, Option(flags=("--run-disabled",), help="Take cases that are marked as disabled like any other.")
    ] = False
    fail_fast: Annotated[
        bool, Option(flags=("--fail-fast",), help="Start nothing more after the first failure; short for --max-fail 1.")
    ] = False
    max_fail: Annotated[
        int | None,
        Option(
            flags=("--max-fail",),
            metavar="N",
            help="Start nothing more after N failures.",
            minimum=1,
            maximum=_MOST,
            environment="PYHARNESS_MAX_FAIL",
            default="no limit",
        ),
    ] = None
    verbose: Annotated[
        bool,
        Option(flags=("-v", "--verbose"), help="One line for each case, also for those that pass.", exclusive="amount"),
    ] = False
    quiet: Annotated[
        bool,
        Option(flags=("-q", "--quiet"), help="One line for each failure, and the last line.", exclusive="amount"),
    ] = False
    no_capture: Annotated[
        bool,
        Option(
            flags=("--no-capture",),
            help="Leave the terminal to the cases instead of capturing what they print. Runs on one thread, "
            "unless --test-threads says otherwise.",
        ),
    ] = False
    timeout_s: Annotated[
        float,
        Option(
            flags=("--timeout",),
            metavar="SECONDS",
            help="End a case that runs longer; 0: no limit. A case that declares a limit of its own keeps that.",
            maximum=_LONGEST_S,
            environment="PYHARNESS_TIMEOUT",
        ),
    ] = 60.0
    global_timeout_s: Annotated[
        float,
        Option(
            flags=("--global-timeout",),
            metavar="SECONDS",
            help="End the whole run when it takes longer; 0: no limit.",
            maximum=_LONGEST_S,
            environment="PYHARNESS_GLOBAL_TIMEOUT",
        ),
    ] = 0.0
    load_timeout_s: Annotated[
        float,
        Option(
            flags=("--load-timeout",),
            metavar="SECONDS",
            help="Give up on a suite that takes longer to load; 0: no limit.",
            maximum=_LONGEST_S,
            environment="PYHARNESS_LOAD_TIMEOUT",
        ),
    ] = 60.0
    on_crash: Annotated[
        str,
        Option(flags=("--on-crash",), help="What a crash does: 'panic' ends the run at once.", choices=("panic",)),
    ] = "panic"
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
        Option(flags=("--events",), metavar="FILE", help="Write each event as one line of JSON to FILE.", once=True),
    ] = None
    junit: Annotated[
        str | None,
        Option(flags=("--junit",), metavar="FILE", help="Write a JUnit XML report to FILE.", once=True),
    ] = None

    @property
    def thread_count(self) -> int:
        """How many worker threads run cases, after defaults."""
        if self.test_threads is not None:
            return self.test_threads
        return 1 if self.no_capture else DEFAULT_TEST_THREADS

    @property
    def failure_limit(self) -> int | None:
        """After how many failures nothing more is started; `None`: never."""
        return 1 if self.fail_fast else self.max_fail

    @property
    def timeout_ms(self) -> int:
        """The limit of one case; 0: none."""
        return _milliseconds(self.timeout_s)

    @property
    def global_timeout_ms(self) -> int:
        """The limit of the whole run; 0: none."""
        return _milliseconds(self.global_timeout_s)

    @property
    def load_timeout_ms(self) -> int:
        """The limit for loading one suite; 0: none."""
        return _milliseconds(self.load_timeout_s)


def _milliseconds(seconds: float) -> int:
    """Round up, so that a limit below one millisecond does not become 'no limit'."""
    return math.ceil(seconds * 1000)
