"""The file that tells ninja how to build a plan. Pure.

All that a command depends on is in the command, in a file that the compiler lists, or in a stamp: a small file that
changes only when what it names does (the compiler, the headers of pyharness, what lists the cases).
"""

from __future__ import annotations

import io
import os
import re
import shlex
from enum import Enum
from typing import TYPE_CHECKING

import msgspec
from ninja import ninja_syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyharness.building.compiler import Language
    from pyharness.building.plan import BuildPlan, Compilation, Link

READY = "ready"
"""What a step says that lists cases, behind the status that ninja has been given."""
_NO_WRAP = 1 << 30
"""Where lines are wrapped, one of two blanks in a path would be lost."""
_PLAIN = re.compile(r"[A-Za-z0-9_./+@%~,=-]+")


class Kind(Enum):
    """What a step does."""

    COMPILE = "compile"
    ARCHIVE = "archive"
    LINK = "link"
    LIST = "list"
    """With it a suite is ready."""


class Step(msgspec.Struct, frozen=True):
    """One command of the build, as ninja speaks of it."""

    kind: Kind
    output: str
    suites: tuple[int, ...]
    """Positions of those that need it."""


class NinjaFile(msgspec.Struct, frozen=True):
    """The text, and what its steps are called in the output of ninja: by number."""

    text: str
    steps: list[Step]


def compiler_stamp(folder: str, language: Language) -> str:
    """Return the path of the file that names the compiler of a language."""
    return os.path.join(folder, f"compiler-{language.name.lower()}")


def headers_stamp(folder: str, language: Language) -> str:
    """Return the path of the file that has the digest of the headers of pyharness for a language."""
    return os.path.join(folder, f"headers-{language.name.lower()}")


def list_stamp(folder: str) -> str:
    """Return the path of the file that names the program that lists cases."""
    return os.path.join(folder, "lister")


def archive_of(plan: BuildPlan) -> str:
    """Return the path of the library of the sources under test; empty when there are none."""
    return os.path.join(plan.folder, "sources", "libsources.a") if plan.sources else ""


def write_ninja_file(plan: BuildPlan) -> NinjaFile:
    """Return what ninja is to read for a plan, where its current folder is the root."""
    return _Writing(plan).write()


class _Writing:
    def __init__(self, plan: BuildPlan) -> None:
        self._plan = plan
        self._out = io.StringIO()
        self._ninja = ninja_syntax.Writer(self._out, width=_NO_WRAP)  # type: ignore[arg-type]  # its stub is wrong
        self._steps: list[Step] = []
        self._paths: dict[str, str] = {}
        self._everyone = tuple(range(len(plan.suites)))

    def write(self) -> NinjaFile:
        self._ninja.variable("ninja_required_version", "1.12")
        self._ninja.variable("builddir", self._path(self._plan.folder))
        self._rules()
        users = {path: number for number, suite in enumerate(self._plan.suites) for path in suite.sources}
        for one in self._plan.sources:
            self._compile(one, self._everyone)
        archive = archive_of(self._plan)
        if archive:
            objects = [one.object for one in self._plan.sources]
            self._build(Kind.ARCHIVE, archive, "archive", objects, self._everyone)
        for one in self._plan.tests:
            self._compile(one, (users[one.source],))
        for link in self._plan.links:
            self._link(link, archive)
        return NinjaFile(self._out.getvalue(), self._steps)

    def _rules(self) -> None:
        for language, compiler in self._plan.tools.compilers.by_language.items():
            words = _words(compiler.arguments)
            name = language.name.lower()
            self._ninja.rule(
                f"compile_{name}",
                f"{words} $arguments -MD -MF $out.d -o $out -c $in",
                depfile="$out.d",
                deps="gcc",
            )
            # A process that has the library open keeps the file that it has; nobody finds half of one by its name.
            self._ninja.rule(f"link_{name}", f"{words} -o $out.new $in $archive $arguments && mv -f $out.new $out")
        # To an archive that is there, ar would add.
        self._ninja.rule(
            "archive",
            f"rm -f $out && {_words(self._plan.tools.archiver)} qcs $out @$out.rsp",
            rspfile="$out.rsp",
            rspfile_content="$in",
        )
        # A status line of ninja does not say how a step has ended, and what follows may be late: success says so here.
        ready = _unexpanded(f"printf '%s{READY}\\n' \"$NINJA_STATUS\"")
        self._ninja.rule("list", f"{_words(self._plan.tools.list_command)} $in $out && {ready}")

    def _compile(self, one: Compilation, suites: tuple[int, ...]) -> None:
        stamps = [compiler_stamp(self._plan.folder, one.language)]
        if one.is_test:
            stamps.append(headers_stamp(self._plan.folder, one.language))
        rule = f"compile_{one.language.name.lower()}"
        self._build(Kind.COMPILE, one.object, rule, [one.source], suites, stamps, arguments=one.arguments)

    def _link(self, link: Link, archive: str) -> None:
        stamps = [compiler_stamp(self._plan.folder, link.language), *link.files]
        self._build(
            Kind.LINK,
            link.library,
            f"link_{link.language.name.lower()}",
            list(link.objects),
            (link.suite,),
            [*stamps, archive] if archive else stamps,
            arguments=link.arguments,
            archive=(archive,) if archive else (),
        )
        stamp = list_stamp(self._plan.folder)
        self._build(Kind.LIST, link.listing, "list", [link.library], (link.suite,), [stamp])

    def _build(  # noqa: PLR0913, PLR0917
        self,
        kind: Kind,
        output: str,
        rule: str,
        inputs: Sequence[str],
        suites: tuple[int, ...],
        implicit: Sequence[str] = (),
        **variables: Sequence[str],
    ) -> None:
        said = {name: _words(words) for name, words in variables.items() if words}
        said["description"] = str(len(self._steps))
        self._steps.append(Step(kind, output, suites))
        paths = [[self._path(path) for path in group] for group in ([output], inputs, implicit)]
        self._ninja.build(paths[0], rule, paths[1], implicit=paths[2], variables=said)

    def _path(self, path: str) -> str:
        """Return how a path is written; one of unusual letters gets a variable, for it cannot be escaped everywhere."""
        if _PLAIN.fullmatch(path):
            return path
        if path not in self._paths:
            self._paths[path] = f"path_{len(self._paths)}"
            value = _unexpanded(path)
            self._ninja.variable(self._paths[path], f"${value}" if value.startswith(" ") else value)
        return f"${{{self._paths[path]}}}"


def _words(words: Iterable[str]) -> str:
    """Return words for the shell that ninja gives its commands to."""
    return _unexpanded(shlex.join(words))


def _unexpanded(text: str) -> str:
    escaped: str = ninja_syntax.escape(text)
    return escaped
