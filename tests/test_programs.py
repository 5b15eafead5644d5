"""From programs and build folders to cases: what they answer is put together, and what is no answer has a reason."""

from __future__ import annotations

import pytest

from pyharness.discovery import Kind, Target
from pyharness.model import DISABLED, SERIAL, FailedSuite
from pyharness.programs import Ways, find_programs
from tests.loaded import Answering, answer, ctest_list, google_list


def program(path, adapter="googletest"):
    return Target(path, explicit=True, cases=None, kind=Kind.PROGRAM, adapter=adapter)


def folder(path, kind=Kind.CTEST):
    return Target(str(path), explicit=True, cases=None, kind=kind)


def find(targets, *answers, ways=None):
    """Return what has been found, and what was remarked."""
    found, remarks = find_programs(Answering(*answers), targets, ways or Ways())
    return [one.result for one in found], remarks


def why_failed(target, given):
    (failed,), _ = find([target], given)
    assert isinstance(failed, FailedSuite)
    assert failed.path == target.path
    return failed.reason.removeprefix(f"cannot list the cases of '{target.path}': "), failed.output


def test_a_program_is_a_suite_of_what_it_lists():
    (found,), remarks = find([program("/a/cart")], google_list("Cart.adds", "Cart.DISABLED_later"))
    assert (found.suite.name, found.suite.path, remarks) == ("cart", "/a/cart", [])
    assert found.suite.names == ["Cart.adds", "Cart.DISABLED_later"]
    assert found.suite.flags == [0, DISABLED]
    assert (found.place, found.way.name) == ("/a/cart", "cart")


def test_programs_of_equal_names_are_told_apart_in_their_order():
    targets = [program("/a/tests"), program("/b/other"), program("/b/tests")]
    found, _ = find(targets, *(google_list("A.a") for _ in targets))
    assert [(one.suite.name, one.suite.path) for one in found] == [
        ("tests", "/a/tests"),
        ("other", "/b/other"),
        ("tests [2]", "/b/tests"),
    ]


def test_one_that_cannot_be_listed_takes_no_name_from_another():
    broken, whole = find([program("/a/tests"), program("/b/tests")], answer(exit_code=1), google_list("A.a"))[0]
    assert isinstance(broken, FailedSuite)
    assert whole.suite.name == "tests"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (answer(why_none="did not end within 2 s (--load-timeout)"), "it did not end within 2 s (--load-timeout)"),
        (answer(exit_code=3), "listing ended with exit code 3"),
        (answer(signal=6), "listing ended with signal 6"),
        (answer(output=b"no\n"), "it printed no list of cases"),
    ],
)
def test_what_is_no_list_of_a_program_has_a_reason(given, why):
    assert why_failed(program("/a/tests"), given)[0] == f"{why}; run it with its option for listing"


def test_of_what_was_printed_instead_of_a_list_the_beginning_is_shown():
    _, output = why_failed(program("/a/tests"), answer(exit_code=1, output=b"\xffx" * 10_000))
    assert output.startswith("\\xffx")
    assert output.endswith("\n[3616 bytes of output are left out here]\n")
    assert why_failed(program("/a/tests"), answer(exit_code=1, output=b"short"))[1] == "short"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (answer(exit_code=127), "there is no ctest in PATH, which reads this build folder; install CMake"),
        (answer(exit_code=8), "ctest ended with exit code 8"),
        (answer(signal=9), "ctest ended with signal 9"),
        (answer(why_none="wrote more than 256 MiB"), "ctest wrote more than 256 MiB"),
        (answer({"kind": "other", "tests": []}), "its list is of the kind 'other', not 'ctestInfo'"),
    ],
)
def test_what_is_no_list_of_a_build_folder_has_a_reason(given, why):
    assert why_failed(folder("/build"), given)[0] == f"{why}; see what `ctest --show-only` says there"


def test_a_meson_folder_that_cannot_be_read_has_a_reason(tmp_path):
    info = tmp_path / "meson-info"
    info.mkdir()
    (info / "intro-tests.json").write_text("{")
    (failed,), remarks = find([folder(tmp_path, Kind.MESON)])
    assert "'meson-info/intro-tests.json' is not what Meson writes" in failed.reason
    assert failed.reason.endswith("configure it again with `meson setup`")
    assert remarks == []


def test_tests_of_a_folder_are_cases_of_one_suite_and_its_remarks_are_kept():
    listed = ctest_list(
        ("one", {"RUN_SERIAL": True, "TIMEOUT": 2.5, "PROCESSORS": 3, "LABELS": ["on foot"]}),
        ("two", {"DISABLED": True, "TIMEOUT_SIGNAL_NAME": "SIGINT"}),
    )
    (found,), remarks = find([folder("/build")], listed)
    suite = found.suite
    assert (suite.name, suite.names, suite.flags) == ("ctest", ["one", "two"], [SERIAL, DISABLED])
    assert (suite.timeouts_ms, suite.threads_required, suite.tags) == ([2500, None], [3, 1], ["on_foot", ""])
    assert found.place == "/build"
    assert len(remarks) == 1
    assert "test 'two': not supported: TIMEOUT_SIGNAL_NAME" in remarks[0]


def folded(name, **properties):
    """Return a test as `gtest_discover_tests` makes it, of `/build/cart`."""
    command = ["/build/cart", f"--gtest_filter={name}", "--gtest_also_run_disabled_tests"]
    listed = [{"name": key, "value": value} for key, value in properties.items()]
    return {"name": name, "command": command, "properties": listed}


def test_what_a_folder_says_of_a_folded_case_stands_above_what_its_program_says():
    tests = [folded("Cart.gone"), folded("Cart.DISABLED_later", TIMEOUT=3), folded("Cart.adds", LABELS=["a b"])]
    listing = answer({"kind": "ctestInfo", "tests": tests})
    ways = Ways(framework_of=lambda path: "googletest" if path == "/build/cart" else "")
    (found,), _ = find([folder("/build")], listing, google_list("Cart.adds", "Cart.DISABLED_later", "A.b"), ways=ways)
    assert (found.suite.name, found.suite.path, found.place) == ("cart", "/build/cart", "/build")
    assert found.suite.names == ["Cart.gone", "Cart.DISABLED_later", "Cart.adds"]
    assert found.suite.flags == [0, 0, 0]
    assert found.suite.timeouts_ms == [None, 3000, None]
    assert [case.labels for case in found.cases] == [(), (), ("a b",)]
    assert found.suite.tags[2] == "a_b"
    assert set(found.skips) == {0, 1, 2}, "CTest was not told how to see a skip"
    (apart,), _ = find([folder("/build")], listing, ways=ways._replace(fold=False))
    assert apart.suite.name == "ctest"


def test_programs_are_listed_all_at_once_after_the_folders():
    engine = Answering(ctest_list(("one", {})), google_list("A.a"), google_list("B.b"))
    targets = [program("/a/first"), folder("/build"), program("/a/second")]
    found, _ = find_programs(engine, targets, Ways(configuration="Debug"))
    assert [one.result.suite.name for one in found] == ["ctest", "first", "second"]
    assert engine.asked[0][0][-2:] == ["-C", "Debug"]
    assert engine.asked[0][2] == "/build"
    assert [asked[0][0] for asked in engine.asked[1:]] == ["/a/first", "/a/second"]
