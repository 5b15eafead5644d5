"""Which source holds."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pyharness.config.options import TestOptions
from pyharness.config.sources import Source, command_line, environment, merge

SUBJECTS = {
    "verbose": "amount",
    "quiet": "amount",
    "fail_fast": "failures",
    "max_fail": "failures",
    "retries": "retries",
    "isolation": "isolation",
}
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "verbose": st.booleans(),
        "quiet": st.booleans(),
        "fail_fast": st.booleans(),
        "max_fail": st.integers(1, 9),
        "retries": st.integers(0, 9),
        "isolation": st.sampled_from(["auto", "thread", "process", "case"]),
    },
)


def source(values: dict[str, Any], name: str, *, pins: bool = False) -> Source:
    return Source(values, dict.fromkeys(values, name), pins)


@given(st.lists(VALUES, max_size=5))
def test_the_first_source_that_speaks_of_a_subject_settles_it(said: list[dict[str, Any]]) -> None:
    sources = [source(values, str(number), pins=number < 2) for number, values in enumerate(said)]
    merged = merge(TestOptions, sources)
    for name, subject in SUBJECTS.items():
        about = [(number, values) for number, values in enumerate(said) if subject in {SUBJECTS[key] for key in values}]
        first = about[0] if about else None
        if first is None or name not in first[1]:
            assert name not in merged
            assert name not in merged["origins"]
            assert name not in merged["pinned"]
        else:
            assert merged[name] == first[1][name]
            assert merged["origins"][name] == str(first[0])
            assert (name in merged["pinned"]) is (first[0] < 2)


def test_flags_and_variables_pin_and_are_named() -> None:
    flags = command_line(TestOptions, {"retries": 2})
    variables = environment(TestOptions, {"PYHARNESS_RETRIES": "nonsense", "PYHARNESS_ISOLATION": "case"}, flags)
    merged = merge(TestOptions, [flags, variables, source({"isolation": "thread", "leaks": "fail"}, "file")])
    assert merged == {
        "retries": 2,
        "isolation": "case",
        "leaks": "fail",
        "origins": {"retries": "--retries", "isolation": "PYHARNESS_ISOLATION", "leaks": "file"},
        "pinned": {"retries", "isolation"},
    }
