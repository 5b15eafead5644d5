"""`ThreadPool` and `TestTask`: cases on threads of this Python process, without a host."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from pyharness import _core

workers, paths = int(sys.argv[1]), sys.argv[2:]
pool = _core.ThreadPool(workers)
suites = [pool.load(path) for path in paths]
places = [
    (library, index)
    for library, suite in enumerate(suites) for index, flags in enumerate(suite.flags()) if not flags & 2
]
tasks = [_core.TestTask(library, suites[library], index) for library, index in places]
batch = pool.run(tasks)
captures, begins, ends = (memoryview(raw).cast(code) for raw, code in
                          ((batch.captures, "I"), (batch.output_begins, "Q"), (batch.output_ends, "Q")))
results = {}
for at, task in enumerate(memoryview(batch.tasks).cast("I")):
    library, index = places[task]
    output = pool.read_output(captures[at], begins[at], ends[at]).decode()
    name = suites[library].name + "::" + suites[library].names()[index]
    results[name] = (_core.outcomes()[batch.outcomes[at]], batch.workers[at], output)
print(repr((results, sorted((entry.task, entry.message) for entry in batch.reports))))
"""


def inline(programs, workers, *suites):
    command = [sys.executable, "-I", "-c", SCRIPT, str(workers), *(programs[suite] for suite in suites)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return eval(done.stdout)


@pytest.mark.parametrize("workers", [1, 4, 16])
def test_runs_every_case_once(programs, workers):
    results, reports = inline(programs, workers, "verdicts", "mixed")
    outcomes = {name: outcome for name, (outcome, _, _) in results.items()}
    assert sum(outcome == "pass" for outcome in outcomes.values()) == 63
    assert sum(outcome == "skip" for outcome in outcomes.values()) == 4
    assert sum(outcome == "fail" for outcome in outcomes.values()) == 14
    assert outcomes["mixed::c fails"] == "fail"
    assert [message for _, message in reports if "std::runtime_error: thrown" in message]
    assert {worker for _, worker, _ in results.values()} <= set(range(workers))


def test_captures_what_each_case_prints(programs):
    results, _ = inline(programs, 4, "printing")
    for number in range(32):
        lines = results[f"printing::prints[{number}]"][2].splitlines()
        assert len(lines) == 61
        assert {line.split()[0] for line in lines} == {f"<{number}"}


def test_a_suite_that_cannot_be_loaded_is_an_exception(programs):
    from pyharness import _core

    pool = _core.ThreadPool(1)
    with pytest.raises(RuntimeError, match="it is no suite"):
        pool.load(programs["plain_elf"])


REFUSED = {
    "no worker": "_core.ThreadPool(0)",
    "too many workers": "_core.ThreadPool(65)",
    "a case that does not exist": "_core.TestTask(0, suite, 5)",
    "a library that was not loaded": "pool.run([_core.TestTask(3, suite, 0)])",
    "a suite of another pool": "_core.ThreadPool(1).run([_core.TestTask(0, suite, 0)])",
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_an_exception(programs, call):
    script = f"""
import sys
from pyharness import _core
pool = _core.ThreadPool(1)
suite = pool.load(sys.argv[1])
try:
    {call}
except (IndexError, ValueError, RuntimeError):
    print("refused")
"""
    command = [sys.executable, "-I", "-c", script, programs["twin_first"]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr


def test_the_names_of_the_package_are_those_of_the_engine():
    import pyharness
    from pyharness import _core

    assert pyharness.ThreadPool is _core.ThreadPool
    assert pyharness.TestTask is _core.TestTask
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = pyharness.Nothing
