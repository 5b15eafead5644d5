"""Which files are compiled how, and which of them make a suite. Pure: says what is to be, builds nothing."""

from __future__ import annotations

import hashlib
import math
import os
import re
from typing import TYPE_CHECKING

import msgspec

from pyharness.building import instrumenting, sanitizing
from pyharness.building.compiler import Compilers, Family, Language
from pyharness.building.instrumenting import Instrumentation
from pyharness.errors import UsageError
from pyharness.globs import matches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.building.packages import Package
    from pyharness.config.build_options import BuildOptions, CompileOptions

BUILD_FOLDER = os.path.join(".pyharness", "build")
MOST_SOURCES = 16
"""In one library: large enough to save links, small enough that one change does not link all."""
_STANDARDS = {Language.C: "c11", Language.CXX: "c++17"}
_LOST = re.compile(r"[\x00-\x1f\x7f*;<>^`|]")
"""In the list of files that a compiler writes, ninja takes these for the end of a path."""
_PLAIN = re.compile(r"[^A-Za-z0-9.-]+")


class TestSource(msgspec.Struct, frozen=True):
    """A file with tests."""

    __test__ = False  # pytest takes each class named Test… for one of its own

    path: str
    is_named: bool = False
    """By the user, and so it gets a library of its own: the others of its folder do not matter to it."""


class SuiteBuild(msgspec.Struct, frozen=True):
    """A library, and what it is made of."""

    name: str
    """The folder of its sources, or its only source; from the root."""
    library: str
    """Absolute path."""
    listing: str
    """Absolute path of the file that says which cases the library has."""
    sources: tuple[str, ...]
    """From the root, sorted."""


class Compilation(msgspec.Struct, frozen=True):
    """One source and the object that it becomes; paths from the root."""

    source: str
    object: str
    language: Language
    arguments: tuple[str, ...]
    """All but compiler, source and object."""
    is_test: bool


class Link(msgspec.Struct, frozen=True):
    """One library; paths from the root."""

    suite: int
    """Its position in the plan."""
    library: str
    listing: str
    objects: tuple[str, ...]
    language: Language
    """Of the compiler that links."""
    arguments: tuple[str, ...]
    files: tuple[str, ...]
    """Libraries among the arguments that are files."""


class Tools(msgspec.Struct, frozen=True):
    """What a build uses beside what the configuration names."""

    compilers: Compilers
    include: str
    """The folder with the headers of pyharness."""
    list_command: tuple[str, ...]
    """Lists the cases of a library: the library and the file for the list come behind it."""
    packages: Mapping[tuple[str, ...], Package] = {}
    """What pkg-config says, by what is asked for together."""
    archiver: tuple[str, ...] = ("ar",)
    runtime: Mapping[str, str] = {}
    """Variables that a process needs that loads the libraries: those of sanitizers."""


class BuildPlan(msgspec.Struct, frozen=True):
    """All that one build is to make."""

    root: str
    """Absolute; the compilers run there."""
    folder: str
    """What is built goes there: from the root."""
    suites: list[SuiteBuild]
    links: list[Link]
    """Of the suites, in the same order."""
    tests: list[Compilation]
    sources: list[Compilation]
    """Under test."""
    tools: Tools


def source_name(path: str, root: str) -> str:
    """Return what a test source is called: its path from `root`, whatever links lead to its folder."""
    folder, name = os.path.split(path)
    return os.path.relpath(os.path.join(os.path.realpath(folder), name), root)


def language_of(path: str) -> Language:
    """Return what a source is written in, by its name."""
    return Language.C if path.endswith(".c") else Language.CXX


def variant_name(sanitizers: Sequence[str], instrumentation: Instrumentation = Instrumentation.NONE) -> str:
    """Return the name of the folder for what must not mix: each machine and way to build has one."""
    return "-".join(filter(None, (os.uname().machine, "+".join(sanitizers), instrumentation.value)))


def sources_of_objects(plan: BuildPlan) -> dict[str, str]:
    """Return all sources by their objects, absolute: what no suite needs is in no library, only in its object."""
    every = (*plan.sources, *plan.tests)
    return {os.path.join(plan.root, one.object): os.path.join(plan.root, one.source) for one in every}


