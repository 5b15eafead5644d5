"""Python's coverage and native coverage in one report: real runs of coverage.py with the plugin."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine

LIMIT_S = 120
NATIVE = """\
extern "C" int sign(int value) {
  if (value < 0) {
    return -1;
  }
  if (value == 0) {
    return 0;
  }
  return value > 100 || value == 77 ? 2 : 1;
}
"""
MAIN = 'extern "C" int sign(int);\nint main() { return sign(0); }\n'
PYTHON = """\
import ctypes
import os
import sys

sign = ctypes.CDLL(os.path.abspath("libsign.so")).sign
for value in map(int, sys.argv[1:]):
    if sign(value) < 0:
        print("negative")
"""
TESTS = """\
import runpy
import subprocess
import sys
import pytest

@pytest.mark.parametrize("value", ["-1", "1"])
def test_in_this_process(value, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["use.py", value])
    runpy.run_path("use.py")

def test_in_another_process():
    subprocess.run([sys.executable, "use.py", "0"], check=True)
"""
CONFIGURATION = '[tool.coverage.run]\nplugins = ["pyharness.coverage_plugin"]\n'
CLANG = ("clang++-19", "-fprofile-instr-generate", "-fcoverage-mapping", "-g", "-O0")
GCC = ("g++", "--coverage", "-g", "-O0")
PROFILES = ".pyharness/coverage/python"
ALL = {1, 2, 3, 4, 5, 6, 7, 8, 9}
OF = {-1: {1, 2, 3, 4}, 0: {1, 2, 5, 6, 7, 9}, 1: {1, 2, 5, 8, 9}}
"""What clang says of `sign`, by its argument."""


class Project:
    """A library, a script that loads it, and coverage.py."""

    def __init__(self, folder: Path, pyharness: CommandLine) -> None:
        self.folder = folder
        self._pyharness = pyharness
        self.env: dict[str, str] = {}
        for name, text in {"sign.cpp": NATIVE, "main.cpp": MAIN, "use.py": PYTHON, "test_use.py": TESTS}.items():
            (folder / name).write_text(text)
        (folder / "pyproject.toml").write_text(CONFIGURATION)

    def build(self, compiler: tuple[str, ...] = CLANG) -> None:
        shared = [*compiler, "-shared", "-fPIC", "-Wl,--build-id", str(self.folder / "sign.cpp"), "-o", "libsign.so"]
        subprocess.run(shared, check=True, cwd=self.folder, timeout=LIMIT_S)

    def coverage(self, *words: str, code: int = 0) -> str:
        kept = {
            name: value
            for name, value in clean_environment().items()
            if not name.startswith(("COVERAGE_", "GCOV_", "LLVM_PROFILE", "PYTEST_"))
        }
        command = [sys.executable, "-m", "coverage", *words]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**kept, **self.env},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def pyharness(self, *words: str, code: int = 0) -> str:
        result = self._pyharness("coverage", *words, cwd=self.folder, limit_s=LIMIT_S)
        assert result.code == code, result
        return result.stdout + result.stderr

    def read(self, *words: str, code: int = 0) -> str:
        return self.pyharness("read", "--object", "libsign.so", *words, code=code)

    def export(self, *words: str, code: int = 0) -> str:
        given = words or ("--from", ".pyharness/coverage/python.json")
        return self.pyharness("export", "--format", "coverage.py", *given, code=code)

    def executed(self) -> set[int]:
        """Read the profiles, and return which lines of the library were executed."""
        self.read()
        lcov = self.pyharness("export", "--from", ".pyharness/coverage/python.json")
        counts = [line.removeprefix("DA:").split(",") for line in lcov.splitlines() if line.startswith("DA:")]
        return {int(line) for line, hits in counts if int(hits)}

    def profiles(self) -> list[str]:
        return sorted(path.name for path in (self.folder / PROFILES).rglob("*.profraw"))

    def report(self) -> dict[str, Any]:
        """Return the files of coverage.py's own report."""
        self.coverage("json", "-o", "report.json")
        return json.loads((self.folder / "report.json").read_text())["files"]


@pytest.fixture
def project(tmp_path: Path, pyharness: CommandLine) -> Project:
    (tmp_path / "project").mkdir()
    return Project(tmp_path / "project", pyharness)


@pytest.fixture
def built(project: Project) -> Project:
    project.build()
    return project


# ---- the whole way


