"""What keeps cases from running side by side: groups with limits, threads that they require, serial cases."""

from __future__ import annotations

import pytest


def most_at_once(attempts, weight_of=lambda _: 1):
    """Return the largest sum of the weights of attempts that overlapped."""
    begins = [(event["start_ns"], weight_of(event)) for event in attempts]
    ends = [(event["start_ns"] + event["duration_ns"], -weight_of(event)) for event in attempts]
    running = most = 0
    for _, change in sorted(begins + ends):
        running += change
        most = max(most, running)
    return most


def finished(result, word=""):
    return [event for event in result.of_type("AttemptFinished") if word in event["id"]]


def configure(folder, text):
    (folder / "pyharness.toml").write_text(text)


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
@pytest.mark.parametrize("limit", [1, 2])
def test_a_group_has_a_limit(pyharness, programs, tmp_path, limit, isolation):
    configure(
        tmp_path,
        f"""
        [groups]
        database = {{ limit = {limit} }}
        [[test.overrides]]
        filter = "narrow"
        group = "database"
        """,
    )
    flags = ["--test-threads", 4, "--isolation", isolation]
    result = pyharness.test(programs["limits"], "-k", "narrow or modest", *flags)
    assert result.code == 0
    assert len(result.attempts()) == 16 + 20
    assert most_at_once(finished(result, "narrow")) == limit
    assert most_at_once(finished(result)) > limit


def test_a_group_is_shared_by_suites(pyharness, programs, tmp_path):
    configure(
        tmp_path,
        """
        [groups]
        one = { limit = 1 }
        [[test.overrides]]
        filter = "narrow or twin or 'sleepers::quick'"
        group = "one"
        """,
    )
    paths = [programs["limits"], programs["twin_first"], programs["sleepers"]]
    result = pyharness.test(*paths, "-k", "narrow or twin or quick", "--test-threads", 4)
    assert result.code == 0
    assert most_at_once(finished(result)) == 1


def test_a_group_without_its_limit_is_a_mistake(pyharness, programs, tmp_path):
    configure(tmp_path, '[[test.overrides]]\nfilter = "narrow"\ngroup = "nobody"\n')
    result = pyharness.test(programs["limits"])
    assert (result.code, result.stdout) == (4, "")
    assert "'nobody'" in result.stderr
    assert "pyharness.toml" in result.stderr


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_threads_required_by_the_source(pyharness, programs, isolation):
    flags = ["--test-threads", 4, "--isolation", isolation]
    result = pyharness.test(programs["limits"], "-k", "wide or narrow", *flags)
    assert result.code == 0
    assert len(result.attempts()) == 4 + 2 + 16

    def weight(event):
        return 4 if event["case"].startswith("too wide") else 3 if event["case"].startswith("wide") else 1

    assert most_at_once(finished(result), weight) <= 4
    assert most_at_once(finished(result, "narrow")) > 1


@pytest.mark.parametrize(("required", "weight"), [("2", 2), ('"all"', 4), ("100", 4)])
def test_threads_required_by_the_configuration(pyharness, programs, tmp_path, required, weight):
    configure(tmp_path, f'[[test.overrides]]\nfilter = "narrow"\nthreads-required = {required}\n')
    result = pyharness.test(programs["limits"], "-k", "narrow or modest", "--test-threads", 4)
    assert result.code == 0
    assert most_at_once(finished(result), lambda event: weight if event["case"].startswith("narrow") else 1) <= 4
    assert most_at_once(finished(result, "narrow")) == 4 // weight


def test_an_override_goes_before_the_source(pyharness, programs, tmp_path):
    configure(tmp_path, '[[test.overrides]]\nfilter = "wide"\nthreads-required = 1\n')
    result = pyharness.test(programs["limits"], "-k", "'::wide' or 'too wide'", "--test-threads", 4)
    assert most_at_once(finished(result)) > 1


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_serial_by_the_configuration(pyharness, programs, tmp_path, isolation):
    configure(tmp_path, "[[test.overrides]]\nfilter = \"'narrow[1'\"\nserial = true\n")
    flags = ["--test-threads", 4, "--isolation", isolation]
    result = pyharness.test(programs["limits"], "-k", "narrow or modest", *flags)
    assert result.code == 0
    serial = finished(result, "narrow[1")
    assert len(serial) == 7
    weight = {event["id"]: 100 for event in serial}
    assert most_at_once(finished(result), lambda event: weight.get(event["id"], 1)) == 100


def test_serial_cases_may_be_let_loose(pyharness, programs, tmp_path):
    configure(tmp_path, '[[test.overrides]]\nfilter = "isolation and serial"\nserial = false\n')
    result = pyharness.test(programs["isolation"], "--test-threads", 8, "-k", "serial or silent")
    assert result.code == 0
    serial = {event["id"]: 100 for event in finished(result, "::serial ")}
    assert most_at_once(finished(result), lambda event: serial.get(event["id"], 1)) > 100


@pytest.mark.parametrize("value", ["0", '"some"', "true", "-1"])
def test_threads_that_cannot_be_required(pyharness, programs, tmp_path, value):
    configure(tmp_path, f'[[test.overrides]]\nfilter = "narrow"\nthreads-required = {value}\n')
    result = pyharness.test(programs["limits"])
    assert (result.code, result.stdout) == (4, "")
    assert "'threads-required'" in result.stderr
    assert "pyharness.toml" in result.stderr