def make_plan(  # noqa: PLR0913
    tests: Sequence[TestSource],
    sources: Sequence[str],
    options: BuildOptions,
    tools: Tools,
    *,
    sanitizers: Sequence[str] = (),
    instrumentation: Instrumentation = Instrumentation.NONE,
    one_each: bool = False,
) -> BuildPlan:
    """Return the plan for test sources.

    Args:
        tests: Their paths count from the current folder.
        sources: Those under test, from the root.
        options: What `[build]` says.
        tools: What there is to build with.
        sanitizers: To be built in.
        instrumentation: How the code is to count what of it runs.
        one_each: Make a library of each test source, instead of one for all of a folder.

    Raises:
        UsageError: the compilers cannot do that, or a name is none that a compiler could be given.
    """
    return _Planning(options, tools, tuple(sanitizers), instrumentation).plan(tests, sources, one_each=one_each)


class _Planning:
    """What the parts of a plan have in common."""

    def __init__(
        self, options: BuildOptions, tools: Tools, sanitizers: tuple[str, ...], instrumentation: Instrumentation
    ) -> None:
        sanitizing.check(sanitizers, tools.compilers.families)
        instrumenting.check(instrumentation, tools.compilers.families)
        self._options = options
        self._tools = tools
        self._sanitizers = sanitizers
        self._instrumentation = instrumentation
        self._root = options.root
        self._folder = os.path.join(BUILD_FOLDER, variant_name(sanitizers, instrumentation))

    def plan(self, tests: Sequence[TestSource], sources: Sequence[str], *, one_each: bool) -> BuildPlan:
        named = {source_name(test.path, self._root): test.is_named or one_each for test in tests}
        compiled = [self._compilation(path, is_test=True) for path in sorted(named)]
        under_test = [self._compilation(path, is_test=False) for path in sorted(sources)]
        object_of = {one.source: one for one in compiled}
        parts = _parts(named)
        suites = [self._suite(name, paths) for name, paths in parts]
        links = [
            self._link(number, suite, [object_of[path] for path in suite.sources], under_test)
            for number, suite in enumerate(suites)
        ]
        return BuildPlan(self._root, self._folder, suites, links, compiled, under_test, self._tools)

    def _suite(self, name: str, sources: tuple[str, ...]) -> SuiteBuild:
        base = os.path.join(self._root, self._folder, "suites", _file_name(name))
        return SuiteBuild(name, f"{base}.so", f"{base}.list", sources)

    def _compilation(self, path: str, *, is_test: bool) -> Compilation:
        _check(path)
        language = language_of(path)
        kind = "tests" if is_test else "sources"
        target = os.path.join(self._folder, kind, f"{_file_name(path)}.o")
        arguments = (*self._base(language), *self._configured(path, language), *self._for_tests(path, is_test=is_test))
        return Compilation(path, target, language, arguments, is_test)

    def _base(self, language: Language) -> list[str]:
        compiler = self._tools.compilers[language]
        # What GCC would mark STB_GNU_UNIQUE is shared between libraries even with RTLD_LOCAL.
        unique = language is Language.CXX and compiler.family is Family.GCC
        return [
            "-g",
            "-fPIC",
            *(["-fno-gnu-unique"] if unique else []),
            *sanitizing.flags(self._sanitizers, compiler),
            *instrumenting.compile_flags(self._instrumentation, compiler),
        ]

    def _configured(self, path: str, language: Language) -> list[str]:
        said = self._said(path)
        own = "c_standard" if language is Language.C else "cxx_standard"
        standards = [getattr(one, own) for one in said if getattr(one, own)]
        arguments = [f"-std={(standards or [_STANDARDS[language]])[-1]}"]
        for one in said:
            arguments += one.flags + (one.c_flags if language is Language.C else one.cxx_flags)
        arguments += [f"-I{self._place(folder)}" for one in said for folder in one.include]
        return arguments + [word for package in self._packages(said) for word in package.compile_arguments]

    def _for_tests(self, path: str, *, is_test: bool) -> list[str]:
        if not is_test:
            return []
        prefix = path.replace("\\", "\\\\").replace('"', '\\"')
        return [
            "-fvisibility=hidden",
            *(["-fvisibility-inlines-hidden"] if language_of(path) is Language.CXX else []),
            f"-I{self._tools.include}",
            f'-DPYHARNESS_CASE_PREFIX="{prefix}::"',
        ]

    def _said(self, path: str) -> list[CompileOptions]:
        """Return what holds for a source, the strongest last."""
        return [self._options, *(one for one in self._options.overrides if matches(path, one.path))]

    def _packages(self, said: Sequence[CompileOptions]) -> list[Package]:
        return [self._tools.packages[one.pkg_config] for one in said if one.pkg_config]

    def _place(self, path: str) -> str:
        """Return a path of the configuration as one from the root; absolute ones stay."""
        return os.path.normpath(path)

    def _link(
        self, number: int, suite: SuiteBuild, objects: Sequence[Compilation], under_test: Sequence[Compilation]
    ) -> Link:
        said: list[CompileOptions] = []
        for source in suite.sources:
            said += [one for one in self._said(source) if one not in said]
        both = any(one.language is Language.CXX for one in (*objects, *under_test))
        language = Language.CXX if both else Language.C
        files = tuple(self._place(library) for one in said for library in one.libraries if "/" in library)
        return Link(
            suite=number,
            library=os.path.relpath(suite.library, self._root),
            listing=os.path.relpath(suite.listing, self._root),
            objects=tuple(one.object for one in objects),
            language=language,
            arguments=tuple(self._link_arguments(language, said)),
            files=files,
        )

    def _link_arguments(self, language: Language, said: Sequence[CompileOptions]) -> list[str]:
        compiler = self._tools.compilers[language]
        sanitized = sanitizing.flags(self._sanitizers, compiler)
        counted = instrumenting.link_flags(self._instrumentation, compiler)
        # Undefined symbols are an error of the link, not of the run; those of a sanitizer's runtime are the exception.
        defined = [] if self._sanitizers else ["-Wl,-z,defs"]
        arguments = ["-shared", "-Wl,--exclude-libs,ALL", *defined, *sanitized, *counted]
        for one in said:
            arguments += one.link_flags
            arguments += [self._place(name) if "/" in name else f"-l{name}" for name in one.libraries]
        return arguments + [word for package in self._packages(said) for word in package.link_arguments]


