"""
The engine of pyharness.
"""
from __future__ import annotations
import collections.abc
import typing
__all__: list[str] = ['ABI_VERSION', 'ALL_WORKERS', 'Answer', 'AnswerKind', 'Batch', 'CrashReport', 'HungStack', 'InterruptedAttempt', 'LateOutput', 'LoadedLibrary', 'LostSuite', 'MOST_WORKERS', 'RunOptions', 'StartedAttempt', 'SuiteListing', 'Supervisor', 'TaskReport', 'TaskSettings', 'TestTask', 'ThreadPool', 'Unmet', 'adopt_orphans', 'kill_adopted', 'outcomes', 'program_listing', 'read_loaded']
class SuiteListing:
    """
    A loaded suite; cases in columns, one entry per case.
    """
    def __len__(self) -> int:
        ...
    def files(self) -> list[str]:
        ...
    def flags(self) -> list[int]:
        """
        1: serial, 2: disabled.
        """
    def isolations(self) -> list[str]:
        """
        auto, thread, process, case: as the case declares; auto: as the suite says.
        """
    def lines(self) -> list[int]:
        ...
    def names(self) -> list[str]:
        ...
    def tags(self) -> list[str]:
        ...
    def threads_required(self) -> list[int]:
        """
        Workers whose place a case takes.
        """
    def timeouts_ms(self) -> list[int | None]:
        """
        Limits declared in the source; 0: no limit; None: the run decides.
        """
    @property
    def group(self) -> str:
        ...
    @property
    def isolation(self) -> str:
        """
        auto, thread, process, case: of the cases that declare none; auto: the run decides.
        """
    @property
    def name(self) -> str:
        ...
    @property
    def path(self) -> str:
        ...
class AnswerKind:
    """
    Members:
    
      ended
    
      not_started
    
      late
    
      flooded
    
      cancelled
    """
    __members__: typing.ClassVar[dict[str, AnswerKind]]
    cancelled: typing.ClassVar[AnswerKind]
    ended: typing.ClassVar[AnswerKind]
    flooded: typing.ClassVar[AnswerKind]
    late: typing.ClassVar[AnswerKind]
    not_started: typing.ClassVar[AnswerKind]
    @typing.overload
    def __eq__(self, other: AnswerKind) -> bool:
        ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool:
        ...
    def __getstate__(self) -> int:
        ...
    def __hash__(self) -> int:
        ...
    def __index__(self) -> int:
        ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def __int__(self) -> int:
        ...
    @typing.overload
    def __ne__(self, other: AnswerKind) -> bool:
        ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool:
        ...
    def __repr__(self) -> str:
        ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def __str__(self) -> str:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def value(self) -> int:
        ...
class Answer:
    """
    What a command has said.
    """
    @property
    def exit_code(self) -> int:
        ...
    @property
    def kind(self) -> AnswerKind:
        ...
    @property
    def output(self) -> bytes:
        ...
    @property
    def report(self) -> bytes:
        ...
    @property
    def signal(self) -> int:
        ...
    @property
    def text(self) -> str:
        ...
class TestTask:
    """
    A case of a loaded test library, as it is put on a plan.
    """
    def __init__(self, library: typing.SupportsInt | typing.SupportsIndex, suite: SuiteListing, index: typing.SupportsInt | typing.SupportsIndex) -> None:
        """
        library: position among the loaded libraries, from 0. index: of the case in the suite, from 0.
        """
    @property
    def disabled(self) -> bool:
        ...
    @property
    def file(self) -> str:
        ...
    @property
    def group(self) -> str:
        ...
    @property
    def index(self) -> int:
        ...
    @property
    def isolation(self) -> str:
        ...
    @property
    def library(self) -> int:
        ...
    @property
    def line(self) -> int:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def path(self) -> str:
        ...
    @property
    def serial(self) -> bool:
        ...
    @property
    def suite(self) -> str:
        ...
    @property
    def tags(self) -> str:
        ...
    @property
    def threads_required(self) -> int:
        ...
    @property
    def timeout_ms(self) -> int | None:
        ...
