"""Launch real programs as adapters say and let their readers read what came: the engine's part, for tests.

What a reader says may not depend on how the bytes came to it, so each launch is read several times: all at once, as
the looks during the launch came, and in random pieces. All of them have to agree.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple, Self

import pytest

from pyharness.adapters.protocol import Channels, Ended, Exit, Progress, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyharness.adapters.protocol import Adapter, Command, ListedCase

LOOK_S = 0.0005


class Look(NamedTuple):
    """How much there was to read at one moment; the report is never behind the output."""

    output: int
    report: int


class Recording(NamedTuple):
    """All that one launch has written."""

    output: bytes
    report: bytes
    looks: Sequence[Look]
    status: Exit


class Launched(NamedTuple):
    """What a reader has made of a recording."""

    recording: Recording
    names: Sequence[str]
    told: Sequence[Ended]
    """In the order in which they were told."""
    running: str | None
    """The case in which the launch ended."""
    complaint: str
    """`Reader.verdict_on_exit`."""

    @property
    def status(self) -> Exit:
        return self.recording.status

    @property
    def output(self) -> bytes:
        return self.recording.output

    @property
    def ended(self) -> dict[str, Ended]:
        return {self.names[ended.position]: ended for ended in self.told}

    @property
    def outcomes(self) -> dict[str, str]:
        return {name: ended.outcome.value for name, ended in self.ended.items()}

    def slice(self, name: str) -> bytes:
        ended = self.ended[name]
        return self.output[ended.output_begin : ended.output_end]

    def messages(self, name: str) -> list[str]:
        return [failure.message for failure in self.ended[name].failures]


def list_cases(adapter: Adapter, program: str, environment: Mapping[str, str] | None = None) -> list[ListedCase]:
    """List the cases of a program. The report is what the launch has written to its file."""
    with _Channels(listens=False) as channels:
        recording = record(adapter.list_command(program, channels.names), channels, environment)
    return adapter.read_list(recording.output, recording.report, recording.status)


def launch(
    adapter: Adapter,
    program: str,
    cases: Sequence[ListedCase],
    *,
    environment: Mapping[str, str] | None = None,
    seed: int = 1,
    limit_s: float = 60,
    exact_slices: bool = True,
) -> Launched:
    """Run these cases in one launch, and read it in several ways that have to agree.

    Where only time tells apart whose output is whose, slices are not exact: they may differ.
    """
    with _Channels(listens=adapter.wants_address) as channels:
        recording = record(adapter.command(program, cases, channels.names), channels, environment, limit_s)
    whole = [Look(len(recording.output), len(recording.report))]
    result = read(adapter, cases, recording, whole)
    for looks in (recording.looks, *(list(_pieces(recording.looks, random.Random(seed + n))) for n in range(5))):
        other = read(adapter, cases, recording, looks)
        if not exact_slices:
            other = other._replace(told=_with_slices_of(other.told, result.told))
        assert other == result, "the reader depends on how the bytes come"
    return result


def _with_slices_of(told: Sequence[Ended], others: Sequence[Ended]) -> tuple[Ended, ...]:
    slices = {ended.position: (ended.output_begin, ended.output_end) for ended in others}
    return tuple(
        ended._replace(output_begin=slices[ended.position][0], output_end=slices[ended.position][1])
        for ended in told
        if ended.position in slices
    )


def read(adapter: Adapter, cases: Sequence[ListedCase], recording: Recording, looks: Sequence[Look]) -> Launched:
    """Feed a reader what there was between each two looks."""
    names = [case.name for case in cases]
    reader = adapter.reader(cases)
    told: list[Ended] = []
    for before, now in zip([Look(0, 0), *looks], looks, strict=False):
        output = recording.output[before.output : now.output]
        _take(reader.feed(output, recording.report[before.report : now.report]), told, len(names), now)
    last = reader.end(recording.status)
    _take(last, told, len(names), Look(len(recording.output), len(recording.report)))
    running = None if last.running is None else names[last.running.position]
    return Launched(recording, names, tuple(told), running, _complaint(reader, recording.status))


def _complaint(reader: Reader, status: Exit) -> str:
    return reader.verdict_on_exit(status)


def _take(progress: Progress, told: list[Ended], count: int, now: Look) -> None:
    """Check what holds for everything that any reader says."""
    told += progress.ended
    positions = [ended.position for ended in told]
    assert len(positions) == len(set(positions)), "a case was told twice"
    for ended in progress.ended:
        assert 0 <= ended.position < count
        assert 0 <= ended.output_begin <= ended.output_end <= now.output
    if progress.running is not None:
        assert progress.running.position not in positions, "an ended case is running"
        assert 0 <= progress.running.output_begin <= now.output


def _pieces(looks: Sequence[Look], dice: random.Random) -> Iterator[Look]:
    """Leave out looks at random, and move others by some bytes.

    What looks can rely on stays true: a report has all that was written before its output was looked at, and an output
    all that was written before the report of the look before. So looks that are moved need others left out.
    """
    last = len(looks) - 1
    chosen = [*sorted(dice.sample(range(last), dice.randint(0, last))), last]
    for before, number, after in zip([-3, *chosen], chosen, [*chosen[1:], last + 1], strict=False):
        output, report = looks[number]
        if before <= number - 3 and number not in {0, last}:
            output = dice.randint(looks[number - 1].output, output)
        if after >= number + 2:
            report = dice.randint(report, looks[number + 1].report)
        yield Look(output, report)


# ---- one launch


def record(
    command: Command, channels: _Channels, environment: Mapping[str, str] | None = None, limit_s: float = 60
) -> Recording:
    """Run a command to its end, or fail the test after `limit_s`."""
    os.write(channels.input, command.input)
    changed = {**os.environ, **(environment or {}), **command.environment}
    process = subprocess.Popen(
        command.arguments,
        stdin=subprocess.DEVNULL,
        stdout=channels.output,
        stderr=channels.output,
        env={name: value for name, value in changed.items() if value is not None},
        cwd=command.folder or None,
        pass_fds=(channels.report, channels.input),
        start_new_session=True,
    )
    try:
        looks = channels.follow(process, limit_s)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
    return Recording(channels.read_output(), channels.read_report(), looks, Exit(max(code, 0), max(-code, 0)))


class _Channels:
    """Files in memory and a listener: what the engine makes for each launch."""

    def __init__(self, *, listens: bool) -> None:
        self.output = os.memfd_create("output")
        self.report = os.memfd_create("report")
        self.input = os.memfd_create("input")
        self._listener = socket.create_server(("127.0.0.1", 0)) if listens else None
        self._connection: socket.socket | None = None
        self._closed = False
        self._streamed = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in (self.output, self.report, self.input):
            os.close(descriptor)
        for end in (self._listener, self._connection):
            if end is not None:
                end.close()

    @property
    def names(self) -> Channels:
        port = "" if self._listener is None else f"127.0.0.1:{self._listener.getsockname()[1]}"
        return Channels(f"/proc/self/fd/{self.report}", f"/proc/self/fd/{self.input}", port)

    def follow(self, process: subprocess.Popen[bytes], limit_s: float) -> list[Look]:
        """Look again and again until the process has ended."""
        deadline = time.monotonic() + limit_s
        looks: list[Look] = []
        while process.poll() is None:
            if time.monotonic() > deadline:
                pytest.fail(f"the launch did not end within {limit_s} s: {self.read_output()[-2000:]!r}")
            looks.append(self._look(LOOK_S))
        return [*looks, self._look(0)]

    def _look(self, wait_s: float) -> Look:
        output = os.fstat(self.output).st_size
        if self._listener is None:
            select.select([], [], [], wait_s)
            return Look(output, os.fstat(self.report).st_size)
        self._receive(wait_s)
        return Look(output, len(self._streamed))

    def _receive(self, wait_s: float) -> None:
        """Take what there is of the first connection; others stay where they are, unanswered."""
        assert self._listener is not None
        if self._connection is None:
            if not select.select([self._listener], [], [], wait_s)[0]:
                return
            self._connection, _ = self._listener.accept()
        if self._closed:
            select.select([], [], [], wait_s)
        while not self._closed and select.select([self._connection], [], [], wait_s)[0]:
            received = self._received()
            self._closed = not received
            self._streamed += received
            wait_s = 0

    def _received(self) -> bytes:
        assert self._connection is not None
        try:
            return self._connection.recv(1 << 16)
        except ConnectionResetError:
            return b""

    def read_output(self) -> bytes:
        return _content(self.output)

    def read_report(self) -> bytes:
        return _content(self.report) if self._listener is None else bytes(self._streamed)


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
