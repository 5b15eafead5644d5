"""The fault table: what each misbehaving case must yield, whatever the isolation, the workers, and --on-crash."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import NamedTuple

ISOLATIONS = ("thread", "process", "case")
WORKERS = (1, 4, 16)
ON_CRASH = ("panic", "continue")


@dataclass(frozen=True)
class Fault:
    """A program under `tests/programs/faults`, and what becomes of its case `culprit`."""

    name: str
    outcome: str
    """Of the culprit's attempt; `unloadable`, `unload`: the suite fails, before or after its case has run."""
    says: str = ""
    """A part of the reported cause, message, or reason."""
    arguments: tuple[str, ...] = ()
    config: str = ""
    """Content of pyharness.toml."""
    leak: str = ""
    """A part of what is said to be left behind."""
    output: bytes = b""
    """What the culprit writes, where that is special."""

    @property
    def library(self) -> str:
        return self.name if self.name.startswith(("load_", "unload_")) else f"fault_{self.name}"

    @property
    def case(self) -> str:
        return "passes" if self.outcome == "unload" else "culprit"

    @property
    def spoils_its_library(self) -> bool:
        return self.name.startswith("library_")


FAULTS = [
    Fault("null_write", "crash", "SIGSEGV at address 0x0"),
    Fault("wild_write", "crash", "SIG"),
    Fault("stack_overflow", "crash", "SIGSEGV"),
    Fault("stack_overflow_in_thread", "crash", "SIGSEGV"),
    Fault("double_free", "crash", "SIGABRT"),
    Fault("abort", "crash", "SIGABRT"),
    Fault("throws_in_thread", "crash", "SIGABRT"),
    Fault("throws_in_destructor", "crash", "SIGABRT"),
    Fault("division_by_zero", "crash", "SIGFPE"),
    Fault("illegal_instruction", "crash", "SIGILL"),
    Fault("bus_error", "crash", "SIGBUS"),
    Fault("_exit_0", "crash", "exit code 0"),
    Fault("exit_0", "crash", "exit(0)"),
    Fault("quick_exit", "crash", "quick_exit() was called"),
    Fault("kill_itself", "crash", "SIGKILL"),
    Fault("stop_itself", "crash", "SIGSTOP"),
    Fault("exhausts_memory", "crash", "--memory-limit", ("--memory-limit", "256")),
    Fault("throws", "fail", "std::runtime_error: nobody catches this"),
    Fault("throws_int", "fail", "int: 42"),
    Fault("pthread_exit", "fail", "pthread_exit"),
    Fault("long_message", "fail", "begin xxx"),
    Fault("endless_loop", "timeout"),
    Fault("deadlock", "timeout"),
    Fault("blocked_read", "timeout"),
    Fault("uninterruptible", "timeout"),
    Fault("ignores_sigterm", "timeout", config='[test]\ntimeout.signals = [["TERM", 0.3], ["KILL", 1.0]]\n'),
    Fault("closes_0_1_2", "pass"),
    Fault("closes_all_descriptors", "pass"),
    Fault("reopens_stdout", "pass"),
    Fault("exhausts_descriptors", "pass"),
    Fault("output_flood", "pass"),
    Fault("strange_output", "pass", output=b"caf\xe9 \xff\xfe a\0b \xed\xa0\x80\n"),
    Fault("no_newline", "pass", output=b"no end of line"),
    Fault("fork_returns", "pass"),
    Fault("longjmp", "pass"),
    Fault("many_threads", "pass"),
    Fault("library_deleted", "pass"),
    Fault("library_replaced", "pass"),
    Fault("daemon", "pass", leak="process"),
    Fault("fork_bomb", "pass", leak="process"),
    Fault("chdir", "pass", leak="working directory"),
    Fault("setenv", "pass", leak="FAULT"),
    Fault("umask", "pass", leak="umask"),
    Fault("sigaction", "pass", leak="SIGTERM"),
    Fault("blocked_signals", "pass", leak="blocked"),
    Fault("setrlimit", "pass", leak="RLIMIT_NOFILE"),
    Fault("setlocale", "pass", leak="locale"),
    Fault("rounding_mode", "pass", leak="rounding mode"),
    Fault("load_crashes", "unloadable", "it crashed with SIGSEGV while loading"),
    Fault("load_hangs", "unloadable", "longer than 1 s", ("--load-timeout", "1")),
    Fault("load_throws", "unloadable", "thrown by a constructor"),
    Fault("load_exits", "unloadable", "it ended the process with exit code 0 while loading"),
    Fault("unload_crashes", "unload", "while the suites were unloaded"),
]


class Row(NamedTuple):
    """One run: a fault, and how it is run."""

    fault: Fault
    isolation: str
    workers: int
    on_crash: str

    def __str__(self) -> str:
        return f"{self.fault.name}-{self.isolation}-{self.workers}-{self.on_crash}"

    @property
    def arguments(self) -> list[str]:
        way = ["--isolation", self.isolation, "--test-threads", str(self.workers), "--on-crash", self.on_crash]
        return [*way, *self.fault.arguments]

    @property
    def environment(self) -> dict[str, str]:
        """Tells the innocents whether the culprit never runs beside them in one process."""
        return {} if self.isolation == "thread" and self.workers > 1 else {"CULPRIT_IS_APART": "1"}

    @property
    def panics(self) -> bool:
        return self.fault.outcome == "crash" and self.on_crash == "panic"

    @property
    def exit_code(self) -> int:
        codes = {"pass": 0, "fail": 1, "timeout": 1, "crash": 1, "unloadable": 11, "unload": 11}
        return 10 if self.panics else codes[self.fault.outcome]

    @property
    def verdict(self) -> str | None:
        """The culprit's; None: its suite was never loaded."""
        if self.fault.outcome == "unloadable":
            return None
        return "passed" if self.fault.outcome in {"pass", "unload"} else "failed"

    @property
    def may_come_too_late(self) -> bool:
        """A process of several threads stands still only after the case that stopped it has gone on for a moment."""
        return self.fault.name == "stop_itself" and self.isolation == "thread" and self.workers > 1

    @property
    def spoils_stdout(self) -> bool:
        """Whether cases beside the culprit may lose what they print: the stream `stdout` is the whole process's."""
        return self.fault.name == "reopens_stdout" and self.isolation == "thread" and self.workers > 1

    @property
    def innocent_verdicts(self) -> set[str]:
        return {"passed", "not-run"} if self.panics else {"passed"}


TABLE = list(itertools.starmap(Row, itertools.product(FAULTS, ISOLATIONS, WORKERS, ON_CRASH)))


def sample(seed: int, size: int) -> set[Row]:
    """Draw rows so that each fault occurs."""
    shuffled = random.Random(seed).sample(TABLE, len(TABLE))
    one_each = {row.fault: row for row in shuffled}
    others = [row for row in shuffled if one_each[row.fault] != row]
    return {*one_each.values(), *others[: max(0, size - len(one_each))]}
