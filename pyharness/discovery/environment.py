"""Environment of a CTest test: what `ENVIRONMENT` and `ENVIRONMENT_MODIFICATION` make of that of pyharness."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_OPERATIONS: dict[str, Callable[[str, str], str | None]] = {
    "set": lambda _, value: value,
    "unset": lambda *_: None,
    "string_append": lambda old, value: old + value,
    "string_prepend": lambda old, value: value + old,
    "path_list_append": lambda old, value: f"{old}:{value}" if old else value,
    "path_list_prepend": lambda old, value: f"{value}:{old}" if old else value,
    "cmake_list_append": lambda old, value: f"{old};{value}" if old else value,
    "cmake_list_prepend": lambda old, value: f"{value};{old}" if old else value,
}


class EnvironmentModificationError(ValueError):
    """An entry that CTest would refuse; the text is a part of a sentence."""


def environment_changes(
    variables: Iterable[str], modifications: Iterable[str], base: Mapping[str, str]
) -> dict[str, str | None]:
    """Return the value of each variable that a test changes; `None`: it is not set.

    Args:
        variables: `ENVIRONMENT`: `NAME=value`; without `=` the variable is removed.
        modifications: `ENVIRONMENT_MODIFICATION`: `NAME=operation:value`, applied in order, after `variables`.
        base: The environment that is changed.

    Raises:
        EnvironmentModificationError: one of `modifications` cannot be read.
    """
    changes: dict[str, str | None] = {}
    for variable in variables:
        name, equals, value = variable.partition("=")
        changes[name] = value if equals else None
    for name, operation, value in _without_reset(modifications):
        old = changes[name] if name in changes else base.get(name)
        changes[name] = _OPERATIONS[operation](old or "", value)
    return changes


def _without_reset(modifications: Iterable[str]) -> list[tuple[str, str, str]]:
    """Drop what a later `reset` of the same variable takes back."""
    kept: list[tuple[str, str, str]] = []
    for modification in modifications:
        name, operation, value = _parts(modification)
        if operation == "reset":
            kept = [entry for entry in kept if entry[0] != name]
        else:
            kept.append((name, operation, value))
    return kept


def _parts(modification: str) -> tuple[str, str, str]:
    name, equals, rest = modification.partition("=")
    operation, colon, value = rest.partition(":")
    if not equals or not colon:
        raise EnvironmentModificationError(f"'{modification}' is not NAME=operation:value")
    if operation != "reset" and operation not in _OPERATIONS:
        raise EnvironmentModificationError(f"'{operation}' of '{modification}' is no operation")
    return name, operation, value