class LoadedLibrary:
    """
    What came of loading a library: a listing, or why there is none.
    """
    @property
    def cancelled(self) -> bool:
        ...
    @property
    def exit_code(self) -> int:
        ...
    @property
    def late(self) -> bool:
        ...
    @property
    def listing(self) -> SuiteListing | None:
        ...
    @property
    def output(self) -> bytes:
        ...
    @property
    def refused(self) -> str:
        """
        A whole sentence; empty when it was not refused.
        """
    @property
    def signal(self) -> int:
        ...
class StartedAttempt:
    """
    Times in nanoseconds since the start of the run.
    """
    @property
    def attempt(self) -> int:
        """
        From 1.
        """
    @property
    def elapsed_ns(self) -> int:
        ...
    @property
    def start_ns(self) -> int:
        ...
    @property
    def task(self) -> int:
        ...
    @property
    def worker(self) -> int:
        ...
class TaskReport:
    """
    What an attempt has reported, or left behind.
    """
    @property
    def file(self) -> str:
        ...
    @property
    def kind(self) -> str:
        """
        failure, skip, leak, uncertain leak.
        """
    @property
    def line(self) -> int:
        ...
    @property
    def message(self) -> str:
        ...
    @property
    def task(self) -> int:
        ...
class InterruptedAttempt:
    """
    Cut off through no fault of its own.
    """
    @property
    def attempt(self) -> StartedAttempt:
        ...
    @property
    def capture(self) -> int:
        ...
    @property
    def output_begin(self) -> int:
        ...
    @property
    def output_end(self) -> int:
        ...
    @property
    def reason(self) -> str:
        ...
    @property
    def runs_again(self) -> bool:
        """
        Under the same number; else the run ends.
        """
class LateOutput:
    """
    What an attempt printed after its time was over.
    """
    @property
    def attempt(self) -> int:
        ...
    @property
    def task(self) -> int:
        ...
    @property
    def text(self) -> bytes:
        ...
class HungStack:
    """
    Where an attempt stood when its time was over, or the run ended.
    """
    @property
    def attempt(self) -> int:
        ...
    @property
    def frames(self) -> list[int]:
        """
        Program counters, innermost first.
        """
    @property
    def maps(self) -> str:
        ...
    @property
    def task(self) -> int:
        ...
class Unmet:
    """
    A task that is not run, since one that it needs has not passed.
    """
    @property
    def needed(self) -> int:
        ...
    @property
    def task(self) -> int:
        ...
class LostSuite:
    """
    A suite that cannot be loaded any more.
    """
    @property
    def library(self) -> int:
        ...
    @property
    def output(self) -> str:
        ...
    @property
    def reason(self) -> str:
        ...
class CrashReport:
    """
    A host, or the process of a case, died at the hands of a case.
    """
    @property
    def address(self) -> int:
        ...
    @property
    def attempt(self) -> int:
        ...
    @property
    def capture(self) -> int:
        ...
    @property
    def exit_code(self) -> int:
        ...
    @property
    def frames(self) -> list[int]:
        """
        Program counters, innermost first.
        """
    @property
    def is_sent(self) -> bool:
        """
        The signal came by raise() or kill(), and has no address.
        """
    @property
    def kind(self) -> str:
        """
        signal, exit, quick_exit, sanitizer; unseen: nothing was noted, signal and exit_code are the status of the process; stopped: by `signal`; memory: it used memory_bytes, more than it may.
        """
    @property
    def left_over(self) -> bool:
        """
        The thread that crashed is older than the case that ran on its worker.
        """
    @property
    def maps(self) -> str:
        ...
    @property
    def memory_bytes(self) -> int:
        ...
    @property
    def output_begin(self) -> int:
        ...
    @property
    def output_end(self) -> int:
        ...
    @property
    def signal(self) -> int:
        """
        0: the process ended by an exit.
        """
    @property
    def stack_overflow(self) -> bool:
        ...
    @property
    def suspects(self) -> list[int]:
        ...
    @property
    def task(self) -> int | None:
        """
        None: no culprit could be named.
        """
    @property
    def worker(self) -> int:
        ...
