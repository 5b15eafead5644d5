"""The command `pyharness` itself: what needs no suite, and what becomes of errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pyharness
from pyharness.cli import main
from pyharness.config.commands import COMMANDS
from pyharness.errors import ExitCode, SuiteError

FILE = Path(pyharness.__file__)
BUFFERING = pytest.mark.parametrize("unbuffered", ["", "1"])


def spawn(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pyharness", *arguments]
    return subprocess.run(
        command, check=False, text=True, stderr=subprocess.PIPE, **{"stdout": subprocess.PIPE, **options}
    )


def test_version() -> None:
    done = spawn("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"pyharness {pyharness.__version__}\n", "")


def test_version_imports_next_to_nothing() -> None:
    code = "import sys; from pyharness.cli import main; main(['--version']); print(*sys.modules)"
    command = [sys.executable, "-S", "-c", code]  # without site-packages, whose .pth files import what they like
    done = subprocess.run(command, check=True, text=True, capture_output=True, cwd=FILE.parents[1])
    modules = done.stdout.splitlines()[-1].split()
    assert {name for name in modules if name.startswith("pyharness")} == {"pyharness", "pyharness.cli"}
    assert not {"argparse", "msgspec", "rich", "typing", "enum", "re", "inspect", "dataclasses"} & set(modules)


def test_the_cmake_folder_is_absolute_and_in_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cmake-dir"]) == 0
    assert capsys.readouterr().out == f"{FILE.parent.resolve() / 'cmake'}\n"


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_the_commands(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([flag]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {f"  {name:<13} {what}" for name, what in COMMANDS.items()} <= set(lines)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: pyharness {command} [OPTION...] ")


def test_a_command_imports_nothing_of_the_others() -> None:
    code = "import sys; from pyharness.cli import main; main(['new', '--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, text=True, capture_output=True)
    modules = set(done.stdout.splitlines()[-1].split())
    assert not modules & {"pyharness._core", "pyharness.session", "pyharness.cli.test", "msgspec", "rich"}


def test_help_of_a_command_names_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "--help"]) == 0
    out = capsys.readouterr().out
    assert "usage: pyharness test [OPTION...] [PATH...]" in out
    assert "--test-threads N" in out
    assert "PYHARNESS_TEST_THREADS" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no command is given; try 'pyharness test PATH' or 'pyharness --help'"),
        (["tset"], "unknown command 'tset'; did you mean 'test'?"),
        (["newe"], "unknown command 'newe'; did you mean 'new'?"),
        (["deploy"], "unknown command 'deploy'; 'pyharness --help' lists the commands"),
        (["--verson"], "unknown option '--verson'; did you mean '--version'?"),
        (["--version", "now"], "'--version' takes no arguments; leave out 'now'"),
        (["test", "--test-threads=abc"], "invalid value 'abc' for '--test-threads'; give a whole number from 1 to 64"),
        (["test", "--bad\x1b[2J\n"], "unknown option '--bad\\x1b[2J\\n'; 'pyharness test --help' lists the options"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_4(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"pyharness: error: {message}\n")


def test_bytes_that_are_no_text_are_refused_without_a_traceback() -> None:
    done = spawn(os.fsdecode(b"te\xffst"))
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "\\udcff" in done.stderr


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (SuiteError("cannot load suite 'x'"), 11, "pyharness: error: cannot load suite 'x'\n"),
        (KeyboardInterrupt(), 2, "pyharness: error: interrupted\n"),
    ],
)
def test_expected_failures_have_their_own_exit_code(
    error: BaseException, code: int, message: str, session: object, capsys: pytest.CaptureFixture[str]
) -> None:
    session.error = error  # type: ignore[attr-defined]
    assert main(["test", "x"]) == code
    assert capsys.readouterr().err == message


@pytest.mark.parametrize("error", [RuntimeError("oh\nno"), BrokenPipeError(32, "Broken pipe"), OSError(5, "oh")])
def test_an_unexpected_failure_shows_its_traceback_and_is_exit_3(
    error: Exception, session: object, capsys: pytest.CaptureFixture[str]
) -> None:
    session.error = error  # type: ignore[attr-defined]
    assert main(["test", "x"]) == ExitCode.INTERNAL
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert f"pyharness: error: internal error: {type(error).__name__}: " in err.splitlines()[-1]


@BUFFERING
def test_a_reader_that_has_gone_away_leaves_no_traceback(unbuffered: str) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as stream:
        done = spawn("--help", stdout=stream, env={**os.environ, "PYTHONUNBUFFERED": unbuffered})
    assert (done.returncode, done.stderr) == (0, "")


@BUFFERING
def test_a_full_disk_is_told(unbuffered: str) -> None:
    with Path("/dev/full").open("w") as stream:
        done = spawn("--version", stdout=stream, env={**os.environ, "PYTHONUNBUFFERED": unbuffered})
    assert done.returncode == ExitCode.INTERNAL
    assert done.stderr == "pyharness: error: cannot write to the standard output: No space left on device\n"


def test_a_closed_standard_output_is_no_failure() -> None:
    command = f"exec {sys.executable} -m pyharness --version >&-"
    done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@BUFFERING
@pytest.mark.parametrize("sink", ["pipe", "full"])
def test_a_long_list_into_a_stream_that_fails(sink: str, unbuffered: str, tmp_path: Path) -> None:
    script = tmp_path / "long.py"
    script.write_text(
        "import sys, types, pyharness\n"
        "from pyharness.model import Case, Listing\n"
        "cases = [Case('s', '', 'x' * 50, '', '', 0, (), None, False, False)] * 10_000\n"
        "pyharness.session = types.SimpleNamespace(list_cases=lambda options, mention: Listing(cases, []))\n"
        "from pyharness.cli import main\n"
        "sys.exit(main(['test', '--list']))\n"
    )
    if sink == "full":
        stream = os.open("/dev/full", os.O_WRONLY)
    else:
        read_end, stream = os.pipe()
        os.close(read_end)
    environ = {**os.environ, "PYTHONPATH": str(FILE.parents[1]), "PYTHONUNBUFFERED": unbuffered}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, check=False, text=True, stderr=subprocess.PIPE, stdout=stream, env=environ)
    os.close(stream)
    message = "pyharness: error: cannot write to the standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == ((0, "") if sink == "pipe" else (3, message))
