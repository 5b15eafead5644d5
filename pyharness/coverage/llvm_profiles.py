"""Which profile belongs to which object, in the folder that a run has left; and which profiles are not there.

A host notes in `host-PID.modules` which file each of its modules will write, see `profiles.h` of the engine. Processes
that its cases fork write `child-PID-K-….profraw` for the module of `host-PID-K.profraw`. Programs write
`programN-….profraw`, and what cases start writes `child-….profraw`: those are matched by the build id that they carry.
So are profiles of any other name, which somebody else had written.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from pyharness import elf
from pyharness.coverage.llvm_raw import read_head
from pyharness.errors import CoverageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyharness.coverage.llvm_tools import Toolbox

_NOTES = re.compile(r"host-(.+)\.modules")
_OF_HOST = re.compile(r"host-(.+)\.profraw")
_OF_PROGRAM = re.compile(r"program(\d+)-(?:\d+\.\d+-)?(\d+)-.+\.profraw")
"""With the number of the process."""
_OF_FORKED = re.compile(r"child-(\d+(?:\.\d+)?-\d+)-.+\.profraw")
_OF_CASE = re.compile(r"case-\d+\.\d+-.+")
"""These are told apart, and counted by their hosts as well."""
_OF_STARTED = re.compile(r"child-.+\.profraw")
_PLACE = "__llvm_profile_counter_bias"
_COVERAGE_MAP = "__llvm_covmap"


class FoundProfiles(NamedTuple):
    """What a run has left."""

    of_objects: dict[str, list[str]]
    """The paths of profiles, by the path of the object that wrote them."""
    problems: list[str]
    """What is missing, each in a sentence."""
    modules: Mapping[str, str] = MappingProxyType({})
    """What hosts have loaded, by the `PID-K` of their profiles."""


class _Object(NamedTuple):
    path: str
    build_id: str
    is_instrumented: bool


def is_instrumented(path: str) -> bool:
    """Return whether LLVM's tools can tell which lines a file has (`-fcoverage-mapping`)."""
    return _COVERAGE_MAP in elf.sections(path)


def counts_in_file(path: str) -> bool:
    """Return whether an object can keep its counts in a file at every moment (clang's `-runtime-counter-relocation`).

    It has a variable then for where they are, and otherwise another name for one of the runtime.
    """
    found = elf.symbols(path, (_PLACE, f"{_PLACE}_default"))
    return _PLACE in found and found[_PLACE] != found.get(f"{_PLACE}_default")


def find_profiles(
    folder: str,
    programs: Mapping[int, Sequence[str]],
    toolbox: Toolbox,
    others: Sequence[str] = (),
    launches: Mapping[int, int] | None = None,
) -> FoundProfiles:
    """Match the profiles of a folder with the objects that wrote them.

    Args:
        folder: Where hosts and programs have written to; all of them have come to their end.
        programs: By number: a program that was run at least once, and after it the libraries that it may have loaded.
        toolbox: Tools for profiles of a version that is not known here.
        others: More objects that cases may have started or loaded.
        launches: How often each of the programs was started; once, where it is not said.
    """
    search = _Search(folder, programs, toolbox)
    names = sorted(os.listdir(folder))
    for name in names:
        if notes := _NOTES.fullmatch(name):
            search.read_notes(name, notes[1])
    search.know(
        [*search.modules.values(), *search.nameless, *(path for paths in programs.values() for path in paths), *others]
    )
    for name in names:
        search.take(name)
    search.finish_hosts()
    for number in programs:
        search.finish_program(number, (launches or {}).get(number, 1))
    return FoundProfiles(dict(search.found), search.problems, search.modules)


