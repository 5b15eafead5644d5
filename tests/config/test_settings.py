"""How each case is to be run, after options and overrides."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.config.options import TestOptions
from pyharness.config.override import Override
from pyharness.config.settings import CaseSettings, Settings
from pyharness.config.table import ConfigurationError
from pyharness.model import Suite
from pyharness.selection import parse

PLAIN = CaseSettings(
    isolation=None,
    timeout_ms=None,
    slow_after_ms=30_000,
    retries=0,
    retry_delay_ms=0,
    retry_exponential=False,
    retry_jitter=False,
    serial=None,
    group=None,
    threads_required=None,
)


def suite(*names: str) -> Suite:
    """Return a suite whose cases have their own names as tags, with a `#` before."""
    count = len(names)
    tags = [f"#{name}" for name in names]
    return Suite("s", "", "s.so", names, [""] * count, [0] * count, tags, [None] * count, [0] * count)


def override(text: str, **values: object) -> Override:
    return Override(text, values, f"override '{text}'")


def settings_of(names: list[str], *overrides: Override, **options: Any) -> list[CaseSettings]:
    settings = Settings(TestOptions(overrides=overrides, **options), parse)
    numbers = settings.of(suite(*names), range(len(names)))
    return [settings.distinct[number] for number in numbers]


def test_without_overrides_all_cases_share_the_settings_of_the_run() -> None:
    settings = Settings(TestOptions(), parse)
    assert list(settings.of(suite("a", "b"), [1, 0])) == [0, 0]
    assert settings.distinct == [PLAIN]


def test_options_reach_the_settings_in_milliseconds() -> None:
    options = {
        "isolation": "process",
        "slow_after_s": 0.0,
        "retries": 2,
        "retry_delay_s": 0.0001,
        "retry_backoff": "exponential",
        "retry_jitter": True,
        "timeout_s": 5.0,
    }
    (found,) = settings_of(["a"], **options)
    assert found == CaseSettings(
        isolation="process",
        timeout_ms=None,
        slow_after_ms=0,
        retries=2,
        retry_delay_ms=1,
        retry_exponential=True,
        retry_jitter=True,
        serial=None,
        group=None,
        threads_required=None,
    )


def test_for_each_key_the_first_override_that_matches_holds() -> None:
    overrides = (override("a", retries=1), override("#b or a", retries=2, timeout_s=7.0, serial=False))
    a, b, c = settings_of(["a", "b", "c"], *overrides)
    assert (a.retries, a.timeout_ms, a.serial) == (1, 7_000, False)
    assert (b.retries, b.timeout_ms, b.serial) == (2, 7_000, False)
    assert c == PLAIN


def test_a_flag_goes_before_overrides_except_for_limits_of_certain_cases() -> None:
    said = override("a", retries=5, isolation="case", timeout_s=7.0, slow_after_s=1.0)
    (found,) = settings_of(["a"], said, retries=0, pinned={"retries", "isolation", "timeout_s", "slow_after_s"})
    assert (found.retries, found.isolation, found.timeout_ms, found.slow_after_ms) == (0, None, 7_000, 30_000)


def test_an_override_can_leave_the_isolation_to_the_case_again() -> None:
    a, b = settings_of(["a", "b"], override("a", isolation="auto"), isolation="process")
    assert (a.isolation, b.isolation) == (None, "process")


def test_numbers_hold_for_all_suites_of_the_run() -> None:
    settings = Settings(TestOptions(overrides=(override("a", retries=1), override("b", retries=1))), parse)
    assert list(settings.of(suite("x", "a"), [1, 0])) == [1, 0]
    assert list(settings.of(suite("b", "ab", "x"), [0, 1, 2])) == [1, 1, 0]
    assert [found.retries for found in settings.distinct] == [0, 1]


def test_an_override_finds_cases_by_what_a_build_folder_calls_them() -> None:
    settings = Settings(TestOptions(overrides=(override("fit", retries=1),)), parse)
    titled = msgspec.structs.replace(suite("a", "b"), titles=["", "Numbers<int>.Fit"])
    assert list(settings.of(titled, [0, 1, 0])) == [0, 1, 0]


def test_the_groups_are_there_for_the_engine() -> None:
    settings = Settings(TestOptions(groups={"db": 2, "gpu": 1}), parse)
    assert (settings.group_names, settings.group_limits) == (("db", "gpu"), (2, 1))


def test_a_filter_that_cannot_be_read_is_one_sentence_that_says_where() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(TestOptions(overrides=(override("a and"),)), parse)
    assert str(caught.value).startswith(
        "invalid 'filter' in override 'a and': cannot read the selection 'a and' at position 6: expected "
    )


KEYS = {"isolation": ["auto", "thread", "process", "case"], "retries": [0, 1, 2], "serial": [True, False]}
VALUES = st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in KEYS.items()})
FILTERS = st.sampled_from(["a", "b", "not a", "a or c", "b and c"])


@given(st.lists(st.tuples(FILTERS, VALUES), max_size=4), st.sets(st.sampled_from(["isolation", "retries"])))
def test_settings_equal_a_search_key_by_key(said: list[tuple[str, dict[str, Any]]], pinned: set[str]) -> None:
    names = ["".join(letters) for letters in itertools.product(["a", ""], ["b", ""], ["c", "x"])]
    overrides = [override(text, **values) for text, values in said]
    found = settings_of(names, *overrides, pinned=frozenset(pinned), retries=1, isolation="thread")
    for name, settings in zip(names, found, strict=True):
        expected: dict[str, Any] = {"isolation": "thread", "retries": 1, "serial": None}
        for key in expected:
            matching = [
                o.values[key] for o in overrides if key in o.values and parse(o.filter).matches(f"s::{name}", [])
            ]
            if matching and key not in pinned:
                expected[key] = matching[0]
        expected["isolation"] = None if expected["isolation"] == "auto" else expected["isolation"]
        assert {key: getattr(settings, key) for key in expected} == expected


def test_an_isolation_can_be_set_over_all_that_is_said() -> None:
    settings = Settings(TestOptions(overrides=(override("a", isolation="thread", retries=1),)), parse)
    numbers = settings.of(suite("a", "b"), [0, 1])
    others = [settings.with_isolation(number, "process") for number in numbers]
    changed = [settings.distinct[number] for number in others]
    assert [(one.isolation, one.retries) for one in changed] == [("process", 1), ("process", 0)]
    assert settings.with_isolation(numbers[0], "process") == settings.with_isolation(numbers[0], "process")
