"""What is searched in an executable file."""

from __future__ import annotations

import re
import subprocess

import pytest

from pyharness.adapters.binary import Binary

SOURCE = """\
typedef int only_for_debuggers;
static __attribute__((noinline, used)) only_for_debuggers has_a_name(void) { return 1; }
__attribute__((used)) static const char text[] = "--has-a-text";
int main(void) { return has_a_name() - 1; }
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("binary") / "program"
    subprocess.run(["gcc", "-g", "-xc", "-", "-o", path], input=SOURCE.encode(), check=True)
    return path


def test_texts_and_names_of_symbols_are_found(program):
    with Binary(str(program)) as binary:
        assert binary.is_program
        assert binary.contains(b"--has-a-text", b"has_a_name")
        assert not binary.contains(b"--has-a-text", b"--has-no-such-text")


def test_what_only_debuggers_read_is_passed_over(program):
    assert b"only_for_debuggers" in program.read_bytes()
    with Binary(str(program)) as binary:
        assert not binary.contains(b"only_for_debuggers")


def test_a_file_that_is_cut_short_is_searched_as_it_is(program, tmp_path):
    part = tmp_path / "part"
    part.write_bytes(program.read_bytes()[:-64])
    with Binary(str(part)) as binary:
        assert binary.contains(b"--has-a-text")


def test_a_pattern_is_searched_where_texts_are(program):
    with Binary(str(program)) as binary:
        found = binary.search(re.compile(rb"--has-a-(\w+)"))
        assert found is not None
        assert found[1] == b"text"
        assert binary.search(re.compile(rb"only_for_\w+")) is None
