"""Rust's own test harness, libtest: programs that `rustc --test` and `cargo test` build.

It prints names and results to the standard output of the tests, and has no other channel in stable Rust. A result is
therefore believed only where libtest goes on: before the next case, or before the summary.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pyharness.adapters.findings import contradiction
from pyharness.adapters.protocol import Channels, Command, Ended, Exit, ListedCase, ListError, Progress, Reader, Running
from pyharness.events import Failure
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyharness.adapters.binary import Binary

SIGNS = (b"RUST_TEST_THREADS", b"RUST_TEST_NOCAPTURE", b"include-ignored")
ENVIRONMENT: dict[str, str | None] = dict.fromkeys(
    ("RUST_TEST_THREADS", "RUST_TEST_NOCAPTURE", "RUST_TEST_SHUFFLE", "RUST_TEST_SHUFFLE_SEED")
)

_IGNORED = "pyharness: ignored ones"
_LIST_TWICE = f'"$0" --list --format terse && echo "{_IGNORED}" && exec "$0" --list --format terse --ignored'
_FAILED = 101
"""Its exit code after a failure."""

_OUTCOMES = {b"ok": Outcome.PASS, b"FAILED": Outcome.FAIL}
_HEAD = rb"test (?P<name>[^\n]+?)(?P<panics> - should panic)? \.\.\. "
_FIRST = re.compile(rb"^" + _HEAD, re.MULTILINE)
_NEXT = re.compile(
    rb"(?P<result>ok|FAILED|ignored(?:, [^\n]*)?)(?: <[\d.]+s>)?\n"
    rb"(?:(?P<head>" + _HEAD + rb")|\n(?:failures:\n|test result: ))"
)
_PANIC = re.compile(
    rb"^thread '.*?' (?:\(\d+\) )?panicked at "
    rb"(?:'(?P<old>(?s:.*?))', (?P<old_file>[^\n]+?):(?P<old_line>\d+):\d+$"
    rb"|(?P<file>[^\n]+?):(?P<line>\d+):\d+:\n(?P<new>(?s:.*?))(?=\nstack backtrace:|\nnote: |\n\n|\Z))",
    re.MULTILINE,
)
_ERROR = re.compile(rb"^Error: (?s:.*?)(?=^thread '|\Z)", re.MULTILINE)
_LONGEST_LINES = 8192
"""Bytes: of a result and the head of the next case."""


class Libtest:
    """The adapter."""

    name = "libtest"
    most_cases = 2000
    """Names are arguments, and all arguments together have a limit."""
    wants_address = False

    def recognises(self, binary: Binary) -> bool:
        """Look for what only libtest says."""
        return binary.is_program and binary.contains(*SIGNS)

    def list_command(self, program: str, channels: Channels) -> Command:  # noqa: ARG002 -- it has no other channel
        """List all cases, and then those with `#[ignore]`: no list says of a case whether it is ignored."""
        return Command(arguments=("/bin/sh", "-c", _LIST_TWICE, program), environment=ENVIRONMENT)

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:  # noqa: ARG002
        """Read `name: test` lines; benchmarks are none."""
        if status != Exit(0):
            raise ListError(f"listing ended with {f'signal {status.signal}' if status.signal else status.code}")
        everything, mark, ignored = output.decode(errors="backslashreplace").partition(f"{_IGNORED}\n")
        if not mark:
            raise ListError("it printed no list of cases")
        disabled = set(_names(ignored))
        return [ListedCase(name=name, disabled=name in disabled) for name in _names(everything)]

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:  # noqa: ARG002
        """Run one after the other, so that what is printed belongs to the case that was named last."""
        options = ("--test-threads=1", "--nocapture", "--include-ignored", "--color=never", "--exact")
        return Command(arguments=(program, *options, *(case.name for case in cases)), environment=ENVIRONMENT)

    def reader(self, cases: Sequence[ListedCase]) -> Reader:
        """Follow what is printed."""
        return LibtestReader(cases)


class _Open(NamedTuple):
    position: int
    begin: int
    should_panic: bool


class LibtestReader:
    """A `Reader`."""

    def __init__(self, cases: Sequence[ListedCase]) -> None:
        """Follow a launch of these cases."""
        self._awaited = {case.name.encode(): position for position, case in enumerate(cases)}
        self._text = b""
        self._origin = 0
        """Where in the output `_text` begins."""
        self._open: _Open | None = None
        self._searched = 0
        """Up to here in the output there is no end of the open case."""
        self._failed = False

    def feed(self, output: bytes, report: bytes) -> Progress:  # noqa: ARG002 -- nothing is reported
        """Take what was printed since the last call."""
        self._text += output
        ended = list(self._ends())
        begin = self._origin if self._open is None else self._open.begin
        self._text, self._origin = self._text[begin - self._origin :], begin
        return Progress(ended, self._running())

    def end(self, status: Exit) -> Progress:  # noqa: ARG002 -- it was all said
        """Say what was running."""
        return Progress((), self._running())

    def verdict_on_exit(self, status: Exit) -> str:
        """Compare the exit with the results."""
        return contradiction(status, failing=_FAILED, any_failed=self._failed)

    def _ends(self) -> Iterator[Ended]:
        if self._open is None:
            self._begin(_FIRST.search(self._text))
        while self._open is not None:
            match = _NEXT.search(self._text, self._searched - self._origin)
            if match is None:
                self._searched = max(self._searched, self._origin + len(self._text) - _LONGEST_LINES)
                return
            self._searched = self._origin + match.start() + 1
            if match["head"] is None or match["name"] in self._awaited:
                yield self._ended(self._open, match)
                self._open = None
                self._begin(match if match["head"] else None)

    def _begin(self, match: re.Match[bytes] | None) -> None:
        if match is not None and match["name"] in self._awaited:
            position = self._awaited.pop(match["name"])
            self._searched = self._origin + match.end()
            self._open = _Open(position, self._searched, match["panics"] is not None)

    def _ended(self, case: _Open, match: re.Match[bytes]) -> Ended:
        text = self._text[case.begin - self._origin : match.start()]
        end = self._origin + match.start()
        outcome = _OUTCOMES.get(match["result"], Outcome.SKIP)
        failures: tuple[Failure, ...] = ()
        if outcome is Outcome.SKIP:
            failures = (
                Failure("", 0, _text(match["result"].removeprefix(b"ignored").removeprefix(b", ")) or "ignored"),
            )
        elif outcome is Outcome.FAIL:
            self._failed = True
            failures = tuple(_failures(text, should_panic=case.should_panic))
        return Ended(case.position, outcome, -1, case.begin, end, failures)

    def _running(self) -> Running | None:
        return self._open and Running(self._open.position, self._open.begin)


def _names(text: str) -> list[str]:
    return [line.removesuffix(": test") for line in text.splitlines() if line.endswith(": test")]


def _failures(text: bytes, *, should_panic: bool) -> Iterator[Failure]:
    error = _ERROR.search(text)
    if error is not None:
        yield Failure("", 0, _text(error[0]))
        return
    panics = list(_PANIC.finditer(text))
    if should_panic and not panics:
        yield Failure("", 0, "did not panic, as was expected")
    expectation = "not the panic that was expected: " if should_panic else ""
    for panic in panics:
        message = _text(panic["new"] if panic["old"] is None else panic["old"])
        line = int(panic["line"] or panic["old_line"])
        yield Failure(_text(panic["file"] or panic["old_file"]), line, expectation + message)


def _text(words: bytes) -> str:
    return words.decode(errors="backslashreplace").strip("\n")


ADAPTER = Libtest()