def test_native_files_stand_beside_python_ones(built: Project) -> None:
    built.coverage("run", "use.py", "-1")
    assert sorted(path.name for path in built.folder.glob("*.profraw")) == []
    assert built.read() == "wrote .pyharness/coverage/python.json\n"
    assert built.export() == "wrote .coverage.native\n"
    built.coverage("combine", "--append")
    files = built.report()
    assert set(files) == {"sign.cpp", "use.py"}
    assert set(files["sign.cpp"]["executed_lines"]) == OF[-1]
    assert set(files["sign.cpp"]["missing_lines"]) == ALL - OF[-1]
    assert files["use.py"]["missing_lines"] == []
    text = built.coverage("report", "-m")
    assert "sign.cpp       9      5    44%   5-9\n" in text
    built.coverage("html", "-d", "html")
    (page,) = (built.folder / "html").glob("*sign_cpp.html")
    assert page.read_text().count('<p class="mis') == 5
    built.coverage("xml")
    assert 'filename="sign.cpp"' in (built.folder / "coverage.xml").read_text()


def test_what_a_native_program_executes_is_added(built: Project, pyharness: CommandLine) -> None:
    program = [
        *CLANG,
        "-Wl,--build-id",
        str(built.folder / "sign.cpp"),
        str(built.folder / "main.cpp"),
        "-o",
        "program",
    ]
    subprocess.run(program, check=True, cwd=built.folder, timeout=LIMIT_S)
    built.coverage("run", "use.py", "-1")
    built.read()
    assert pyharness.test("--coverage", "program", cwd=built.folder, limit_s=LIMIT_S).code == 0
    built.export("--from", ".pyharness/coverage/coverage.json", "--from", ".pyharness/coverage/python.json")
    built.coverage("combine", "--append")
    files = built.report()
    assert set(files) == {"main.cpp", "sign.cpp", "use.py"}
    assert set(files["sign.cpp"]["executed_lines"]) == OF[-1] | OF[0]
    assert files["sign.cpp"]["missing_lines"] == [8]


def test_ways_of_branches_are_told_where_python_has_them(built: Project) -> None:
    built.coverage("run", "--branch", "use.py", "-1", "1")
    built.read()
    built.export()
    built.coverage("combine", "--append")
    files = built.report()
    assert files["sign.cpp"]["missing_lines"] == [6, 7]
    assert files["sign.cpp"]["executed_branches"] == [[2, -2], [2, -1], [5, -1], [8, -1]]
    assert files["sign.cpp"]["missing_branches"] == [[5, -2], [8, -2]]
    assert files["sign.cpp"]["summary"]["num_partial_branches"] == 2
    assert files["use.py"]["summary"]["num_branches"] == 4
    built.coverage("html", "-d", "html")
    (page,) = (built.folder / "html").glob("*sign_cpp.html")
    text = page.read_text()
    assert "line 5: the condition in column 7 was never true" in text
    assert "line 8: the condition in column 10 was never true, that in column 25 was never true" in text
    built.coverage("lcov", "-o", "report.info")
    assert "BRDA:8,0,all ways,0\n" in (built.folder / "report.info").read_text()


def test_what_gcc_counts_is_read(project: Project) -> None:
    project.build(GCC)
    project.coverage("run", "--branch", "use.py", "-1")
    assert not list(project.folder.glob("*.gcda"))
    project.read()
    project.export()
    project.coverage("combine", "--append")
    native = project.report()["sign.cpp"]
    assert 3 in native["executed_lines"]
    assert {5, 6, 8} <= set(native["missing_lines"])
    project.coverage("html", "-d", "html")
    (page,) = (project.folder / "html").glob("*sign_cpp.html")
    assert "line 2: never gone: 1 of its ways" in page.read_text()


# ---- runs


@pytest.mark.parametrize("words", [(), ("-n", "2")])
def test_children_and_workers_count(built: Project, words: tuple[str, ...]) -> None:
    built.coverage("run", "-m", "pytest", "-q", "-p", "no:cacheprovider", *words)
    assert len(built.profiles()) >= 2
    assert built.executed() == ALL


def test_a_run_begins_anew_unless_it_appends(built: Project) -> None:
    built.coverage("run", "use.py", "-1")
    built.coverage("run", "use.py", "0")
    assert built.executed() == OF[0]
    built.coverage("run", "--append", "use.py", "1")
    built.coverage("report")
    assert built.executed() == OF[0] | OF[1]
    built.coverage("erase")
    assert built.profiles() == []


def test_runs_with_files_of_their_own_add_up_until_they_are_read(built: Project) -> None:
    for value in ("-1", "0"):
        built.coverage("run", "--parallel-mode", "use.py", value)
    assert built.executed() == OF[-1] | OF[0]
    assert built.executed() == OF[-1] | OF[0]
    built.coverage("run", "--parallel-mode", "use.py", "1")
    assert built.executed() == OF[1]


