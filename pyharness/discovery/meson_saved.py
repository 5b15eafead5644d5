"""What Meson keeps in a build folder for itself: pickles, read without Meson and without running what they name.

`meson introspect` leaves out whether a test is to fail, what it does to the environment, and the set-ups. So the files
that `meson test` itself reads are looked into. Every class in them becomes an inert one that only keeps its fields.
"""

from __future__ import annotations

import io
import pickle
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


_WRONG = (AttributeError, LookupError, TypeError, ValueError)
_NO_PICKLE = (*_WRONG, pickle.UnpicklingError, EOFError, ImportError, OverflowError, MemoryError)


class SavedError(ValueError):
    """The file is not what this reads; the text is why, as a part of a sentence."""


class Operation(NamedTuple):
    """One line of an `environment()` object."""

    method: str
    """`set`, `append` or `prepend`."""
    name: str
    values: tuple[str, ...]
    separator: str


class SavedEnvironment(NamedTuple):
    """An `environment()` object."""

    operations: tuple[Operation, ...] = ()
    removed: tuple[str, ...] = ()


class SavedTest(NamedTuple):
    """What introspection does not tell of a test."""

    name: str
    environment: SavedEnvironment
    expected_fail: bool = False
    """`should_fail`."""
    expected_code: int = 0
    wrapper: tuple[str, ...] | None = ()
    """What runs a cross-built program, before its command; `None`: nothing can run it."""


class SavedSetup(NamedTuple):
    """`add_test_setup()`."""

    wrapper: tuple[str, ...]
    timeout_multiplier: float
    """0 or less: no test has a limit."""
    environment: SavedEnvironment
    exclude_suites: tuple[str, ...]


class SavedSetups(NamedTuple):
    """All set-ups, as `project:name`."""

    setups: Mapping[str, SavedSetup] = {}
    default: str = ""
    """That of runs which name none."""


def read_saved_tests(content: bytes) -> list[SavedTest]:
    """Return the tests of `meson-private/meson_test_setup.dat`, in the order of introspection.

    Raises:
        SavedError: it cannot be read; some version of Meson may write it in another way.
    """
    tests = _load(content)
    if not isinstance(tests, list):
        raise SavedError(f"unknown form: it holds one {type(tests).__name__}, not tests")
    try:
        return [_test(saved.fields) for saved in tests]
    except _WRONG as error:
        raise SavedError(f"unknown form ({type(error).__name__}: {error})") from error


def read_saved_setups(content: bytes) -> SavedSetups:
    """Return the set-ups of `meson-private/build.dat`.

    Raises:
        SavedError: it cannot be read; some version of Meson may write it in another way.
    """
    build = _load(content)
    try:
        setups = {name: _setup(saved.fields) for name, saved in build.fields["test_setups"].items()}
        return SavedSetups(setups, build.fields["test_setup_default_name"] or "")
    except _WRONG as error:
        raise SavedError(f"unknown form ({type(error).__name__}: {error})") from error


def _test(fields: Mapping[str, Any]) -> SavedTest:
    wrapped = fields["cmd_is_exe"] and fields["is_cross_built"] and fields["needs_exe_wrapper"]
    program = fields["exe_wrapper"]
    wrapper = () if not wrapped else None if program is None else tuple(program.fields["command"])
    expected_fail = fields["expected_fail"] if "expected_fail" in fields else fields["should_fail"]
    return SavedTest(
        name=fields["name"],
        environment=_environment(fields["env"]),
        expected_fail=bool(expected_fail),
        expected_code=fields.get("expected_exitcode") or 0,
        wrapper=wrapper,
    )


def _setup(fields: Mapping[str, Any]) -> SavedSetup:
    return SavedSetup(
        wrapper=tuple(fields["exe_wrapper"]),
        timeout_multiplier=fields["timeout_multiplier"],
        environment=_environment(fields["env"]),
        exclude_suites=tuple(fields["exclude_suites"]),
    )


def _environment(saved: Any) -> SavedEnvironment:
    operations = [
        Operation(_method(method.__name__), name, tuple(values), separator)
        for method, name, values, separator in saved.fields["envvars"]
    ]
    return SavedEnvironment(tuple(operations), tuple(sorted(saved.fields.get("unset_vars", ()))))


def _method(qualified_name: str) -> str:
    """Return the operation of `EnvironmentVariables._append` and the like."""
    method = qualified_name.rpartition("._")[2]
    if method not in ("set", "append", "prepend"):
        raise SavedError(f"unknown operation '{qualified_name}' on the environment")
    return method


# ---- pickles


class _Inert:
    """Stands for an object of any class: keeps its fields, takes whatever is put into it, does nothing."""

    fields: Any

    def __new__(cls, *_: Any, **__: Any) -> Self:
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        self.fields = {}

    def __setstate__(self, state: Any) -> None:
        self.fields = state

    def __setitem__(self, _: Any, __: Any) -> None:
        pass

    def append(self, _: Any) -> None:
        pass

    def extend(self, _: Any) -> None:
        pass

    def add(self, _: Any) -> None:
        pass


def _member(_: Any, name: str) -> str:
    """Stand for `getattr`, by which members of enumerations are pickled."""
    return name


class _InertUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _member if (module, name) == ("builtins", "getattr") else type(name, (_Inert,), {"__module__": module})


def _load(content: bytes) -> Any:
    try:
        return _InertUnpickler(io.BytesIO(content)).load()
    except _NO_PICKLE as error:
        raise SavedError(f"it is no pickle: {error}") from error
