"""Merge and export with the real tools of LLVM: exact counts, and a sentence for each profile that cannot be read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyharness import elf
from pyharness.coverage import llvm_report
from pyharness.coverage.llvm_raw import read_head
from pyharness.coverage.llvm_tools import Toolbox
from pyharness.coverage.segments import line_hits
from tests.coverage.clang import SHARED, build, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.coverage.llvm_report import Measured

SOURCE = """\
#include <cstdlib>
extern "C" int once(int value) {
  return value;
}
int main(int, char** words) {
  for (int call = 0; call < std::atoi(words[1]); ++call)
    once(call);
}
"""
COUNTED_LINE = 3
LIBRARY = """\
extern "C" __attribute__((visibility("hidden"))) int shared_name() {
  return NUMBER;
}
extern "C" int ENTRY() { return shared_name(); }
"""
WORD = 8
"""The bytes of one field in the head of a raw profile."""


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("report"), "program", SOURCE)


@pytest.fixture(scope="session")
def whole(program: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A profile of three calls."""
    return profile(program, tmp_path_factory.mktemp("whole"), 3).read_bytes()


def profile(program: Path, folder: Path, calls: int, name: str = "x.profraw") -> Path:
    run(program, str(calls), LLVM_PROFILE_FILE=str(folder / name))
    return folder / name


def measure(
    objects: Mapping[Path, Sequence[Path]],
    work: Path,
    never_loaded: Sequence[Path] = (),
    *,
    limit_s: float = 60,
    **environment: object,
) -> Measured:
    variables = {**os.environ, **{name: str(value) for name, value in environment.items()}}
    work.mkdir(exist_ok=True)
    return llvm_report.measure(
        {str(path): [str(one) for one in profiles] for path, profiles in objects.items()},
        [str(path) for path in never_loaded],
        str(work),
        Toolbox(variables),
        limit_s,
    )


def hits(measured: Measured, file: str = "program.cpp", line: int = COUNTED_LINE) -> int:
    (found,) = [one for one in measured.coverage.files if one.path.endswith(f"/{file}")]
    return line_hits(found.segments)[line]


# ---- counts


def test_the_profiles_of_an_object_are_added_up(program: Path, tmp_path: Path) -> None:
    profiles = [profile(program, tmp_path, calls, f"{calls}.profraw") for calls in (1, 10, 100)]
    measured = measure({program: profiles}, tmp_path / "work")
    assert measured.problems == []
    assert hits(measured) == 111


def test_hundreds_of_profiles_of_one_object_are_added_up(program: Path, whole: bytes, tmp_path: Path) -> None:
    profiles = [tmp_path / f"{number}.profraw" for number in range(400)]
    for path in profiles:
        path.write_bytes(whole)
    measured = measure({program: profiles}, tmp_path / "work")
    assert measured.problems == []
    assert hits(measured) == 3 * len(profiles)


def test_an_object_that_nothing_was_executed_of_has_its_lines(program: Path, tmp_path: Path) -> None:
    measured = measure({}, tmp_path / "work", [program, program, Path("/bin/sh")])
    assert measured.problems == []
    assert hits(measured) == 0
    (file,) = measured.coverage.files
    assert {function.name: function.hits for function in file.functions} == {"once": 0, "main": 0}


