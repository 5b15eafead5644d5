"""What `ENVIRONMENT` and `ENVIRONMENT_MODIFICATION` come to. How CTest does it: `test_ctest_adapter.py`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.discovery.environment import EnvironmentModificationError, environment_changes


@pytest.mark.parametrize(
    ("modifications", "value"),
    [
        (["A=set:x=y:z"], "x=y:z"),
        (["A=unset:"], None),
        (["A=unset:", "A=string_append:b"], "b"),
        (["A=string_append:b"], "ab"),
        (["A=string_prepend:b"], "ba"),
        (["A=path_list_append:b"], "a:b"),
        (["A=path_list_prepend:b"], "b:a"),
        (["A=cmake_list_append:b"], "a;b"),
        (["A=cmake_list_prepend:b"], "b;a"),
        (["A=set:x", "A=reset:", "A=string_append:b"], "ab"),
        (["A=set:x", "B=reset:"], "x"),
    ],
)
def test_each_operation(modifications: list[str], value: str | None) -> None:
    assert environment_changes([], modifications, {"A": "a"}) == {"A": value}
    assert environment_changes(["A=a"], modifications, {"A": "other"}) == {"A": value}


@pytest.mark.parametrize(
    "operation", ["path_list_append", "path_list_prepend", "cmake_list_append", "cmake_list_prepend"]
)
def test_no_separator_stands_beside_nothing(operation: str) -> None:
    assert environment_changes([], [f"A={operation}:b"], {}) == {"A": "b"}
    assert environment_changes(["A="], [f"A={operation}:b"], {"A": "a"}) == {"A": "b"}


def test_a_reset_gives_back_what_the_test_sets_itself() -> None:
    assert environment_changes(["A=own"], ["A=set:x", "A=reset:"], {"A": "a"}) == {"A": "own"}


def test_a_variable_without_value_is_removed() -> None:
    assert environment_changes(["A", "B=", "C=c=d"], [], {"A": "a"}) == {"A": None, "B": "", "C": "c=d"}


@pytest.mark.parametrize("wrong", ["A", "A=set", "A=twist:x", "A=:x"])
def test_what_cannot_be_read_is_refused(wrong: str) -> None:
    with pytest.raises(EnvironmentModificationError, match=wrong):
        environment_changes([], [wrong], {})


values = st.text("xy:;=", max_size=3)
names = st.sampled_from("ABC")


@given(
    st.dictionaries(names, values),
    st.lists(st.tuples(names, st.sampled_from(["set", "string_append", "path_list_prepend", "reset"]), values)),
)
def test_only_what_is_named_changes(base: dict[str, str], operations: list[tuple[str, str, str]]) -> None:
    changes = environment_changes([], [f"{name}={operation}:{value}" for name, operation, value in operations], base)
    last_reset = {
        name: max([-1, *(i for i, op in enumerate(operations) if op[:2] == (name, "reset"))]) for name in "ABC"
    }
    in_force = {
        name for i, (name, operation, _) in enumerate(operations) if operation != "reset" and i > last_reset[name]
    }
    assert set(changes) == in_force
    for name in in_force:
        of_it = [op for i, op in enumerate(operations) if op[0] == name and i > last_reset[name]]
        if of_it[-1][1] == "set":
            assert changes[name] == of_it[-1][2]
