"""`pyharness new`: a first test file, which passes."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from pyharness.cli import first_tests
from pyharness.cli.streams import write_out
from pyharness.config.arguments import read_command
from pyharness.config.new_options import NewOptions
from pyharness.errors import ExitCode, UsageError
from pyharness.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEST_ENDINGS = (".test.c", ".test.cc", ".test.cpp", ".test.cxx")
_SOURCE_ENDINGS = (".c", ".cc", ".cpp", ".cxx")


def run(arguments: Sequence[str], *, is_process: bool = False) -> int:  # noqa: ARG001  all commands are called alike
    """Run the command; `arguments` are those after `new`.

    Raises:
        UsageError: the file is there already, or cannot be written.
    """
    options = read_command("new", arguments, NewOptions)
    if options is not None:
        path = path_of(options.name)
        _write_new(path, first_tests.C if path.endswith(".c") else first_tests.CPP)
        shown = shlex.quote(path if not path.startswith("-") else os.path.join(".", path))
        write_out(f"wrote {one_line(path)}; to build and run it:\n\n    pyharness test {one_line(shown)}\n")
    return int(ExitCode.OK)


def path_of(name: str) -> str:
    """Return the path of a test file that is called `name`: with the ending that `pyharness test` looks for.

    Raises:
        UsageError: it is the name of a folder, or hidden.
    """
    if os.path.basename(name)[:1] in {"", "."}:
        message = f"'{name}' is no name for a test file; give one such as 'first' or 'math/add.c'"
        raise UsageError(message)
    if name.endswith(_TEST_ENDINGS):
        return name
    base, ending = os.path.splitext(name)
    return f"{base}.test{ending}" if ending in _SOURCE_ENDINGS else f"{name}.test.cpp"


def _write_new(path: str, text: str) -> None:
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    except OSError as error:
        message = f"cannot make folder '{os.path.dirname(path)}': {error.strerror}; name another one"
        raise UsageError(message) from None
    try:
        _link_new(path, text)
    except FileExistsError:
        message = f"'{path}' exists already, and stays as it is; give another name"
        raise UsageError(message) from None
    except OSError as error:
        message = f"cannot write '{path}': {error.strerror}; name a file in another folder"
        raise UsageError(message) from None


def _link_new(path: str, text: str) -> None:
    """Let the file appear with all of its text. A link, other than a renaming, replaces nothing."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "x", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
            os.link(temporary, path)
        finally:
            os.unlink(temporary)
