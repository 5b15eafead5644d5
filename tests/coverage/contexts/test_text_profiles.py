"""Profiles as text, as LLVM's own tool writes and reads them."""

from __future__ import annotations

import pytest

from pyharness.coverage.contexts.text_profiles import Counters, TextProfile, read_text, write_text
from tests.coverage.clang import build, run

TEXT = """\
:fe
:single_byte_coverage
main
# Func Hash:
24
# Num Counters:
2
# Counter Values:
1
0

a b.c;local
# Func Hash:
7
# Num Counters:
1
# Counter Values:
18446744073709551615
# Num Bitmap Bytes:
$2
# Bitmap Byte Values:
0x1
0x0

"""


def test_a_profile_is_read():
    assert read_text(TEXT) == TextProfile(
        (":fe", ":single_byte_coverage"),
        (
            Counters("main", "24", (1, 0)),
            Counters("a b.c;local", "7", (18446744073709551615,), ("$2", "0x1", "0x0")),
        ),
    )


def test_what_is_written_is_read_again():
    profile = read_text(TEXT)
    assert read_text(write_text(*profile)) == profile


@pytest.mark.parametrize("text", ["", "\n\n", ":fe\n"])
def test_a_profile_may_be_empty(text):
    assert read_text(text).functions == ()


@pytest.mark.parametrize("text", ["main\n", "main\n24\nx\n", "main\n24\n1\ny\n"])
def test_something_else_is_an_error(text):
    with pytest.raises(ValueError, match="it has no counters behind 'main'"):
        read_text(text)


@pytest.mark.parametrize("flags", [(), ("-fcoverage-mcdc",)], ids=["plain", "conditions"])
def test_llvm_takes_what_is_written_for_what_it_has_written(tmp_path, flags):
    source = "static int f(int x) { return x && x > 1 ? 1 : 0; }\nint main(int c, char **) { return f(c); }\n"
    program = build(tmp_path, "p", source, *flags)
    raw, text, again = tmp_path / "raw", tmp_path / "text", tmp_path / "again"
    run(program, LLVM_PROFILE_FILE=str(raw))
    run("llvm-profdata-19", "merge", "-sparse", "-text", raw, "-o", text)
    profile = read_text(text.read_text())
    assert [one.name.rpartition(":")[2].rpartition(";")[2] for one in profile.functions]
    text.write_text(write_text(*profile))
    run("llvm-profdata-19", "merge", "-sparse", "-text", text, "-o", again)
    assert read_text(again.read_text()) == profile
