"""Sources that GCC compiles for coverage, as suites are, and what they have counted."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

from pyharness.building import Instrumentation, instrumenting
from pyharness.building.compiler import Compiler, Family
from pyharness.coverage.gcov import gcov_environment, measure_gcov
from pyharness.coverage.segments import line_hits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyharness.coverage.model import Coverage, FileCoverage

GCC = Compiler(("gcc",), Family.GCC, "gcc\ngcc 12.2.0\n")
COMPILE = ["-g", "-fPIC", *instrumenting.compile_flags(Instrumentation.COUNTED, GCC)]
LINK = instrumenting.link_flags(Instrumentation.COUNTED, GCC)
NOT_ABSOLUTE = [flag for flag in COMPILE if flag != "-fprofile-abs-path"]
MAIN = "int work(int); int main(int count, char** words) { (void)words; return work(count) < 0; }\n"


class Sources:
    """Sources, what is built of them, and one run."""

    def __init__(self, root: Path, run: Path) -> None:
        self.root = root
        self.run_folder = run

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def compile(
        self,
        path: str,
        text: str,
        *,
        flags: Sequence[str] = COMPILE,
        compiler: str | None = None,
        folder: str = ".",
        source: str | None = None,
    ) -> str:
        """Write and compile a source; return its object."""
        file = self.write(path, text)
        compiler = compiler or ("gcc" if path.endswith(".c") else "g++")
        output = self.root / "objects" / f"{file.name}.o"
        output.parent.mkdir(exist_ok=True)
        words = [compiler, *flags, "-c", source or str(file), "-o", str(output)]
        subprocess.run(words, check=True, cwd=self.root / folder)
        return str(output)

    def program(self, *objects: str, name: str = "program", linker: str = "g++", flags: Sequence[str] = LINK) -> str:
        path = str(self.root / name)
        subprocess.run([linker, *flags, *objects, "-o", path], check=True)
        return path

    def simple(self, text: str) -> str:
        """Build a program of one source, and one with `main`."""
        return self.program(self.compile("src/work.c", text), self.compile("src/main.c", MAIN))

    def start(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, **gcov_environment(str(self.run_folder))}
        return subprocess.Popen([program, *words], env=environment)

    def run(self, program: str, *words: str, code: int = 0) -> None:
        assert self.start(program, *words).wait(timeout=120) == code

    def measure(
        self, *objects: str, environment: Mapping[str, str] | None = None, **others: Any
    ) -> tuple[Coverage, list[str]]:
        environment = os.environ if environment is None else environment
        return measure_gcov(str(self.run_folder), objects, root=str(self.root), environment=environment, **others)

    def whole(self, *objects: str) -> dict[str, FileCoverage]:
        """Measure, and return the files by their paths from the root; nothing may be wrong."""
        coverage, problems = self.measure(*objects)
        assert problems == []
        assert not coverage.has_regions
        return {os.path.relpath(file.path, self.root): file for file in coverage.files}

    def hits(self, *objects: str) -> dict[str, dict[int, int]]:
        return {path: line_hits(file.segments) for path, file in self.whole(*objects).items()}

    def tree(self) -> list[str]:
        return sorted(str(path) for path in self.root.rglob("*"))

    def counts(self, name: str) -> Path:
        (path,) = self.run_folder.rglob(f"{name}.gcda")
        return path
