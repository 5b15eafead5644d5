"""Lists of cases as Catch2 writes them: version 3 as XML, version 2 as text, for people."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from pyharness.adapters.protocol import ListError
from pyharness.adapters.xml_stream import XmlStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Entry(NamedTuple):
    """One case of a list."""

    name: str
    tags: str
    """As the program writes them: `[a][b]`."""
    file: str
    line: int


def read_xml_list(report: bytes) -> list[Entry]:
    """Read what `--list-tests --reporter xml` has written.

    Raises:
        ListError: it is cut short or no list.
    """
    entries: list[Entry] = []
    fields: dict[str, str] = {}
    closed: list[str] = []

    def begins(name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG001
        if name == "TestCase":
            fields.clear()

    def ends(name: str, text: str) -> None:
        if name == "TestCase":
            line = int(fields.get("Line") or 0)
            entries.append(Entry(fields.get("Name", ""), fields.get("Tags", ""), fields.get("File", ""), line))
        elif name == "MatchingTests":
            closed.append(name)
        else:
            fields[name] = text

    stream = XmlStream(begins, ends)
    stream.feed(report)
    if not closed:
        raise ListError(f"its list is no XML: {stream.broken}" if stream.broken else "its list is cut short")
    return entries


_COUNT = re.compile(r"^\d+ matching test cases?\n\n", re.MULTILINE)
_PLACED = re.compile(r"(.*)\t@(.*):(\d+)", re.DOTALL)
_UNREADABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\udc80-\udcff]")
_TAG_INDENT = " " * 6


def read_text_list(output: bytes) -> list[Entry]:
    r"""Read what `--list-tests --list-test-names-only --verbosity high` has written: two lists, in one order.

    The second has whole names and places, the first has the tags, in lines that are broken at 80 columns.

    Raises:
        ListError: the lists are not there.
    """
    text = _UNREADABLE.sub(_escaped, output.decode("utf-8", "surrogateescape"))
    counts = list(_COUNT.finditer(text))
    if not counts:
        raise ListError("there is no list of cases in its output")
    named = list(_named(text[counts[-1].end() :]))
    tags = _tags(text[: counts[-1].start()].splitlines(), [name for name, _, _ in named])
    return [Entry(name, its_tags, file, line) for (name, file, line), its_tags in zip(named, tags, strict=True)]


def _escaped(match: re.Match[str]) -> str:
    """Write a byte as Catch2's reports do."""
    return f"\\x{ord(match[0]) & 0xFF:02X}"


def _named(text: str) -> Iterator[tuple[str, str, int]]:
    """Read names and places. A name may have newlines in it: its place ends it."""
    name = ""
    for line in text.split("\n"):
        name += line
        placed = _PLACED.fullmatch(name)
        if placed is None:
            name += "\n"
            continue
        yield (placed[1][1:-1] if placed[1].startswith('"#') else placed[1]), placed[2], int(placed[3])
        name = ""


def _tags(lines: list[str], names: list[str]) -> Iterator[str]:
    """Find the tags of each case: the lines of that indent that end its entry, put together again."""
    starts = list(_starts(lines, names))
    for begin, end in itertools.pairwise([*starts, len(lines)]):
        tags = ""
        for line in lines[begin + 1 : end]:
            tags = _joined(tags, line) if line.startswith(_TAG_INDENT) else ""
        yield tags


def _starts(lines: list[str], names: list[str]) -> Iterator[int]:
    """Find the first line of each entry: two blanks, and as much of the name as there is room for."""
    at = -1
    for name in names:
        at = next((i for i in range(at + 1, len(lines)) if _begins(lines[i], name)), at)
        yield at


def _begins(line: str, name: str) -> bool:
    shown = line[2:].rstrip()
    start = name.split("\n", maxsplit=1)[0].rstrip()
    return line.startswith("  ") and (shown == start or (shown != "" and start.startswith(shown.removesuffix("-"))))


def _joined(tags: str, line: str) -> str:
    """Lines are broken where a blank was, which is lost, or behind a character that is no letter."""
    part = line.strip()
    return f"{tags} {part}" if tags and tags[-1].isalnum() and part[:1].isalnum() else tags + part
