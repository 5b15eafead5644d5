"""Client of GNU make's jobserver: a run that a recipe has started shares make's job slots with the other recipes.

<https://www.gnu.org/software/make/manual/html_node/POSIX-Jobserver.html>: the first slot is ours without asking, each
further one is a byte read from make's pipe, which has to be written back.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from types import TracebackType

_FLAG = re.compile(r"--jobserver-(?:auth|fds)=(\S+)")
_OF_JOBS = re.compile(r"(?:^|\s+)(?:-j\d*|--jobserver-(?:auth|fds)=\S+)(?=\s|$)")
_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class Jobserver:
    """The job slots that a run holds. Leaving the `with` statement gives back all of them, whatever has happened.

    Slots are taken once, at the start, and as many as are free at that moment: whoever waited for more would wait for
    recipes that may wait for this run.
    """

    def __init__(self, makeflags: str, most: int) -> None:
        """Read where the jobserver is; nothing is taken yet.

        Args:
            makeflags: The variable `MAKEFLAGS`.
            most: So many slots beside the first are of use.
        """
        self._address = _address(makeflags)
        self._most = most
        self._tokens = b""
        self._ends: tuple[int, int] | None = None
        self.problem = ""
        """Why there is none though make speaks of one; part of a sentence."""

    @property
    def count(self) -> int | None:
        """How many cases may run at once; `None`: make does not say."""
        return None if self._ends is None else 1 + len(self._tokens)

    def __enter__(self) -> Self:
        """Take what is free."""
        with _without_interrupts():  # between a token that is read and one that is known to be held, there is nothing
            try:
                self._ends = None if self._address is None else _open(self._address)
            except OSError as error:
                self.problem = f"make's jobserver '{self._address}' cannot be reached: {error.strerror}"
            self._take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give back what was taken."""
        if self._ends is not None:
            with _without_interrupts():
                reading, writing = self._ends
                os.write(writing, self._tokens)
                self._tokens, self._ends = b"", None
                os.close(reading)
                os.close(writing)

    def _take(self) -> None:
        if self._ends is not None and self._most > 0:
            try:
                self._tokens = os.read(self._ends[0], self._most)
            except BlockingIOError:
                self._tokens = b""


def keep_from_tests(environ: MutableMapping[str, str]) -> None:
    """Take the jobserver out of the environment: a test that is killed would not give back what it has taken."""
    for name in ("MAKEFLAGS", "MFLAGS"):
        flags, separator, variables = environ.get(name, "").partition(" -- ")
        if _FLAG.search(flags):
            environ[name] = _OF_JOBS.sub("", flags) + separator + variables


def _address(makeflags: str) -> str | None:
    """Return what stands behind the last flag, which counts; what follows ` -- ` are variables."""
    found = _FLAG.findall(makeflags.partition(" -- ")[0])
    return found[-1] if found else None


def _open(address: str) -> tuple[int, int]:
    """Return descriptors of our own for reading and writing, of which the first does not block.

    They are opened anew: whether a descriptor blocks is known to all processes that have inherited it.

    Raises:
        OSError: there is no such jobserver, or it was not handed on to this process.
    """
    kind, _, path = address.partition(":")
    if kind == "fifo":
        reading = writing = path
    else:
        reading, writing = _inherited(address)
    first = os.open(reading, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return first, os.open(writing, os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        os.close(first)
        raise


def _inherited(address: str) -> tuple[str, str]:
    """Return names of the two ends of make's pipe, and keep them from the processes that this one starts."""
    ends = [int(end) if end.isdecimal() else -1 for end in address.split(",")]
    places = [os.fstat(end) for end in ends]
    if [stat.S_ISFIFO(place.st_mode) for place in places] != [True, True] or places[0].st_ino != places[1].st_ino:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))  # the numbers are those of other files by now
    for end in ends:
        os.set_inheritable(end, False)  # noqa: FBT003 -- it has no other form
    return f"/proc/self/fd/{ends[0]}", f"/proc/self/fd/{ends[1]}"


@contextmanager
def _without_interrupts() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
