"""The example of an extension module: two test suites, one report of Python and native files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import REPOSITORY, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine

EXAMPLE = REPOSITORY / "examples" / "python_extension"
LIMIT_S = 300
CLANG = {"CC": "clang-19", "CXX": "clang++-19"}
BUILD = ("cmake.build-type=Debug", "cmake.define.CMAKE_CXX_COMPILER=clang++-19", "cmake.define.DURATIONS_COVERAGE=ON")
PROGRAM = """\
#include "durations.hpp"
#include <stdexcept>

int main() {
  try {
    durations::parse("90");
  } catch (const std::invalid_argument&) {
    return durations::spell(0) == "0s" ? 0 : 1;
  }
  return 1;
}
"""
"""What the native suite tests, as a program."""
OF_PYTEST, OF_NATIVE, OF_NOBODY = {13, 49, 51, 52}, {34, 35, 44, 45}, {27, 28, 41, 42}
"""Lines of `durations.cpp` that one of them executes, and not the other."""

pytestmark = pytest.mark.slow


class Example:
    """A copy of the example, and its extension, built for coverage, in an environment of its own."""

    def __init__(self, folder: Path, pyharness: CommandLine) -> None:
        self.folder = folder
        self._pyharness = pyharness
        self._python = folder.parent / "venv" / "bin" / "python"

    def build(self) -> None:
        environment = self._python.parent.parent
        self._run(sys.executable, "-m", "venv", "--without-pip", str(environment))
        (packages,) = environment.glob("lib/python*/site-packages")
        (packages / "outer.pth").write_text(sysconfig.get_path("purelib"))
        pip = (sys.executable, "-m", "pip", "--python", str(self._python), "install", "--no-index")
        options = [word for option in BUILD for word in ("-C", option)]
        self._run(*pip, "--no-build-isolation", "--no-deps", *options, "--editable", ".")

    def coverage(self, *words: str) -> str:
        return self._run(str(self._python), "-m", "coverage", *words)

    def pyharness(self, *words: str) -> None:
        result = self._pyharness(*words, cwd=self.folder, limit_s=LIMIT_S, env=CLANG, events=False)
        assert result.code == 0, result

    def report(self) -> dict[str, Any]:
        self.coverage("json", "-o", "report.json")
        return json.loads((self.folder / "report.json").read_text())["files"]

    def _run(self, *command: str) -> str:
        kept = {
            name: value
            for name, value in clean_environment().items()
            if not name.startswith(("COVERAGE_", "GCOV_", "LLVM_PROFILE", "PYTEST_"))
        }
        done = subprocess.run(
            command, cwd=self.folder, env=kept, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def example(tmp_path: Path, pyharness: CommandLine) -> Example:
    folder = tmp_path / "python_extension"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".pyharness", "build", ".coverage*", "__pycache__"))
    built = Example(folder, pyharness)
    built.build()
    return built


def build_program(folder: Path) -> str:
    (folder / "check.cpp").write_text(PROGRAM)
    flags = ["-g", "-std=c++17", "-fprofile-instr-generate", "-fcoverage-mapping", "-Wl,--build-id", "-Isrc"]
    command = ["clang++-19", *flags, "check.cpp", str(folder / "src/durations.cpp"), "-o", "check"]
    subprocess.run(command, check=True, cwd=folder, timeout=LIMIT_S)
    return "check"


@pytest.mark.parametrize(("native", "branches"), [("program", ()), ("program", ("--branch",)), ("suite", ())])
def test_native_and_python_files_stand_in_one_report(example: Example, native: str, branches: tuple[str, ...]) -> None:
    example.coverage("run", *branches, "-m", "pytest")
    (extension,) = (example.folder / "build").glob("_native*.so")
    example.pyharness("coverage", "read", "--object", str(extension))
    tests = [build_program(example.folder)] if native == "program" else []
    example.pyharness("test", "--coverage", *tests)
    both = [f"--from=.pyharness/coverage/{name}.json" for name in ("coverage", "python")]
    example.pyharness("coverage", "export", "--format", "coverage.py", "--include", "src/**", *both)
    assert not list(example.folder.rglob("default*.profraw"))
    example.coverage("combine", "--append")

    files = example.report()
    assert set(files) == {"python/durations/__init__.py", "src/durations.cpp", "src/module.cpp"}
    executed = set(files["src/durations.cpp"]["executed_lines"])
    assert executed >= OF_PYTEST | OF_NATIVE
    assert set(files["src/durations.cpp"]["missing_lines"]) == OF_NOBODY
    assert files["src/module.cpp"]["missing_lines"] == []
    assert files["python/durations/__init__.py"]["missing_lines"] == [11]
    assert "27-28" in example.coverage("report", "-m")
    example.coverage("html")
    pages = {path.name.partition("_")[2] for path in (example.folder / "htmlcov").glob("z_*.html")}
    assert {name.partition("_")[2] for name in pages} == {"durations_cpp.html", "module_cpp.html", "__init___py.html"}


def test_each_suite_alone_leaves_lines_of_the_other(example: Example) -> None:
    example.coverage("run", "-m", "pytest")
    (extension,) = (example.folder / "build").glob("_native*.so")
    example.pyharness("coverage", "read", "--object", str(extension))
    example.pyharness("coverage", "export", "--format=coverage.py", "--from=.pyharness/coverage/python.json")
    example.coverage("combine", "--append")
    assert set(example.report()["src/durations.cpp"]["missing_lines"]) == OF_NATIVE | OF_NOBODY
    example.pyharness("test", "--coverage", build_program(example.folder))
    example.pyharness("coverage", "export", "--format=coverage.py")
    example.coverage("erase")
    example.coverage("combine")
    assert set(example.report()["src/durations.cpp"]["missing_lines"]) >= OF_PYTEST | OF_NOBODY