def _parts(named: Mapping[str, bool]) -> list[tuple[str, tuple[str, ...]]]:
    """Return name and sources of each suite. The value says whether a source has a suite to itself."""
    folders: dict[str, list[str]] = {}
    parts: list[tuple[str, tuple[str, ...]]] = []
    for path, is_alone in sorted(named.items()):
        if is_alone:
            parts.append((path, (path,)))
        else:
            folders.setdefault(os.path.dirname(path) or ".", []).append(path)
    for folder, paths in folders.items():
        count = math.ceil(len(paths) / MOST_SOURCES)
        for part in range(count):
            name = folder if count == 1 else f"{folder} (part {part + 1})"
            parts.append((name, tuple(paths[len(paths) * part // count : len(paths) * (part + 1) // count])))
    return sorted(parts)


def _check(path: str) -> None:
    """Refuse what cannot be written into the file for ninja, or would not come out of it as it was."""
    try:
        path.encode()
    except UnicodeEncodeError:
        message = f"cannot build {os.fsencode(path)!r}: its path is not UTF-8; rename it"
        raise UsageError(message) from None
    odd = _LOST.search(path)
    if odd is not None:
        message = f"cannot build {path!r}: ninja loses {odd[0]!r} in the paths of what a source includes; rename it"
        raise UsageError(message)
    if path.startswith("-"):
        message = f"cannot build {path!r}: a compiler takes it for a flag; rename it"
        raise UsageError(message)


def _file_name(name: str) -> str:
    """Return a short name of plain letters that no other name has."""
    last = _PLAIN.sub("_", os.path.basename(name))[-40:] or "_"
    return f"{last}-{_digest(name)}"


def _digest(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:12]