class _Search:
    """The folder, what is known of the objects, and what has been found so far."""

    def __init__(self, folder: str, programs: Mapping[int, Sequence[str]], toolbox: Toolbox) -> None:
        self.found: dict[str, list[str]] = defaultdict(list)
        self.problems: list[str] = []
        self.modules: dict[str, str] = {}
        """By `PID-K` of their profiles."""
        self._folder = folder
        self._toolbox = toolbox
        self._programs = programs
        self._objects: dict[str, _Object] = {}
        self._by_id: dict[str, str] = {}
        self._unmatched: set[int] = set()
        """Programs with profiles that no known object has written."""
        self._lost_forks: Counter[str] = Counter()
        """How many processes that cases have forked have written nothing, by the module."""
        self._processes: dict[int, set[str]] = defaultdict(set)
        """Of each program: those that have written what it has counted, or its libraries where it counts nothing."""
        self._writers: dict[int, set[str]] = defaultdict(set)
        """The names of the files whose profiles each program has written: its own, and those of libraries."""
        self.nameless: dict[str, list[str]] = defaultdict(list)
        """Modules whose profiles have names that nobody could choose, and the hosts that have them."""

    def read_notes(self, name: str, host: str) -> None:
        """Read which modules a host has loaded, and see that each has written its profile."""
        with open(os.path.join(self._folder, name), "rb") as file:
            lines = os.fsdecode(file.read()).split("\n")
        has_run, nameless = False, list[str]()
        expected: list[tuple[str, str]] = []
        for line in lines[:-1]:  # without an end, it was being written when the host ended: no case had run
            profile, _, module = line.partition("\t")
            if profile == "?":
                nameless.append(module)
            elif profile == "run":
                has_run = True
            elif profile == "fork":
                self.problems.append(_cannot_be_told_apart(module))
            elif profile == "lost":
                self.problems.append(
                    f"what a case had counted in a process of its own ({module}) is lost: it ended before it told"
                )
            elif match := _OF_HOST.fullmatch(profile):
                self.modules[match[1]] = module
                expected.append((module, profile))
        if has_run:  # else it was killed because nothing was left for it to do
            self.problems += [_lost(of, f"host {host}", name) for of, name in expected if not self._size(name)]
            for of in nameless:
                self.nameless[of].append(host)

    def know(self, paths: Iterable[str]) -> None:
        """Look at objects, for their build ids."""
        for path in dict.fromkeys(paths):
            self._objects[path] = _Object(path, elf.build_id(path), is_instrumented(path))
            if self._objects[path].build_id:
                self._by_id.setdefault(self._objects[path].build_id, path)

    def take(self, name: str) -> None:
        """Match one file, if it is a profile."""
        if match := _OF_HOST.fullmatch(name) or _OF_FORKED.fullmatch(name):
            self._take_of_module(name, self.modules.get(match[1]))
        elif match := _OF_PROGRAM.fullmatch(name):
            self._take_of_program(name, int(match[1]), match[2])
        elif _OF_STARTED.fullmatch(name):
            self._take_of_started(name)
        elif name.endswith(".profraw") and not _OF_CASE.fullmatch(name):
            self._take_of_others(name)

    def finish_hosts(self) -> None:
        """Tell of children that have written nothing, and see that modules have that write under names of their own."""
        self.problems += [_lost_in_forks(module, count) for module, count in sorted(self._lost_forks.items())]
        for module, hosts in self.nameless.items():
            written = [os.path.basename(path) for path in self.found.get(module, ())]
            if not all(any(name.startswith(f"child-{host}-") for name in written) for host in hosts):
                self.problems.append(_cannot_be_measured(module))

    def finish_program(self, number: int, launches: int) -> None:
        """See that a program has written something each time that it was run."""
        program, *libraries = self._programs[number]
        counting = [path for path in libraries if self._objects[path].is_instrumented]
        lost = launches - len(self._processes[number])
        if self._processes[number]:
            self._name_silent(number, counting)
        if not (self._objects[program].is_instrumented or counting) or lost <= 0:
            return
        if number in self._unmatched:
            self.problems.append(_changed(program, "its profiles"))
        elif lost == launches:
            self.problems.append(f"the counts of '{program}' are lost: it was run, and has written no profile")
        else:
            self.problems.append(
                f"the counts of '{program}' in {lost} of {launches} launches are lost: "
                "it came to an end before it wrote a profile"
            )

    def _name_silent(self, number: int, libraries: Sequence[str]) -> None:
        """Name the libraries that a program is linked with, and that have written nothing though it came to its end.

        Of several files of one name, it has loaded one.
        """
        for path in libraries:
            if os.path.basename(path) not in self._writers[number]:
                self.problems.append(_silent(path, self._programs[number][0]))

    def _take_of_module(self, name: str, module: str | None) -> None:
        if module is None:
            self.problems.append(f"the profile '{name}' belongs to no module that its host has noted")
        elif self._size(name):
            head = read_head(self._path(name))
            own = self._objects[module].build_id
            if head.build_ids and own not in head.build_ids:
                self.problems.append(_changed(module, f"the profile '{name}'"))
            else:
                self.found[module].append(self._path(name))
        elif not _OF_HOST.fullmatch(name):
            self._lost_forks[module] += 1

    def _take_of_program(self, name: str, number: int, process: str) -> None:
        if number not in self._programs:
            self.problems.append(f"the profile '{name}' belongs to no program that is known")
            return
        program, *libraries = self._programs[number]
        if not self._size(name):
            self.problems.append(_lost(program, "a process of it", name))
            return
        ids = self._build_ids(name, program, f" of '{program}'")
        if ids is None:
            return
        path = self._with_id(ids, [program, *libraries]) if ids else self._only_one(name, [program, *libraries])
        if path is not None:
            self.found[path].append(self._path(name))
            self._writers[number].add(os.path.basename(path))
        elif ids:
            self._unmatched.add(number)
        if path == program or (path is not None and not self._objects[program].is_instrumented):
            self._processes[number].add(process)

    def _take_of_started(self, name: str) -> None:
        if not self._size(name):
            self.problems.append(f"the counts of a program that a case has started are lost: '{name}' is empty")
            return
        path = self._with_id(read_head(self._path(name)).build_ids or (), ())
        if path is not None:
            self.found[path].append(self._path(name))

    def _take_of_others(self, name: str) -> None:
        """Match a profile with any object: nothing else says who has written it."""
        if not self._size(name):
            self.problems.append(f"the profile '{name}' is empty: its process came to an end before it was written")
            return
        said = len(self.problems)
        ids = self._build_ids(name, next(iter(self._objects), ""))
        if ids is not None:
            path = self._with_id(ids, ()) if ids else self._only_one(name, list(self._objects))
            if path is not None:
                self.found[path].append(self._path(name))
            elif len(self.problems) == said:
                self.problems.append(_of_nobody(name))

    def _build_ids(self, name: str, program: str, whose: str = "") -> tuple[str, ...] | None:
        """Return the ids of the object of a profile; `None` when it is said to be unreadable."""
        path = self._path(name)
        head = read_head(path)
        if head.build_ids is not None:
            return head.build_ids
        try:
            if head.version and program:
                return self._toolbox.build_ids_of(program, path)
            why = "it is cut short, or damaged"
        except CoverageError as error:
            why = str(error)
        self.problems.append(f"the profile '{name}'{whose} was not read: {why}")
        return None

    def _with_id(self, ids: Sequence[str], first: Sequence[str]) -> str | None:
        known = [path for path in first if self._objects[path].build_id in ids]
        known += [self._by_id[build_id] for build_id in ids if build_id in self._by_id]
        return known[0] if known else None

    def _only_one(self, name: str, candidates: Sequence[str]) -> str | None:
        """Return the object of a profile that carries no id: that which has none either."""
        objects = [self._objects[path] for path in candidates]
        without = [one.path for one in objects if one.is_instrumented and not one.build_id]
        if len(without) > 1:
            them = ", ".join(f"'{path}'" for path in without)
            self.problems.append(
                f"the profile '{name}' has no build id, and each of {them} may have written it; "
                "link them with -Wl,--build-id"
            )
        return without[0] if len(without) == 1 else None

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def _size(self, name: str) -> int:
        try:
            return os.stat(self._path(name)).st_size
        except FileNotFoundError:
            return 0


