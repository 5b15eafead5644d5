"""`pyharness test`, with a session that runs nothing."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from pyharness.cli import main
from pyharness.cli.test import make_reporters, read_options
from pyharness.errors import ExitCode
from pyharness.events import RunFinished, SuiteFailed
from pyharness.model import Case, FailedSuite, Listing

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


def case(name: str, *tags: str, disabled: bool = False) -> Case:
    return Case("zlib", "packing", name, "libzlib.so", "zlib.cpp", 7, tags, None, serial=False, disabled=disabled)


def test_the_session_gets_the_options_and_decides_the_exit_code(
    session: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    session.code = ExitCode.FAILED
    assert main(["test", "a.so", "--test-threads", "3"]) == 1
    assert (session.options.paths, session.options.test_threads) == (("a.so",), 3)
    assert capsys.readouterr().out == "1 passed in 0.00 s\n"


def test_the_files_are_complete_even_when_the_session_breaks(session: Any, tmp_path: Path) -> None:
    session.error = RuntimeError("oh")
    events, junit = tmp_path / "events", tmp_path / "junit"
    assert main(["test", "--events", str(events), "--junit", str(junit)]) == ExitCode.INTERNAL
    assert json.loads(events.read_text())["type"] == "RunFinished"
    assert ET.parse(junit).getroot().tag == "testsuites"


def test_a_report_that_cannot_be_written_is_known_before_anything_runs(session: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for flag in ("--events", "--junit"):
        assert main(["test", flag, str(tmp_path / "file" / "file")]) == ExitCode.USAGE
    assert session.options is None


@pytest.mark.parametrize(("code", "expected"), [(ExitCode.OK, 3), (ExitCode.FAILED, 1), (ExitCode.PANIC, 10)])
def test_a_report_that_is_lost_is_never_a_success(
    code: ExitCode, expected: int, session: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    session.code = code
    assert main(["test", "--events", "/dev/full"]) == expected
    message = "the events in '/dev/full' are not complete: No space left on device"
    assert capsys.readouterr().err == f"pyharness: error: {message}\n"


@pytest.mark.parametrize(
    ("arguments", "environ", "colored"),
    [
        ([], {}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"PYHARNESS_COLOR": "always"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_color_is_chosen(arguments: list[str], environ: dict[str, str], *, colored: bool) -> None:
    stream = io.StringIO()
    (console,) = make_reporters(read_options(arguments, environ), stream, environ)
    console.handle(RunFinished(0, {"passed": 1}, 0))
    assert ("\x1b[" in stream.getvalue()) is colored


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("arguments", "environ", "live"),
    [
        ([], {"TERM": "xterm"}, True),
        (["-v"], {}, True),
        ([], {"TERM": "dumb"}, False),
        (["-q"], {}, False),
        (["--no-capture"], {}, False),
    ],
)
def test_the_live_display_needs_the_terminal_for_itself(
    arguments: list[str], environ: dict[str, str], *, live: bool
) -> None:
    (console,) = make_reporters(read_options(arguments, environ), Terminal(), environ)
    assert (console._live is not None) is live


@pytest.mark.parametrize(("arguments", "shown"), [(["-v"], True), ([], True), (["-q"], False)])
def test_verbosity_reaches_the_console(
    arguments: list[str], *, shown: bool, session: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    session.events = [SuiteFailed("x", "why", "noise"), RunFinished(0, {}, 0)]
    main(["test", *arguments])
    assert ("noise" in capsys.readouterr().out) is shown


def test_a_list_is_one_id_a_line(session: Any, capsys: pytest.CaptureFixture[str]) -> None:
    session.listing = Listing([case("a b", "slow", "io"), case("x\x1b\n", disabled=True)], [])
    assert main(["test", "--list"]) == 0
    assert capsys.readouterr().out == "zlib::a b\nzlib::x\\x1b\\n (disabled)\n"
    assert main(["test", "--list", "-v"]) == 0
    assert capsys.readouterr().out == "zlib::a b [slow, io]\nzlib::x\\x1b\\n (disabled)\n"


def test_a_list_in_json_has_all_that_is_known(session: Any, capsys: pytest.CaptureFixture[str]) -> None:
    session.listing = Listing([case("a\ud800\x1b", "slow")], [])
    assert main(["test", "--list", "--list-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "id": "zlib::a?\x1b",
            "suite": "zlib",
            "group": "packing",
            "name": "a?\x1b",
            "path": "libzlib.so",
            "file": "zlib.cpp",
            "line": 7,
            "tags": ["slow"],
            "timeout_ms": None,
            "serial": False,
            "disabled": False,
            "isolation": "auto",
            "threads_required": 1,
        }
    ]


def test_an_empty_list_is_exit_5(session: Any, capsys: pytest.CaptureFixture[str]) -> None:
    session.listing = Listing([], [])
    assert main(["test", "--list"]) == ExitCode.NOTHING_SELECTED
    assert capsys.readouterr() == ("", "pyharness: error: no case is selected\n")


def test_a_list_with_a_suite_that_failed_is_not_clean(session: Any, capsys: pytest.CaptureFixture[str]) -> None:
    session.listing = Listing([case("a")], [FailedSuite("x.so", "cannot load suite 'x.so'", "")])
    assert main(["test", "--list"]) == ExitCode.SUITE_FAILED
    assert capsys.readouterr() == ("zlib::a\n", "pyharness: error: cannot load suite 'x.so'\n")
