"""The coverage of processes that somebody else has run: from a folder with the profiles that they have left."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from pyharness.coverage import python_run
from pyharness.coverage.llvm_profiles import is_instrumented
from pyharness.coverage.llvm_tools import Toolbox
from pyharness.coverage.reading import Objects, measure
from pyharness.errors import CoverageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.coverage.model import Coverage


def collect(folder: str, objects: Sequence[str], root: str) -> tuple[Coverage, list[str]]:
    """Return what was executed, and what is missing in it, in sentences. The profiles stay as they are.

    Args:
        folder: With profiles of LLVM, and what `gcov_environment` makes of it.
        objects: The libraries and programs that may have written them: all of LLVM's, which do not say where theirs is.
        root: From where the paths of sources count that are not absolute.

    Raises:
        UsageError: An object is not there.
        CoverageError: There is nothing to measure.
    """
    for path in objects:
        if not os.path.exists(path):
            message = f"'{path}', whose coverage is to be read, is not there; name a library or program that was built"
            raise UsageError(message)
    names = [name for _, _, names in os.walk(folder) for name in names if name.endswith((".profraw", ".gcda"))]
    if not names:
        raise CoverageError(_no_profiles(folder))
    paths = [os.path.abspath(path) for path in objects]
    of_llvm = all(name.endswith(".profraw") for name in names)
    for path in objects:
        if of_llvm and not is_instrumented(path):
            raise CoverageError(_without_lines(path))
    with tempfile.TemporaryDirectory(prefix="pyharness-") as work:
        measured = measure(
            folder,
            Objects(paths, {}, paths),
            "auto",
            Toolbox(os.environ),
            root=root,
            has_lost_processes=False,
            work=work,
        )
    return measured.coverage, measured.problems


def done(folder: str) -> None:
    """Note that nobody needs the profiles any more, now that a coverage.json has all of them.

    Raises:
        CoverageError: It cannot be noted.
    """
    try:
        python_run.mark_read(folder)
    except OSError as error:
        message = f"cannot write to '{folder}': {error.strerror}; the next run would count these profiles once more"
        raise CoverageError(message) from None


def _no_profiles(folder: str) -> str:
    return (
        f"there are no profiles in '{folder}': nothing that was built for coverage has run with the plugin for "
        "coverage.py; build and run it first, or name another folder with --profiles"
    )


def _without_lines(path: str) -> str:
    return (
        f"'{path}' does not say which lines it has: it was not built for coverage (-fcoverage-mapping), or it "
        "was stripped, as build tools do for a release; build it for debugging"
    )
