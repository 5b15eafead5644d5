"""Real programs whose cases CMake has discovered: the same tests and the same verdicts as CTest, folded or not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyharness.adapters.catch2 import Catch2V2
from pyharness.adapters.doctest import Doctest
from pyharness.adapters.googletest import GoogleTest
from pyharness.discovery.ctest_adapter import CTestAdapter
from pyharness.discovery.folding import Folded, fold
from pyharness.discovery.programs import surrounded
from tests.adapters.launching import launch, list_cases
from tests.discovery.build_folders import ctest_verdicts, list_folder, our_verdicts, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.adapters.binary import Binary
    from pyharness.adapters.protocol import Adapter, Channels, Command, Exit, ListedCase, Reader
    from pyharness.discovery.programs import ProgramCase, ProgramSuite

SOURCE = Path(__file__).parent.parent / "programs" / "discovered"
FRAMEWORKS = {
    "google": "googletest",
    "late": "googletest",
    "scanned": "googletest",
    "catch": "catch2_v2",
    "doc": "doctest",
}
ADAPTERS: dict[str, Adapter] = {adapter.name: adapter for adapter in (Catch2V2(), Doctest(), GoogleTest())}
KEPT = [
    "turned.Sum.adds",
    "turned.Sum.fails",
    "turned.Sum.knows_where",
    "turned.Sum.later",
    "catch.ends with *",
    "catch.Letters",
    "catch.letters",
    "xml.adds",
    "doc.does it?",
    "doc.Letters",
    "doc.letters",
    "doc.same",
    "doc.same [2]",
    "never_NOT_BUILT",
    "scanned.*/Texts.short_ones/*",
    "scanned.Types/*.is_small",
    "whole",
    "own",
]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = str(tmp_path_factory.mktemp("discovered"))
    run(["cmake", "-S", str(SOURCE), "-B", folder, "-G", "Ninja"])
    run(["cmake", "--build", folder])
    return folder


@pytest.fixture(scope="module")
def folded(build: str) -> Folded:
    return fold(list_folder(build).entries, lambda path: FRAMEWORKS.get(Path(path).name, ""))


@pytest.fixture(scope="module")
def of_ctest(build: str) -> dict[str, str]:
    return ctest_verdicts(build)


def titles(suite: ProgramSuite) -> list[str]:
    return [case.title for case in suite.cases or ()]


def test_each_test_of_ctest_is_in_one_place(build: str, folded: Folded) -> None:
    inside = [title for suite in folded.programs for title in titles(suite)]
    outside = [entry.title for entry in folded.entries]
    assert sorted(inside + outside) == sorted(entry.title for entry in list_folder(build).entries)


def test_what_may_end_otherwise_keeps_its_launch(folded: Folded) -> None:
    assert [entry.name for entry in folded.entries] == KEPT


def test_each_way_to_run_a_program_is_a_suite(build: str, folded: Folded) -> None:
    ways = {
        suite.name: (suite.arguments, suite.environment.get("WHERE"), len(suite.cases or ()))
        for suite in folded.programs
    }
    assert ways == {
        "google": ((), None, 15),
        "google [2]": (("--data", "x"), "again", 4),
        "late": ((), None, 15),
        "scanned": ((), None, 9),
        "catch": ((), None, 6),
        "doc": ((), None, 6),
    }
    assert {suite.folder for suite in folded.programs} == {build}


def test_what_discovery_says_of_a_case_is_kept(folded: Folded) -> None:
    google = {case.title: case for case in folded.programs[0].cases or ()}
    assert google["Sum.adds"].labels == ("from google",)
    assert google["Sum.adds"].timeout_ms == 20_000
    assert {case.name for case in google.values() if case.disabled} == {"Sum.DISABLED_later", "DISABLED_Off.later"}
    (long_text,) = [case for case in google.values() if "long text" in case.title]
    assert long_text.name == "Some/Texts.short_ones/2"


def test_tests_that_keep_their_launch_end_as_under_ctest(build: str, folded: Folded, of_ctest: dict[str, str]) -> None:
    adapter = CTestAdapter(folded.entries, os.environ)
    ours = our_verdicts(adapter, build, adapter.cases())
    assert ours == {entry.name: of_ctest[entry.title] for entry in folded.entries}


@pytest.mark.parametrize("framework", sorted(ADAPTERS))
def test_folded_tests_end_as_under_ctest(folded: Folded, of_ctest: dict[str, str], framework: str) -> None:
    suites = [suite for suite in folded.programs if suite.adapter == framework]
    assert suites
    for suite in suites:
        assert suite_verdicts(suite) == {title: of_ctest[title] for title in titles(suite)}


# ---- a suite in as few launches as its crashes allow


class Surrounded:
    """An adapter that runs a program in the way of a suite."""

    def __init__(self, suite: ProgramSuite) -> None:
        self._suite = suite
        self._adapter = ADAPTERS[suite.adapter]
        self.name = suite.adapter
        self.most_cases = self._adapter.most_cases
        self.wants_address = self._adapter.wants_address

    def recognises(self, binary: Binary) -> bool:
        return self._adapter.recognises(binary)

    def list_command(self, program: str, channels: Channels) -> Command:
        return self._adapter.list_command(program, channels)

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:
        return self._adapter.read_list(output, report, status)

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:
        return surrounded(self._adapter.command(program, cases, channels), self._suite)

    def reader(self, cases: Sequence[ListedCase]) -> Reader:
        return self._adapter.reader(cases)


def suite_verdicts(suite: ProgramSuite) -> dict[str, str]:
    """Run what is selected, what a crash has left over in one more launch; return verdicts by the names of CTest."""
    adapter = Surrounded(suite)
    listed = {case.name: case for case in list_cases(adapter, suite.path)}
    selected = {case.name: case for case in suite.cases or ()}
    assert set(selected) <= set(listed)
    verdicts = {case.title: "disabled" for case in selected.values() if case.disabled}
    waiting = [listed[name] for name, case in selected.items() if not case.disabled]
    while waiting:
        launched = launch(adapter, suite.path, waiting)
        verdicts |= {
            selected[name].title: _word(selected[name], outcome) for name, outcome in launched.outcomes.items()
        }
        done = set(launched.ended)
        if launched.running is not None:
            verdicts[selected[launched.running].title] = "fail"
            done.add(launched.running)
        assert done, "a launch came to nothing"
        waiting = [case for case in waiting if case.name not in done]
    return verdicts


def _word(case: ProgramCase, outcome: str) -> str:
    return case.skip_counts_as.value if outcome == "skip" else outcome
