"""From what was found to a plan: what is selected, what comes along with it, in which order, and why nothing is."""

from __future__ import annotations

import itertools

import pytest

from pyharness import loading
from pyharness.config.options import TestOptions
from pyharness.config.override import Override
from pyharness.config.shard import Shard
from pyharness.coverage.contexts.choosing import Affected
from pyharness.discovery import Kind, Target
from pyharness.errors import NothingSelectedError, UsageError
from pyharness.model import DISABLED, FailedSuite, Suite
from pyharness.surroundings import NOTHING_AROUND
from tests.loaded import Answering, ctest_list, google_list


def library(name, *names, flags=None, tags=None, path=""):
    count = len(names)
    return Suite(
        name=name,
        group="",
        path=path or f"{name}.so",
        names=list(names),
        files=[""] * count,
        lines=[0] * count,
        tags=tags or [""] * count,
        timeouts_ms=[None] * count,
        flags=flags or [0] * count,
    )


@pytest.fixture
def load(monkeypatch):
    """Load what targets name: libraries by their path, the CTest folder `/build`, the program `/a/cart`."""

    def load_targets(engine, *targets, with_disabled=False, results=None, surroundings=NOTHING_AROUND, **options):
        monkeypatch.setattr(loading, "find_targets", lambda *_: list(targets))
        asked = TestOptions(no_cache=True, **options)
        return loading.load(engine, asked, results, with_disabled=with_disabled, surroundings=surroundings)

    return load_targets


def target(path, kind=Kind.LIBRARY, cases=None, **others):
    return Target(path, explicit=True, cases=cases, named=tuple(cases or ()), kind=kind, **others)


CART = target("/a/cart", Kind.PROGRAM, adapter="googletest")
BUILD = target("/build", Kind.CTEST)


def ids(loaded):
    return [loaded.tasks.id(task) for task in range(len(loaded.tasks))]


# ---- what is selected


def test_libraries_come_first_as_the_engine_numbers_them(load):
    engine = Answering(google_list("Cart.adds"), suites=[library("a", "one"), library("b", "two")])
    loaded = load(engine, target("a.so"), CART, target("b.so"))
    assert ids(loaded) == ["a::one", "b::two", "cart::Cart.adds"]
    assert (list(loaded.tasks.libraries), loaded.selected) == ([0, 1, 2], [1, 1, 1])
    assert engine.launcher.runs(2)
    assert not engine.launcher.runs(1)


def test_named_cases_come_in_the_order_of_their_suite(load):
    engine = Answering(suites=[library("a", "one", "two", "three")])
    assert ids(load(engine, target("a.so", cases=["three", "one"]))) == ["a::one", "a::three"]


def test_ids_name_cases_of_what_paths_hold(load):
    engine = Answering(
        google_list("Cart.adds", "Cart.one"), suites=[library("a", "one", "x::two", flags=[0, DISABLED])]
    )
    loaded = load(engine, target("a.so"), CART, ids=("cart::Cart.one", "a::x::two", "a::x::two"))
    assert ids(loaded) == ["a::x::two", "cart::Cart.one"]
    assert not loaded.disabled


def test_ids_add_to_the_cases_that_paths_name(load):
    engine = Answering(suites=[library("a", "one", "two", "three"), library("b", "one")])
    loaded = load(engine, target("a.so", cases=["three"]), target("b.so"), ids=("a::one",))
    assert ids(loaded) == ["a::one", "a::three"]
    assert ids(load(engine, target("a.so"), ids=("a::one", "a::two"), expression="two")) == ["a::two"]


def test_an_id_that_no_case_has_is_refused(load):
    engine = Answering(suites=[library("a", "one"), library("b", "two")])
    with pytest.raises(UsageError, match="'a::two' is no file, and no case of 'build'"):
        load(engine, target("a.so"), target("b.so"), ids=("a::one", "a::two"), paths=("build",))


def test_of_what_failed_nobody_knows_the_ids(load):
    engine = Answering(suites=[library("a", "one"), FailedSuite("b.so", "it crashed", "")])
    assert ids(load(engine, target("a.so"), target("b.so"), ids=("a::one", "b::two"))) == ["a::one"]


@pytest.mark.parametrize(
    ("place", "engine"),
    [
        (target("a.so", cases=["none"]), Answering(suites=[library("a", "one")])),
        (target("/a/cart", Kind.PROGRAM, ["none"], adapter="googletest"), Answering(google_list("Cart.adds"))),
    ],
)
def test_a_case_that_is_not_there_is_refused(load, place, engine):
    with pytest.raises(UsageError, match=f"no case 'none' in '{place.path}'"):
        load(engine, place)


def test_disabled_cases_are_told_apart_unless_they_were_asked_for(load):
    def engine():
        return Answering(suites=[library("a", "on", "off", flags=[0, DISABLED])])

    loaded = load(engine(), target("a.so"))
    assert (ids(loaded), loaded.disabled) == (["a::on"], ["a::off"])
    assert ids(load(engine(), target("a.so"), run_disabled=True)) == ["a::on", "a::off"]
    assert ids(load(engine(), target("a.so"), with_disabled=True)) == ["a::on", "a::off"]
    assert ids(load(engine(), target("a.so", cases=["off"]))) == ["a::off"]


