"""What a case leaves behind is told, and put right before the next; `--leaks` says whether the case has failed."""

from __future__ import annotations

import pytest

LEFT = {
    "working directory": "changed the working directory from",
    "umask": "changed the umask from",
    "signal handler": "changed the handler of SIGUSR1",
    "blocked signal": "blocked SIGUSR2",
    "environment": "set the environment variable 'LEFT_BEHIND'",
    "resource limit": "lowered the limit of open files",
    "locale": "changed the locale from C to C.UTF-8",
    "rounding mode": "changed the rounding mode",
    "process": "left 1 process running",
    "daemon": "left 1 process running",
    "family": "left ",
    "thread": "left 1 thread running",
}
"""What is told, by the case that leaves it."""
PROCESSES = ["process", "daemon", "family"]


def run_pair(pyharness, programs, name, *arguments):
    """Run a case that leaves something, then one that looks for it, on one worker."""
    paths = [programs.case("leaks", name), programs.case("leaks", f"after {name}")]
    return pyharness.test(*paths, "--isolation", "process", "--test-threads", 1, *arguments)


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_is_told_and_put_right(pyharness, programs, name):
    result = run_pair(pyharness, programs, name)
    (leak,) = result.attempt(name)["leaks"]
    assert leak.startswith(LEFT[name])
    assert result.attempt(f"after {name}")["leaks"] == []
    assert result.verdicts() == {name: "passed", f"after {name}": "passed"}
    assert result.code == 0
    assert any(line.startswith(f"LEAK leaks::{name}: {LEFT[name]}") for line in result.stdout.splitlines())


def test_all_in_one_process(pyharness, programs):
    """By then cases are so short that a look after each takes longer than they do."""
    flags = ["--isolation", "process", "--test-threads", 1]
    result = pyharness.test(programs["leaks"], "-k", "careless or finds", *flags)
    assert {name for name, verdict in result.verdicts().items() if verdict != "passed"} == set()
    assert {name for name, attempt in result.attempts().items() if attempt["leaks"]} == set(LEFT)


@pytest.mark.parametrize("name", LEFT)
def test_it_can_fail_the_case(pyharness, programs, name):
    result = run_pair(pyharness, programs, name, "--leaks", "fail")
    assert result.code == 1
    assert result.verdicts() == {name: "failed", f"after {name}": "passed"}
    attempt = result.attempt(name)
    assert attempt["outcome"] == "fail"
    said = [*attempt["leaks"], *result.messages(name)]
    assert any(LEFT[name] in text for text in said)


def test_it_can_be_ignored(pyharness, programs):
    flags = ["--isolation", "process", "--test-threads", 1, "--leaks", "ignore"]
    result = pyharness.test(programs["leaks"], "-k", "careless", *flags)
    assert result.code == 0
    assert set(result.verdicts()) == set(LEFT)
    assert {attempt["outcome"] for attempt in result.attempts().values()} == {"pass"}
    assert [attempt["leaks"] for attempt in result.attempts().values()] == [[]] * len(LEFT)
    assert "LEAK" not in result.stdout


@pytest.mark.parametrize("leaks", ["warn", "fail"])
@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_a_tidy_case_is_not_blamed(pyharness, programs, isolation, leaks):
    tidy = [programs.case("leaks", "tidy"), programs["printing"], programs["exceptions"]]
    flags = ["--isolation", isolation, "--leaks", leaks]
    result = pyharness.test(*tidy, *flags)
    assert [(name, attempt["leaks"]) for name, attempt in result.attempts().items() if attempt["leaks"]] == []
    assert result.verdicts()["tidy"] == "passed"


@pytest.mark.parametrize("isolation", ["thread", "case"])
@pytest.mark.parametrize("name", PROCESSES)
def test_processes_are_found_in_each_isolation(pyharness, programs, name, isolation):
    paths = [programs.case("leaks", name), programs.case("leaks", "tidy")]
    result = pyharness.test(*paths, "--isolation", isolation, "--test-threads", 1)
    (leak,) = result.attempt(name)["leaks"]
    assert leak.startswith(LEFT[name])
    assert result.verdicts() == {name: "passed", "tidy": "passed"}


def test_no_state_passes_from_case_to_case_in_processes_of_their_own(pyharness, programs):
    result = pyharness.test(programs["leaks"], "-k", "careless or finds", "--isolation", "case", "--test-threads", 2)
    assert {name for name, verdict in result.verdicts().items() if verdict != "passed"} == set()
    told = {name for name, attempt in result.attempts().items() if attempt["leaks"]}
    assert told == set(PROCESSES), "what belongs to a process is gone with it"


def test_threads_have_a_working_directory_and_a_umask_of_their_own(pyharness, programs):
    result = pyharness.test(programs["leaks"], "-k", "pair", "--test-threads", 2)
    assert result.verdicts() == {"changes beside another": "passed", "looks beside another": "passed"}
    leaks = result.attempt("changes beside another")["leaks"]
    assert sorted(leak.split(" from ")[0] for leak in leaks) == ["changed the umask", "changed the working directory"]
    assert result.attempt("looks beside another")["leaks"] == []


@pytest.mark.parametrize("name", ["working directory", "umask", "rounding mode", "blocked signal", "locale"])
def test_what_one_thread_can_put_right(pyharness, programs, name):
    paths = [programs.case("leaks", name), programs.case("leaks", f"after {name}")]
    result = pyharness.test(*paths, "--isolation", "thread", "--test-threads", 1, "--leaks", "fail")
    assert result.verdicts() == {name: "failed", f"after {name}": "passed"}


def test_leaks_by_the_configuration(pyharness, programs, tmp_path):
    (tmp_path / "pyharness.toml").write_text('[test]\nleaks = "fail"\n')
    case = programs.case("leaks", "process")
    assert pyharness.test(case).code == 1
    assert pyharness.test(case, "--leaks", "warn").code == 0


def test_a_value_that_does_not_exist(pyharness, programs):
    result = pyharness.test(programs["leaks"], "--leaks", "often")
    assert (result.code, result.stdout) == (4, "")
    assert "--leaks" in result.stderr