def _cannot_be_measured(module: str) -> str:
    return (
        f"'{module}' cannot be measured: it was stripped or linked with --gc-sections, and wrote no profile with a "
        "build id; link it with -Wl,--build-id,-u,__llvm_profile_set_filename, and take it as the linker has made it"
    )


def _cannot_be_told_apart(module: str) -> str:
    return (
        f"'{module}' cannot be measured with --isolation case: it cannot be told apart what its processes count; "
        "link it with -Wl,-u,__gcov_dump,-u,__gcov_reset, or take --isolation process"
    )


def _lost(path: str, whose: str, profile: str) -> str:
    return f"the counts of '{path}' in {whose} are lost: it came to an end before it wrote '{profile}'"


def _of_nobody(name: str) -> str:
    return (
        f"the profile '{name}' is of none of the objects that are given, as they are now; name the one that wrote it, "
        "or run again if it was built since"
    )


def _lost_in_forks(path: str, count: int) -> str:
    whose = "1 process that a case has forked is" if count == 1 else f"{count} processes that cases have forked are"
    return (
        f"the counts of '{path}' in {whose} lost: what ends by _exit, exec or a signal writes nothing; let it end by "
        "exit, or allow for it with --coverage-allow-partial"
    )


def _silent(path: str, program: str) -> str:
    return (
        f"the counts of '{path}' in '{program}' are lost: it has written no profile of its own; two libraries of one "
        "shape (equal numbers of functions and counters) write to one file: link one of them statically"
    )


def _changed(path: str, what: str) -> str:
    return f"'{path}' was changed while the run went on: {what} cannot be read with it; run again"
