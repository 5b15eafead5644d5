"""How single events look on the console: each function returns whole lines. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyharness import text
from pyharness.events import Panic
from pyharness.model import Outcome
from pyharness.reporters.folding import stretches
from pyharness.reporters.palette import Color, Palette

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyharness.events import (
        AttemptFinished,
        AttemptInterrupted,
        BacktraceFound,
        CrashEvent,
        Failure,
        Frame,
        OutputAdded,
        SlowNoticed,
        SuiteBuilt,
        SuiteFailed,
    )

_COLORS = {
    Outcome.PASS: Color.GREEN,
    Outcome.FAIL: Color.RED,
    Outcome.SKIP: Color.YELLOW,
    Outcome.CRASH: Color.RED,
    Outcome.TIMEOUT: Color.RED,
    Outcome.ERROR: Color.RED,
}
_FAILED = {
    Outcome.FAIL: "failed",
    Outcome.CRASH: "crashed",
    Outcome.TIMEOUT: "timed out",
    Outcome.ERROR: "could not be run",
}


def seconds(duration_ns: int) -> str:
    """Return a duration as it stands behind a case."""
    return f"{duration_ns / 1e9:.3f} s"


def attempt_title(event: AttemptFinished, palette: Palette) -> str:
    """Return `FAIL suite::case  (0.012 s, W2)`."""
    word = palette.paint(event.outcome.upper(), _COLORS[event.outcome])
    return f"{word} {attempt_name(event.id, event.attempt)}  ({_time_and_worker(event)})"


def attempt_name(case_id: str, attempt: int) -> str:
    """Return `suite::case`, or `suite::case#2` for a later attempt."""
    return text.one_line(case_id) + (f"#{attempt}" if attempt > 1 else "")


def attempt_block(event: AttemptFinished, palette: Palette) -> list[str]:
    """Return the title, the failed assertions, and what was captured."""
    return [attempt_title(event, palette), *_said(event)]


def retry_line(event: AttemptFinished, palette: Palette) -> str:
    """Return `RETRY suite::case (attempt 1 failed, again in 0.5 s): why`."""
    return _retry_title(event, palette) + _reason(event)


def retry_block(event: AttemptFinished, palette: Palette) -> list[str]:
    """Return the same without why, then the failed assertions, and what was captured."""
    return [_retry_title(event, palette), *_said(event)]


def failed_attempt_line(event: AttemptFinished, crash_cause: str) -> str:
    """Return `attempt 1: FAIL (0.004 s, W0): file:line: message`, of several lines the first."""
    reason = f": {text.one_line(crash_cause)}" if crash_cause else _reason(event)
    return f"attempt {event.attempt}: {event.outcome.upper()} ({_time_and_worker(event)}){reason}"


def leak_lines(event: AttemptFinished, palette: Palette) -> list[str]:
    """Return `LEAK suite::case: what was left` for each leak."""
    title = f"{palette.paint('LEAK', Color.YELLOW)} {attempt_name(event.id, event.attempt)}"
    return [f"{title}: {text.one_line(leak)}" for leak in event.leaks]


def slow_line(event: SlowNoticed, palette: Palette) -> str:
    """Return `SLOW suite::case has been running for 60.0 s`."""
    name = attempt_name(event.id, event.attempt)
    return f"{palette.paint('SLOW', Color.YELLOW)} {name} has been running for {event.elapsed_ns / 1e9:.1f} s"


def interrupted_line(event: AttemptInterrupted, palette: Palette) -> str:
    """Return `INTERRUPTED suite::case  (0.012 s, W2): why`."""
    name = attempt_name(event.id, event.attempt)
    word = palette.paint("INTERRUPTED", Color.YELLOW)
    again = "; it runs again" if event.runs_again else ""
    return f"{word} {name}  ({_time_and_worker(event)}): {text.one_line(event.reason)}{again}"


def interrupted_block(event: AttemptInterrupted, palette: Palette) -> list[str]:
    """Return the same, and what was captured."""
    return [interrupted_line(event, palette), *output_lines(event.output_bytes())]


def late_output_block(event: OutputAdded, palette: Palette) -> list[str]:
    """Return what an attempt has printed after its end was shown."""
    name = attempt_name(event.id, event.attempt)
    title = f"{palette.paint('OUTPUT', Color.YELLOW)} {name} printed after its time was over:"
    return [title, *indented(text.lines(event.output_bytes()))]


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


def warning_block(event: SuiteBuilt, palette: Palette) -> list[str]:
    """Return what the compiler has said of a suite that was built."""
    title = f"{palette.paint('WARNINGS', Color.YELLOW)} while '{text.one_line(event.suite)}' was built"
    return [title, *indented(text.lines(event.output))]


def crash_title(event: CrashEvent, palette: Palette) -> str:
    """Return `PANIC: suite::case crashed: why`, or `CRASH: …` when the run goes on."""
    word = palette.paint("PANIC" if isinstance(event, Panic) else "CRASH", Color.RED)
    cause = text.one_line(event.cause)
    if not event.id:
        return f"{word}: no case can be named for certain: {cause}"
    return f"{word}: {attempt_name(event.id, event.attempt)} crashed: {cause}"


def crash_block(event: CrashEvent, palette: Palette) -> list[str]:
    """Return everything that is known before the backtrace."""
    if not event.id:
        return [crash_title(event, palette), *_suspects(event)]
    facts = (
        ("at", location(event.file, event.line)),
        ("suite", text.one_line(event.suite) + (f", group {text.one_line(event.group)}" if event.group else "")),
        ("case", text.one_line(event.case)),
        ("worker", _worker(event.worker)),
    )
    return [
        crash_title(event, palette),
        *(f"  {name}: {fact}" for name, fact in facts if fact),
        *_suspects(event),
        *(line for failure in event.failures for line in failure_lines(failure)),
        *output_lines(event.output_bytes()),
        *_commands(event),
    ]


def backtrace_block(event: BacktraceFound) -> list[str]:
    """Return the numbered frames, or the note that says why there are none."""
    note = text.one_line(event.note)
    heading = "backtrace" if event.kind == "crash" else "where it hung"
    if not event.frames:
        return [f"  {heading}: {note}"] if note else []
    return [f"  {heading} ({note}):" if note else f"  {heading}:", *indented(frame_lines(event.frames))]


def frame_lines(frames: Sequence[Frame]) -> list[str]:
    """Return `#0 function  file:line`, or what is known instead; a recursion, also through some functions, but once."""
    lines = [_frame(frame) for frame in frames]
    shown: list[str] = []
    for begin, length, times in stretches(lines):
        shown += [f"#{number} {lines[number]}" for number in range(begin, begin + length)]
        if times > 1 and length == 1:
            shown[-1] += f"  (and {times - 1} more times)"
        elif times > 1:
            names = ", ".join(_name(frame) for frame in frames[begin : begin + length])
            shown.append(f"... {(times - 1) * length} more of {names}")
    return shown


def location(file: str, line: int) -> str:
    """Return `file:line`, as far as it is known."""
    return f"{text.one_line(file)}:{line}" if file and line > 0 else text.one_line(file)


def indented(shown: Iterable[str]) -> list[str]:
    """Put lines below what they belong to. Empty lines stay empty."""
    return [f"    {line}" if line else "" for line in shown]


def _frame(frame: Frame) -> str:
    where = location(frame.file, frame.line) or _place(frame)
    return f"{text.one_line(frame.function)}  {where}" if frame.function else where


def _place(frame: Frame) -> str:
    address = f"0x{frame.address:x}"
    return f"{text.one_line(frame.module)}+{address}" if frame.module else address


def _name(frame: Frame) -> str:
    return text.one_line(frame.function) or _place(frame)


def _retry_title(event: AttemptFinished, palette: Palette) -> str:
    when = f"in {event.retry_in_ms / 1000:g} s" if event.retry_in_ms else "at once"
    how = _FAILED.get(event.outcome, event.outcome)
    word = palette.paint("RETRY", Color.YELLOW)
    return f"{word} {text.one_line(event.id)} (attempt {event.attempt} {how}, again {when})"


def _said(event: AttemptFinished) -> list[str]:
    """Return the failed assertions, and what was captured."""
    failures = [line for failure in event.failures for line in failure_lines(failure)]
    return failures + output_lines(event.output_bytes())


def _reason(event: AttemptFinished) -> str:
    """Return the first line of the first failure behind a colon, if there is one."""
    return ":" + failure_lines(event.failures[0])[0][1:] if event.failures else ""


def _time_and_worker(event: AttemptFinished | AttemptInterrupted) -> str:
    worker = f", {_worker(event.worker)}" if event.worker >= 0 else ""
    return seconds(event.duration_ns) + worker


def _worker(worker: int) -> str:
    return f"W{worker}" if worker >= 0 else ""


def _suspects(event: CrashEvent) -> list[str]:
    if not event.suspects:
        return []
    if event.id:
        heading = "found by running each of these alone, which were running at that moment:"
    elif len(event.suspects) == 1:
        heading = "the last case that ended on its worker was:"
    else:
        heading = "these were running; run again for a moment, each alone, none of them did it again:"
    return [f"  {heading}", *indented(map(text.one_line, event.suspects))]


def _commands(event: CrashEvent) -> list[str]:
    commands = (("run it alone", event.repeat), ("debug it", event.debug))
    return [f"  {name}: {text.one_line(command)}" for name, command in commands if command]
