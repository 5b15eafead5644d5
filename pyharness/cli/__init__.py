"""The command line: `main` finds the command, and turns whatever goes wrong into one line and an exit code.

Only what every call needs is imported here: `pyharness --version` is a start-up time that people notice.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # see `__main__`
import os
import sys

from pyharness import __version__

TYPE_CHECKING = False  # the one in `typing` would import all of it
if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE = """\
usage: pyharness COMMAND [OPTION...] [ARGUMENT...]
       pyharness --version | --cmake-dir | --help

commands ('pyharness COMMAND --help' lists the options of one):
{commands}

options:
  --version     print the version
  --cmake-dir   print the folder for CMAKE_PREFIX_PATH, where find_package(pyharness) finds its files
  -h, --help    print this
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (default: that of the process). Returns the exit code."""
    _occupy_standard_streams()
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv), is_process=argv is None)
    except KeyboardInterrupt:
        code = _explain_interrupt()
    except Exception as error:  # noqa: BLE001  the last place where an exception can get an exit code
        code = _explain(error)
    return _flush(code)


def _occupy_standard_streams() -> None:
    """Put /dev/null where whoever started this process has closed one: else the next file would be taken for it."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number


def _let_interrupts_in() -> None:
    """Handle Ctrl-C from here on, and one that has come since the start (see `__main__`)."""
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, {_signal.SIGINT})


def _run(arguments: list[str], *, is_process: bool) -> int:
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    prints = {"--version": _version, "--cmake-dir": _cmake_dir, "--help": _usage, "-h": _usage}
    if command not in prints:
        return _run_command(command, rest, is_process=is_process)
    if rest:
        raise _usage_error(f"'{command}' takes no arguments; leave out '{rest[0]}'")
    return _write(prints[command]())


def _run_command(command: str, arguments: list[str], *, is_process: bool) -> int:
    from pyharness.config.commands import COMMANDS  # noqa: PLC0415

    if command not in COMMANDS:
        raise _usage_error(_unknown(command, [*COMMANDS, "--version", "--cmake-dir", "--help"]))
    import importlib  # noqa: PLC0415

    module = importlib.import_module(f"pyharness.cli.{command}")
    _let_interrupts_in()
    code: int = module.run(arguments, is_process=is_process)
    return code


def _version() -> str:
    return f"pyharness {__version__}\n"


def _cmake_dir() -> str:
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return os.path.join(package, "cmake") + "\n"


def _usage() -> str:
    from pyharness.config.commands import COMMANDS  # noqa: PLC0415

    return _USAGE.format(commands="\n".join(f"  {name:<13} {what}" for name, what in COMMANDS.items()))


def _unknown(command: str, known: list[str]) -> str:
    if not command:
        return "no command is given; try 'pyharness test PATH' or 'pyharness --help'"
    import difflib  # noqa: PLC0415

    close = difflib.get_close_matches(command, known, n=1)
    kind = "option" if command.startswith("-") else "command"
    advice = f"did you mean '{close[0]}'?" if close else "'pyharness --help' lists the commands"
    return f"unknown {kind} '{command}'; {advice}"


def _usage_error(message: str) -> Exception:
    from pyharness.errors import UsageError  # noqa: PLC0415

    return UsageError(message)


def _explain(error: Exception) -> int:
    """Print an expected failure as one line, anything else with its traceback."""
    from pyharness.cli.streams import complain  # noqa: PLC0415
    from pyharness.errors import ExitCode, PyharnessError  # noqa: PLC0415

    if isinstance(error, PyharnessError):
        complain(str(error))
        return int(error.exit_code)
    import traceback  # noqa: PLC0415

    traceback.print_exception(error)
    complain(f"internal error: {type(error).__name__}: {error}; please report it together with the lines above")
    return int(ExitCode.INTERNAL)


def _explain_interrupt() -> int:
    from pyharness.cli.streams import complain  # noqa: PLC0415
    from pyharness.errors import ExitCode  # noqa: PLC0415

    complain("interrupted")
    return int(ExitCode.INTERRUPTED)


def _write(text: str) -> int:
    if sys.stdout is not None:  # it is None when whoever started this process has closed it
        try:
            sys.stdout.write(text)
        except OSError as error:
            return _lost(error, 0)
    return 0


def _flush(code: int) -> int:
    """Write out what is buffered while there is still an exit code to change: Python would do it too late."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except OSError as error:
            return _lost(error, code)
    return code


def _lost(error: OSError, code: int) -> int:
    """Decide what output that could not be written means. A reader that has gone away (`| head`) had enough of it."""
    # The buffer cannot be emptied, and Python would complain about that once more at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError) or code != 0:
        return code
    from pyharness.errors import InternalError  # noqa: PLC0415

    return _explain(InternalError(f"cannot write to the standard output: {error.strerror}"))
