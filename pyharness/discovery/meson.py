"""Build folders of Meson: what `meson test` would run in them, read from files, without starting Meson."""

from __future__ import annotations

import os.path
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pyharness.adapters.protocol import ListError
from pyharness.discovery.build_folders import MESON_FILE
from pyharness.discovery.meson_saved import (
    Operation,
    SavedEnvironment,
    SavedError,
    SavedSetup,
    SavedSetups,
    SavedTest,
    read_saved_setups,
    read_saved_tests,
)
from pyharness.discovery.programs import unique_names
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SAVED_TESTS_FILE = "meson-private/meson_test_setup.dat"
_SAVED_BUILD_FILE = "meson-private/build.dat"
# Set by `meson test` where the user has not: the sanitizers' findings end a test, which its exit code then tells.
_SANITIZERS = {
    "ASAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_summary=1",
    "MSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_summary=1:print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_summary=1",
    "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_summary=1:print_stacktrace=1",
}


class MesonEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One test of a build folder."""

    name: str
    """Unique in the folder: equal names have `project:suite:` before them, and a number behind if need be."""
    title: str
    """As Meson calls it."""
    command: tuple[str, ...]
    environment: Mapping[str, str | None]
    """What is changed of the environment of pyharness; `None`: the variable is removed."""
    folder: str
    suites: tuple[str, ...]
    """`project:suite`, or `project` of a test in no suite."""
    timeout: float
    """Seconds, the multiplier of the set-up is in it; 0 or less: no limit."""
    parallel: bool
    priority: float
    protocol: str
    """`exitcode`, `tap`, `gtest`, `rust` or one of a newer Meson."""
    expected_fail: bool = False
    """`should_fail`."""
    expected_code: int = 0
    excluded: bool = False
    """The set-up leaves it out, so it runs on request only."""
    unrunnable: bool = False
    """A cross-built program that nothing here can run: skipped, as by Meson."""


class MesonListing(msgspec.Struct, frozen=True):
    """All tests of a build folder, in the order of Meson."""

    entries: Sequence[MesonEntry]
    remarks: Sequence[str]
    """Sentences on what is not as it would be under `meson test`."""


class MesonFiles(NamedTuple):
    """The contents of the files; `None`: it is not there."""

    tests: bytes
    saved_tests: bytes | None
    saved_build: bytes | None


class _Test(msgspec.Struct, frozen=True):
    """A test as `meson introspect --tests` describes it."""

    name: str
    cmd: tuple[str, ...]
    env: dict[str, str]
    workdir: str | None
    timeout: float | None
    suite: tuple[str, ...]
    is_parallel: bool
    priority: float
    protocol: str
    extra_paths: tuple[str, ...] = ()


def read_files(folder: str) -> MesonFiles:
    """Read what `read_tests` needs.

    Raises:
        ListError: the file of the tests cannot be read.
    """
    try:
        tests = Path(folder, MESON_FILE).read_bytes()
    except OSError as error:
        raise ListError(f"'{MESON_FILE}' cannot be read: {error.strerror}; run 'meson setup' there") from error
    saved = (Path(folder, name) for name in (_SAVED_TESTS_FILE, _SAVED_BUILD_FILE))
    return MesonFiles(tests, *(path.read_bytes() if path.is_file() else None for path in saved))


def read_tests(files: MesonFiles, folder: str, environment: Mapping[str, str], setup: str = "") -> MesonListing:
    """Return the tests of a build folder.

    Args:
        files: Of that folder.
        folder: Its path, absolute: tests run there unless they say else.
        environment: That of pyharness, on which tests base theirs.
        setup: `meson test --setup`; empty: the default one of the folder, if there is one.

    Raises:
        ListError: the file of the tests is not what Meson writes.
        UsageError: there is no such set-up.
    """
    try:
        tests = msgspec.json.decode(files.tests, type=list[_Test])
    except msgspec.MsgspecError as error:
        raise ListError(f"'{MESON_FILE}' is not what Meson writes: {error}") from error
    remarks: list[str] = []
    saved = _saved_tests(files.saved_tests, tests, remarks)
    setups = _saved_setups(files.saved_build, setup, remarks)
    names = _names(tests)
    entries = [
        _entry(name, test, known, _Surroundings(folder, environment, _setup_of(test, setup, setups)))
        for name, test, known in zip(names, tests, saved, strict=True)
    ]
    return MesonListing(entries, remarks)


def _saved_tests(content: bytes | None, tests: Sequence[_Test], remarks: list[str]) -> list[SavedTest]:
    """Return what is kept of each test; without it, what introspection gives instead."""
    try:
        return _matching(read_saved_tests(_there(content)), tests)
    except SavedError as error:
        remarks.append(
            f"cannot read '{_SAVED_TESTS_FILE}': {error}; 'should_fail' is not known, "
            "and what tests append to a variable replaces it"
        )
        return [SavedTest(test.name, _plain_environment(test.env)) for test in tests]


def _there(content: bytes | None) -> bytes:
    if content is None:
        raise SavedError("it is missing")
    return content


def _matching(saved: list[SavedTest], tests: Sequence[_Test]) -> list[SavedTest]:
    if [known.name for known in saved] != [test.name for test in tests]:
        raise SavedError(f"its tests are not those of '{MESON_FILE}'")
    return saved


def _plain_environment(values: Mapping[str, str]) -> SavedEnvironment:
    return SavedEnvironment(tuple(Operation("set", name, (value,), "") for name, value in values.items()))


def _saved_setups(content: bytes | None, setup: str, remarks: list[str]) -> SavedSetups:
    try:
        return read_saved_setups(_there(content))
    except SavedError as error:
        if setup:
            raise ListError(f"cannot find the test setup '{setup}' in '{_SAVED_BUILD_FILE}': {error}") from error
        remarks.append(f"cannot read '{_SAVED_BUILD_FILE}': {error}; a default test setup is not known")
        return SavedSetups()


def _setup_of(test: _Test, wanted: str, saved: SavedSetups) -> SavedSetup | None:
    """Return the set-up for one test. A name without project means that of the test's own project."""
    name = wanted or saved.default
    if not name:
        return None
    full = name if ":" in name else f"{_project(test)}:{name}"
    if full not in saved.setups:
        known = ", ".join(f"'{other}'" for other in sorted(saved.setups)) or "none"
        raise UsageError(f"no test setup '{full}' in this Meson folder; there are: {known}")
    return saved.setups[full]


