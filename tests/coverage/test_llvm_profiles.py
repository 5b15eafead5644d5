"""Which profiles of a run belong to which object, and which are said to be missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pyharness import elf
from pyharness.coverage.llvm_profiles import FoundProfiles, find_profiles, is_instrumented
from pyharness.coverage.llvm_raw import RawProfile, read_head
from pyharness.coverage.llvm_tools import Toolbox
from tests.coverage.clang import SHARED, build, run

LIBRARY = 'extern "C" int {0}() {{ return 1; }}\n'
PROGRAM = 'extern "C" int one(); extern "C" int other();\nint main() { return one() - other(); }\n'
WITH_ID, WITHOUT_ID = "-Wl,--build-id", "-Wl,--build-id=none"


class Objects:
    """A program and the two libraries that it is linked with, with or without build ids."""

    def __init__(self, folder: Path, identity: str) -> None:
        self.one = str(build(folder, "libone.so", LIBRARY.format("one"), *SHARED[:2], identity))
        self.other = str(build(folder, "libother.so", LIBRARY.format("other"), *SHARED[:2], identity))
        linked = (f"-Wl,-rpath,{folder}", self.one, self.other)
        self.program = str(build(folder, "program", PROGRAM, identity, *linked))
        self.all = (self.program, self.one, self.other)


@pytest.fixture(scope="session")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    return Objects(tmp_path_factory.mktemp("objects"), WITH_ID)


@pytest.fixture(scope="session")
def without_ids(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    return Objects(tmp_path_factory.mktemp("without_ids"), WITHOUT_ID)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    return tmp_path / "profiles"


def find(
    folder: Path, *programs: tuple[str, ...], others: tuple[str, ...] = (), launches: dict[int, int] | None = None
) -> FoundProfiles:
    found = find_profiles(str(folder), dict(enumerate(programs)), Toolbox(os.environ), others, launches)
    assert all(Path(path).parent == folder for paths in found.of_objects.values() for path in paths)
    return found


def names(found: FoundProfiles) -> dict[str, list[str]]:
    return {path: [Path(profile).name for profile in paths] for path, paths in found.of_objects.items()}


def start(program: str, folder: Path, pattern: str = "program0-%p-%m.profraw") -> None:
    run(program, LLVM_PROFILE_FILE=str(folder / pattern))


def note(folder: Path, host: str, *lines: str) -> None:
    (folder / f"host-{host}.modules").write_text("".join(f"{line}\n" for line in (*lines, "run\t")))


def profile_of(path: str, folder: Path, name: str) -> Path:
    """Write the profile of one object of a program that is run, under another name."""
    apart = folder.parent / "apart"
    shutil.rmtree(apart, ignore_errors=True)
    apart.mkdir()
    start(str(Path(path).parent / "program"), apart)
    (written,) = (
        each for each in apart.iterdir() if (read_head(str(each)).build_ids or ("",))[0] == elf.build_id(path)
    )
    shutil.move(written, folder / name)
    return folder / name


# ---- heads


def test_a_profile_says_its_version_and_its_object(objects: Objects, folder: Path) -> None:
    profile = profile_of(objects.one, folder, "x.profraw")
    assert read_head(str(profile)) == RawProfile(10, (elf.build_id(objects.one),))


def test_a_profile_of_an_object_without_id(without_ids: Objects, folder: Path) -> None:
    start(without_ids.program, folder)
    assert {read_head(str(path)) for path in folder.iterdir()} == {RawProfile(10, ())}


@pytest.mark.parametrize(
    ("kept", "head"),
    [(0, RawProfile(0, None)), (23, RawProfile(0, None)), (24, RawProfile(10, None)), (140, RawProfile(10, None))],
)
def test_a_cut_profile_says_what_is_left(objects: Objects, folder: Path, kept: int, head: RawProfile) -> None:
    profile = profile_of(objects.one, folder, "x.profraw")
    profile.write_bytes(profile.read_bytes()[:kept])
    assert read_head(str(profile)) == head


def test_what_is_no_profile_has_no_version(folder: Path) -> None:
    (folder / "x").write_bytes(b"some text that is long enough for a head")
    assert read_head(str(folder / "x")) == RawProfile(0, None)


def test_a_size_of_ids_that_cannot_be_is_not_read(objects: Objects, folder: Path) -> None:
    profile = profile_of(objects.one, folder, "x.profraw")
    content = bytearray(profile.read_bytes())
    content[16:24] = b"\xff" * 8
    profile.write_bytes(content)
    assert read_head(str(profile)) == RawProfile(10, None)


def test_the_tools_of_llvm_say_the_same_ids(objects: Objects, without_ids: Objects, folder: Path) -> None:
    profile = profile_of(objects.one, folder, "x.profraw")
    assert Toolbox(os.environ).build_ids_of(objects.one, str(profile)) == (elf.build_id(objects.one),)
    start(without_ids.one.replace("libone.so", "program"), folder)
    profile = next(path for path in folder.iterdir() if path.name != "x.profraw")
    assert Toolbox(os.environ).build_ids_of(without_ids.one, str(profile)) == ()


def test_which_objects_are_instrumented(objects: Objects) -> None:
    assert is_instrumented(objects.program)
    assert not is_instrumented("/bin/sh")
    assert not is_instrumented("/nowhere")


# ---- hosts


def test_profiles_of_hosts_belong_to_the_modules_that_they_have_noted(objects: Objects, folder: Path) -> None:
    for name in ("host-7-0.profraw", "host-8-1.profraw", "host-7.2-0.profraw"):
        profile_of(objects.one, folder, name)
    profile_of(objects.other, folder, "host-8-0.profraw")
    note(folder, "7", f"host-7-0.profraw\t{objects.one}")
    note(folder, "7.2", f"host-7.2-0.profraw\t{objects.one}")
    note(folder, "8", f"host-8-0.profraw\t{objects.other}", f"host-8-1.profraw\t{objects.one}")
    found = find(folder)
    assert names(found) == {
        objects.one: ["host-7-0.profraw", "host-7.2-0.profraw", "host-8-1.profraw"],
        objects.other: ["host-8-0.profraw"],
    }
    assert found.problems == []


def test_a_profile_that_is_missing_or_empty_is_lost(objects: Objects, folder: Path) -> None:
    (folder / "host-7-1.profraw").touch()
    note(folder, "7", f"host-7-0.profraw\t{objects.one}", f"host-7-1.profraw\t{objects.other}")
    assert find(folder) == FoundProfiles(
        {},
        [
            f"the counts of '{objects.one}' in host 7 are lost: it came to an end before it wrote 'host-7-0.profraw'",
            f"the counts of '{objects.other}' in host 7 are lost: it came to an end before it wrote 'host-7-1.profraw'",
        ],
        {"7-0": objects.one, "7-1": objects.other},
    )


def test_nothing_is_missed_of_a_host_that_came_too_late_to_run_a_case(objects: Objects, folder: Path) -> None:
    (folder / "host-7-1.profraw").touch()
    (folder / "host-7.modules").write_text(f"host-7-0.profraw\t{objects.one}\nhost-7-1.profraw\t{objects.other}\n")
    assert find(folder) == FoundProfiles({}, [], {"7-0": objects.one, "7-1": objects.other})


def test_a_module_that_cannot_be_measured_is_named(folder: Path) -> None:
    note(folder, "7", "?\t/p/libstripped.so")
    (problem,) = find(folder).problems
    assert problem.startswith("'/p/libstripped.so' cannot be measured: it was stripped or ")


def test_a_module_whose_profile_has_a_name_of_its_own_is_measured(objects: Objects, folder: Path) -> None:
    note(folder, "7", f"?\t{objects.one}")
    profile_of(objects.one, folder, "child-7-123_0.profraw")
    assert find(folder) == FoundProfiles({objects.one: [str(folder / "child-7-123_0.profraw")]}, [])
    (folder / "child-7-123_0.profraw").rename(folder / "child-8-123_0.profraw")
    (problem,) = find(folder).problems
    assert problem.startswith(f"'{objects.one}' cannot be measured: ")


def test_what_hosts_say_of_processes_of_cases_is_told(folder: Path) -> None:
    note(folder, "7", "fork\t/p/libgcc.so", "lost\t123")
    one, other = find(folder).problems
    assert one.startswith("'/p/libgcc.so' cannot be measured with --isolation case: ")
    assert other.startswith("what a case had counted in a process of its own (123) is lost: ")


def test_a_note_that_was_being_written_is_left_out(folder: Path) -> None:
    (folder / "host-7.modules").write_text("host-7-0.profraw\t/p/libo")
    assert find(folder) == FoundProfiles({}, [])


def test_a_profile_that_no_host_has_noted_is_named(objects: Objects, folder: Path) -> None:
    profile_of(objects.one, folder, "host-7-0.profraw")
    assert find(folder).problems == ["the profile 'host-7-0.profraw' belongs to no module that its host has noted"]


def test_a_module_that_was_built_again_is_named(objects: Objects, folder: Path) -> None:
    profile_of(objects.one, folder, "host-7-0.profraw")
    note(folder, "7", f"host-7-0.profraw\t{objects.other}")
    expected = (
        f"'{objects.other}' was changed while the run went on: the profile 'host-7-0.profraw' cannot be read with it; "
        "run again"
    )
    assert find(folder) == FoundProfiles({}, [expected], {"7-0": objects.other})


def test_what_single_cases_have_counted_is_no_part_of_the_totals(objects: Objects, folder: Path) -> None:
    profile_of(objects.one, folder, "host-7-0.profraw")
    shutil.copyfile(folder / "host-7-0.profraw", folder / "case-0.0-7-1-0.profraw")
    note(folder, "7", f"host-7-0.profraw\t{objects.one}")
    found = find(folder)
    assert (names(found), found.problems) == ({objects.one: ["host-7-0.profraw"]}, [])
    assert found.modules == {"7-0": objects.one}


def test_what_a_case_has_forked_counts_for_its_module(objects: Objects, folder: Path) -> None:
    profile_of(objects.one, folder, "host-7-0.profraw")
    profile_of(objects.one, folder, "child-7-0-123_0.profraw")
    note(folder, "7", f"host-7-0.profraw\t{objects.one}")
    assert names(find(folder)) == {objects.one: ["child-7-0-123_0.profraw", "host-7-0.profraw"]}


def test_what_a_case_has_started_counts_when_it_is_known(objects: Objects, folder: Path) -> None:
    profile_of(objects.one, folder, "host-7-0.profraw")
    profile_of(objects.one, folder, "child-9-123_0.profraw")
    profile_of(objects.other, folder, "child-10-123_0.profraw")
    note(folder, "7", f"host-7-0.profraw\t{objects.one}")
    assert find(folder).problems == []
    assert names(find(folder)) == {objects.one: ["child-9-123_0.profraw", "host-7-0.profraw"]}
    assert objects.other in find(folder, others=(objects.other,)).of_objects


def test_a_started_program_that_has_written_nothing_is_named(folder: Path) -> None:
    (folder / "child-9-123_0.profraw").touch()
    assert find(folder).problems == [
        "the counts of a program that a case has started are lost: 'child-9-123_0.profraw' is empty"
    ]


# ---- programs


def test_profiles_of_programs_belong_to_the_objects_with_their_ids(objects: Objects, folder: Path) -> None:
    start(objects.program, folder)
    start(objects.program, folder)
    found = find(folder, objects.all)
    assert {path: len(profiles) for path, profiles in found.of_objects.items()} == dict.fromkeys(objects.all, 2)
    assert found.problems == []


def test_libraries_that_are_not_known_do_not_count(objects: Objects, folder: Path) -> None:
    start(objects.program, folder)
    found = find(folder, (objects.program, objects.one))
    assert set(found.of_objects) == {objects.program, objects.one}
    assert found.problems == []


def test_an_object_that_several_programs_use_has_the_profiles_of_all(objects: Objects, folder: Path) -> None:
    start(objects.program, folder)
    start(objects.program, folder, "program1-%p-%m.profraw")
    found = find(folder, objects.all, ("/bin/sh", *objects.all[1:]))
    assert len(found.of_objects[objects.one]) == 2


def test_without_build_id_the_only_instrumented_object_has_written_it(without_ids: Objects, folder: Path) -> None:
    start(without_ids.program, folder, "program0-%p-0.profraw")
    found = find(folder, ("/bin/sh", without_ids.program))
    assert len(found.of_objects[without_ids.program]) == 1
    assert found.problems == []


def test_without_build_ids_several_objects_cannot_be_told_apart(without_ids: Objects, folder: Path) -> None:
    start(without_ids.program, folder, "program0-1-2.profraw")
    found = find(folder, without_ids.all)
    assert found.of_objects == {}
    them = ", ".join(f"'{path}'" for path in without_ids.all)
    assert found.problems[0] == (
        f"the profile 'program0-1-2.profraw' has no build id, and each of {them} may have written it; "
        "link them with -Wl,--build-id"
    )


def test_a_program_that_has_written_no_profile_is_named(objects: Objects, folder: Path) -> None:
    assert find(folder, objects.all, ("/bin/sh",)).problems == [
        f"the counts of '{objects.program}' are lost: it was run, and has written no profile"
    ]
    start(objects.program, folder)
    assert find(folder, objects.all, ("/bin/sh",)).problems == []


def test_a_program_that_has_not_written_a_profile_each_time_is_named(objects: Objects, folder: Path) -> None:
    start(objects.program, folder)
    start(objects.program, folder)
    assert find(folder, objects.all, launches={0: 2}).problems == []
    assert find(folder, objects.all, launches={0: 5}).problems == [
        f"the counts of '{objects.program}' in 3 of 5 launches are lost: it came to an end before it wrote a profile"
    ]


def test_a_program_that_was_built_again_is_named(objects: Objects, folder: Path, tmp_path: Path) -> None:
    start(objects.program, folder)
    again = build(tmp_path, "program", "int main() { return 0; }\n", WITH_ID)
    assert find(folder, (str(again),)).problems == [
        f"'{again}' was changed while the run went on: its profiles cannot be read with it; run again"
    ]


def test_an_empty_profile_of_a_program_is_lost(objects: Objects, folder: Path) -> None:
    profile_of(objects.program, folder, "program0-1-2.profraw")
    (folder / "program0-3-2.profraw").touch()
    (problem,) = find(folder, (objects.program,)).problems
    assert problem == (
        f"the counts of '{objects.program}' in a process of it are lost: "
        "it came to an end before it wrote 'program0-3-2.profraw'"
    )


def test_a_profile_of_a_program_that_cannot_be_read_is_named(objects: Objects, folder: Path) -> None:
    whole = profile_of(objects.program, folder, "program0-1-2.profraw").read_bytes()
    (folder / "program0-3-2.profraw").write_bytes(whole[:20])
    (folder / "program0-4-2.profraw").write_bytes(whole[:8] + b"\x63" + whole[9:])
    problems = find(folder, (objects.program,)).problems
    assert problems[0] == (
        f"the profile 'program0-3-2.profraw' of '{objects.program}' was not read: it is cut short, or damaged"
    )
    assert problems[1].startswith(
        f"the profile 'program0-4-2.profraw' of '{objects.program}' was not read: 'llvm-profdata-19 show' failed: "
    )
    assert "version = 99" in problems[1]
    assert len(problems) == 2


def test_a_profile_of_no_program_that_was_run_is_named(objects: Objects, folder: Path) -> None:
    profile_of(objects.program, folder, "program3-1-2.profraw")
    assert find(folder).problems == ["the profile 'program3-1-2.profraw' belongs to no program that is known"]


def test_other_files_are_left_alone(folder: Path) -> None:
    for name in ("a.gcda", "program.profdata", "host.modules", "notes.txt"):
        (folder / name).write_text("x")
    assert find(folder) == FoundProfiles({}, [])


def test_profiles_of_other_names_are_matched_with_any_object(folder: Path, objects: Objects) -> None:
    profile_of(objects.one, folder, "default.profraw")
    profile_of(objects.other, folder, "python-1-2_0.profraw")
    found = find(folder, others=(objects.one,))
    assert names(found) == {objects.one: ["default.profraw"]}
    (problem,) = found.problems
    assert problem.startswith("the profile 'python-1-2_0.profraw' is of none of the objects that are given")
    assert len(find(folder).problems) == 2


def test_profiles_of_other_names_that_tell_nothing_are_named(folder: Path, objects: Objects) -> None:
    (folder / "default.profraw").touch()
    profile_of(objects.one, folder, "cut.profraw").write_bytes(b"\x81rforpl\xff cut")
    (folder / "text.profraw").write_text("x")
    assert find(folder, others=(objects.one,)) == FoundProfiles(
        {},
        [
            "the profile 'cut.profraw' was not read: it is cut short, or damaged",
            "the profile 'default.profraw' is empty: its process came to an end before it was written",
            "the profile 'text.profraw' was not read: it is cut short, or damaged",
        ],
    )


def test_profiles_of_other_names_without_an_id_belong_to_the_only_object_without_one(
    folder: Path, without_ids: Objects, objects: Objects
) -> None:
    start(without_ids.program, folder, "one-%m.profraw")
    assert len(find(folder, others=(objects.one, without_ids.one)).of_objects[without_ids.one]) == 3
    problems = find(folder, others=(without_ids.one, without_ids.other)).problems
    assert len(problems) == 3
    assert all("has no build id, and each of" in problem for problem in problems)


def test_a_program_that_is_killed_is_lost(folder: Path, tmp_path: Path) -> None:
    killed = build(tmp_path, "killed", "#include <csignal>\nint main() { raise(SIGKILL); }\n", WITH_ID)
    subprocess.run([killed], check=False, env={"LLVM_PROFILE_FILE": str(folder / "program0-%p-%m.profraw")})
    subprocess.run([killed], check=False, env={"LLVM_PROFILE_FILE": str(folder / "host-7-0.profraw")})
    note(folder, "7", f"host-7-0.profraw\t{killed}")
    assert [problem.partition(" are lost")[0] for problem in find(folder, (str(killed),)).problems] == [
        f"the counts of '{killed}' in host 7",
        f"the counts of '{killed}'",
    ]


def test_a_library_that_has_written_nothing_is_named(objects: Objects, folder: Path) -> None:
    """LLVM's runtimes write to one file where two libraries are of one shape: the second one fails to."""
    start(objects.program, folder)
    (silent,) = [path for path in folder.iterdir() if read_head(str(path)).build_ids == (elf.build_id(objects.one),)]
    silent.unlink()
    (problem,) = find(folder, objects.all).problems
    assert problem.startswith(f"the counts of '{objects.one}' in '{objects.program}' are lost: ")


