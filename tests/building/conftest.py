"""A small project, built with real compilers and the real ninja; only the program that lists cases is a stand-in."""

from __future__ import annotations

import dataclasses
import os
import select
from typing import TYPE_CHECKING, Any

import pytest

from pyharness.building import (
    Builder,
    BuildPlan,
    Instrumentation,
    SuiteFailed,
    SuiteNotBuilt,
    SuiteReady,
    TestSource,
    prepare,
)
from pyharness.cli.test import read_options
from pyharness.discovery import FoundSources, Kind, find_targets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LIST = 'printf "%s" "$1" > "$2.new" && mv "$2.new" "$2"'
"""Stands in for the program that lists the cases of a library: a list, written as a whole."""
LIMIT_S = 120


@dataclasses.dataclass
class Built:
    """What became of the suites of one build."""

    ready: dict[str, SuiteReady] = dataclasses.field(default_factory=dict)
    failed: dict[str, SuiteFailed] = dataclasses.field(default_factory=dict)
    not_built: dict[str, SuiteNotBuilt] = dataclasses.field(default_factory=dict)
    ran: list[str] = dataclasses.field(default_factory=list)
    """What ninja's log says was made, without the digests that tell equal names apart."""
    order: list[str] = dataclasses.field(default_factory=list)

    def take(self, builder: Builder) -> None:
        for news in builder.poll():
            place: dict[str, Any] = {SuiteReady: self.ready, SuiteFailed: self.failed}.get(type(news), self.not_built)
            assert news.suite.name not in {*self.ready, *self.failed, *self.not_built}, "told twice"
            place[news.suite.name] = news
            self.order.append(news.suite.name)


class Project:
    """A folder with sources, which is the current one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {name: value for name, value in os.environ.items() if name not in {"CC", "CXX"}}
        self.list_command: Sequence[str] = ("/bin/sh", "-c", LIST, "list")
        self.instrumentation = Instrumentation.NONE

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def plan(self, *arguments: str) -> BuildPlan:
        options = read_options(arguments, {})
        found = find_targets(options.paths, None, FoundSources())
        tests = [TestSource(target.path, target.explicit) for target in found if target.kind is Kind.SOURCE]
        return prepare(tests, options, self.list_command, self.environment, self.instrumentation)

    def builder(self, *arguments: str, **options: Any) -> Builder:
        return Builder(self.plan(*arguments), 2, environment=self.environment, **options)

    def build(self, *arguments: str, **options: Any) -> Built:
        before = self.log()
        builder = self.builder(*arguments, **options)
        assert builder.start()
        built = follow(builder)
        built.ran = sorted(readable(output) for output, entry in self.log().items() if before.get(output) != entry)
        return built

    def log(self) -> dict[str, str]:
        """Return what ninja's log says of each output."""
        entries: dict[str, str] = {}
        for path in sorted(self.root.glob(".pyharness/build/*/.ninja_log")):
            for line in path.read_text(encoding="utf-8").splitlines()[1:]:
                entry, output = line.rsplit("\t", 1)[0].rsplit("\t", 1)
                entries[output] = entry
        return entries

    def built_files(self, pattern: str) -> list[str]:
        return sorted(readable(path.name) for path in self.root.glob(f".pyharness/build/*/{pattern}"))


def readable(output: str) -> str:
    """Return the name of a file without the digest before its ending."""
    name = output.rpartition("/")[2]
    head, dash, tail = name.rpartition("-")
    return f"{head}.{tail.partition('.')[2]}" if dash else name


def follow(builder: Builder, limit_s: float = LIMIT_S) -> Built:
    """Take the news of a build until its end."""
    built = Built()
    built.take(builder)
    while not builder.is_over:
        readable_now, _, _ = select.select([builder.descriptor], [], [], limit_s)
        assert readable_now, "nothing more is told"
        built.take(builder)
    return built


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    return Project(root)
