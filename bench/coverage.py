"""What coverage costs: a run with `--coverage` beside the same instrumented run without, and the merging of profiles.

    python bench/coverage.py

Needs clang-19, LLVM's tools and GoogleTest.
"""

import os
import pathlib
import shutil
import subprocess

from run import BUILD, PYHARNESS, machine, show_commands

CASES = 1_000
HOT = 2_000_000
INSTRUMENTED = ["clang++-19", "-std=c++17", "-O1", "-fprofile-instr-generate", "-fcoverage-mapping"]
"""As one compiles without asking how exact counts are to be."""
ATOMIC = [*INSTRUMENTED, "-fprofile-update=atomic", "-Wl,--build-id"]
"""As pyharness builds test sources."""
CRASH_SAFE = [*ATOMIC, "-mllvm", "-runtime-counter-relocation"]
PLAIN = INSTRUMENTED[:3]
SUITE = """\
#include <pyharness/test.hpp>
int step(int number) {{ return number % 3 == 0 ? number / 3 : 2 * number + 1; }}
TEST_EACH("counts", (int which), range(0, {cases})) {{ CHECK(step(which) >= 0); }}
TEST("hot") {{
  int number = 1;
  for (int turn = 0; turn < {hot}; ++turn) {{
    number = step(number) & 1023;
  }}
  CHECK(number >= 0);
}}
"""
PROGRAM = """\
#include <gtest/gtest.h>
int step(int number) {{ return number % 3 == 0 ? number / 3 : 2 * number + 1; }}
class Counted : public testing::TestWithParam<int> {{}};
TEST_P(Counted, Case) {{ EXPECT_GE(step(GetParam()), 0); }}
INSTANTIATE_TEST_SUITE_P(Many, Counted, testing::Range(0, {cases}));
"""


def main() -> None:
    """Build what is measured, measure it, print the tables."""
    BUILD.mkdir(parents=True, exist_ok=True)
    print(f"machine: {machine()}\n")
    jobs = str(len(os.sched_getaffinity(0)))
    flags = {"plain": PLAIN, "racing": INSTRUMENTED, "atomic": ATOMIC, "crash_safe": CRASH_SAFE}
    suites = {name: build_suite(name, compiler) for name, compiler in flags.items()}
    unread = ["env", f"LLVM_PROFILE_FILE={os.devnull}", PYHARNESS, "test", "--no-config", "--test-threads", jobs]
    read = [PYHARNESS, "test", "--no-config", "--coverage", "--coverage-folder", str(BUILD / "coverage")]
    read += ["--coverage-include", str(BUILD / "*"), "--test-threads", jobs]
    show_commands(
        f"a suite of {CASES} small cases and one of {HOT} steps",
        {
            "instrumented, profiles not read": [*unread, suites["atomic"]],
            "not instrumented": [*unread, suites["plain"]],
            "instrumented without atomic counters": [*unread, suites["racing"]],
            "--coverage": [*read, suites["atomic"]],
            "--coverage --coverage-crash-safe": [*read, "--coverage-crash-safe", suites["crash_safe"]],
            "--coverage, a process for each case": [*read, suites["atomic"], "--isolation", "case"],
            "--coverage-contexts": [*read, "--coverage-contexts", suites["atomic"]],
        },
        runs=9,
    )
    program = build_program()
    show_commands(
        f"a GoogleTest program of {CASES} cases, one launch for each case: {CASES} profiles",
        {
            "profiles not read": [*unread, program, "--isolation", "case"],
            "--coverage": [*read, program, "--isolation", "case"],
            "llvm-profdata and llvm-cov alone": ["sh", "-c", by_hand(program)],
        },
        runs=3,
    )


def build_suite(name: str, compiler: list[str]) -> str:
    """Return the path of a suite that these flags make."""
    source, library = BUILD / "counted.cpp", BUILD / f"libcounted_{name}.so"
    source.write_text(SUITE.format(cases=CASES, hot=HOT))
    include = pathlib.Path(subprocess.check_output([PYHARNESS, "--cmake-dir"], text=True).strip()).parent / "include"
    command = [*compiler, "-fPIC", "-shared", "-fvisibility=hidden", f"-I{include}", str(source), "-o", str(library)]
    subprocess.run(command, check=True)
    return str(library)


def build_program() -> str:
    """Return the path of an instrumented GoogleTest program."""
    source, program = BUILD / "counted_test.cpp", BUILD / "counted_test"
    source.write_text(PROGRAM.format(cases=CASES))
    libraries = ["-lgtest", "-lgtest_main", "-pthread"]
    subprocess.run([*ATOMIC, str(source), "-o", str(program), *libraries], check=True)
    return str(program)


def by_hand(program: str) -> str:
    """Make as many profiles, and return the command of a shell that merges and exports them."""
    folder = BUILD / "profiles"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    first = folder / "0.profraw"
    environment = {**os.environ, "LLVM_PROFILE_FILE": str(first)}
    subprocess.run([program, "--gtest_filter=*/1"], env=environment, check=True, stdout=subprocess.DEVNULL)
    for number in range(1, CASES):
        shutil.copy(first, folder / f"{number}.profraw")
    merged = folder / "all.profdata"
    merge = f"llvm-profdata-19 merge -sparse -o {merged} {folder}/*.profraw"
    return f"{merge} && llvm-cov-19 export --skip-expansions {program} -instr-profile={merged}"


if __name__ == "__main__":
    main()
