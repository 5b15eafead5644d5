"""The events as a file."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.errors import UsageError
from pyharness.events import (
    Event,
    PassesFinished,
    Progress,
    RunFinished,
    SuiteFailed,
    decode_lines,
)
from pyharness.reporters.event_log import EventLog

if TYPE_CHECKING:
    from collections.abc import Callable

LIVE_ONLY = (PassesFinished, Progress)


@pytest.mark.parametrize("run", ["clean_run", "mixed_run", "panicking_run", "nameless_panic", "surviving_run"])
def test_what_is_read_back_is_what_happened(run: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    events: list[Event] = request.getfixturevalue(run)
    path = tmp_path / "events.jsonl"
    log = EventLog(str(path))
    for event in events:
        log.handle(event)
    log.close()
    log.close()
    assert log.problem == ""
    lines = path.read_bytes().splitlines()
    assert list(decode_lines(lines)) == [event for event in events if not isinstance(event, LIVE_ONLY)]
    assert all(line.startswith(b'{"type":"') for line in lines)
    assert lines[0].startswith(b'{"type":"RunStarted","schema":1,')


@pytest.mark.parametrize("run", ["surviving_run", "interrupted_run"])
def test_the_lines_look_like_their_golden_file(
    run: str, request: pytest.FixtureRequest, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(str(path))
    for event in request.getfixturevalue(run):
        log.handle(event)
    log.close()
    golden(f"{run}.jsonl", path.read_text(encoding="utf-8"))


def test_a_file_without_the_newer_fields_can_be_read() -> None:
    lines = [
        (
            b'{"type":"AttemptFinished","id":"s::c","attempt":1,"outcome":"pass","worker":0,"start_ns":1,"duration_ns":2,'
            b'"output":"","failures":[],"suite":"s","group":"","case":"c","file":"","line":0,"output_base64":null}'
        ),
        b'{"type":"CaseFinished","id":"s::c","verdict":"passed","reason":""}',
        b'{"type":"BacktraceFound","id":"s::c","frames":[],"note":""}',
    ]
    attempt, case, backtrace = decode_lines(lines)
    assert (attempt.leaks, attempt.retry_in_ms, case.attempts, backtrace.kind) == ((), None, 1, "crash")


def test_passes_wait_for_company_and_all_else_is_there_at_once(mixed_run: list[Event], tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(str(path))
    assert path.exists()
    for event in mixed_run:
        log.handle(event)
        waits = getattr(event, "outcome", getattr(event, "verdict", "")) in {"pass", "passed"}
        if not waits and type(event).__name__ != "AttemptStarted":
            count = len(path.read_bytes().splitlines())
            before = mixed_run[: mixed_run.index(event) + 1]
            assert count == sum(not isinstance(other, LIVE_ONLY) for other in before)
    log.close()


def test_the_file_follows_the_umask_and_is_emptied_first(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    previous = os.umask(0o027)
    try:
        EventLog(str(path)).close()
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.write_text("old")
    EventLog(str(path)).close()
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("file/e", "Not a directory"),
        ("file/e/e", "Not a directory"),
        (".", "Is a directory"),
        ("a\0b", "embedded null byte"),
    ],
)
def test_a_file_that_cannot_be_opened_is_a_usage_error(path: str, cause: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError) as caught:
        EventLog(f"{tmp_path}/{path}")
    expected = f"cannot write the events to '{tmp_path}/{path}': {cause}; name a file that can be written"
    assert str(caught.value) == expected


def test_a_disk_that_fills_up_is_a_problem_and_no_exception() -> None:
    log = EventLog("/dev/full")
    log.handle(RunFinished(0, {}, 0))
    log.handle(RunFinished(0, {}, 0))
    log.close()
    assert log.problem == "the events in '/dev/full' are not complete: No space left on device"


def test_a_file_that_gets_no_longer_ends_with_a_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    script = (
        "import resource, sys\n"
        "from pyharness.events import RunFinished, SuiteFailed\n"
        "from pyharness.reporters.event_log import EventLog\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        f"log = EventLog({str(path)!r})\n"
        "log.handle(SuiteFailed('first', '', ''))\n"
        "log.handle(SuiteFailed('second', '', 'x' * 1000))\n"
        "log.handle(RunFinished(0, {}, 0))\n"
        "log.close()\n"
        "print(log.problem)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == f"the events in '{path}' are not complete: File too large\n"
    assert [json.loads(line)["path"] for line in path.read_bytes().splitlines()] == ["first"]


@given(st.text(st.characters() | st.characters(categories=["Cc", "Cs"])))
def test_any_text_gives_one_line_of_json(text: str) -> None:
    path = Path(tempfile.gettempdir()) / f"pyharness-event-log-{os.getpid()}"  # fixtures do not go with given
    log = EventLog(str(path))
    try:
        log.handle(SuiteFailed(text, text, text))
        log.close()
        assert log.problem == ""
        (line,) = path.read_bytes().removesuffix(b"\n").split(b"\n")
        read = json.loads(line)["reason"]
        assert len(read) == len(text)
        assert read == text or not text.isprintable()
    finally:
        path.unlink()
