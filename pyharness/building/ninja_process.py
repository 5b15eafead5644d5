"""Runs ninja: in a process group of its own, its commands in one each, as ninja makes them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import ninja

from pyharness.building.files import NINJA_FILE
from pyharness.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.building.plan import BuildPlan

_DRY_LIMIT_S = 300
"""To look at the files of the largest project on the slowest disk."""
_END_LIMIT_S = 10
"""From the end of the output, or SIGKILL, to that of the process."""
_CHUNK = 1 << 16


def command(plan: BuildPlan, *arguments: str) -> list[str]:
    """Return the arguments that start ninja for a plan; its current folder has to be the root.

    Raises:
        SuiteError: there is no ninja.
    """
    program = os.path.join(ninja.BIN_DIR, "ninja")
    if not os.path.isfile(program):
        message = "cannot build: the program of the Python package 'ninja' is not there; install the package again"
        raise SuiteError(message)
    return [program, "-f", os.path.join(plan.folder, NINJA_FILE), *arguments]


def environment_with(status: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which ninja puts `status` before each step, and no colours around it."""
    return {**{name: value for name, value in environment.items() if name != "CLICOLOR_FORCE"}, "NINJA_STATUS": status}


def dry_run(plan: BuildPlan, status: str, environment: Mapping[str, str]) -> bytes:
    """Return what ninja prints that would run.

    Raises:
        SuiteError: ninja cannot read the files, or does not end.
    """
    try:
        done = subprocess.run(
            command(plan, "-n"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=plan.root,
            env=environment_with(status, environment),
            timeout=_DRY_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SuiteError(f"cannot build: ninja has not said within {_DRY_LIMIT_S} s what is to be done") from None
    if done.returncode != 0:
        raise SuiteError(f"cannot build: {_words(done.stderr)}")
    return done.stdout


class NinjaProcess:
    """Ninja at work."""

    def __init__(self, arguments: Sequence[str], folder: str, environment: Mapping[str, str], lock: int) -> None:
        """Start it in `folder`. The descriptor `lock` is inherited by it and its commands.

        Raises:
            OSError: it cannot be started.
        """
        self._errors = open(os.memfd_create("ninja"), "r+b")  # noqa: SIM115 -- its own words, read at the end
        self._process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=folder,
            env=dict(environment),
            pass_fds=(lock,),
            process_group=0,
            bufsize=0,
        )
        assert self._process.stdout is not None  # noqa: S101 -- for the type checker
        self._output = self._process.stdout
        os.set_blocking(self.descriptor, False)

    @property
    def descriptor(self) -> int:
        """Becomes readable when there is output, or its end."""
        return self._output.fileno()

    def read(self) -> bytes | None:
        """Return what there is to be read now, without waiting; `None`: the end."""
        pieces: list[bytes] = []
        while True:
            piece = self._output.read(_CHUNK)
            if not piece:
                return None if piece == b"" and not pieces else b"".join(pieces)
            pieces.append(piece)

    def end(self) -> tuple[int, str]:
        """Return exit code and last words once the output has ended. Leaves nothing behind."""
        try:
            code = self._process.wait(_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._kill()
            code = -signal.SIGKILL
        self._output.close()
        self._errors.seek(0)
        words = _words(self._errors.read())
        self._errors.close()
        return code, words

    def signal(self, number: int) -> None:
        """Send a signal to ninja and all of its commands."""
        for group in (self._process.pid, *self._commands()):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, number)

    def stop(self, grace_s: float) -> None:
        """End it: by SIGINT, which ninja passes on to its commands; after `grace_s` seconds by SIGKILL."""
        if self._process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGINT)
            os.killpg(self._process.pid, signal.SIGCONT)  # it may stand still
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self._kill()

    def _kill(self) -> None:
        """Kill ninja and its commands. It stands still first, so that it starts no more of them."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGSTOP)
        self.signal(signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):  # the kernel holds it; it runs no more
            self._process.wait(_END_LIMIT_S)

    def _commands(self) -> list[int]:
        """Return the process groups of the commands: ninja makes its children the leaders of such."""
        return [number for number, parent in _processes() if parent == self._process.pid]


def _processes() -> list[tuple[int, int]]:
    """Return the ids of all processes, each with that of its parent."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry.name}/stat", "rb") as file:
                # The name of the program is in parentheses, and may have any letters.
                found.append((int(entry.name), int(file.read().rpartition(b")")[2].split()[1])))
    return found


def _words(text: bytes) -> str:
    said = re.sub(r"\s+", " ", text.decode(errors="backslashreplace")).strip()
    return said or "ninja has failed, and does not say why"