class Batch:
    """
    What has happened since the last call. Attempts that have ended come in columns of equal length, as bytes to be cast: I 32-bit, B 8-bit, Q 64-bit unsigned.
    """
    @property
    def attempts(self) -> bytes:
        """
        I: numbers, from 1
        """
    @property
    def captures(self) -> bytes:
        """
        I: for read_output
        """
    @property
    def crashes(self) -> list[CrashReport]:
        ...
    @property
    def durations_ns(self) -> bytes:
        """
        Q
        """
    @property
    def finals(self) -> bytes:
        """
        B: 1, the task's last attempt; 0, it will be tried again
        """
    @property
    def host_failures(self) -> list[str]:
        ...
    @property
    def interrupted(self) -> list[InterruptedAttempt]:
        ...
    @property
    def late_outputs(self) -> list[LateOutput]:
        """
        Each of an attempt whose end was told, here or before.
        """
    @property
    def lost_suites(self) -> list[LostSuite]:
        ...
    @property
    def outcomes(self) -> bytes:
        """
        B: see outcomes()
        """
    @property
    def output_begins(self) -> bytes:
        """
        Q
        """
    @property
    def output_ends(self) -> bytes:
        """
        Q
        """
    @property
    def over(self) -> bool:
        ...
    @property
    def panic(self) -> bool:
        """
        The last of the crashes ends the run.
        """
    @property
    def reports(self) -> list[TaskReport]:
        ...
    @property
    def retry_delays_ns(self) -> bytes:
        """
        Q
        """
    @property
    def running(self) -> list[StartedAttempt]:
        ...
    @property
    def stacks(self) -> list[HungStack]:
        ...
    @property
    def started(self) -> list[StartedAttempt]:
        """
        Started, and not yet ended.
        """
    @property
    def starts_ns(self) -> bytes:
        """
        Q: since the start of the run
        """
    @property
    def tasks(self) -> bytes:
        """
        I
        """
    @property
    def timed_out(self) -> bool:
        """
        The limit of the whole run has passed.
        """
    @property
    def unmet(self) -> list[Unmet]:
        """
        Tasks that are not run.
        """
    @property
    def workers(self) -> bytes:
        """
        B
        """
