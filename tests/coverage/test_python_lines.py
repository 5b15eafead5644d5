"""What the plugin has to know of native files: lines, ways, and by what name it finds them."""

from __future__ import annotations

import os

import msgspec
import pytest

from pyharness.coverage.model import Branch, FileCoverage
from pyharness.coverage.python_lines import Decision, NativeLines, Way, decisions, decode, digest, encode, key, of_file
from tests.coverage.conftest import end, segment

FILE = FileCoverage(
    path="/p/a.cpp",
    segments=(segment(1, 1, 2), end(5, 1)),
    branches=(
        Branch(2, 7, 2, 9, 3, 0),
        Branch(2, 12, 2, 13, 1, 2),
        Branch(3, 1, 3, 2, 4, None),
        Branch(4, 1, 4, 2, 0, None),
        Branch(9, 1, 9, 2, 1, 1),
    ),
)


def test_lines_with_branches_know_which_ways_were_never_gone_and_those_of_other_lines_are_left_out():
    assert list(decisions(FILE)) == [Decision(2, [Way(7, is_true=False)]), Decision(3, []), Decision(4, [Way(1, None)])]
    assert (Decision(2, []).executed, Decision(2, []).whole) == ((2, -1), (2, -2))


def test_without_columns_nothing_is_said_of_conditions():
    known = of_file(FILE, b"", has_columns=False).decisions
    assert [[way.is_true for way in decision.never] for decision in known] == [[None], [], [None]]


def test_what_was_written_is_read():
    lines = NativeLines({"a.cpp": of_file(FILE, b"text", has_columns=True)})
    assert lines.files["a.cpp"].lines == [1, 2, 3, 4, 5]
    assert lines.files["a.cpp"].digest == digest(b"text") != digest(b"text ")
    assert decode(encode(lines)) == lines


def test_something_else_is_refused():
    with pytest.raises(ValueError, match="files"):
        decode(b"{}")
    with pytest.raises(msgspec.MsgspecError):
        decode(b"files")


def test_a_file_is_called_by_its_place_in_the_project(tmp_path):
    (tmp_path / "project" / "src").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "project")
    for root in (tmp_path / "project", tmp_path / "link"):
        for path in ("src/a.cpp", f"{tmp_path}/project/src/a.cpp", f"{tmp_path}/link/x/../src/a.cpp"):
            assert key(path, str(root)) == "src/a.cpp"
    assert key("../other/a.cpp", str(tmp_path / "project")) == os.path.realpath(tmp_path / "other" / "a.cpp")
