"""The tools that are taken are those of the compiler that made an object."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Protocol

import pytest

from pyharness.coverage.llvm_tools import Toolbox, Tools, compiler_of
from pyharness.errors import CoverageError
from tests.coverage.clang import SHARED, build, run


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tools")
    build(folder, "program", "int main() { return 0; }\n")
    run(folder / "program", LLVM_PROFILE_FILE=str(folder / "program.profraw"))
    return folder


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("library"), "library.so", "int f() { return 0; }\n", *SHARED)


def made_by(version: str, original: Path, folder: Path) -> str:
    """Return an object that says that another version has made it; none at all when it is empty."""
    changed = folder / "changed.so"
    (folder / "comment").write_bytes(f"Debian clang version {version}\0".encode() if version else b"GCC: 12.2.0\0")
    run("objcopy", "--update-section", f".comment={folder / 'comment'}", original, changed)
    return str(changed)


class MakeTool(Protocol):
    def __call__(self, name: str, version: int, *, reads: bool = True) -> Path: ...


@pytest.fixture
def tool(tmp_path: Path) -> MakeTool:
    """Make tools that say they are of some version, in a folder to search, and read profiles or do not."""

    def make(name: str, version: int, *, reads: bool = True) -> Path:
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n[ $1 != show ] || exit {0 if reads else 1}\necho LLVM version {version}.1.0\n")
        path.chmod(0o755)
        return path

    return make


def only(folder: Path, **variables: object) -> Toolbox:
    return Toolbox({"PATH": str(folder / "bin"), **{name: str(value) for name, value in variables.items()}})


def test_an_object_says_which_compiler_has_made_it(library: Path, tmp_path: Path) -> None:
    assert compiler_of(str(library))[0] == 19
    assert compiler_of(made_by("17.0.6", library, tmp_path)) == (17, "17.0.6")
    assert compiler_of(made_by("9.0\0clang version 16.0.1 (git)", library, tmp_path)) == (16, "16.0.1")
    assert compiler_of(made_by("", library, tmp_path)) == (0, "")
    assert compiler_of(str(tmp_path / "nowhere.so")) == (0, "")


def test_tools_of_the_version_of_the_compiler_are_taken(library: Path) -> None:
    tools = Toolbox(os.environ).for_object(str(library))
    assert [Path(tool).name for tool in tools] == ["llvm-profdata-19", "llvm-cov-19"]
    assert "version 19." in subprocess.run([tools.cov, "--version"], capture_output=True, text=True, check=True).stdout


def test_tools_of_a_package_are_found_where_it_puts_them(library: Path, tmp_path: Path) -> None:
    assert only(tmp_path).for_object(str(library)) == Tools(
        "/usr/lib/llvm-19/bin/llvm-profdata", "/usr/lib/llvm-19/bin/llvm-cov"
    )


def test_plain_names_are_taken_when_they_are_of_the_version(library: Path, tmp_path: Path, tool: MakeTool) -> None:
    tools = Tools(str(tool("llvm-profdata", 95)), str(tool("llvm-cov", 95)))
    assert only(tmp_path).for_object(made_by("95.0.0", library, tmp_path)) == tools
    with pytest.raises(CoverageError):
        only(tmp_path).for_object(made_by("96.0.0", library, tmp_path))


def test_both_tools_have_to_be_of_one_version(library: Path, tmp_path: Path, tool: MakeTool) -> None:
    tool("llvm-profdata", 95)
    tool("llvm-cov", 94)
    with pytest.raises(CoverageError):
        only(tmp_path).for_object(made_by("95.0.0", library, tmp_path))


def test_variables_go_before(library: Path, tmp_path: Path, tool: MakeTool) -> None:
    own = tool("mine", 1)
    both = only(tmp_path, LLVM_PROFDATA=own, LLVM_COV="mine")
    assert both.for_object(str(library)) == Tools(str(own), str(own))
    one = only(tmp_path, LLVM_COV=own)
    assert one.for_object(str(library)) == Tools("/usr/lib/llvm-19/bin/llvm-profdata", str(own))


def test_a_variable_that_names_no_program_is_refused(library: Path, tmp_path: Path) -> None:
    with pytest.raises(CoverageError, match=r"^LLVM_COV is 'nothing', which is no program; name one of LLVM's tools$"):
        only(tmp_path, LLVM_COV="nothing").for_object(str(library))


def test_newer_tools_are_taken_when_they_read_the_profile(library: Path, tmp_path: Path, tool: MakeTool) -> None:
    for version, reads in ((96, False), (97, True), (98, True)):
        tool(f"llvm-profdata-{version}", version, reads=reads)
        tool(f"llvm-cov-{version}", version)
    old = made_by("95.0.0", library, tmp_path)
    assert only(tmp_path).for_object(old, profile="some.profraw").cov.endswith("-97")
    assert only(tmp_path).for_object(old).cov.endswith("-96")
    with pytest.raises(CoverageError):
        only(tmp_path).for_object(made_by("99.0.0", library, tmp_path))


def test_an_object_that_does_not_say_gets_tools_that_read_its_profile(folder: Path, tmp_path: Path) -> None:
    silent = made_by("", folder / "program", tmp_path)
    profile = folder / "program.profraw"
    assert "19" in Toolbox(os.environ).for_object(silent, str(profile)).profdata
    other = tmp_path / "other.profraw"
    other.write_bytes(profile.read_bytes().replace(b"\x0a", b"\x63", 1))
    with pytest.raises(CoverageError, match="does not say which clang has made it, and no tools of LLVM read what it"):
        Toolbox(os.environ).for_object(silent, str(other))


def test_what_was_looked_for_and_what_to_install_is_said(library: Path, tmp_path: Path) -> None:
    old = made_by("95.1.2", library, tmp_path)
    with pytest.raises(CoverageError) as caught:
        only(tmp_path).for_object(old)
    assert str(caught.value) == (
        f"'{old}' was made by clang 95.1.2, and there are no llvm-profdata and llvm-cov of that version: not as "
        "llvm-profdata-95 and llvm-cov-95, not in /usr/lib/llvm-95/bin, and not by their plain names; "
        "install the package llvm-95, or name them in LLVM_PROFDATA and LLVM_COV"
    )


def test_a_tool_is_asked_for_its_version_once(tmp_path: Path, library: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("llvm-profdata-95", "llvm-cov-95"):
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\necho {name} >> {tmp_path}/asked\necho version 95\n")
        path.chmod(0o755)
    toolbox, old = only(tmp_path), made_by("95.0.0", library, tmp_path)
    assert toolbox.for_object(old) == toolbox.for_object(old)
    assert sorted((tmp_path / "asked").read_text().split()) == ["llvm-cov-95", "llvm-profdata-95"]


def test_what_a_tool_has_said_is_given_back(tmp_path: Path) -> None:
    said = Toolbox({}).run(["sh", "-c", "echo careful >&2; echo done"], 60, str(tmp_path / "output"))
    assert (said, (tmp_path / "output").read_text()) == ("careful\n", "done\n")


def test_a_tool_that_fails_is_named_with_its_words() -> None:
    with pytest.raises(CoverageError, match=r"^'sh -c' failed: no such thing$"):
        Toolbox({}).run(["sh", "-c", "echo error: no such thing >&2; exit 1"], 60)
    with pytest.raises(CoverageError, match=r"^'sh -c' failed: exit code 3$"):
        Toolbox({}).run(["sh", "-c", "exit 3"], 60)
    with pytest.raises(
        CoverageError, match=r"^'/no/tool' does not start: No such file or directory; install LLVM anew$"
    ):
        Toolbox({}).run(["/no/tool", "merge"], 60)


def test_a_tool_that_hangs_is_ended() -> None:
    with pytest.raises(CoverageError, match=r"^'sh -c' took longer than 0.2 s$"):
        Toolbox({}).run(["sh", "-c", "exec sleep 1000"], 0.2)


def test_a_tool_that_nobody_waits_for_is_ended(tmp_path: Path) -> None:
    asked = iter([False, False, True])
    toolbox = Toolbox({}, lambda: next(asked))
    with pytest.raises(CoverageError, match=r"^the run was interrupted before that was read$"):
        toolbox.run(["sh", "-c", f"echo begun > {tmp_path}/begun; exec sleep 1000"], 1000)
    assert (tmp_path / "begun").exists()


def test_no_tool_is_started_that_nobody_waits_for(tmp_path: Path) -> None:
    with pytest.raises(CoverageError, match=r"^the run was interrupted"):
        Toolbox({}, lambda: True).run(["touch", str(tmp_path / "begun")], 60)
    assert not (tmp_path / "begun").exists()