class RunOptions:
    """
    How a run is made. Times in milliseconds; 0: no limit.
    """
    captured: bool
    def __init__(self, host_program: str, workers: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def apart(self) -> bool:
        """
        No two cases run side by side in one process.
        """
    @apart.setter
    def apart(self, arg0: bool) -> None:
        ...
    @property
    def global_timeout_ms(self) -> int:
        ...
    @global_timeout_ms.setter
    def global_timeout_ms(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def grace_ms(self) -> int:
        ...
    @grace_ms.setter
    def grace_ms(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def leaks(self) -> str:
        """
        ignore, warn or fail.
        """
    @leaks.setter
    def leaks(self, arg1: str) -> None:
        ...
    @property
    def load_limit(self) -> float:
        ...
    @load_limit.setter
    def load_limit(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None:
        ...
    @property
    def load_timeout_ms(self) -> int:
        ...
    @load_timeout_ms.setter
    def load_timeout_ms(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def max_fail(self) -> int:
        ...
    @max_fail.setter
    def max_fail(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def memory_limit_bytes(self) -> int:
        ...
    @memory_limit_bytes.setter
    def memory_limit_bytes(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def most_output_bytes(self) -> int:
        """
        Kept of one attempt.
        """
    @most_output_bytes.setter
    def most_output_bytes(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def on_crash_go_on(self) -> bool:
        """
        False: a crash ends the run at once.
        """
    @on_crash_go_on.setter
    def on_crash_go_on(self, arg1: bool) -> None:
        ...
    @property
    def seed(self) -> int:
        """
        Of the jitter of retries.
        """
    @seed.setter
    def seed(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def stop_steps(self) -> list[tuple[int, int]]:
        """
        What is left of a host that hangs: pairs of a signal and how long to wait for its effect.
        """
    @stop_steps.setter
    def stop_steps(self, arg1: collections.abc.Sequence[tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]]) -> None:
        ...
    @property
    def timeout_ms(self) -> int:
        ...
    @timeout_ms.setter
    def timeout_ms(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
class TaskSettings:
    """
    What the run says about some of its tasks.
    """
    retry_exponential: bool
    retry_jitter: bool
    serial: bool | None
    def __init__(self) -> None:
        ...
    @property
    def group(self) -> int | None:
        """
        Position in the group limits of the run: the only group, or the first of `groups`.
        """
    @group.setter
    def group(self, arg1: typing.SupportsInt | typing.SupportsIndex | None) -> None:
        ...
    @property
    def groups(self) -> list[int]:
        """
        Positions in the group limits of the run; a task runs when all have room.
        """
    @groups.setter
    def groups(self, arg0: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]) -> None:
        ...
    @property
    def isolation(self) -> str:
        """
        thread, process or case; auto: as the case or its suite says.
        """
    @isolation.setter
    def isolation(self, arg1: str) -> None:
        ...
    @property
    def retries(self) -> int:
        ...
    @retries.setter
    def retries(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def retry_delay_ms(self) -> int:
        ...
    @retry_delay_ms.setter
    def retry_delay_ms(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def threads_required(self) -> int:
        """
        0: as the case says.
        """
    @threads_required.setter
    def threads_required(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def timeout_ms(self) -> int | None:
        """
        None: as the case says. 0: no limit.
        """
    @timeout_ms.setter
    def timeout_ms(self, arg1: typing.SupportsInt | typing.SupportsIndex | None) -> None:
        ...
class Supervisor:
    """
    Runs a plan on hosts. One thread at a time.
    """
    def __init__(self, options: RunOptions) -> None:
        ...
    def add(self, suites: collections.abc.Sequence[SuiteListing | None], added: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], libraries: bytes, indices: bytes, settings: collections.abc.Sequence[TaskSettings], settings_of: bytes, known_settings: typing.SupportsInt | typing.SupportsIndex) -> None:
        """
        Puts more on the plan of a run. suites: all, by library. added: the numbers of those that are new. settings: new ones; settings_of counts them on from known_settings. Raises ValueError when there is no room.
        """
    def ask(self, queries: collections.abc.Sequence[tuple[typing.Any, bool]]) -> list[Answer]:
        """
        Runs a command each and returns what they said. Of each: a function from channels to the command, and whether it wants an address.
        """
    def cancel(self, now: bool) -> None:
        """
        Starts nothing more; now: stops what runs, too. Otherwise what runs has RunOptions.grace_ms.
        """
    def close(self) -> None:
        """
        Kills whatever still runs.
        """
    def expect_no_more(self) -> None:
        """
        Nothing more will be added: the run may end.
        """
    def know(self, library: typing.SupportsInt | typing.SupportsIndex, listing: SuiteListing) -> None:
        """
        Takes a suite whose listing is known; before start.
        """
    def load(self, paths: collections.abc.Sequence[str]) -> list[LoadedLibrary]:
        """
        Loads each; a signal handler that raises, or calls cancel, ends it early.
        """
    def not_run(self) -> list[int]:
        """
        Tasks without a result, and without a reason in Batch.unmet; once the run is over.
        """
    def read_output(self, capture: typing.SupportsInt | typing.SupportsIndex, begin: typing.SupportsInt | typing.SupportsIndex, end: typing.SupportsInt | typing.SupportsIndex) -> bytes:
        ...
    def resume(self) -> None:
        ...
    def set_host_environment(self, environment: collections.abc.Sequence[str]) -> None:
        """
        The whole environment of hosts, NAME=value each; before start.
        """
    def start(self, suites: collections.abc.Sequence[SuiteListing | None], libraries: bytes, indices: bytes, settings: collections.abc.Sequence[TaskSettings], settings_of: bytes, group_limits: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], after: collections.abc.Sequence[tuple[typing.SupportsInt | typing.SupportsIndex, collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]]] = [], needs: collections.abc.Sequence[tuple[typing.SupportsInt | typing.SupportsIndex, collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]]] = [], priorities: bytes = b'', launcher: typing.Any = None, room: typing.SupportsInt | typing.SupportsIndex = 0) -> None:
        """
        Starts the run. suites: by library, None where it failed, then by program. libraries, indices, settings_of (a position in settings): one 32-bit entry per task. after, needs: tasks, each with those that must have ended, or passed, before it starts. priorities: a 32-bit float per task; empty: all have 0. Raises ValueError for tasks that wait for one another, or do not exist. launcher: says what is launched for programs. room: how many tasks there may come to be, if the run waits for more until expect_no_more.
        """
    def suspend(self) -> None:
        """
        Until resume, nothing runs and no time counts.
        """
    def task(self, task: typing.SupportsInt | typing.SupportsIndex) -> TestTask:
        ...
    def wait(self, limit_ms: typing.SupportsInt | typing.SupportsIndex) -> Batch:
        """
        Waits for something to happen, at most limit_ms or until a signal arrives.
        """
    def watch(self, descriptor: typing.SupportsInt | typing.SupportsIndex) -> None:
        """
        wait() returns when this descriptor is readable; -1: none.
        """
    @property
    def host_memory_bytes(self) -> int:
        """
        What a host with the suites loaded takes, before any case; 0: not known.
        """
    @property
    def without_threads(self) -> bool:
        """
        Whether `thread` is run as `process`, since this kernel leaves no other way.
        """
    @property
    def workers(self) -> int:
        ...
class ThreadPool:
    """
    Runs cases on threads of this process, without a host: a crash of a case ends this process.
    """
    def __init__(self, workers: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def load(self, path: str) -> SuiteListing:
        """
        Loads a suite; its library counts from 0 in the order of calls.
        """
    def read_output(self, capture: typing.SupportsInt | typing.SupportsIndex, begin: typing.SupportsInt | typing.SupportsIndex, end: typing.SupportsInt | typing.SupportsIndex) -> bytes:
        ...
    def run(self, tasks: collections.abc.Sequence[TestTask], max_fail: typing.SupportsInt | typing.SupportsIndex = 0) -> Batch:
        """
        Blocks until every task has ended; Ctrl-C starts nothing more.
        """
def adopt_orphans() -> bool:
    """
    Makes this process the parent of what its descendants leave behind.
    """
def kill_adopted() -> int:
    """
    Kills and reaps adopted processes; returns how many there were.
    """
def outcomes() -> list[str]:
    """
    The names of the numbers in Batch.outcomes.
    """
def program_listing(path: str, name: str, names: collections.abc.Sequence[str], files: collections.abc.Sequence[str], lines: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], timeouts_ms: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex | None], flags: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], threads_required: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]) -> SuiteListing:
    """
    The listing of an existing executable; columns with one entry per case, as SuiteListing gives them.
    """
def read_loaded(content: bytes, library: str) -> LoadedLibrary:
    """
    What `pyharness-host list` has written of a library. Raises ValueError when it is not of this version of pyharness.
    """
ABI_VERSION: int = 1
ALL_WORKERS: int = 4294967295
MOST_WORKERS: int = 64
