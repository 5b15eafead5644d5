"""10 000 empty GoogleTest cases of one program: pyharness beside lit and the bare program, timed in turn.

    python bench/googletest.py [CASES]

lit is left out where it is not installed (`pip install lit`); it finds the program by its name, in shards of its own.
"""

import os
import pathlib
import shutil
import sys

from run import BIN, BUILD, PYHARNESS, build_gtest, machine, show_commands

RUNS = 9
SUITE = """\
import lit.formats
config.name = "generated"
config.test_format = lit.formats.GoogleTest("unit", "Tests")
config.test_source_root = config.test_exec_root = {folder!r}
"""


def main() -> None:
    """Time them and print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    BUILD.mkdir(parents=True, exist_ok=True)
    jobs = str(len(os.sched_getaffinity(0)))
    program = build_gtest(count)
    print(f"machine: {machine()}\n")
    test = f"{PYHARNESS} test --no-config {program} --test-threads {jobs}"
    commands = {
        "the program itself: one process, no isolation": [program],
        "pyharness that selects none of them (start-up)": ["sh", "-c", f"{test} -k no_case_of_this_name; test $? = 5"],
        f"pyharness, {jobs} workers": test.split(),
    }
    if (BIN / "lit").exists():
        commands[f"lit -j{jobs}"] = [str(BIN / "lit"), "-q", f"-j{jobs}", lit_suite(program, count)]
    show_commands(f"{count} empty GoogleTest cases", commands, runs=RUNS)


def lit_suite(program: str, count: int) -> str:
    """Return a folder in which lit finds the program."""
    folder = BUILD / f"lit{count}"
    (folder / "unit").mkdir(parents=True, exist_ok=True)
    (folder / "lit.cfg.py").write_text(SUITE.format(folder=str(folder)))
    shutil.copy2(program, folder / "unit" / f"{pathlib.Path(program).name}Tests")
    return str(folder)


if __name__ == "__main__":
    main()
