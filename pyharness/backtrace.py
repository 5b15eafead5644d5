"""From raw program counters to functions and lines, with the symbolizer that is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from bisect import bisect_right
from typing import TYPE_CHECKING

import msgspec

from pyharness.events import Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

TOOLS = ("llvm-symbolizer", "llvm-symbolizer-19", "addr2line")
"""In order of preference: the first is several times faster on large libraries."""

_RUNS_CASES = ("pyharness::detail::run_guarded", "pyharness_c_run", "pyharness_run_place")
_OF_THE_SYSTEM = ("/lib", "/usr")
_MAP_LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \S+ *(\S.*)?")


class _Module(msgspec.Struct, frozen=True):
    begin: int
    end: int
    base: int
    """Address of the file's first byte; addresses in its symbol table count from there (first segment at 0)."""
    path: str


Known = dict[tuple[str, int], list[Frame]]


def symbolise(  # noqa: PLR0913  most of them by name
    addresses: Sequence[int],
    maps: str,
    *,
    stop_at: str,
    limit_s: float,
    tools: Sequence[str] = TOOLS,
    known: Known | None = None,
) -> tuple[tuple[Frame, ...], str]:
    """Name the functions and lines of a stack.

    Args:
        addresses: program counters, innermost first; all but the first are return addresses.
        maps: text of `/proc/PID/maps` at the time.
        stop_at: path of a module whose frames, and all outer ones, are left out.
        limit_s: time for all symbolizer calls together, in seconds.
        tools: names of symbolizers to look for.
        known: what was found before, by module and address in it; what is found is added. Stacks of one run have
            much in common.

    Frames of this project's own headers around the case, and all outer ones, are left out too.

    Returns:
        The frames, with as much as is known, and a note why they are raw, if they are.
    """
    modules = _read_maps(maps)
    located: list[tuple[int, _Module | None]] = []
    for address in addresses:
        module = _module_of(address, modules)
        if module is not None and module.path == stop_at:
            break
        located.append((address, module))
    tool = next((path for name in tools if (path := shutil.which(name))), None)
    if tool is None:
        return _raw(located), "no symbolizer was found; install llvm or binutils for names and lines"
    return _named(tool, located, time.monotonic() + limit_s, {} if known is None else known)


def _without_frame_of_case(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    for at, frame in enumerate(frames):
        if any(name in frame.function for name in _RUNS_CASES):
            return frames[:at]
    return frames


def _read_maps(maps: str) -> list[_Module]:
    modules: list[_Module] = []
    bases: dict[str, int] = {}
    for match in map(_MAP_LINE.fullmatch, maps.splitlines()):
        if match is None or not (match[4] or "").startswith("/"):
            continue
        begin, end, offset = (int(number, 16) for number in match.group(1, 2, 3))
        base = bases.setdefault(match[4], begin - offset)
        modules.append(_Module(begin, end, base, match[4]))
    return sorted(modules, key=lambda module: module.begin)


def _module_of(address: int, modules: list[_Module]) -> _Module | None:
    at = bisect_right(modules, address, key=lambda module: module.begin) - 1
    return modules[at] if at >= 0 and address < modules[at].end else None


def _raw(located: Sequence[tuple[int, _Module | None]]) -> tuple[Frame, ...]:
    return tuple(
        Frame(address - (module.base if module else 0), "", "", 0, module.path if module else "")
        for address, module in located
    )


def _named(
    tool: str, located: Sequence[tuple[int, _Module | None]], deadline: float, known: Known
) -> tuple[tuple[Frame, ...], str]:
    frames: dict[int, list[Frame]] = {}
    note = ""
    modules = dict.fromkeys(module for _, module in located if module is not None)
    # The frames of the test say more than those of the C library, whose symbols can take longer than all others.
    for module in sorted(modules, key=lambda module: module.path.startswith(_OF_THE_SYSTEM)):
        positions = [at for at, (_, own) in enumerate(located) if own is not None and own.path == module.path]
        if positions[0] in frames:
            continue  # the module stands in several mappings
        # A return address may be the first of the next line: look up the call itself.
        offsets = [located[at][0] - module.base - (1 if at > 0 else 0) for at in positions]
        missing = [offset for offset in offsets if (module.path, offset) not in known]
        try:
            answers = _ask(tool, module.path, missing, max(0.0, deadline - time.monotonic())) if missing else []
        except (OSError, subprocess.SubprocessError):
            note = f"'{tool}' failed or took too long on '{module.path}'; some frames are raw"
            answers = []
        known.update(zip(((module.path, offset) for offset in missing), answers, strict=False))
        found = ((at, known.get((module.path, offset))) for at, offset in zip(positions, offsets, strict=True))
        frames.update((at, answer) for at, answer in found if answer is not None)
    raw = _raw(located)
    named = tuple(frame for at in range(len(located)) for frame in frames.get(at, [raw[at]]))
    return _without_frame_of_case(named), note


def _ask(tool: str, module: str, offsets: list[int], limit_s: float) -> list[list[Frame]]:
    style = ["--output-style=GNU"] if "llvm-symbolizer" in tool else []
    result = subprocess.run(
        [tool, *style, "-a", "-f", "-C", "-i", "-e", module, *map(hex, offsets)],
        capture_output=True,
        timeout=limit_s,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return _parse(result.stdout.decode(errors="replace").splitlines(), module)


def _parse(lines: Sequence[str], module: str) -> list[list[Frame]]:
    """Read answers: an address, then, for it and each function it is inlined in, a line each with name and place."""
    answers: list[list[Frame]] = []
    at = 0
    while at < len(lines):
        if re.fullmatch(r"0x[0-9a-f]+", lines[at]):
            answers.append([])
            at += 1
        elif answers and at + 1 < len(lines):
            file, _, line = lines[at + 1].split(" (discriminator")[0].rpartition(":")
            address = int(lines[at - 1], 16) if not answers[-1] else answers[-1][0].address
            function = "" if lines[at] == "??" else lines[at]
            known = file not in ("", "??")
            answers[-1].append(
                Frame(address, function, file if known else "", int(line) if known and line.isdigit() else 0, module)
            )
            at += 2
        else:
            at += 1
    return answers
