"""Build folders through the real command line: the verdicts are those of their build system."""

from __future__ import annotations

import pytest

from tests.discovery.build_folders import configure, ctest_verdicts

LISTS = r"""
function(case name)
  add_test(NAME ${name} COMMAND sh -c "${ARGN}")
endfunction()
case(passes "exit 0")
case(fails "exit 1")
case(inverted "exit 1")
set_tests_properties(inverted PROPERTIES WILL_FAIL ON)
case(skips "exit 77")
set_tests_properties(skips PROPERTIES SKIP_RETURN_CODE 77)
case(late "exec sleep 60")
set_tests_properties(late PROPERTIES TIMEOUT 1)
case(off "exit 1")
set_tests_properties(off PROPERTIES DISABLED ON)
case(opens "exit 0")
set_tests_properties(opens PROPERTIES FIXTURES_SETUP door)
case(walks "exit 0")
set_tests_properties(walks PROPERTIES FIXTURES_REQUIRED door LABELS "on foot")
case(closes "exit 0")
set_tests_properties(closes PROPERTIES FIXTURES_CLEANUP door)
case(sits "exit 77")
set_tests_properties(sits PROPERTIES SKIP_RETURN_CODE 77 FIXTURES_SETUP bench)
case(rests "exit 0")
set_tests_properties(rests PROPERTIES FIXTURES_REQUIRED bench)
case(jams "exit 1")
set_tests_properties(jams PROPERTIES FIXTURES_SETUP gate)
case(blocked "exit 0")
set_tests_properties(blocked PROPERTIES FIXTURES_REQUIRED gate)
"""
OURS = {"pass": "passed", "fail": "failed", "skip": "skipped", "disabled": "skipped", "blocked": "not-run"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return configure(tmp_path_factory.mktemp("project"), LISTS)


def test_the_verdicts_are_those_of_ctest(pyharness, folder):
    expected = {name: OURS[verdict] for name, verdict in ctest_verdicts(folder).items()}
    result = pyharness.test(folder, "--test-threads", 3)
    assert result.code == 1
    assert result.verdicts() == expected
    assert len(expected) == 13


def test_what_a_selected_test_needs_runs_too_and_in_order(pyharness, folder):
    result = pyharness.test(folder, "-k", "on_foot", "--test-threads", 3)
    assert result.code == 0
    assert [event["case"] for event in result.of_type("AttemptFinished")] == ["opens", "walks", "closes"]
    named = pyharness.test(f"{folder}::passes")
    assert named.verdicts() == {"passes": "passed"}


def test_shards_take_along_the_fixtures_of_their_tests(pyharness, folder):
    whole = pyharness.test(folder, "--test-threads", 3).verdicts()
    parts = [pyharness.test(folder, "--shard", f"{number}/4", "--test-threads", 3) for number in range(1, 5)]
    assert {name: verdict for part in parts for name, verdict in part.verdicts().items()} == whole
    for part in parts:
        order = [event["case"] for event in part.of_type("AttemptFinished")]
        if "walks" in order:
            assert order.index("opens") < order.index("walks") < order.index("closes")
    assert sum("walks" in part.verdicts() for part in parts) == 1
