"""What CTest folders say of their tests, through the real command line: folding, order, locks, limits, CTest itself."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.adapters.frameworks import Version, build
from tests.behaviour.test_groups import most_at_once
from tests.discovery.build_folders import configure, ctest_verdicts, run
from tests.discovery.test_folding_programs import SOURCE

SHELL = """
function(case name script)
  add_test(NAME ${name} COMMAND sh -c "${script}")
  set_tests_properties(${name} PROPERTIES ${ARGN})
endfunction()
"""
OURS = {"pass": "passed", "fail": "failed", "skip": "skipped", "disabled": "skipped", "error": "failed"}


def finished(result, word=""):
    return [event for event in result.of_type("AttemptFinished") if word in event["case"]]


def begin_and_end(result, name):
    event = result.attempt(name)
    return event["start_ns"], event["start_ns"] + event["duration_ns"]


# ---- folding


@pytest.fixture(scope="module")
def discovered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("discovered")
    run(["cmake", "-S", str(SOURCE), "-B", str(folder), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug"])
    run(["cmake", "--build", str(folder)])
    return str(folder)


def ids(result):
    return {event["id"]: event["verdict"] for event in result.of_type("CaseFinished")}


@pytest.mark.slow
def test_folded_or_not_the_verdicts_are_those_of_ctest(pyharness, discovered):
    theirs = {name: OURS[verdict] for name, verdict in ctest_verdicts(discovered).items()}
    flags = ["--on-crash", "continue", "--test-threads", 2]
    apart = ids(pyharness.test(discovered, *flags, "--no-fold", limit_s=300))
    folded = ids(pyharness.test(discovered, *flags, limit_s=300))
    second_of_its_name = {"ctest::doc.same [2]"}
    assert {name.removeprefix("ctest::"): v for name, v in apart.items() if name not in second_of_its_name} == theirs
    assert len(folded) == len(apart)
    assert Counter(folded.values()) == Counter(apart.values())
    suites = {name.partition("::")[0] for name in folded}
    assert suites == {"google", "google [2]", "late", "scanned", "catch", "doc", "ctest"}
    for suite, prefix in (("google", ""), ("google [2]", "again."), ("late", "late."), ("catch", "catch.")):
        titles = {name: prefix + name.partition("::")[2].replace("DISABLED_", "") for name in folded}
        plain = [name for name in folded if name.startswith(f"{suite}::") and titles[name] in theirs]
        assert {name: folded[name] for name in plain} == {name: theirs[titles[name]] for name in plain}
        assert len(plain) >= 4  # CMake has words of its own for parameters


@pytest.fixture
def stale(tmp_path):
    """A folder that still lists a case that the program no longer has, in the way of CMake's discovery."""
    program = build(Version("googletest", None)) / "listed"
    lists = "".join(
        f"add_test(NAME {name} COMMAND {program} --gtest_filter={name} --gtest_also_run_disabled_tests)\n"
        for name in ("Listed.passes", "Listed.gone")
    )
    return configure(tmp_path / "stale", lists)


def test_a_case_that_is_gone_is_an_error_where_it_is_folded(pyharness, stale):
    result = pyharness.test(stale)
    assert result.code == 1
    assert ids(result) == {"listed::Listed.passes": "passed", "listed::Listed.gone": "failed"}
    assert result.attempt("Listed.gone")["outcome"] == "error"
    assert result.messages("Listed.gone") == ["the program was asked for this case, and ended without running it"]
    note = result.one("RunStarted")["note"]
    assert "does not list 'Listed.gone', which CMake has found in it before" in note
    assert "build the project again, or run with --no-fold" in note


def test_a_case_that_is_gone_passes_by_its_own_launch_as_under_ctest(pyharness, stale):
    theirs = {f"ctest::{name}": OURS[verdict] for name, verdict in ctest_verdicts(stale).items()}
    assert ids(pyharness.test(stale, "--no-fold")) == theirs


def test_a_name_that_its_list_writes_otherwise_is_found_where_it_is_folded(pyharness, tmp_path):
    program = build(Version("catch2", None)) / "names"
    name = "tab\tin it"
    folder = configure(tmp_path / "tab", f'add_test(NAME "{name}" COMMAND "{program}" "{name}")\n')
    assert [OURS[verdict] for verdict in ctest_verdicts(folder).values()] == ["passed"]
    assert ids(pyharness.test(folder)) == {"names::tab\\tin it": "passed"}


def test_a_folded_case_is_found_by_the_name_that_ctest_shows(pyharness, tmp_path):
    program = build(Version("googletest", None)) / "listed"
    folder = configure(
        tmp_path / "named", f"add_test(NAME Numbers.Fit<int> COMMAND {program} --gtest_filter=Listed.passes)\n"
    )
    assert set(ctest_verdicts(folder)) == {"Numbers.Fit<int>"}
    assert ids(pyharness.test(folder, "-k", "Numbers.Fit<int>")) == {"listed::Listed.passes": "passed"}
    assert ids(pyharness.test(folder, "-k", "Listed.passes and numbers")) == {"listed::Listed.passes": "passed"}
    assert pyharness.test(folder, "-k", "not fit").code == 5


# ---- what runs when


def test_a_configuration_has_tests_of_its_own(pyharness, tmp_path):
    tests = "add_test(NAME {0} CONFIGURATIONS {0} COMMAND sh -c \"test $<CONFIG> = '{1}'\")\n"
    lists = tests.format("Release", "") + tests.format("Debug", "") + "add_test(NAME always COMMAND sh -c true)\n"
    folder = configure(tmp_path / "configurations", lists)
    for words in ([], ["-C", "Release"], ["-C", "Debug"], ["-C", "Other"]):
        theirs = set(ctest_verdicts(folder, *words))
        assert set(pyharness.test(folder, *words).verdicts()) == theirs
        assert theirs == {"always", *words[1:]} - {"Other"}


