"""Calls gcovr, which calls gcov: for some objects at a time, and so that nothing is written beside the user's files."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage import running
from pyharness.errors import CoverageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OF_COMPILERS = "/usr/(local/)?include/|/.*/include/c[+][+]/|/.*/lib(32|64)?/gcc/"
"""The headers that come with compilers: to read them takes most of the time, and nobody tests them."""
_OF_PYTHON = "/.*/include/python3[.][0-9]+t?/|/.*/(site|dist)-packages/"
"""The headers of Python and of installed packages: nobody tests these either."""
_ARGUMENTS = (
    # Settings of the project are for its own reports.
    f"--config={os.devnull}",
    "--no-color", "--no-markers", "--source-encoding=utf-8", "--gcov-suspicious-hits-threshold=0",
    # A form feed in a source splits a line of what gcov prints in two.
    "--gcov-ignore-parse-errors=all",
    # A function may stand in several places, behind #if.
    "--merge-mode-functions=separate",
    "--filter=/", f"--exclude={_OF_COMPILERS}|{_OF_PYTHON}",
)  # fmt: skip
_WITHOUT_SOURCES = "--gcov-ignore-errors=source_not_found"
_NO_SOURCE = re.compile(r"Cannot open source file .*")
_WORDS_OF_GCOV = re.compile(r"STDERR >>(.+?)$", re.MULTILINE)
_WARNING = re.compile(r"^\(WARNING\) ", re.MULTILINE)
_HARMLESS = (
    "Unrecognized GCOV output",
    "Exception during parsing:\n\tUnknownLineTypeError",
    "File ",
    "Can't read file",
)
"""Each count is there all the same."""


class Batch(NamedTuple):
    """Objects that one call reads."""

    folder: str
    """In which they were compiled, absolute."""
    gcov: tuple[str, ...]
    """The command."""
    files: list[str]
    """Counts, with the notes beside; notes of objects of which nothing was executed. Absolute paths."""


class Report(NamedTuple):
    """What gcovr wrote, and what it warned of."""

    content: bytes
    """JSON."""
    folder: str
    """From which its paths count."""
    prefix: str
    """To be taken away from the paths that begin with it."""
    problems: list[str]


class Failure(NamedTuple):
    """Why there is no report."""

    words: str


class Gcovr:
    """How gcovr is called; for several threads."""

    def __init__(
        self, folder: str, environment: Mapping[str, str], limit_s: float, is_cancelled: Callable[[], bool]
    ) -> None:
        """Prepare.

        Args:
            folder: For what is needed meanwhile; absolute.
            environment: Of gcovr and gcov.
            limit_s: For one call.
            is_cancelled: Is asked now and then whether to give up.
        """
        self._folder = folder
        # Where sources are read or names are printed, no bytes are lost.
        self._environment = {**environment, "LC_ALL": "C", "PYTHONUTF8": "1"}
        self._limit_s = limit_s
        self._is_cancelled = is_cancelled

    def read(self, batch: Batch) -> list[Report | Failure]:
        """Return what a batch tells. One object that fails does not spoil the others: they are read in halves."""
        told = self._call(batch)
        if isinstance(told, Report):
            return [told]
        if len(batch.files) > 1:
            middle = len(batch.files) // 2
            halves = (batch.files[:middle], batch.files[middle:])
            return [part for files in halves for part in self.read(batch._replace(files=files))]
        words = f"of '{batch.files[0]}' not all is known: {told.words}"
        again = self._call(batch, _WITHOUT_SOURCES) if _NO_SOURCE.search(told.words) else told
        return [Failure(words), *([again] if isinstance(again, Report) else [])]

    def _call(self, batch: Batch, *more: str) -> Report | Failure:
        # Each call has a folder of its own: gcov writes files of equal names.
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="gcovr-") as own:
            world, path = os.path.join(own, "world"), os.path.join(own, "report.json")
            place = _mirror(batch.folder, world)
            command = [
                *(sys.executable, "-P", "-m", "pyharness.coverage.run_gcovr", *_ARGUMENTS, *more),
                *(f"--root={place}", f"--gcov-allowed-working-directory-root={place}"),
                *(f"--gcov-executable={shlex.join(batch.gcov)}", f"--json={path}", *batch.files),
            ]
            try:
                done = running.finished(
                    command,
                    self._limit_s,
                    self._is_cancelled,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    cwd=place,
                    env=self._environment,
                )
            except subprocess.TimeoutExpired:
                return Failure(f"gcovr has not ended within {self._limit_s:g} s")
            except CoverageError as error:
                return Failure(str(error))
            said = done.stderr.decode(errors="replace")
            if done.returncode != 0:
                return _failure(said, done.returncode)
            with open(path, "rb") as file:
                return Report(file.read(), place, world, _warnings(said))


def _mirror(folder: str, world: str) -> str:
    """Make a folder from which relative paths lead where they lead from `folder`, and return it.

    An older gcov has to be called where the compiler was called, and writes there: not into the user's folders.
    """
    place = world
    os.mkdir(world)
    for name in folder.split("/")[1:]:
        _link_others(place[len(world) :] or "/", place, name)
        place = os.path.join(place, name)
        os.mkdir(place)
    _link_others(folder, place, "")
    return place


def _link_others(folder: str, place: str, name: str) -> None:
    """Link what is in a folder, but not `name`, nor what gcov may have left there: it would write through the link."""
    with contextlib.suppress(OSError):  # what is not there, or not to be read, leads nowhere from there either
        for entry in os.listdir(folder):
            if entry != name and ".gcov" not in entry:
                os.symlink(os.path.join(folder, entry), os.path.join(place, entry))


def _failure(said: str, code: int) -> Failure:
    """Return the words in which gcov has told gcovr what is wrong, or else those of gcovr."""
    found = _NO_SOURCE.search(said)
    if found:
        return Failure(found[0].strip())
    words = _WORDS_OF_GCOV.search(said)
    lines = said.strip().splitlines() or [f"gcovr has ended with exit code {code}"]
    return Failure(words[1] if words else lines[-1])


def _warnings(said: str) -> list[str]:
    found = (part for part in _WARNING.split(said)[1:] if not part.startswith(_HARMLESS))
    return [f"gcovr warns: {' '.join(part.split())}" for part in found]
