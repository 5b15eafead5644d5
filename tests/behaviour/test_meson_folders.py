"""Meson folders through the real command line: the verdicts are those of `meson test`, and so is what runs when."""

from __future__ import annotations

import pytest

from tests.behaviour.test_groups import most_at_once
from tests.discovery.test_meson_adapter import HEAD, LINES, meson_verdicts, set_up

OURS = {"pass": "passed", "fail": "failed", "error": "failed", "skip": "skipped"}


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """One test for each of Meson's words: suites, protocols, `should_fail`, 77 and 99, limits, environments."""
    return set_up(tmp_path_factory.mktemp("meson"), HEAD + "".join(line.meson for line in LINES))


def test_the_verdicts_are_those_of_meson(pyharness, build):
    theirs = {name: OURS[verdict] for name, verdict in meson_verdicts(build).items()}
    result = pyharness.test(build, "--on-crash", "continue", "--test-threads", 4)
    assert result.code == 1
    assert result.verdicts() == theirs
    assert len(theirs) == len(LINES)


def test_a_setup_changes_the_verdicts_as_under_meson(pyharness, build):
    names = ["by_set_up", "passes", "should_fail", "skips"]
    theirs = {name: OURS[verdict] for name, verdict in meson_verdicts(build, "--setup", "slow", *names).items()}
    result = pyharness.test(*(f"{build}::{name}" for name in names), "--setup", "slow")
    assert result.verdicts() == theirs
    assert theirs["by_set_up"] == "passed"
    without = pyharness.test(f"{build}::by_set_up")
    assert without.verdicts() == {"by_set_up": "failed"}


def test_what_a_setup_leaves_out_runs_on_request(pyharness, build):
    words = [build, "-k", "alone", "--setup", "slow"]
    assert pyharness.test(*words).code == 5
    assert pyharness.test(*words, "--run-disabled").verdicts() == {"alone": "passed"}


PACE = r"""
project('pace')
sh = find_program('sh')
foreach name, priority : {'low': -5, 'usual': 0, 'high': 10}
  test(name, sh, args: ['-c', 'true'], priority: priority)
endforeach
foreach number : ['1', '2', '3', '4']
  test('alone' + number, sh, args: ['-c', 'sleep 0.05'], is_parallel: false, suite: 'pace')
  test('free' + number, sh, args: ['-c', 'sleep 0.1'], suite: ['pace', 'free'])
endforeach
test('longer than the run', sh, args: ['-c', 'sleep 1.5'], suite: 'limits')
test('at its limit', sh, args: ['-c', 'exec sleep 60'], timeout: 1, suite: 'limits')
"""


@pytest.fixture(scope="module")
def pace(tmp_path_factory):
    return set_up(tmp_path_factory.mktemp("pace"), PACE)


def test_a_higher_priority_starts_first(pyharness, pace):
    result = pyharness.test(pace, "-k", "low or usual or high", "--test-threads", 1)
    begun = sorted(result.of_type("AttemptFinished"), key=lambda event: event["start_ns"])
    assert [event["case"] for event in begun] == ["high", "usual", "low"]


def test_what_is_not_parallel_has_nothing_beside_it(pyharness, pace):
    result = pyharness.test(pace, "-L", "^pace:pace$", "--test-threads", 4)
    assert (result.code, len(result.attempts())) == (0, 8)
    alone = [event for event in result.of_type("AttemptFinished") if event["case"].startswith("alone")]
    free = [event for event in result.of_type("AttemptFinished") if event["case"].startswith("free")]
    assert most_at_once(alone) == 1
    assert most_at_once(free) > 1
    for one in alone:
        assert most_at_once([one, *free], lambda event, one=one: 100 if event is one else 1) == 100


def test_the_limit_of_meson_holds_not_that_of_the_run(pyharness, pace):
    """Meson writes a limit for each test, of 30 s where the project says nothing."""
    result = pyharness.test(pace, "-L", "^limits$", "--timeout", 1, "--test-threads", 2)
    outcomes = {name: event["outcome"] for name, event in result.attempts().items()}
    assert outcomes == {"longer than the run": "pass", "at its limit": "timeout"}
    assert "1 s" in result.messages("at its limit")[0]


def test_suites_select_what_they_select_under_meson(pyharness, pace):
    result = pyharness.test(pace, "-L", "^free$", "--test-threads", 4)
    assert set(result.verdicts()) == set(meson_verdicts(pace, "--suite", "free"))
