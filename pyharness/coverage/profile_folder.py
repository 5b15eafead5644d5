"""Where the profiles of one run go, and the variables that send them there."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections import Counter
from typing import TYPE_CHECKING

from pyharness.coverage.gcov import gcov_environment
from pyharness.errors import UsageError
from pyharness.own_folder import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NOWHERE = "unused"
"""Of what is written by programs that are only asked for their cases."""
_WITH_A_MEANING = {"%": "a %", "\n": "an end of a line"}
"""To the runtime of LLVM, and in the lists that its tools read."""
_NAME = re.compile(r"profiles-([0-9]+)-.*")


class ProfileFolder:
    """A new folder, and who writes into it; for one thread.

    Its fields are those of `pyharness.launcher.Surroundings`.
    """

    def __init__(
        self, parent: str, can_count_in_files: Callable[[str], bool] | None = None, *, by_case: bool = False
    ) -> None:
        """Make the folder in `parent`, which is made if it is missing.

        Args:
            parent: a path.
            can_count_in_files: counts are kept in files at every moment, by those programs of which this says that
                they can; `None`: by nobody.
            by_case: hosts write what each case has counted, too.

        Raises:
            UsageError: nothing can be written there.
        """
        for letter, name in _WITH_A_MEANING.items():
            if letter in os.path.abspath(parent):
                why = f"{name} has a meaning there; name another folder with --coverage-folder"
                raise UsageError(f"profiles cannot be written to '{parent}': {why}")
        try:
            make_folder(parent)
            _remove_abandoned(parent)
            self.path = os.path.abspath(tempfile.mkdtemp(prefix=f"profiles-{os.getpid()}-", dir=parent))
        except OSError as error:
            message = f"cannot write to '{parent}': {error.strerror}; name another folder with --coverage-folder"
            raise UsageError(message) from None
        self.programs: dict[int, str] = {}
        """Absolute paths of what was launched, by the number in the names of its profiles."""
        self.launches: Counter[int] = Counter()
        """By the same numbers."""
        self._modes: dict[int, str] = {}
        self._can_count_in_files = can_count_in_files
        self._by_case = by_case
        self._gcov = gcov_environment(self.path)
        self.hosts: Mapping[str, str] = {
            "PYHARNESS_PROFILES": self.path,
            "LLVM_PROFILE_FILE": os.path.join(self.path, "child-%p-%m.profraw"),
            **({} if can_count_in_files is None else {"PYHARNESS_PROFILES_CONTINUOUS": "1"}),
            **({"PYHARNESS_PROFILES_CASES": "1"} if by_case else {}),
            **self._gcov,
        }
        nowhere = os.path.join(self.path, _NOWHERE)
        self.listing: Mapping[str, str] = {"LLVM_PROFILE_FILE": os.devnull, **self._gcov, "GCOV_PREFIX": nowhere}

    def program(self, path: str, folder: str, case: tuple[int, int] | None = None) -> Mapping[str, str]:
        """Return the variables for a launch in a folder; `case`: the only one of it, its suite's number first."""
        found = os.path.join(folder, path) if "/" in path else shutil.which(path) or path
        known = {program: number for number, program in self.programs.items()}
        number = known.get(os.path.abspath(found), len(known))
        if number not in self.programs:
            self.programs[number] = os.path.abspath(found)
            counts_in_files = self._can_count_in_files is not None and self._can_count_in_files(self.programs[number])
            self._modes[number] = "%c" if counts_in_files else ""
        self.launches[number] += 1
        # One file for each process and module; a module has a signature of its own.
        of_case = f"{case[0]}.{case[1]}-" if self._by_case and case is not None else ""
        name = f"program{number}-{of_case}%p-%m{self._modes[number]}.profraw"
        return {"LLVM_PROFILE_FILE": os.path.join(self.path, name), **self._gcov}

    def count(self) -> int:
        """Return how many profiles there are."""
        return sum(name.endswith((".profraw", ".gcda")) for _, _, names in os.walk(self.path) for name in names)

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def _remove_abandoned(parent: str) -> None:
    """Remove what runs have left that were killed."""
    for entry in os.scandir(parent):
        match = _NAME.fullmatch(entry.name)
        if match is not None and entry.is_dir(follow_symlinks=False) and not os.path.exists(f"/proc/{match[1]}"):
            with contextlib.suppress(OSError):
                shutil.rmtree(entry.path)
