"""Programs of all frameworks and suites in one run: each planned case is reported, whatever the isolation."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.adapters.frameworks import Version, build
from tests.discovery.build_folders import run

SKIPPED, FAILED = "skipped", "failed"


def program(framework, name):
    return build(Version(framework, None)) / name


@pytest.fixture(scope="module")
def tap_folder(tmp_path_factory):
    """A Meson folder: nobody else says of a program that it speaks TAP."""
    source = tmp_path_factory.mktemp("tap")
    arguments = "args: ['-c', 'echo 1..2; echo ok 1; echo not ok 2'], protocol: 'tap'"
    (source / "meson.build").write_text(f"project('tap')\ntest('says so', find_program('sh'), {arguments})\n")
    run(["meson", "setup", str(source / "build"), str(source)])
    return source / "build"


@pytest.mark.parametrize("isolation", ["auto", "case"])
def test_all_frameworks_share_one_run(pyharness, programs, tap_folder, isolation):
    paths = [
        f"{program('googletest', 'thousand')}::Others.skips",
        f"{program('googletest', 'thousand')}::Others.fails",
        f"{program('googletest', 'thousand')}::All/Many.runs/7",
        program("catch2", "verdicts"),
        program("doctest", "verdicts"),
        program("boost_test", "verdicts"),
        f"{program('libtest', 'cases')}::passes",
        f"{program('libtest', 'cases')}::inner::fails",
        f"{program('libtest', 'cases')}::inner::panics",
        tap_folder,
        programs["naps"],
    ]
    listed = pyharness("test", "--list", *paths)
    ids = [line for line in listed.stdout.splitlines() if not line.endswith("(disabled)")]
    result = pyharness.test(*paths, "--test-threads", 3, "--isolation", isolation)
    assert result.code == 1
    verdicts = {event["id"]: event["verdict"] for event in result.of_type("CaseFinished")}
    ran = [name for name, verdict in verdicts.items() if verdict != SKIPPED]
    assert set(ran) <= set(ids) <= set(verdicts)
    assert result.one("RunStarted")["planned"] == len(verdicts)
    assert len(result.of_type("SuiteLoaded")) == 7
    assert {verdicts[name] for name in ids if name.startswith("naps::")} == {"passed"}
    told = {
        "thousand::Others.skips": SKIPPED,
        "thousand::Others.fails": FAILED,
        "thousand::All/Many.runs/7": "passed",
        "cases::passes": "passed",
        "cases::inner::fails": FAILED,
        "cases::inner::panics": "passed",
        "meson::says so": FAILED,
        "verdicts::throws": FAILED,
        "verdicts [2]::throws": FAILED,
    }
    assert {name: verdicts[name] for name in told} == told


def test_isolation_case_launches_each_case_by_itself(pyharness):
    """Each says which process it is."""
    words = [program("googletest", "waits"), "-k", "Process", "--test-threads", 1]
    together = pyharness.test(*words)
    apart = pyharness.test(*words, "--isolation", "case")
    assert (together.code, apart.code) == (0, 0)
    assert len({event["output"] for event in apart.attempts().values()}) == 6
    assert len({event["output"] for event in together.attempts().values()}) < 6


def test_of_ten_thousand_cases_none_is_lost(pyharness):
    result = pyharness.test(program("googletest", "ten_thousand"), "--test-threads", 4, limit_s=300)
    assert (result.code, result.one("RunFinished")["counts"]) == (0, {"passed": 10_000})
    assert result.one("RunStarted")["planned"] == 10_000
    assert set(result.attempts()) == {f"All/Many.passes/{number}" for number in range(10_000)}
    assert Counter(result.verdicts().values()) == {"passed": 10_000}


@pytest.mark.parametrize("isolation", ["auto", "case"])
def test_what_a_framework_keeps_of_the_output_is_the_output_of_the_case(pyharness, isolation):
    """Catch2 2 takes `std::cout` away, and gives it out when the case has ended."""
    result = pyharness.test(program("catch2", "verdicts"), "-k", "'prints by cout'", "--isolation", isolation)
    assert "by cout\n" in result.attempt("prints by cout")["output"]
    assert result.of_type("OutputAdded") == []
