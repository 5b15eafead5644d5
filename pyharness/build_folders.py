"""Reads build folders of CMake and Meson: which tests run in batches of their programs, and which by themselves.

Imported for such folders only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyharness.adapters.protocol import ListError
from pyharness.discovery import ctest, meson
from pyharness.discovery.ctest_adapter import CTestAdapter
from pyharness.discovery.folding import Folded, fold
from pyharness.discovery.meson_adapter import MesonAdapter
from pyharness.launcher import launch_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyharness.discovery.programs import ProgramSuite
    from pyharness.engine import Answer, Query

_NOT_FOUND = 127
"""Exit code of a shell that finds no such command."""


class Folder(NamedTuple):
    """The tests of a build folder."""

    remarks: Sequence[str]
    """On what is not as under its build system."""
    adapter: CTestAdapter | MesonAdapter | None
    """Runs those that have a launch each; `None`: there are none."""
    programs: Sequence[ProgramSuite] = ()
    """Run the others in batches."""


def read_meson(path: str, environment: Mapping[str, str], setup: str) -> Folder:
    """Read a folder of Meson.

    Raises:
        ListError: it cannot be read; what to do about it.
        UsageError: there is no such setup.
    """
    try:
        listing = meson.read_tests(meson.read_files(path), path, environment, setup)
    except ListError as error:
        raise ListError(f"{error}; configure it again with `meson setup`") from None
    return Folder(listing.remarks, MesonAdapter(listing.entries))


def ctest_query(path: str, environment: Mapping[str, str], configuration: str) -> Query:
    """Return what asks ctest for the tests of a folder."""
    return (lambda channels: launch_command(ctest.list_command(path, channels[0], configuration), environment)), False


def read_ctest(
    answer: Answer,
    environment: Mapping[str, str],
    configuration: str,
    framework_of: Callable[[str], str] | None,
) -> Folder:
    """Read what ctest has answered.

    Args:
        answer: To `ctest_query`.
        environment: That of pyharness.
        configuration: CTest's `-C`.
        framework_of: Gives for the path of an executable the name of its adapter; `None`: nothing is folded.

    Raises:
        ListError: it is no list; what to do about it.
    """
    try:
        listing = ctest.read_listing(_report(answer), environment)
    except ListError as error:
        raise ListError(f"{error}; see what `ctest --show-only` says there") from None
    folded = Folded((), listing.entries) if framework_of is None else fold(listing.entries, framework_of)
    adapter = CTestAdapter(folded.entries, environment, configuration) if folded.entries else None
    return Folder(listing.remarks, adapter, folded.programs)


def _report(answer: Answer) -> bytes:
    if answer.why_none:
        raise ListError(f"ctest {answer.why_none}")
    if answer.exit_code == _NOT_FOUND:
        raise ListError("there is no ctest in PATH, which reads this build folder; install CMake")
    if answer.exit_code or answer.signal:
        raise ListError(
            f"ctest ended with {f'signal {answer.signal}' if answer.signal else f'exit code {answer.exit_code}'}"
        )
    return answer.report
