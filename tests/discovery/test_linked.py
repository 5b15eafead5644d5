"""Which files a program is linked with, compared with what the dynamic linker says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyharness.discovery.linked import LinkError, linked_files


def compile_c(source: str, *arguments: str | Path) -> None:
    command = ["cc", "-x", "c", "-", "-x", "none", *map(str, arguments)]
    subprocess.run(command, input=source, text=True, check=True)


def loaded(program: str | Path) -> set[str]:
    shown = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout
    words = [word for line in shown.splitlines() for word in line.split() if word.startswith("/")]
    return {os.path.realpath(word) for word in words}


@pytest.mark.parametrize("program", [sys.executable, shutil.which("g++") or "g++", "/bin/sh"])
def test_all_that_the_linker_loads_is_named(program: str) -> None:
    assert loaded(program) <= {os.path.realpath(path) for path in linked_files(program, [])}


def test_libraries_are_found_by_the_folders_of_the_program(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    compile_c("int far(void) { return 0; }", "-shared", "-fPIC", "-o", tmp_path / "lib" / "libfar.so")
    near = ("-shared", "-fPIC", "-o", tmp_path / "lib" / "libnear.so", f"-L{tmp_path}/lib", "-lfar")
    compile_c("int far(void); int near(void) { return far(); }", *near, "-Wl,-rpath,$ORIGIN")
    program = tmp_path / "program"
    main = "int near(void); int main(void) { return near(); }"
    compile_c(main, "-o", program, f"-L{tmp_path}/lib", "-lnear", f"-Wl,-rpath-link,{tmp_path}/lib,-rpath,$ORIGIN/lib")
    files = {os.path.realpath(path) for path in linked_files(str(program), [])}
    assert {str(program), str(tmp_path / "lib" / "libnear.so"), str(tmp_path / "lib" / "libfar.so")} <= files
    assert loaded(program) <= files


def test_a_library_that_is_nowhere_is_told_and_found_by_the_variable(tmp_path: Path) -> None:
    library = tmp_path / "libnear.so"
    compile_c("int near(void) { return 0; }", "-shared", "-fPIC", "-o", library)
    program = tmp_path / "program"
    compile_c("int near(void); int main(void) { return near(); }", "-o", program, f"-L{tmp_path}", "-lnear")
    with pytest.raises(LinkError, match=r"'libnear\.so' is nowhere"):
        linked_files(str(program), [])
    assert str(library) in linked_files(str(program), [str(tmp_path)])


def test_what_is_no_elf_file_needs_nothing_and_what_is_cut_short_is_told(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    assert linked_files(str(script), []) == [str(script)]
    script.write_bytes(Path(sys.executable).read_bytes()[:80])
    with pytest.raises(LinkError, match="no whole ELF file"):
        linked_files(str(script), [])