def test_of_libraries_of_one_name_one_is_loaded(objects: Objects, folder: Path, tmp_path: Path) -> None:
    twin = build(tmp_path, "libone.so", LIBRARY.format("one_of_another_project"), *SHARED[:2], WITH_ID)
    start(objects.program, folder)
    assert find(folder, (*objects.all, str(twin))).problems == []


def test_a_launch_of_a_program_whose_libraries_alone_count_can_be_lost(objects: Objects, folder: Path) -> None:
    start(objects.program, folder)
    for path in folder.iterdir():
        if read_head(str(path)).build_ids == (elf.build_id(objects.program),):
            path.unlink()
    known = ("/bin/sh", *objects.all[1:])
    assert find(folder, known).problems == []
    assert find(folder, known, launches={0: 2}).problems == [
        "the counts of '/bin/sh' in 1 of 2 launches are lost: it came to an end before it wrote a profile"
    ]


def test_libraries_of_one_shape_are_told_apart_or_named(folder: Path, tmp_path: Path) -> None:
    hidden = 'int __attribute__((visibility("hidden"))) shape() { return 1; }\n'
    libraries = [
        str(build(tmp_path, f"lib{name}.so", f'{hidden}extern "C" int {name}() {{ return shape(); }}\n', *SHARED))
        for name in ("a", "b")
    ]
    calls = 'extern "C" int a(); extern "C" int b();\nint main() { return a() - b(); }\n'
    program = str(build(tmp_path, "caller", calls, WITH_ID, f"-Wl,-rpath,{tmp_path}", *libraries))
    start(program, folder)
    found = find(folder, (program, *libraries))
    missing = [path for path in libraries if path not in found.of_objects]
    assert [problem.split("'")[1] for problem in found.problems] == missing
