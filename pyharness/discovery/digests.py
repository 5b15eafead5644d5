"""Digests of what files contain, kept from run to run as long as nothing else of a file changes."""

from __future__ import annotations

import hashlib
import os

import msgspec

from pyharness.discovery import kept
from pyharness.discovery.kept import FileIdentity  # noqa: TC001 -- msgspec reads it

NAME = "results/digests.json"


class _Entry(msgspec.Struct, frozen=True):
    file: FileIdentity
    digest: str


class Digests:
    """Reads each file once; for one thread."""

    def __init__(self, *, afresh: bool = False) -> None:
        """Begin with what earlier runs have kept. `afresh`: with nothing."""
        self._known = {} if afresh else kept.read(NAME, dict[str, _Entry]) or {}
        self._has_new = False

    def of(self, path: str) -> str:
        """Return the SHA-256 of a file's content, in hexadecimal digits; `path` is absolute.

        Raises:
            OSError: it cannot be read.
        """
        file = kept.identity_of(path)
        known = self._known.get(path)
        if known is not None and known.file == file:
            return known.digest
        settled = kept.are_settled([file])  # before it is read: a change from now on is seen
        with open(path, "rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if settled:
            self._known[path] = _Entry(file, digest)
            self._has_new = True
        return digest

    def keep(self) -> None:
        """Write down what is new, for later runs."""
        if self._has_new:
            kept.write(NAME, {path: entry for path, entry in self._known.items() if os.path.exists(path)})
            self._has_new = False


def of_text(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
