"""The options of a run as a whole: how much at once, when to stop, what counts as a failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pyharness.config import stop_sequence
from pyharness.config.case_options import LONGEST_S, MOST
from pyharness.config.field import Option
from pyharness.config.stop_sequence import StopStep  # noqa: TC001  get_type_hints looks for it

DEFAULT_TEST_THREADS = 4
_MOST_MIB = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a run goes about its cases."""

    test_threads: Annotated[
        int | None,
        Option(
            flags=("--test-threads",),
            elsewhere=("-j", "--jobs", "--parallel", "-n", "--num-processes"),
            metavar="N",
            help="Run cases on N worker threads, 1 to 64. How many compilers run at once is for --build-jobs.",
            minimum=1,
            maximum=64,
            environment="PYHARNESS_TEST_THREADS",
            default=f"{DEFAULT_TEST_THREADS}; 1 with --no-capture",
        ),
    ] = None
    fail_fast: Annotated[
        bool,
        Option(
            flags=("--fail-fast",),
            elsewhere=("-x", "--exitfirst", "--stop-on-failure"),
            help="Start nothing more after the first failure; short for --max-fail 1.",
            subject="failures",
            exclusive=True,
        ),
    ] = False
    max_fail: Annotated[
        int | None,
        Option(
            flags=("--max-fail",),
            metavar="N",
            help="Start nothing more after N failures.",
            minimum=1,
            maximum=MOST,
            environment="PYHARNESS_MAX_FAIL",
            default="no limit",
            subject="failures",
            exclusive=True,
        ),
    ] = None
    on_crash: Annotated[
        str,
        Option(
            flags=("--on-crash",),
            help="What a crash does: 'panic' ends the run at once; with 'continue' the case has failed, and the others "
            "go on.",
            choices=("panic", "continue"),
        ),
    ] = "panic"
    flaky: Annotated[
        str,
        Option(
            flags=("--flaky",),
            help="What a case that has failed and then passed does to the exit code of the run.",
            choices=("pass", "fail"),
        ),
    ] = "pass"
    leaks: Annotated[
        str,
        Option(
            flags=("--leaks",),
            help="What becomes of a case that leaves behind processes, threads or a changed state of its process: "
            "it fails, or is reported, or neither.",
            choices=("fail", "warn", "ignore"),
        ),
    ] = "warn"
    stop_sequence: Annotated[
        tuple[StopStep, ...],
        Option(
            key="timeout.signals",
            help="How a case that has run too long is stopped: each signal, and the seconds to wait after it. "
            "KILL is the last one, and is added where it is missing.",
            read=stop_sequence.read,
            expected=stop_sequence.EXPECTED,
            default='[["TERM", 5.0], ["KILL", 1.0]]',
        ),
    ] = stop_sequence.DEFAULT
    global_timeout_s: Annotated[
        float,
        Option(
            flags=("--global-timeout",),
            metavar="SECONDS",
            help="End the whole run when it takes longer; 0: no limit.",
            maximum=LONGEST_S,
            environment="PYHARNESS_GLOBAL_TIMEOUT",
        ),
    ] = 0.0
    load_timeout_s: Annotated[
        float,
        Option(
            flags=("--load-timeout",),
            metavar="SECONDS",
            help="Give up on a suite that takes longer to load; 0: no limit.",
            maximum=LONGEST_S,
            environment="PYHARNESS_LOAD_TIMEOUT",
        ),
    ] = 60.0
    memory_limit_mib: Annotated[
        int | None,
        Option(
            flags=("--memory-limit",),
            metavar="MIB",
            help="Count it as a crash when one of the processes that run cases takes up more memory than so many MiB.",
            minimum=1,
            maximum=_MOST_MIB,
            default="no limit",
        ),
    ] = None
    load_limit: Annotated[
        float | None,
        Option(
            flags=("--load-limit",),
            metavar="LOAD",
            help="Start no further case while one runs and more than LOAD processes of the machine are ready to run.",
            minimum=0.1,
            maximum=MOST,
            default="no limit",
        ),
    ] = None
