"""The adapters by name, and how a program finds its own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from pyharness.errors import UsageError

if TYPE_CHECKING:
    from pyharness.adapters.binary import Binary
    from pyharness.adapters.protocol import Adapter

BUILT_IN = {
    "catch2": "pyharness.adapters.catch2:CATCH2_V3",
    "catch2_v2": "pyharness.adapters.catch2:CATCH2_V2",
    "doctest": "pyharness.adapters.doctest:DOCTEST",
    "boost_test": "pyharness.adapters.boost_test:BOOST_TEST",
    "libtest": "pyharness.adapters.libtest:ADAPTER",
    "googletest": "pyharness.adapters.googletest:ADAPTER",
    "tap": "pyharness.adapters.tap:ADAPTER",
    "exit_code": "pyharness.adapters.exit_code:ADAPTER",
}
"""In the order in which they are asked whether they recognise a program. Imported when they are needed.

GoogleTest is asked last of those that recognise any: programs of other frameworks that use GoogleMock have it in them.
"""

_PARTS = (
    "name",
    "most_cases",
    "wants_address",
    "recognises",
    "list_command",
    "read_list",
    "command",
    "reader",
)


def load(name: str) -> Adapter:
    """Return the adapter of a name: one of `BUILT_IN`, or `module:object` of an installed package.

    Raises:
        UsageError: there is none, or it is no adapter.
    """
    module_name, colon, attribute = BUILT_IN.get(name, name).partition(":")
    if not colon or not module_name or not attribute:
        known = ", ".join(BUILT_IN)
        raise UsageError(f"unknown adapter '{name}': it is neither one of {known} nor MODULE:OBJECT; correct the name")
    try:
        adapter = getattr(importlib.import_module(module_name), attribute)
    except ImportError as error:
        raise UsageError(f"cannot load adapter '{name}': {error}; install what provides it beside pyharness") from error
    except AttributeError as error:
        raise UsageError(f"cannot load adapter '{name}': {error}; correct what follows the colon") from error
    missing = [part for part in _PARTS if not hasattr(adapter, part)]
    if missing:
        raise UsageError(f"'{name}' is no adapter: it has no '{missing[0]}'; see pyharness.adapters.protocol.Adapter")
    return cast("Adapter", adapter)


def recognise(binary: Binary) -> Adapter | None:
    """Return the first built-in adapter that recognises an executable; runs nothing."""
    return next((adapter for name in BUILT_IN if (adapter := load(name)).recognises(binary)), None)
