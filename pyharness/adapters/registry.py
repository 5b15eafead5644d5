"""The adapters by name, and how a program finds its own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from pyharness.adapters.binary import Binary
from pyharness.errors import SuiteError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.adapters.protocol import Adapter

BUILT_IN = {
    "catch2": "pyharness.adapters.catch2:CATCH2_V3",
    "catch2_v2": "pyharness.adapters.catch2:CATCH2_V2",
    "doctest": "pyharness.adapters.doctest:DOCTEST",
    "boost_test": "pyharness.adapters.boost_test:BOOST_TEST",
    "libtest": "pyharness.adapters.libtest:ADAPTER",
    "go": "pyharness.adapters.go:ADAPTER",
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
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise UsageError(f"cannot load adapter '{name}': {what}; correct what provides it") from error
    missing = [part for part in _PARTS if not hasattr(adapter, part)]
    if missing:
        raise UsageError(f"'{name}' is no adapter: it has no '{missing[0]}'; see pyharness.adapters.protocol.Adapter")
    return cast("Adapter", adapter)


def framework_of(path: str, others: Sequence[str] = ()) -> str:
    """Return the name of the adapter that recognises an executable; empty: none does, or it cannot be read.

    Args:
        path: Of the file. Nothing of it is run.
        others: Names of adapters of other packages. They are asked first, and about scripts, too.

    Raises:
        UsageError: one of `others` is not there.
        SuiteError: one of them has failed.
    """
    try:
        with Binary(path) as binary:
            built_in = BUILT_IN if binary.is_elf else ()
            return next((name for name in (*others, *built_in) if _recognises(name, binary)), "")
    except OSError:
        return ""


def _recognises(name: str, binary: Binary) -> bool:
    adapter = load(name)
    try:
        return adapter.recognises(binary)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise SuiteError(f"adapter '{name}' failed to look at '{binary.path}': {what}; tell its authors") from error
