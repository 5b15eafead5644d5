"""What the engine says has happened: values, filled by the engine and read by the narrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.events import Failure


class Crash(msgspec.Struct, frozen=True):
    """How a host was ended by a case."""

    task: int | None
    attempt: int
    suspects: tuple[int, ...]
    worker: int
    kind: str
    """`signal`, `exit`, `quick_exit`, `stopped`, `memory`, `sanitizer`; `unseen`: only the host's status is known."""
    signal: int
    exit_code: int
    address: int
    is_sent: bool
    """The signal came by `raise()` or `kill()`, and has no address."""
    stack_overflow: bool
    left_over: bool
    """The thread that crashed is older than the case that ran on its worker."""
    memory_bytes: int
    """Of kind `memory`: what it used."""
    output: bytes
    frames: tuple[int, ...]
    maps: str


class Running(msgspec.Struct, frozen=True):
    """An attempt that has started and not ended."""

    task: int
    attempt: int
    worker: int
    start_ns: int
    """Since the start of the run."""
    elapsed_ns: int


class Interrupted(msgspec.Struct, frozen=True):
    """An attempt that was cut off through no fault of its own: its host died beside it, or the run ended."""

    task: int
    attempt: int
    worker: int
    start_ns: int
    elapsed_ns: int
    reason: str
    """`its host died of another case` …"""
    runs_again: bool = False
    """Under the same number; else the run ends."""
    output: bytes = b""


class LateOutput(msgspec.Struct, frozen=True):
    """What an attempt printed after its time was over, in answer to the signals that stop it, say.

    Of a case of a program: what its framework had kept of the output until then.
    """

    task: int
    attempt: int
    output: bytes


class Stack(msgspec.Struct, frozen=True):
    """Where an attempt stood when its time was over, or the run ended."""

    task: int
    attempt: int
    frames: tuple[int, ...]
    maps: str


class Leak(msgspec.Struct, frozen=True):
    """What an attempt left behind or changed."""

    message: str
    certain: bool
    """Not when another case that ran beside it, or just before on its worker, may have done it; the message says so."""


class LostSuite(msgspec.Struct, frozen=True):
    """A suite that could not be loaded again in the middle of the run."""

    library: int
    reason: str
    """One sentence, complete."""
    output: str


class Unmet(msgspec.Struct, frozen=True):
    """A task that is not run, since one that it needs has not passed."""

    task: int
    needed: int


class Batch(msgspec.Struct, frozen=True):
    """What has happened since the last call; ended attempts in columns of equal length, in the order of their ends.

    Of one task, at most one attempt ends in a batch: what stands by task belongs to that attempt.
    """

    tasks: Sequence[int]
    attempts: Sequence[int]
    """From 1."""
    outcomes: bytes
    finals: bytes
    """1: the case's last attempt; 0: it is retried, after `retry_delays_ms`."""
    retry_delays_ms: Sequence[int]
    workers: Sequence[int]
    starts_ns: Sequence[int]
    durations_ns: Sequence[int]
    unmet: tuple[Unmet, ...]
    """In an order in which the reason of each comes before it."""
    reports: dict[int, list[Failure]]
    leaks: dict[int, list[Leak]]
    stacks: tuple[Stack, ...]
    """Not later than the end of their attempt."""
    late_outputs: tuple[LateOutput, ...]
    """Not earlier than the end of their attempt."""
    started: tuple[Running, ...]
    interrupted: tuple[Interrupted, ...]
    running: tuple[Running, ...]
    crashes: tuple[Crash, ...]
    panic: bool
    """The last of `crashes` has ended the run."""
    failed_suites: tuple[LostSuite, ...]
    host_failures: tuple[str, ...]
    over: bool
    timed_out: bool
    output_ranges: tuple[Sequence[int], Sequence[int], Sequence[int]]
    """Capture, begin and end, for `Engine.output`."""