def test_labels_are_those_of_the_folder_or_the_tags_of_a_suite(load):
    listed = ctest_list(("walks", {"LABELS": ["on foot"]}), ("runs", {"LABELS": ["foot"]}))
    engine = Answering(listed, suites=[library("a", "one", "two", tags=["on_foot quick", "quick"])])
    loaded = load(engine, target("a.so"), BUILD, labels=("foot",), labels_left_out=("^foot$",))
    assert ids(loaded) == ["a::one", "ctest::walks"]


def test_two_suites_of_one_name_and_a_file_that_is_cut_short_are_failures_of_their_own(load):
    suites = [library("a", "one"), library("a", "two", path="b.so"), FailedSuite("c.so", "it is no suite", "")]
    targets = [target("a.so"), target("b.so"), target("c.so"), target("d.so", missing="it is empty")]
    loaded = load(Answering(suites=suites), *targets)
    assert ids(loaded) == ["a::one"]
    reasons = {failed.path: failed.reason for failed in loaded.failed}
    assert set(reasons) == {"b.so", "c.so", "d.so"}
    assert "two suites are called 'a': 'a.so' and 'b.so'" in reasons["b.so"]
    assert reasons["d.so"] == "cannot load suite 'd.so': it is empty; build it again, or remove it"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"expression": "nobody"}, "no case of 2 matches -k 'nobody'; `pyharness test --list` shows"),
        ({"expression": "o.*"}, "no case of 2 matches -k 'o.*'; it takes words joined with"),
        ({"expression": "^on$"}, "no case of 2 matches -k '^on$'; it takes words joined with"),
        ({"expression": "on|off"}, "no case of 2 matches -k 'on|off'; it takes words joined with"),
        ({"expression": "o[nf]"}, "no case of 2 matches -k 'o[nf]'; it takes words joined with"),
        ({"labels": ("nobody",)}, "no case of 2 is left by --label and --label-exclude"),
        ({"expression": "off"}, "all 1 selected cases are disabled; add --run-disabled to run them"),
    ],
)
def test_why_nothing_is_selected_is_said(load, options, why):
    engine = Answering(suites=[library("a", "on", "off", flags=[0, DISABLED])])
    with pytest.raises(NothingSelectedError) as raised:
        load(engine, target("a.so"), **options)
    assert str(raised.value).startswith(why)


def test_a_program_without_cases_is_told_otherwise_than_a_suite(load):
    with pytest.raises(NothingSelectedError, match="no case in the test programs and build folders under 'build'"):
        load(Answering(google_list()), CART, paths=("build",))


def test_nothing_to_run_beside_a_failed_suite_is_for_the_run_to_tell(load):
    loaded = load(Answering(suites=[FailedSuite("c.so", "it is no suite", "")]), target("c.so"))
    assert (ids(loaded), len(loaded.failed)) == ([], 1)


# ---- what comes along, and in which order

FIXTURES = (
    ("cleans", {"FIXTURES_CLEANUP": ["table"]}),
    ("eats", {"FIXTURES_REQUIRED": ["table"]}),
    ("shops", {"FIXTURES_SETUP": ["food"]}),
    ("lays", {"FIXTURES_SETUP": ["table"], "FIXTURES_REQUIRED": ["food"]}),
    ("sleeps", {"DEPENDS": ["eats"], "COST": 3.0}),
)


def test_set_up_and_clean_up_come_with_what_is_selected_and_those_they_need_in_turn(load):
    loaded = load(Answering(ctest_list(*FIXTURES)), BUILD, expression="eats")
    assert ids(loaded) == ["ctest::cleans", "ctest::eats", "ctest::shops", "ctest::lays"]
    assert dict(loaded.order.needs) == {1: [3], 3: [2]}
    assert {task: sorted(others) for task, others in loaded.order.after.items()} == {0: [1, 3]}
    assert list(loaded.order.priorities) == []


def test_order_holds_among_what_is_selected_and_counts_tasks_of_libraries(load):
    engine = Answering(ctest_list(*FIXTURES), suites=[library("a", "sleeps")])
    loaded = load(engine, target("a.so"), BUILD, expression="sleeps")
    assert ids(loaded) == ["a::sleeps", "ctest::sleeps"]
    assert (dict(loaded.order.after), dict(loaded.order.needs)) == ({}, {})
    assert list(loaded.order.priorities) == [0.0, 3.0]
    both = Answering(ctest_list(*FIXTURES), suites=[library("a", "sleeps")])
    loaded = load(both, target("a.so"), BUILD, expression="sleeps or shops or lays or eats")
    sleeping, eating = ids(loaded).index("ctest::sleeps"), ids(loaded).index("ctest::eats")
    assert loaded.order.after[sleeping] == [eating]


