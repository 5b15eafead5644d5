"""Finding and reading a configuration file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyharness.config.table import ConfigurationError, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = "pyharness.toml"
SHARED = "pyproject.toml"
_SECTION = "tool.pyharness"


@dataclass(frozen=True, slots=True)
class File:
    """A configuration as it was read; nothing in it is checked yet."""

    table: Table
    folder: str
    """What relative paths in it count from; empty: the current folder."""


def find() -> File | None:
    """Return the configuration of the current folder, or of the first one above it that has any.

    Raises:
        ConfigurationError: it cannot be read, or a folder has two.
    """
    for folder in _folders():
        own = os.path.join(folder, OWN)  # an empty folder stays out of the path
        shared = os.path.join(folder, SHARED)
        section = _read_shared(shared) if os.path.isfile(shared) else None
        if not os.path.isfile(own):
            if section is not None:
                return File(section, folder)
            continue
        if section is not None:
            message = f"there are two configurations, '{own}' and [{_SECTION}] in '{shared}'; keep one of them"
            raise ConfigurationError(message)
        return File(Table(_parse(own, _content(own)), own), folder)
    return None


def read(path: str) -> File:
    """Return the configuration in one file; a `pyproject.toml` has it in its section `[tool.pyharness]`.

    Raises:
        ConfigurationError: it cannot be read, or there is none in it.
    """
    folder, name = os.path.split(path)
    if name != SHARED:
        return File(Table(_parse(path, _content(path)), path), folder)
    section = _read_shared(path)
    if section is None:
        message = f"no configuration in '{path}'; add a section [{_SECTION}.test], or name another file"
        raise ConfigurationError(message)
    return File(section, folder)


def _folders() -> Iterator[str]:
    """Yield the current folder as an empty path, then those above it."""
    yield ""
    try:
        folder = os.getcwd()
    except FileNotFoundError:  # it has been deleted
        return
    while folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
        yield folder


def _read_shared(path: str) -> Table | None:
    content = _content(path)
    if b"pyharness" not in content:  # most projects have nothing for us there: spare them the parser
        return None
    tool = _parse(path, content).get("tool")
    if not isinstance(tool, dict) or "pyharness" not in tool:
        return None
    return Table(tool, path, "tool").table("pyharness")


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        message = f"cannot read the configuration '{path}': {error.strerror}; name another file, or give --no-config"
        raise ConfigurationError(message) from None


def _parse(path: str, content: bytes) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  only those who have a configuration pay for it

    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError:
        why = "it is not UTF-8"
    except tomllib.TOMLDecodeError as error:
        text = str(error)
        why = f"{text[:1].lower()}{text[1:]}"
    except RecursionError:
        why = "it is nested too deeply"
    message = f"cannot read the configuration '{path}': {why}; correct the file, or give --no-config"
    raise ConfigurationError(message)
