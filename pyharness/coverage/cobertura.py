"""Cobertura's XML, as CI services show it. Format: coverage-04.dtd of Cobertura."""

from __future__ import annotations

import os
import re
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from pyharness.coverage.functions import by_place
from pyharness.coverage.selecting import shown_path
from pyharness.coverage.shares import shares, total, ways
from pyharness.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function, Share
    from pyharness.coverage.shares import Shares

_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
"""
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_COMPLEXITY = {"complexity": "0"}
"""The format demands one; nothing here measures it."""


def render(coverage: Coverage, *, root: str, timestamp_s: int, version: str) -> bytes:
    """Return the whole document.

    Args:
        coverage: What is reported.
        root: The project's folder, absolute: files below it are named relative to it.
        timestamp_s: Seconds since the epoch.
        version: Of the harness.
    """
    counted = {file.path: shares(file, has_regions=coverage.has_regions) for file in coverage.files}
    all_of = total(counted.values())
    attributes = _rates(all_of) | _NO_COMPLEXITY | {"timestamp": str(timestamp_s), "version": f"pyharness {version}"}
    top = ET.Element("coverage", _counts(all_of) | attributes)
    ET.SubElement(ET.SubElement(top, "sources"), "source").text = _xml(root)
    packages = ET.SubElement(top, "packages")
    names = ((os.path.split(shown_path(file.path, root)), file) for file in coverage.files)
    named = sorted(names, key=lambda entry: entry[0])
    for folder, of_folder in groupby(named, key=lambda entry: entry[0][0]):
        files = [(os.path.join(*split), file) for split, file in of_folder]
        packages.append(_package(folder, files, counted))
    ET.indent(top, " ")
    return (_HEAD + ET.tostring(top, encoding="unicode") + "\n").encode()


def _package(folder: str, files: Sequence[tuple[str, FileCoverage]], counted: dict[str, Shares]) -> ET.Element:
    rates = _rates(total(counted[file.path] for _, file in files))
    package = ET.Element("package", {"name": _xml(folder.strip("/").replace("/", "."))} | rates | _NO_COMPLEXITY)
    ET.SubElement(package, "classes").extend(_class(path, file, counted[file.path]) for path, file in files)
    return package


def _class(path: str, file: FileCoverage, counted: Shares) -> ET.Element:
    names = {"name": _xml(os.path.basename(path)), "filename": _xml(path)}
    entry = ET.Element("class", names | _rates(counted) | _NO_COMPLEXITY)
    ET.SubElement(entry, "methods").extend(_method(function) for function in by_place(file.functions))
    hits = file.lines
    of_line = {line: list(of) for line, of in groupby(file.branches, key=lambda branch: branch.line)}
    ET.SubElement(entry, "lines").extend(_line(line, count, of_line.get(line, [])) for line, count in hits.items())
    return entry


def _method(function: Function) -> ET.Element:
    """Tell of a method only whether it was entered: its lines stand in its class, once for all instances of it."""
    rates = {"line-rate": "1" if function.hits else "0", "branch-rate": "1"}
    entry = ET.Element("method", {"name": _xml(function.name), "signature": ""} | rates | _NO_COMPLEXITY)
    ET.SubElement(entry, "lines").append(_line(function.line, function.hits, []))
    return entry


def _line(number: int, hits: int, branches: Sequence[Branch]) -> ET.Element:
    entry = ET.Element("line", {"number": str(number), "hits": str(hits), "branch": "true" if branches else "false"})
    if branches:
        taken = [count > 0 for branch in branches for count in ways(branch)]
        covered, valid = sum(taken), len(taken)
        entry.set("condition-coverage", f"{100 * covered // valid}% ({covered}/{valid})")
    return entry


def _counts(all_of: Shares) -> dict[str, str]:
    each: Iterable[tuple[str, Share]] = (("lines", all_of.lines), ("branches", all_of.branches))
    return {
        name: str(count)
        for kind, share in each
        for name, count in ((f"{kind}-valid", share.total), (f"{kind}-covered", share.covered))
    }


def _rates(counted: Shares) -> dict[str, str]:
    return {"line-rate": _rate(counted.lines), "branch-rate": _rate(counted.branches)}


def _rate(share: Share) -> str:
    """Cut after four digits, so that 1 means all."""
    parts = 10_000 * share.covered // share.total if share.total else 10_000
    return f"{parts / 10_000:g}"


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub(lambda found: one_line(found[0]), text)