def _project(test: _Test) -> str:
    return test.suite[0].partition(":")[0] if test.suite else ""


def _names(tests: Sequence[_Test]) -> list[str]:
    counts = Counter(test.name for test in tests)
    return unique_names([test.name if counts[test.name] == 1 else f"{_suites(test)}:{test.name}" for test in tests])


def _suites(test: _Test) -> str:
    """Return `project:suite+suite` or `project`, as Meson shows it."""
    suites = [suite for _, colon, suite in (text.partition(":") for text in test.suite) if colon]
    return _project(test) + (":" + "+".join(suites) if suites else "")


class _Surroundings(NamedTuple):
    folder: str
    environment: Mapping[str, str]
    setup: SavedSetup | None


def _entry(name: str, test: _Test, known: SavedTest, around: _Surroundings) -> MesonEntry:
    setup = around.setup
    timeout = test.timeout or 0.0
    outer = () if setup is None else setup.wrapper
    return MesonEntry(
        name=name,
        title=test.name,
        command=(*outer, *(known.wrapper or ()), *test.cmd),
        environment=_environment(test, known, setup, around.environment),
        folder=os.path.join(around.folder, test.workdir or ""),
        suites=test.suite,
        timeout=timeout if setup is None else timeout * max(0.0, setup.timeout_multiplier),
        parallel=test.is_parallel,
        priority=test.priority,
        protocol=test.protocol,
        expected_fail=known.expected_fail,
        expected_code=known.expected_code,
        excluded=setup is not None and in_suites(test.suite, setup.exclude_suites),
        unrunnable=known.wrapper is None,
    )


def _environment(
    test: _Test, known: SavedTest, setup: SavedSetup | None, base: Mapping[str, str]
) -> dict[str, str | None]:
    """Return what `meson test` changes: by the set-up, by the test, and what it sets where nobody has."""
    changes: dict[str, str | None] = {}
    for saved in (() if setup is None else (setup.environment,)) + (known.environment,):
        _apply(saved, changes, base)
    if test.extra_paths:
        changes["PATH"] = ":".join([*test.extra_paths, changes.get("PATH") or base.get("PATH", "")])
    # Meson rolls dice for each run; here a test has a value of its own that stays.
    defaults = {"MALLOC_PERTURB_": str(zlib.crc32(test.name.encode()) % 255 + 1), **_SANITIZERS}
    for name, value in defaults.items():
        if not (changes[name] if name in changes else base.get(name)):
            changes[name] = value
    return changes


def _apply(saved: SavedEnvironment, changes: dict[str, str | None], base: Mapping[str, str]) -> None:
    for method, name, values, separator in saved.operations:
        old = changes[name] if name in changes else base.get(name)
        before = [old] if method == "append" and old is not None else []
        after = [old] if method == "prepend" and old is not None else []
        changes[name] = separator.join([*before, *values, *after])
    changes.update(dict.fromkeys(saved.removed))


def in_suites(suites: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether a test of `suites` is in one of `wanted`, by the rules of `meson test --suite`.

    `wanted` are `project:suite`, `project:`, or a word that is either a suite of any project or a project.
    """
    return any(_is_in(own, text) for own in suites for text in wanted)


def _is_in(own: str, wanted: str) -> bool:
    project, _, suite = own.partition(":")
    wanted_project, _, wanted_suite = wanted.partition(":")
    if not wanted_suite and suite == wanted_project:
        return True
    return project == wanted_project and wanted_suite in ("", suite)
