"""Runs build folders of other projects with pyharness and with their own runner: CTest, or `meson test`.

    python bench/compare.py [--runs N] BUILD_FOLDER...

Compares the sets of tests and their verdicts by name, and the wall times as medians of runs in turn (A B C A B C …).
Prints a table in Markdown, and below it each test on which the two disagree. Ends with 1 if there is one.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator

PYHARNESS = str(pathlib.Path(sys.executable).parent / "pyharness")
JOBS = len(os.sched_getaffinity(0))
SELECTING = ("--gtest_filter=", "--test-case=")
"""What frameworks have before the name of a case, where CTest has one entry for each."""

Verdicts = dict[str, str]


def main() -> int:
    """Compare the folders of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each command (default: %(default)s)")
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="BUILD_FOLDER")
    arguments = parser.parse_args()
    print(f"{JOBS} jobs, medians of {arguments.runs} runs in turn, in seconds\n")
    print("| build folder | runner | tests | its wall | pyharness | ratio | `--no-fold` | verdicts |")
    print("|---|---|---|---|---|---|---|---|")
    differences = [line for folder in arguments.folders for line in compare(folder.resolve(), arguments.runs)]
    print("", *differences, sep="\n")
    return 1 if differences else 0


def compare(folder: pathlib.Path, runs: int) -> list[str]:
    """Print the line of one folder; return what differs in it."""
    with tempfile.TemporaryDirectory() as reports:
        theirs, folded, apart = (pathlib.Path(reports) / f"{name}.xml" for name in ("theirs", "folded", "apart"))
        meson = (folder / "meson-info").is_dir()
        runner, command, report = meson_test(folder) if meson else ctest(folder, theirs)
        ours = [PYHARNESS, "test", "--no-config", "-q", "--on-crash=continue", f"--test-threads={JOBS}", str(folder)]
        commands = [command, [*ours, f"--junit={folded}"], [*ours, "--no-fold", f"--junit={apart}"]]
        walls = timed(commands, runs)
        reference = verdicts(report)
        aliases = {} if meson else ctest_aliases(folder)
        found = [
            *differing(folder, reference, renamed(verdicts(folded), reference, aliases), "pyharness"),
            *differing(folder, reference, verdicts(apart), "pyharness --no-fold"),
        ]
    agreed = "equal" if not found else f"{len(found)} differ"
    ratio = f"{walls[1] / walls[0]:.2f}"
    shown = (folder.parent.name, runner, len(reference), f"{walls[0]:.2f}", f"{walls[1]:.2f}", ratio, f"{walls[2]:.2f}")
    print("|", " | ".join(map(str, (*shown, agreed))), "|", flush=True)
    return found


def ctest(folder: pathlib.Path, report: pathlib.Path) -> tuple[str, list[str], pathlib.Path]:
    """Return name, command and report of CTest."""
    return "CTest", ["ctest", "--test-dir", str(folder), f"-j{JOBS}", "--output-junit", str(report)], report


def meson_test(folder: pathlib.Path) -> tuple[str, list[str], pathlib.Path]:
    """Return name, command and report of Meson."""
    command = ["meson", "test", "-C", str(folder), "--no-rebuild", "--num-processes", str(JOBS)]
    return "meson test", command, folder / "meson-logs" / "testlog.junit.xml"


def timed(commands: list[list[str]], runs: int) -> list[float]:
    """Return the median of the seconds that each takes; whether it succeeds is told by its report."""
    seconds: list[list[float]] = [[] for _ in commands]
    for run in range(runs + 1):
        for command, times in zip(commands, seconds, strict=True):
            started = time.perf_counter()
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if run > 0:  # the first warms the caches
                times.append(time.perf_counter() - started)
    return [statistics.median(times) for times in seconds]


def verdicts(report: pathlib.Path) -> Verdicts:
    """Return the verdicts in a JUnit report by the names of cases."""
    return {case.get("name", ""): verdict(case) for case in ET.parse(report).iter("testcase")}


def verdict(case: ET.Element) -> str:
    """Return that of one case."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "passed" if case.find("skipped") is None else "skipped"


def ctest_aliases(folder: pathlib.Path) -> dict[str, str]:
    """Return CTest's name for what each argument of its commands names: a case, maybe."""
    command = ["ctest", "--test-dir", str(folder), "--show-only=json-v1"]
    tests = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["tests"]
    return {meant(argument): test["name"] for test in tests for argument in test.get("command", ())[1:]}


def meant(argument: str) -> str:
    """Return the name of a case as its framework has it."""
    for prefix in SELECTING:
        argument = argument.removeprefix(prefix)
    return argument.replace("\\", "")


def renamed(ours: Verdicts, reference: Verdicts, aliases: dict[str, str]) -> Verdicts:
    """Call folded cases, which have the names of their framework, as CTest does."""
    return {name if name in reference else aliases.get(name, name): verdict for name, verdict in ours.items()}


def differing(folder: pathlib.Path, reference: Verdicts, ours: Verdicts, who: str) -> Iterator[str]:
    """Yield a line for each test that is not the same on both sides."""
    for name in sorted(reference.keys() | ours.keys()):
        there, here = reference.get(name, "no such test"), ours.get(name, "no such test")
        if there != here:
            yield f"{folder.parent.name}: {name}: {there}; {who}: {here}"


if __name__ == "__main__":
    sys.exit(main())
