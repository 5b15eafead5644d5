"""Adapters by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyharness.adapters import registry
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_built_in_adapters_load_under_their_names(name: str) -> None:
    assert registry.load(name).name == name


def test_an_adapter_of_another_package_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "their_adapter.py").write_text("from pyharness.adapters.tap import Tap\nADAPTER = Tap()\nWRONG = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert registry.load("their_adapter:ADAPTER").name == "tap"
    with pytest.raises(UsageError, match="'their_adapter:WRONG' is no adapter: it has no 'name'"):
        registry.load("their_adapter:WRONG")
    with pytest.raises(UsageError, match="correct what follows the colon"):
        registry.load("their_adapter:NOTHING")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gtest", "unknown adapter 'gtest': it is neither one of .*googletest, .*correct the name"),
        ("their:", "unknown adapter 'their:'"),
        ("no_such_package:ADAPTER", "cannot load adapter .*No module named 'no_such_package'; install"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        registry.load(name)
