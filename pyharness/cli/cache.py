"""`pyharness cache`: what is kept from run to run in `.pyharness`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyharness.cli.streams import write_out
from pyharness.config import file
from pyharness.config.arguments import read_command
from pyharness.config.cache_options import CacheOptions
from pyharness.discovery import kept_files
from pyharness.errors import ExitCode, UsageError
from pyharness.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.discovery.kept_files import Kept

_FOLDER = ".pyharness"
_UNITS = ("KiB", "MiB", "GiB", "TiB")


def run(arguments: Sequence[str], *, is_process: bool = False) -> int:  # noqa: ARG001  all commands are called alike
    """Run the command; `arguments` are those after `cache`.

    Raises:
        UsageError: the cache cannot be read, or not be removed now.
    """
    options = read_command("cache", arguments, CacheOptions)
    if options is None:
        return int(ExitCode.OK)
    try:
        lines = _show() if options.action == "show" else _clear()
    except OSError as error:
        message = f"cannot {options.action} the cache: '{error.filename}': {error.strerror}; see what is wrong with it"
        raise UsageError(message) from None
    write_out("".join(one_line(line) + "\n" for line in lines))
    return int(ExitCode.OK)


def _folders() -> list[str]:
    """Return where something may be kept: beside the configuration, and in the current folder."""
    configuration = file.find()
    own = [configuration.folder] if configuration is not None else []
    return [os.path.join(folder, _FOLDER) for folder in dict.fromkeys([*own, ""])]


def _show() -> list[str]:
    lines: list[str] = []
    for folder in _folders():
        found = kept_files.find(folder)
        others = [f"  {os.path.basename(path)} is not pyharness's" for path in kept_files.foreign(folder)]
        if found or others:
            lines += [f"{folder}: {_amount(found)}", *(_line(kept) for kept in found), *others]
    return lines or _nothing()


def _clear() -> list[str]:
    folders = _folders()
    found = kept_files.remove(folders)
    left = [f"left alone: {path}" for folder in folders for path in kept_files.foreign(folder)]
    return [*([f"removed {_amount(found)}"] if found else _nothing()), *left]


def _nothing() -> list[str]:
    return ["nothing is kept in " + " or ".join(f"'{folder}'" for folder in _folders())]


def _line(kept: Kept) -> str:
    return f"  {kept.kind:<24} {_amount([kept])}"


def _amount(found: Sequence[Kept]) -> str:
    count = sum(len(kept.files) for kept in found)
    return f"{count} file{'' if count == 1 else 's'}, {size_text(sum(kept.size_bytes for kept in found))}"


def size_text(size_bytes: int) -> str:
    """Return a size for people: whole bytes, or with one digit behind the point."""
    size, unit = float(size_bytes), "byte" if size_bytes == 1 else "bytes"
    for larger in _UNITS:
        if size < 1024:  # noqa: PLR2004  what the units are made of
            break
        size, unit = size / 1024, larger
    return f"{size:.1f} {unit}" if unit in _UNITS else f"{size_bytes} {unit}"
