"""What becomes of cases in the file that says which case covers what."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest

from pyharness.case_coverage import CaseCoverage
from pyharness.coverage.contexts import store
from pyharness.coverage.contexts.model import CaseLines, Contexts
from pyharness.coverage.llvm_profiles import FoundProfiles
from pyharness.coverage.llvm_tools import Toolbox
from pyharness.coverage.model import Coverage
from pyharness.coverage.reading import Measured
from pyharness.engine import OUTCOMES
from pyharness.model import Outcome
from pyharness.tasks import Tasks
from tests.test_loading import library


@pytest.fixture
def loaded():
    """Return what was loaded: `s` with three cases, of which the last was not selected."""
    suites = [library("s", "one", "two", "three"), None]
    return SimpleNamespace(suites=suites, tasks=Tasks(suites, [0, 0], [0, 1]))


@pytest.fixture
def by_case(tmp_path):
    return CaseCoverage(str(tmp_path / "coverage"), str(tmp_path))


def ended(**outcomes):
    """Return what the engine tells of tasks: `one=Outcome.PASS`."""
    numbers = {"one": 0, "two": 1}
    codes = bytes(OUTCOMES.index(outcome) for outcome in outcomes.values())
    return SimpleNamespace(tasks=[numbers[name] for name in outcomes], outcomes=codes)


def known(*names):
    return Contexts(cases={name: CaseLines(unknown=f"{name} as it was") for name in names})


def unknown(by_case, loaded, tmp_path):
    nothing = Coverage(files=())
    measured = Measured(nothing, [], FoundProfiles({}, []))
    contexts, problems = by_case.read(str(tmp_path), measured, nothing, loaded, Toolbox({}))
    assert problems == []
    return {case: lines.unknown for case, lines in contexts.cases.items()}


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Outcome.PASS, "nothing was counted for it"),
        (Outcome.FAIL, "nothing was counted for it"),
        (Outcome.SKIP, "nothing was counted for it"),
        (Outcome.CRASH, "it crashed"),
        (Outcome.TIMEOUT, "its time was over before it ended"),
        (Outcome.ERROR, "it could not be run to its end"),
    ],
)
def test_why_nothing_is_known_of_a_case_is_said(by_case, loaded, tmp_path, outcome, why):
    by_case.note(ended(one=outcome))
    assert unknown(by_case, loaded, tmp_path) == {"s::one": why, "s::two": "it was not run"}


def test_the_last_attempt_counts(by_case, loaded, tmp_path):
    by_case.note(ended(one=Outcome.PASS, two=Outcome.CRASH))
    by_case.note(ended(two=Outcome.PASS))
    assert unknown(by_case, loaded, tmp_path)["s::two"] == "nothing was counted for it"


def test_what_was_known_of_others_stays_unless_they_are_gone(by_case, loaded):
    by_case.write(known("s::one", "s::three", "s::gone", "t::other"), loaded, is_partial=False)
    written = by_case.write(Contexts(cases={"s::one": CaseLines()}), loaded, is_partial=False)
    assert written.notes == ()
    assert store.read(written.path).cases == {
        "s::one": CaseLines(),
        "s::three": CaseLines(unknown="s::three as it was"),
        "t::other": CaseLines(unknown="t::other as it was"),
    }


def test_what_is_partial_leaves_the_file_as_it_is(by_case, loaded):
    whole = by_case.write(known("s::one"), loaded, is_partial=False)
    partial = by_case.write(known("s::two"), loaded, is_partial=True)
    assert store.read(whole.path) == known("s::one")
    assert store.read(partial.path) == known("s::two")


def test_a_file_of_another_version_is_replaced_and_that_is_said(by_case, loaded):
    written = by_case.write(known("s::three"), loaded, is_partial=False)
    with closing(sqlite3.connect(written.path)) as database:
        database.execute("PRAGMA user_version = 99")
    written = by_case.write(known("s::one"), loaded, is_partial=False)
    assert store.read(written.path) == known("s::one")
    (note,) = written.notes
    assert note.startswith("an earlier file was replaced: ")
    assert "its schema is 99" in note