def test_what_has_a_profile_is_not_counted_again_as_never_loaded(program: Path, whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.profraw").write_bytes(whole)
    measured = measure({program: [tmp_path / "x.profraw"]}, tmp_path / "work", [program])
    assert (measured.problems, hits(measured)) == ([], 3)


def test_functions_of_one_name_and_shape_in_two_objects_share_nothing(tmp_path: Path) -> None:
    one = build(tmp_path, "one.so", LIBRARY.replace("NUMBER", "1").replace("ENTRY", "one"), *SHARED)
    two = build(tmp_path, "two.so", LIBRARY.replace("NUMBER", "2").replace("ENTRY", "two"), *SHARED)
    main = 'extern "C" int one();\nint main() { return one() + one() - 2; }\n'
    caller = build(tmp_path, "caller", main, f"-Wl,-rpath,{tmp_path}", "-Wl,--build-id", str(one))
    run(caller, LLVM_PROFILE_FILE=str(tmp_path / "%m.profraw"))
    own = [path for path in tmp_path.glob("*.profraw") if read_head(str(path)).build_ids == (elf.build_id(str(one)),)]
    assert len(own) == 1
    measured = measure({one: own}, tmp_path / "work", [two])
    assert measured.problems == []
    assert hits(measured, "one.so.cpp", 2) == 2
    assert hits(measured, "two.so.cpp", 2) == 0


def test_an_object_with_conditions_for_mcdc_is_measured(tmp_path: Path) -> None:
    source = "int main(int count, char**) {\n  return count > 5 && count < 9 ? 1 :\n    0;\n}\n"
    program = build(tmp_path, "conditions", source, "-fcoverage-mcdc")
    run(program, LLVM_PROFILE_FILE=str(tmp_path / "x.profraw"))
    measured = measure({program: [tmp_path / "x.profraw"]}, tmp_path / "work")
    assert measured.problems == []
    assert hits(measured, "conditions.cpp", 3) == 1


@pytest.mark.parametrize("name", ["a,b", "a b", "a'b\"c", "1,a", "#a", "-a", "@a", "ä", "a\\b", "*?[a]", "$(a)"])
def test_paths_may_be_of_any_letters(program: Path, whole: bytes, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    there = Path(shutil.copy(program, folder / name))
    (folder / "x.profraw").write_bytes(whole)
    measured = measure({there: [folder / "x.profraw"]}, folder / "work")
    assert (measured.problems, hits(measured)) == ([], 3)


def test_the_path_of_an_object_may_have_lines(program: Path, whole: bytes, tmp_path: Path) -> None:
    there = Path(shutil.copy(program, tmp_path / "a\nb"))
    (tmp_path / "x.profraw").write_bytes(whole)
    measured = measure({there: [tmp_path / "x.profraw"]}, tmp_path / "work")
    assert (measured.problems, hits(measured)) == ([], 3)


# ---- profiles that cannot be read


def beside_a_good_one(program: Path, whole: bytes, folder: Path, content: bytes) -> Measured:
    """Measure with a profile of three calls and a bad one."""
    (folder / "good.profraw").write_bytes(whole)
    (folder / "bad.profraw").write_bytes(content)
    return measure({program: [folder / "bad.profraw", folder / "good.profraw"]}, folder / "work")


def is_named(measured: Measured, program: Path, folder: Path, why: str = "") -> bool:
    (problem,) = measured.problems
    start = f"the profile '{folder}/bad.profraw' of '{program}' was not read: "
    return problem.startswith(start) and why in problem and len(problem) > len(start)


def test_an_empty_profile_is_named(program: Path, whole: bytes, tmp_path: Path) -> None:
    measured = beside_a_good_one(program, whole, tmp_path, b"")
    assert is_named(measured, program, tmp_path, "it is empty")
    assert hits(measured) == 3


@pytest.mark.parametrize("part", range(1, 10))
def test_a_truncated_profile_is_named_wherever_it_is_cut(
    program: Path, whole: bytes, tmp_path: Path, part: int
) -> None:
    """Cut in the head, in the records, in the counters and in the names."""
    measured = beside_a_good_one(program, whole, tmp_path, whole[: len(whole) * part // 10])
    assert is_named(measured, program, tmp_path)
    assert hits(measured) == 3


def test_a_profile_that_lacks_one_byte_of_its_names_is_named(program: Path, whole: bytes, tmp_path: Path) -> None:
    names = whole.rstrip(b"\0")
    measured = beside_a_good_one(program, whole, tmp_path, names[:-1])
    assert is_named(measured, program, tmp_path)
    assert hits(measured) == 3


@pytest.mark.parametrize("content", [b"\0" * 400, b"text\n", bytes(range(256)) * 3], ids=["zeros", "text", "bytes"])
def test_what_is_no_profile_is_named(program: Path, whole: bytes, tmp_path: Path, content: bytes) -> None:
    measured = beside_a_good_one(program, whole, tmp_path, content)
    assert is_named(measured, program, tmp_path)
    assert hits(measured) == 3


def test_a_profile_of_another_version_is_named(program: Path, whole: bytes, tmp_path: Path) -> None:
    content = whole[:WORD] + bytes([99]) + whole[WORD + 1 :]
    measured = beside_a_good_one(program, whole, tmp_path, content)
    assert is_named(measured, program, tmp_path, "99")
    assert hits(measured) == 3


def test_a_profile_that_has_vanished_is_named(program: Path, whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "good.profraw").write_bytes(whole)
    measured = measure({program: [tmp_path / "bad.profraw", tmp_path / "good.profraw"]}, tmp_path / "work")
    assert is_named(measured, program, tmp_path, "No such file or directory")
    assert hits(measured) == 3


def test_without_a_profile_that_can_be_read_the_lines_are_there(program: Path, whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.profraw").touch()
    measured = measure({program: [tmp_path / "bad.profraw"]}, tmp_path / "work")
    assert is_named(measured, program, tmp_path, "it is empty")
    assert hits(measured) == 0
    (tmp_path / "bad.profraw").write_bytes(whole[:-60])
    measured = measure({program: [tmp_path / "bad.profraw"]}, tmp_path / "work")
    assert measured.problems
    assert str(program) in measured.problems[0]


def test_a_profile_of_another_object_does_not_pass_for_its_own(program: Path, tmp_path: Path) -> None:
    other = build(tmp_path, "other", SOURCE.replace("return value;", "return value > 2 ? value : 1;"))
    measured = measure({program: [profile(other, tmp_path, 3)]}, tmp_path / "work")
    assert measured.problems == [f"not all of '{program}' was read: 1 functions have mismatched data"]
    (file,) = measured.coverage.files
    assert [function.name for function in file.functions] == ["main"]


# ---- tools that fail


def stub(folder: Path, text: str) -> Path:
    path = folder / "stub"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("which", ["LLVM_PROFDATA", "LLVM_COV"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo 'error: out of luck' >&2; exit 1", "failed: out of luck"),
        ("exit 3", "failed: exit code 3"),
        ("kill -KILL $$", "failed: exit code -9"),
        ("exec sleep 60", "took longer than 1 s"),
    ],
)
def test_a_tool_that_fails_is_named(
    program: Path, whole: bytes, tmp_path: Path, which: str, text: str, said: str
) -> None:
    (tmp_path / "x.profraw").write_bytes(whole)
    tools = {"LLVM_PROFDATA": "llvm-profdata-19", "LLVM_COV": "llvm-cov-19", which: stub(tmp_path, text)}
    measured = measure({program: [tmp_path / "x.profraw"]}, tmp_path / "work", limit_s=1, **tools)
    (problem,) = measured.problems
    assert str(program) in problem
    assert said in problem
    assert measured.coverage.files == ()


@pytest.mark.parametrize("written", ["", "{", "[]", '{"type": "x", "version": "2.0.1", "data": []}'])
def test_what_a_tool_writes_in_place_of_an_export_is_not_believed(
    program: Path, whole: bytes, tmp_path: Path, written: str
) -> None:
    (tmp_path / "x.profraw").write_bytes(whole)
    tools = {"LLVM_PROFDATA": "llvm-profdata-19", "LLVM_COV": stub(tmp_path, f"printf %s '{written}'")}
    measured = measure({program: [tmp_path / "x.profraw"]}, tmp_path / "work", **tools)
    (problem,) = measured.problems
    assert problem.startswith(f"the lines of '{program}' are not known: ")
    assert measured.coverage.files == ()


def test_a_tool_that_fails_for_one_object_costs_that_object_only(program: Path, whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.profraw").write_bytes(whole)
    plain = tmp_path / "plain"
    plain.write_bytes(b"\x7fELF")
    measured = measure({plain: [tmp_path / "x.profraw"], program: [tmp_path / "x.profraw"]}, tmp_path / "work")
    assert measured.problems == [f"'{plain}' does not say which lines it has; compile it with -fcoverage-mapping"]
    assert hits(measured) == 3


def test_tools_that_are_not_there_are_named(program: Path, whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.profraw").write_bytes(whole)
    measured = measure({program: [tmp_path / "x.profraw"]}, tmp_path / "work", LLVM_COV="/nowhere", LLVM_PROFDATA="x")
    why = "LLVM_PROFDATA is 'x', which is no program; name one of LLVM's tools"
    assert measured.problems == [f"the profiles of '{program}' were not read: {why}"]


def test_no_large_files_are_left_in_the_work_folder(program: Path, whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.profraw").write_bytes(whole)
    measure({program: [tmp_path / "x.profraw"]}, tmp_path / "work")
    assert not list((tmp_path / "work").glob("*.json"))