def test_what_the_user_has_set_stays(built: Project) -> None:
    built.env["LLVM_PROFILE_FILE"] = "own-%p.profraw"
    built.coverage("run", "use.py", "-1")
    assert len(list(built.folder.glob("own-*.profraw"))) == 1
    assert built.profiles() == []
    built.read("--profiles", ".", "-o", "own.json")
    assert (built.folder / "own.json").exists()


# ---- what is missing


def test_nothing_to_read_is_an_error(built: Project) -> None:
    assert "there are no profiles in '.pyharness/coverage/python'" in built.read(code=12)
    assert "'nothing.so', whose coverage is to be read, is not there" in built.pyharness(
        "read", "--object", "nothing.so", code=4
    )


def test_a_stripped_library_is_refused(built: Project) -> None:
    built.coverage("run", "use.py", "-1")
    subprocess.run(["llvm-strip-19", "libsign.so"], check=True, cwd=built.folder)
    assert "'libsign.so' does not say which lines it has" in built.read(code=12)


def test_a_library_that_is_not_named_is_missed(built: Project) -> None:
    built.coverage("run", "use.py", "-1")
    assert "is of none of the objects that are given" in built.pyharness("read", code=12)
    assert not (built.folder / ".pyharness/coverage/python.json").exists()


def test_profiles_that_cannot_be_read_are_named_and_make_it_partial(built: Project) -> None:
    built.coverage("run", "use.py", "-1")
    (profile,) = (built.folder / PROFILES).glob("*.profraw")
    cut = profile.read_bytes()[: profile.stat().st_size // 2]
    (built.folder / PROFILES / "cut.profraw").write_bytes(cut)
    (built.folder / PROFILES / "killed.profraw").touch()
    said = built.read(code=12)
    assert "the profile 'cut.profraw' was not read: " in said
    assert "the profile 'killed.profraw' is empty" in said
    assert "wrote .pyharness/coverage/python-partial.json\n" in said
    assert not (built.folder / ".pyharness/coverage/python.json").exists()
    assert "the profile 'killed.profraw' is empty" in built.read("--allow-partial")
    assert (built.folder / ".pyharness/coverage/python.json").exists()


def test_a_floor_holds_for_what_is_read(built: Project) -> None:
    built.coverage("run", "use.py", "-1")
    built.read("--fail-under", "44")
    built.read("--fail-under", "45", code=12)


# ---- reports that would be wrong


@pytest.fixture
def combined(built: Project) -> Project:
    built.coverage("run", "use.py", "-1")
    built.read()
    built.export()
    built.coverage("combine", "--append")
    return built


def test_a_source_that_was_changed_is_refused(combined: Project) -> None:
    source = combined.folder / "sign.cpp"
    source.write_text("\n" + source.read_text())
    assert "sign.cpp' was changed after it was measured; build and measure again\n" in combined.coverage(
        "report", code=1
    )
    assert "sign.cpp' is newer than '.pyharness/coverage/python.json'" in combined.export(code=12)
    assert "use.py" in combined.coverage("report", "--omit", "sign.cpp")
    assert "was changed after it was measured" in combined.coverage("report", "--ignore-errors")


def test_a_source_that_is_gone_is_refused(combined: Project) -> None:
    (combined.folder / "sign.cpp").unlink()
    assert "cannot read '" in combined.coverage("report", code=1)
    assert "leave it out with --exclude" in combined.export(code=12)


def test_lines_that_are_not_known_are_refused(combined: Project) -> None:
    lines = combined.folder / ".pyharness/coverage/native-lines.json"
    content = lines.read_text()
    for other, told in (
        ('{"files": {}}', "tells no lines of '"),
        ("", "cannot be read: "),
        (content.replace('"lines":[1,', '"lines":['), "was counted of another state of it"),
    ):
        lines.write_text(other)
        assert told in combined.coverage("report", code=1)
    lines.unlink()
    assert "run `pyharness coverage export --format coverage.py` again" in combined.coverage("report", code=1)
    lines.write_text(content)
    combined.coverage("report")


@pytest.mark.parametrize("moving", ["relative_files = true\n", '[tool.coverage.paths]\nall = [".", "*/project"]\n'])
def test_a_project_that_has_moved_is_reported_where_coverage_py_knows_of_it(built: Project, moving: str) -> None:
    (built.folder / "pyproject.toml").write_text(CONFIGURATION + moving)
    built.coverage("run", "use.py", "-1")
    built.read()
    built.export()
    built.coverage("combine", "--append")
    before = built.coverage("report", "-m")
    moved = built.folder.parent / "moved"
    built.folder.rename(moved)
    built.folder = moved
    assert built.coverage("report", "-m") == before
