"""`make bench`: what pyharness costs, as medians of interleaved runs beside its peers on the same machine.

Whole commands are timed from outside, in turn (A B C A B C …), so that a drift of the machine hits all alike.
The pool alone is measured by the engine's own benchmark, in one process.
"""

import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
BIN = pathlib.Path(sys.executable).parent
PYHARNESS = str(BIN / "pyharness")
RUNS = 15

SUITE = """\
#include <pyharness/test.h>
static const int numbers[{count}] = {{0}};
TEST_EACH("empty", const int* number, numbers) {{ (void)number; }}
"""
HOST = "from pyharness import engine; print(engine.host_program())"
GTEST = """\
#include <gtest/gtest.h>
class Empty : public testing::TestWithParam<int> {{}};
TEST_P(Empty, Case) {{}}
INSTANTIATE_TEST_SUITE_P(Many, Empty, testing::Range(0, {count}));
"""


def main() -> None:
    """Build what is measured, measure it, print the tables."""
    BUILD.mkdir(parents=True, exist_ok=True)
    print(f"machine: {machine()}\n")
    suites = {count: build_suite(count) for count in (1, 1_000, 10_000, 1_000_000)}
    show_pool()
    show_commands(
        "start-up and whole runs from the shell (4 threads)",
        {
            "pyharness --version": [PYHARNESS, "--version"],
            "1 empty case": [PYHARNESS, "test", suites[1]],
            "1 000 empty cases": [PYHARNESS, "test", suites[1_000]],
            "10 000 empty cases": [PYHARNESS, "test", suites[10_000]],
            "10 000 with --events and --junit": [
                *(PYHARNESS, "test", suites[10_000]),
                *("--events", str(BUILD / "events.jsonl"), "--junit", str(BUILD / "junit.xml")),
            ],
        },
    )
    show_isolation(suites)
    executables = {count: build_gtest(count) for count in (1_000, 10_000)}
    show_commands(
        "beside GoogleTest and CTest (empty cases)",
        {
            "10 000, pyharness": [PYHARNESS, "test", suites[10_000]],
            "10 000, one GoogleTest process, no isolation": [executables[10_000]],
            "1 000, pyharness": [PYHARNESS, "test", suites[1_000]],
            "1 000, CTest -j2, a process each": ctest(executables[1_000], 1_000),
        },
        runs=5,
    )
    show_commands(
        "a million empty cases",
        {
            "without reports": [PYHARNESS, "test", suites[1_000_000]],
            "with --junit": [PYHARNESS, "test", suites[1_000_000], "--junit", str(BUILD / "junit.xml")],
        },
        runs=3,
    )


def machine() -> str:
    """Name the machine: processor, cores, kernel, Python."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    cores = len(os.sched_getaffinity(0))
    return f"{model}, {cores} cores, Linux {platform.release()}, Python {platform.python_version()}"


def build_suite(count: int) -> str:
    """Return the path of a suite with `count` empty cases."""
    library = BUILD / f"libempty{count}.so"
    source = BUILD / f"empty{count}.c"
    source.write_text(SUITE.format(count=count))
    include = pathlib.Path(subprocess.check_output([PYHARNESS, "--cmake-dir"], text=True).strip()).parent / "include"
    compile_ = ["gcc", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{include}"]
    subprocess.run([*compile_, str(source), "-o", str(library)], check=True)
    return str(library)


def build_gtest(count: int) -> str:
    """Return the path of a GoogleTest program with `count` empty cases."""
    program = BUILD / f"gtest{count}"
    if not program.exists():
        source = BUILD / f"gtest{count}.cpp"
        source.write_text(GTEST.format(count=count))
        libraries = ["-lgtest", "-lgtest_main", "-pthread"]
        subprocess.run(["g++", "-std=c++17", "-O1", str(source), "-o", str(program), *libraries], check=True)
    return str(program)


def ctest(program: str, count: int) -> list[str]:
    """Return the command that runs `count` cases of a GoogleTest program as one CTest entry each."""
    folder = BUILD / f"ctest{count}"
    folder.mkdir(exist_ok=True)
    entries = [f'add_test(case{n} "{program}" "--gtest_filter=Many/Empty.Case/{n}")' for n in range(count)]
    (folder / "CTestTestfile.cmake").write_text("\n".join(entries))
    return [shutil.which("ctest") or "ctest", "-j2", "-Q", "--test-dir", str(folder)]


def show_pool() -> None:
    """Print the claims per second of the pool alone."""
    program = ROOT / "build" / "engine" / "cpp" / "bench" / "pool_bench"
    print("the pool alone: claim, capture and record an empty case")
    for line in subprocess.check_output([str(program)], text=True).splitlines():
        figures = json.loads(line)
        print(f"  {figures['threads']} threads: {figures['cases_per_second'] / 1e6:6.2f} million cases/s")
    print()


def show_isolation(suites: dict[int, str]) -> None:
    """Compare the isolations on empty cases, and with a process started anew for each case."""
    cores = len(os.sched_getaffinity(0))
    threads = ["--test-threads", str(cores)]
    names = ("thread", "process", "case")
    show_commands(
        f"isolation: 10 000 empty cases on {cores} workers",
        {name: [PYHARNESS, "test", suites[10_000], "--isolation", name, *threads] for name in names},
        cases_per_worker=10_000 / cores,
    )
    host = [
        subprocess.check_output([str(BIN / "python"), "-c", HOST], text=True, cwd=BUILD).strip(),
        "run",
        suites[1_000],
    ]
    cases = BUILD / "cases.txt"
    cases.write_text("".join(f"empty[{number}]\n" for number in range(1_000)))
    show_commands(
        f"isolation: 1 000 empty cases on {cores} workers, beside a new process of the same program for each",
        {
            "case": [PYHARNESS, "test", suites[1_000], "--isolation", "case", *threads],
            "xargs, a process each": ["xargs", "-a", str(cases), "-d", "\n", "-n", "1", "-P", str(cores), *host],
        },
        runs=5,
        cases_per_worker=1_000 / cores,
    )


def show_commands(
    title: str, commands: dict[str, list[str]], runs: int = RUNS, cases_per_worker: float | None = None
) -> None:
    """Time the commands in turn; print medians, the ratio to the first, and the time of a case on its worker."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if run > 0:  # the first warms the caches
                seconds[name].append(time.perf_counter() - started)
    first = statistics.median(next(iter(seconds.values())))
    print(f"{title}: median of {runs}, range, ratio to the first")
    for name, times in seconds.items():
        median = statistics.median(times)
        each = "" if cases_per_worker is None else f"  {median / cases_per_worker * 1000:8.3f} ms each per worker"
        print(f"  {name:48} {median:8.3f} s  ({min(times):.3f} to {max(times):.3f})  {median / first:8.2f} x{each}")
    print()


if __name__ == "__main__":
    main()