CIRCLE = (("one", {"DEPENDS": ["two"]}), ("two", {"DEPENDS": ["three"]}), ("three", {"DEPENDS": ["one"]}))


def test_a_circle_is_refused_with_its_members(load):
    with pytest.raises(UsageError) as raised:
        load(Answering(ctest_list(*CIRCLE)), BUILD)
    told = str(raised.value).removeprefix("tests wait for each other: ").partition(";")[0].split(" after ")
    assert told[0] == told[-1]
    pairs = set(itertools.pairwise(told))
    assert pairs == {
        ("'ctest::one'", "'ctest::two'"),
        ("'ctest::two'", "'ctest::three'"),
        ("'ctest::three'", "'ctest::one'"),
    }


def test_a_circle_of_which_a_part_runs_is_none(load):
    loaded = load(Answering(ctest_list(*CIRCLE)), BUILD, expression="one or two")
    assert ids(loaded) == ["ctest::one", "ctest::two"]
    assert dict(loaded.order.after) == {0: [1]}


def test_locks_of_cases_are_groups_of_one(load):
    listed = ctest_list(("one", {"RESOURCE_LOCK": ["a", "b"]}), ("two", {"RESOURCE_LOCK": ["b"]}), ("three", {}))
    loaded = load(Answering(listed), BUILD)
    held = [set(loaded.settings.distinct[number].locks) for number in loaded.settings_of]
    assert len(held[0]) == 2
    assert held[1] < held[0]
    assert held[2] == set()
    limits = dict(zip(loaded.settings.group_names, loaded.settings.group_limits, strict=True))
    assert {limits[name] for name in held[0]} == {1}


# ---- cases one by one


def isolations(loaded):
    return [loaded.settings.distinct[number].isolation for number in loaded.settings_of]


def test_cases_that_are_measured_one_by_one_have_their_process_to_themselves(load):
    engine = Answering(google_list("Cart.adds", "Cart.buys"), suites=[library("a", "one", "two")])
    override = Override("one", {"isolation": "thread", "retries": 2}, "an override")
    loaded = load(engine, target("a.so"), CART, coverage_contexts=True, isolation="thread", overrides=(override,))
    assert isolations(loaded) == ["process", "process", "case", "case"]
    assert [loaded.settings.distinct[number].retries for number in loaded.settings_of] == [2, 0, 0, 0]


def test_a_launch_for_one_case_is_told_which_it_is(load):
    told = []

    class Around:
        hosts, listing = {}, {}

        def program(self, path, folder, case):
            told.append((path, folder, case))
            return {}

    engine = Answering(google_list("Cart.adds", "Cart.buys"), suites=[library("a", "one")])
    load(engine, target("a.so"), CART, surroundings=Around())
    for cases in ([1], [0, 1]):
        engine.launcher.command(1, cases, ("/report", "/input", "127.0.0.1:1"))
    assert told == [("/a/cart", "", (1, 1)), ("/a/cart", "", None)]


# ---- what a change affects


@pytest.fixture
def affected(monkeypatch):
    """Let a change since `main` affect `a::one`, where it is known what `a::one`, `a::two` and `a::three` cover."""
    known = frozenset({"a::one", "a::two", "a::three"})
    found = Affected("main", frozenset({"a::one"}), known, ("a remark",))
    monkeypatch.setattr("pyharness.coverage.contexts.choosing.find_affected", lambda *_: found)
    return {"affected_by": "main"}


def test_what_a_change_affects_is_selected_and_what_is_not_known(load, affected):
    engine = Answering(suites=[library("a", "one", "two", "new")])
    loaded = load(engine, target("a.so"), **affected)
    assert ids(loaded) == ["a::one", "a::new"]
    assert loaded.remarks == ["a remark", "what 1 selected case executes is not known; what is not known runs"]


def test_shards_divide_what_a_change_affects(load, affected):
    suites = [library("a", "two", "one", "new")]
    shards = [
        ids(load(Answering(suites=suites), target("a.so"), **affected, shard=Shard(number, 2))) for number in (1, 2)
    ]
    assert sorted(map(len, shards)) == [1, 1]
    assert {case for shard in shards for case in shard} == {"a::one", "a::new"}


def test_nothing_affected_is_told(load, affected):
    with pytest.raises(NothingSelectedError) as error:
        load(Answering(suites=[library("a", "two", "three")]), target("a.so"), **affected)
    expected = "what has changed since 'main' affects none of 2 selected cases: there is nothing to run"
    assert str(error.value) == expected


def test_a_selection_by_change_is_no_whole_suite(load, affected):
    asked = []

    class Results:
        def look_at(self, libraries):
            assert libraries

        def since(self, number, suite, settings, *, is_whole):  # noqa: ARG002 -- as `Results` has it
            asked.append(is_whole)
            return ""

    suites = [library("a", "one", "two")]
    load(Answering(suites=suites), target("a.so"), results=Results(), **affected)
    load(Answering(suites=suites), target("a.so"), results=Results())
    assert asked == [False, True]
