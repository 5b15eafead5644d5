"""Order among tests. How CTest sees it: `test_ctest_adapter.py`."""

from __future__ import annotations

from pyharness.discovery.ctest import CTestEntry, Properties
from pyharness.discovery.fixtures import Relations, relations


def entry(name: str, title: str = "", **properties: object) -> CTestEntry:
    return CTestEntry(
        name=name,
        title=title or name,
        command=("true",),
        environment={},
        properties=Properties(**properties),  # type: ignore[arg-type]
        given=frozenset(),
    )


def test_companions_bring_their_own_companions() -> None:
    found = relations(
        [
            entry("test", fixtures_required=("tables",)),
            entry("make tables", fixtures_setup=("tables",), fixtures_required=("server",)),
            entry("start", fixtures_setup=("server",)),
            entry("stop", fixtures_cleanup=("server",)),
            entry("other", fixtures_required=("not set up",)),
        ]
    )
    assert found["test"] == Relations(needs=("make tables",), companions=("make tables", "start", "stop"))
    assert found["make tables"] == Relations(needs=("start",), companions=("start", "stop"))
    assert found["stop"] == Relations(after=("make tables", "start"))
    assert set(found) == {"test", "make tables", "stop"}


def test_a_disabled_test_brings_nothing() -> None:
    found = relations(
        [entry("off", disabled=True, fixtures_required=("a",)), entry("up", fixtures_setup=("a",))],
    )
    assert found == {}


def test_a_clean_up_waits_for_the_set_up_that_nothing_requires() -> None:
    found = relations([entry("down", fixtures_cleanup=("a",)), entry("up", fixtures_setup=("a",))])
    assert found == {"down": Relations(after=("up",))}


def test_the_first_of_equal_names_is_meant() -> None:
    found = relations([entry("a"), entry("a [2]", "a"), entry("b", depends=("a", "no such test"))])
    assert found == {"b": Relations(after=("a",))}


def test_a_cycle_is_left_to_the_plan() -> None:
    found = relations([entry("a", depends=("b",)), entry("b", depends=("a", "b"))])
    assert found == {"a": Relations(after=("b",)), "b": Relations(after=("a", "b"))}
