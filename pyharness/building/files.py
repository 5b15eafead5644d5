"""What lies beside the objects: the file for ninja, stamps, and the record of what has been made of which sources."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from typing import TYPE_CHECKING

import msgspec

from pyharness.building.compiler import Language, file_identity
from pyharness.building.ninja_file import compiler_stamp, headers_stamp, list_stamp
from pyharness.discovery import kept_files
from pyharness.own_folder import FOLDER, ignore_in_git

if TYPE_CHECKING:
    from pyharness.building.plan import BuildPlan

NINJA_FILE = "build.ninja"
_RECORD = "made.json"


def make_folder(plan: BuildPlan) -> str:
    """Make the folder of a plan, and return its absolute path.

    Raises:
        OSError: it cannot be made.
    """
    folder = os.path.join(plan.root, plan.folder)
    os.makedirs(folder, exist_ok=True)
    ignore_in_git(os.path.join(plan.root, FOLDER))
    return folder


def clear(folder: str) -> None:
    """Remove all that has been built. The lock stays: it is held.

    Raises:
        OSError: something cannot be removed.
    """
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.name != kept_files.LOCK:
            os.unlink(entry.path)


def write(plan: BuildPlan, text: str) -> None:
    """Write what ninja reads, each file only if it changes, and remove what was made of sources that are gone.

    Raises:
        OSError: one of them cannot be written.
    """
    for path, content in _stamps(plan):
        _write_if_changed(os.path.join(plan.root, path), content)
    if _write_if_changed(os.path.join(plan.root, plan.folder, NINJA_FILE), text.encode()):
        _record(plan)


def _write_if_changed(path: str, content: bytes) -> bool:
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        if file.read() == content:
            return False
    with open(f"{path}.new", "wb") as file:
        file.write(content)
    os.replace(f"{path}.new", path)
    return True


def _stamps(plan: BuildPlan) -> list[tuple[str, bytes]]:
    tools = plan.tools
    stamps = [(list_stamp(plan.folder), _lister(tools.list_command))]
    for language, compiler in tools.compilers.by_language.items():
        stamps.append((compiler_stamp(plan.folder, language), compiler.identity.encode()))
        stamps.append((headers_stamp(plan.folder, language), _digest_of_headers(tools.include, language)))
    return stamps


def _lister(command: tuple[str, ...]) -> bytes:
    programs = [file_identity(word) for word in command if os.path.isabs(word) and os.path.isfile(word)]
    return "\n".join(programs).encode()


def _digest_of_headers(include: str, language: Language) -> bytes:
    """Return a digest of what sources of a language can include: an older file may have taken the place of a newer."""
    endings = ".h" if language is Language.C else (".h", ".hpp")
    digest = hashlib.sha256()
    for parent, folders, files in os.walk(include):
        folders.sort()
        for path in (os.path.join(parent, name) for name in sorted(files) if name.endswith(endings)):
            with open(path, "rb") as file:
                digest.update(f"{path}\0".encode() + hashlib.sha256(file.read()).digest())
    return digest.hexdigest().encode()


def _record(plan: BuildPlan) -> None:
    """Add what the plan makes to what earlier plans have made, which may be of other folders."""
    path = os.path.join(plan.root, plan.folder, _RECORD)
    made = _read_record(path)
    made.update({one.object: [one.source] for one in (*plan.tests, *plan.sources)})
    for suite, link in zip(plan.suites, plan.links, strict=True):
        made.update({link.library: list(suite.sources), link.listing: list(suite.sources)})
    gone = [
        output
        for output, sources in made.items()
        if not all(os.path.exists(os.path.join(plan.root, source)) for source in sources)
    ]
    for output in gone:
        del made[output]
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(plan.root, output))
    _write_if_changed(path, msgspec.json.encode(made))


def _read_record(path: str) -> dict[str, list[str]]:
    """Return what is recorded; nothing, if it cannot be read: what is not removed does no harm."""
    try:
        with open(path, "rb") as file:
            return msgspec.json.decode(file.read(), type=dict[str, list[str]])
    except (OSError, msgspec.MsgspecError):
        return {}