def test_depends_is_an_order_whatever_the_verdicts(pyharness, tmp_path):
    lists = (
        SHELL
        + """
    case(last "exit 0" DEPENDS middle)
    case(middle "sleep 0.1" DEPENDS first)
    case(first "sleep 0.1; exit 1" COST 0)
    case(beside "exit 0" COST 5)
    """
    )
    result = pyharness.test(configure(tmp_path / "depends", lists), "--test-threads", 4)
    assert result.verdicts() == {"first": "failed", "middle": "passed", "last": "passed", "beside": "passed"}
    assert begin_and_end(result, "first")[1] <= begin_and_end(result, "middle")[0]
    assert begin_and_end(result, "middle")[1] <= begin_and_end(result, "last")[0]


def test_a_circle_of_depends_is_refused(pyharness, tmp_path):
    lists = SHELL + 'case(one "exit 0" DEPENDS two)\ncase(two "exit 0" DEPENDS one)\n'
    result = pyharness.test(configure(tmp_path / "circle", lists))
    assert result.code == 4
    one, two = "'ctest::one'", "'ctest::two'"
    circles = [f"{one} after {two} after {one}", f"{two} after {one} after {two}"]
    sentence = "pyharness: error: tests wait for each other: {}; take one of these DEPENDS or fixtures away\n"
    assert result.stderr in [sentence.format(circle) for circle in circles]


def test_a_lock_has_one_holder_at_a_time(pyharness, tmp_path):
    """A holder fails if there is another one; those without a lock do meet."""
    held = "mkdir $HERE/{0} && sleep 0.05 && rmdir $HERE/{0}"
    scripts = {"a": held.format("a"), "b": held.format("b"), "ab": f"{held.format('a')} && {held.format('b')}"}
    lists = "".join(
        f"add_test(NAME {name}{n} COMMAND sh -c [[{script}]])\n"
        f'set_tests_properties({name}{n} PROPERTIES RESOURCE_LOCK "{";".join(name)}")\n'
        for n in range(4)
        for name, script in scripts.items()
    ) + "".join(f'add_test(NAME free{n} COMMAND sh -c "sleep 0.1")\n' for n in range(4))
    folder = configure(tmp_path / "locks", lists)
    result = pyharness.test(folder, "--test-threads", 4, env={"HERE": str(tmp_path)})
    assert (result.code, result.one("RunFinished")["counts"]) == (0, {"passed": 16})
    assert most_at_once(finished(result, "a")) == 1
    assert most_at_once(finished(result, "b")) == 1
    assert most_at_once(finished(result)) > 1


def test_what_runs_serially_has_nothing_beside_it(pyharness, tmp_path):
    lists = SHELL + "".join(
        f'case(alone{n} "sleep 0.05" RUN_SERIAL ON)\ncase(free{n} "sleep 0.05" COST 0)\n' for n in range(4)
    )
    result = pyharness.test(configure(tmp_path / "serial", lists), "--test-threads", 4)
    assert result.code == 0
    alone = [begin_and_end(result, f"alone{number}") for number in range(4)]
    for name in result.attempts():
        begin, end = begin_and_end(result, name)
        assert [one for one in alone if one[0] < end and begin < one[1]] in ([], [(begin, end)])
    assert most_at_once(finished(result, "free")) > 1


@pytest.mark.parametrize("skipped", ["exit 77", "echo not today; exit 1"])
def test_a_skipped_set_up_is_good_enough(pyharness, tmp_path, skipped):
    lists = (
        SHELL
        + f"""
    case(prepares "{skipped}" FIXTURES_SETUP table SKIP_RETURN_CODE 77 SKIP_REGULAR_EXPRESSION "not today")
    case(eats "exit 0" FIXTURES_REQUIRED table)
    case(clears "exit 0" FIXTURES_CLEANUP table)
    """
    )
    folder = configure(tmp_path / "fixtures", lists)
    theirs = {name: OURS[verdict] for name, verdict in ctest_verdicts(folder).items()}
    result = pyharness.test(folder, "--test-threads", 3)
    assert result.verdicts() == theirs == {"prepares": "skipped", "eats": "passed", "clears": "passed"}
    assert result.code == 0


# ---- limits, and CTest itself


def test_the_limit_of_a_test_is_its_own_or_that_of_the_run(pyharness, tmp_path):
    lists = (
        SHELL
        + """
    case(of_the_run "exec sleep 60" COST 0)
    case(of_its_own "exec sleep 60" TIMEOUT 2)
    case(none "exec sleep 1.5" TIMEOUT 0)
    """
    )
    result = pyharness.test(configure(tmp_path / "limits", lists), "--timeout", 1, "--test-threads", 3)
    outcomes = {name: event["outcome"] for name, event in result.attempts().items()}
    assert outcomes == {"of_the_run": "timeout", "of_its_own": "timeout", "none": "pass"}
    assert "1 s" in result.messages("of_the_run")[0]
    assert "2 s" in result.messages("of_its_own")[0]


def test_without_ctest_the_folder_is_an_error_and_the_rest_runs(pyharness, programs, tmp_path):
    folder = configure(tmp_path / "folder", SHELL)
    result = pyharness.test(folder, programs["twin_first"], env={"PATH": str(tmp_path)})
    assert result.code == 11
    event = result.one("SuiteFailed")
    assert event["path"] == folder
    assert "there is no ctest in PATH, which reads this build folder; install CMake" in event["reason"]
    assert result.one("RunFinished")["counts"]["passed"] > 0
