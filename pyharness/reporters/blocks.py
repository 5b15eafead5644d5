"""How single events look on the console: each function returns whole lines. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pyharness.model import Outcome
from pyharness.reporters import text
from pyharness.reporters.palette import Color, Palette

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyharness.events import AttemptFinished, BacktraceFound, Failure, Frame, Panic, SuiteFailed

_COLORS = {
    Outcome.PASS: Color.GREEN,
    Outcome.FAIL: Color.RED,
    Outcome.SKIP: Color.YELLOW,
    Outcome.CRASH: Color.RED,
    Outcome.TIMEOUT: Color.RED,
    Outcome.ERROR: Color.RED,
}


def seconds(duration_ns: int) -> str:
    """Return a duration as it stands behind a case."""
    return f"{duration_ns / 1e9:.3f} s"


def attempt_title(event: AttemptFinished, palette: Palette) -> str:
    """Return `FAIL suite::case  (0.012 s, W2)`."""
    word = palette.paint(event.outcome.upper(), _COLORS[event.outcome])
    number = f"#{event.attempt}" if event.attempt > 1 else ""
    worker = f", {_worker(event.worker)}" if event.worker >= 0 else ""
    return f"{word} {text.one_line(event.id)}{number}  ({seconds(event.duration_ns)}{worker})"


def attempt_block(event: AttemptFinished, palette: Palette) -> list[str]:
    """Return the title, the failed assertions, and what was captured."""
    shown = [attempt_title(event, palette)]
    for failure in event.failures:
        shown += failure_lines(failure)
    return shown + output_lines(event.output_bytes())


def skip_line(event: AttemptFinished, palette: Palette) -> str:
    """Return the title and the reasons in one line."""
    reasons = "; ".join(text.one_line(failure.message) for failure in event.failures if failure.message)
    return attempt_title(event, palette) + (f": {reasons}" if reasons else "")


def failure_lines(failure: Failure) -> list[str]:
    """Return `  file:line: message`, further lines of the message deeper."""
    where = location(failure.file, failure.line)
    first, *rest = text.lines(failure.message) or [""]
    return [f"  {where}: {first}" if where else f"  {first}", *indented(rest)]


def output_lines(raw: bytes) -> list[str]:
    """Return what was captured under its heading; nothing for an empty output."""
    return ["  captured output:", *indented(text.lines(raw))] if raw else []


def suite_block(event: SuiteFailed, palette: Palette) -> list[str]:
    """Return why a suite failed, and what it printed."""
    title = f"{palette.paint('ERROR', Color.RED)} {text.one_line(event.reason)}"
    return [title, *(["  output:", *indented(text.lines(event.output))] if event.output else [])]


def panic_block(event: Panic, palette: Palette) -> list[str]:
    """Return everything that is known before the backtrace."""
    word = palette.paint("PANIC", Color.RED)
    cause = text.one_line(event.cause)
    if not event.id:
        return [f"{word}: no case can be named for certain: {cause}", *_suspects(event)]
    facts = (
        ("at", location(event.file, event.line)),
        ("suite", text.one_line(event.suite) + (f", group {text.one_line(event.group)}" if event.group else "")),
        ("case", text.one_line(event.case)),
        ("worker", _worker(event.worker)),
    )
    return [
        f"{word}: {text.one_line(event.id)} crashed: {cause}",
        *(f"  {name}: {fact}" for name, fact in facts if fact),
        *_suspects(event),
        *(line for failure in event.failures for line in failure_lines(failure)),
        *output_lines(event.output_bytes()),
        *_commands(event),
    ]


def backtrace_block(event: BacktraceFound) -> list[str]:
    """Return the numbered frames, or the note that says why there are none."""
    note = text.one_line(event.note)
    if not event.frames:
        return [f"  backtrace: {note}"] if note else []
    return [f"  backtrace ({note}):" if note else "  backtrace:", *indented(frame_lines(event.frames))]


def frame_lines(frames: Sequence[Frame]) -> list[str]:
    """Return `#0 function  file:line`, or what is known instead; equal frames of a recursion but once."""
    shown: list[str] = []
    for line, group in groupby(enumerate(frames), key=lambda numbered: _frame(numbered[1])):
        number, *others = [number for number, _ in group]
        shown.append(f"#{number} {line}" + (f"  (and {len(others)} more times)" if others else ""))
    return shown


def location(file: str, line: int) -> str:
    """Return `file:line`, as far as it is known."""
    return f"{text.one_line(file)}:{line}" if file and line > 0 else text.one_line(file)


def indented(shown: Iterable[str]) -> list[str]:
    """Put lines below what they belong to. Empty lines stay empty."""
    return [f"    {line}" if line else "" for line in shown]


def _frame(frame: Frame) -> str:
    address = f"0x{frame.address:x}"
    where = location(frame.file, frame.line) or (
        f"{text.one_line(frame.module)}+{address}" if frame.module else address
    )
    return f"{text.one_line(frame.function)}  {where}" if frame.function else where


def _worker(worker: int) -> str:
    return f"W{worker}" if worker >= 0 else ""


def _suspects(event: Panic) -> list[str]:
    if not event.suspects:
        return []
    if event.id:
        heading = "found by running each of these alone, which were running at that moment:"
    elif len(event.suspects) == 1:
        heading = "the last case that ended on its worker was:"
    else:
        heading = "these were running; run again for a moment, each alone, none of them did it again:"
    return [f"  {heading}", *indented(map(text.one_line, event.suspects))]


def _commands(event: Panic) -> list[str]:
    commands = (("run it alone", event.repeat), ("debug it", event.debug))
    return [f"  {name}: {text.one_line(command)}" for name, command in commands if command]
