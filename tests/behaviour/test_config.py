"""Configuration files: which one is read, which value holds, and what is said of mistakes. By effects on runs."""

from __future__ import annotations

import pytest


@pytest.fixture
def write(tmp_path):
    """Write a file below the folder that commands are given in."""

    def write_file(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write_file


@pytest.fixture
def threads(pyharness, programs):
    """Run something small; return on how many threads it ran."""

    def run(*arguments, **others):
        result = pyharness.test(programs["twin_first"], *arguments, **others)
        assert result.code == 0, result
        return result.one("RunStarted")["test_threads"]

    return run


def test_a_file_of_its_own_is_found(threads, write):
    write("pyharness.toml", "[test]\ntest-threads = 7\n")
    assert threads() == 7


def test_a_section_of_pyproject_is_found(threads, write):
    write("pyproject.toml", "[project]\nname = 'x'\n[tool.pyharness.test]\ntest-threads = 6\n")
    assert threads() == 6


def test_a_pyproject_without_a_section_is_passed_over(threads, write, tmp_path):
    write("pyharness.toml", "[test]\ntest-threads = 7\n")
    write("inner/pyproject.toml", "[project]\nname = 'x'\n")
    assert threads(cwd=tmp_path / "inner") == 7


def test_it_is_found_in_a_folder_above(threads, write, tmp_path):
    write("pyharness.toml", "[test]\ntest-threads = 7\n")
    (tmp_path / "one" / "two").mkdir(parents=True)
    assert threads(cwd=tmp_path / "one" / "two") == 7


def test_only_the_nearest_counts(threads, write, tmp_path):
    write("pyharness.toml", "[test]\ntest-threads = 7\n")
    write("inner/pyharness.toml", "[test]\nretries = 1\n")
    assert threads(cwd=tmp_path / "inner") == 4


def test_another_file_can_be_named(threads, write):
    write("pyharness.toml", "[test]\ntest-threads = 7\n")
    other = write("elsewhere/ci.toml", "[test]\ntest-threads = 5\n")
    assert threads("--config", other) == 5
    assert threads("--no-config") == 4


def test_precedence(threads, write):
    """The flag, the variable, the profile, the section [test], the default."""
    write("pyharness.toml", "[test]\ntest-threads = 7\n[profile.ci]\ntest-threads = 6\n[profile.other]\nretries = 1\n")
    environment = {"PYHARNESS_TEST_THREADS": "5"}
    assert threads("--profile", "ci", "--test-threads", 3, env=environment) == 3
    assert threads("--profile", "ci", env=environment) == 5
    assert threads("--profile", "ci") == 6
    assert threads("--profile", "other") == 7
    assert threads() == 7
    assert threads("--no-config") == 4


def test_the_profile_can_be_a_variable(threads, write):
    write("pyharness.toml", "[profile.ci]\ntest-threads = 6\n[profile.other]\ntest-threads = 2\n")
    assert threads(env={"PYHARNESS_PROFILE": "ci"}) == 6
    assert threads("--profile", "other", env={"PYHARNESS_PROFILE": "ci"}) == 2


def test_a_flag_is_taken_back_by_its_negative(pyharness, programs, write):
    write("pyharness.toml", "[test]\nverbose = true\nfail-fast = true\n")
    paths = [programs["verdicts"], "-k", "bad", "--test-threads", 1]
    fast = pyharness.test(*paths)
    assert fast.one("RunFinished")["counts"]["failed"] == 1
    assert pyharness.test(*paths, "--no-fail-fast").one("RunFinished")["counts"]["failed"] == 10
    case = programs["twin_first"]
    assert "PASS twin::only" in pyharness.test(case).stdout
    assert "PASS twin::only" not in pyharness.test(case, "--no-verbose").stdout
    assert "PASS twin::only" not in pyharness.test(case, "-q").stdout


def test_paths_and_reports_count_from_the_file(pyharness, programs, write, tmp_path):
    write("pyharness.toml", '[test]\npaths = ["suites"]\njunit = "report.xml"\n')
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "libtwin_first.so").symlink_to(programs["twin_first"])
    (tmp_path / "inner").mkdir()
    result = pyharness.test(cwd=tmp_path / "inner")
    assert (result.code, result.verdicts()) == (0, {"only": "passed"})
    assert (tmp_path / "report.xml").exists()


def test_a_filter_selects(pyharness, programs, write):
    write("pyharness.toml", '[test]\nfilter = "alpha"\n')
    assert pyharness.test(programs["selection"]).verdicts() == {"alpha": "passed"}
    assert pyharness.test(programs["selection"], "-k", "Beta").verdicts() == {"Beta": "passed"}


def test_a_filter_that_selects_nothing_is_said_to_come_from_the_file(pyharness, programs, write):
    write("pyharness.toml", '[test]\nfilter = "alpha"\n[profile.ci]\nfilter = "nobody"\n')
    result = pyharness.test(programs["selection"], "--profile", "ci")
    assert (result.code, result.stdout) == (5, "")
    expected = "'nobody' ('filter' in [profile.ci] of 'pyharness.toml'); change it, or give another with -k"
    assert expected in result.stderr
    typed = pyharness.test(programs["selection"], "--profile", "ci", "-k", "nowhere")
    assert "matches -k 'nowhere'" in typed.stderr
    assert "pyharness.toml" not in typed.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('filter = "and"', "invalid 'filter' in [test] of 'pyharness.toml': "),
        ('paths = ["nowhere"]', "invalid 'paths' in [test] of 'pyharness.toml': no such file or folder: 'nowhere'"),
        (
            'paths = ["empty"]',
            (
                "no test source (*.test.cpp …), test library, test program or build folder with tests under 'empty' "
                "('paths' in [test] of 'pyharness.toml')"
            ),
        ),
        ('paths = ["lib.so::none"]', "invalid 'paths' in [test] of 'pyharness.toml': no case 'none'"),
    ],
)
def test_what_makes_no_sense_in_a_file_is_said_to_come_from_it(pyharness, programs, write, tmp_path, line, words):
    write("pyharness.toml", f"[test]\n{line}\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "lib.so").symlink_to(programs["twin_first"])
    result = pyharness.test()
    assert (result.code, result.stdout) == (4 if "invalid" in words else 5, "")
    (message,) = result.stderr.splitlines()
    assert message.startswith(f"pyharness: error: {words}")


def test_overrides_are_asked_in_order(pyharness, programs, write):
    """For each key the first that has it and matches; those of the profile go before those of [test]."""
    write(
        "pyharness.toml",
        """
        [[test.overrides]]
        filter = "own"
        timeout = 0.2
        [[test.overrides]]
        filter = "limit"
        timeout = 20
        [[profile.ci.overrides]]
        filter = "own"
        timeout = 15
        """,
    )
    paths = [programs.case("hang", "keeps its own limit"), programs.case("hang", "has no limit")]
    assert pyharness.test(*paths).verdicts() == {"keeps its own limit": "failed", "has no limit": "passed"}
    assert set(pyharness.test(*paths, "--profile", "ci").verdicts().values()) == {"passed"}


def test_what_it_comes_to_is_shown(pyharness, write):
    file = write("pyharness.toml", "[test]\ntest-threads = 7\n")
    result = pyharness.test("--show-config", "--retries", 2)
    assert (result.code, result.stderr) == (0, "")
    (threads,) = [line for line in result.stdout.splitlines() if line.startswith("test-threads")]
    assert "7" in threads
    assert file.name in threads
    (retries,) = [line for line in result.stdout.splitlines() if line.startswith("retries")]
    assert "2" in retries
    assert "--retries" in retries


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[test]\ntest-thread = 7\n", ["'test-thread'", "'test-threads'"]),
        ("[test]\ntest-threads = 0\n", ["'test-threads'", "from 1 to 64"]),
        ('[test]\ntest-threads = "7"\n', ["'test-threads'"]),
        ("[test]\nfail-fast = 1\n", ["'fail-fast'", "true or false"]),
        ('[test]\nisolation = "fork"\n', ["'isolation'", "'fork'|\"fork\""]),
        ("[test]\nretries = -1\n", ["'retries'"]),
        ("[test]\nfail-fast = true\nmax-fail = 3\n", ["'fail-fast' and 'max-fail'", "exclude each other"]),
        ("[test]\ntimeout.signals = []\n", ["'timeout.signals'", "at least one"]),
        ('[test]\ntimeout.signals = [["KILL", 1], ["TERM", 1]]\n', ["'timeout.signals'", "none behind KILL"]),
        ('[test]\ntimeout = "soon"\n', ["'timeout'"]),
        ("[tests]\nretries = 1\n", ["'tests'"]),
        ("[profile.ci]\nretry = 1\n", ["'retry'", "profile.ci"]),
        ("[[test.overrides]]\nretries = 1\n", ["'filter'", "test.overrides"]),
        ('[[test.overrides]]\nfilter = "and"\nretries = 1\n', ["'filter'", "test.overrides"]),
        ('[[test.overrides]]\nfilter = "x"\nverbose = true\n', ["'verbose'", "test.overrides"]),
        ("[groups]\none = { limit = 0 }\n", ["'limit'", "groups"]),
        ("[test]\nretries = \n", ["line 2"]),
    ],
)
def test_mistakes_are_one_sentence_with_file_and_key(pyharness, programs, write, text, words):
    write("pyharness.toml", text)
    result = pyharness.test(programs["twin_first"])
    assert (result.code, result.stdout) == (4, "")
    (line,) = result.stderr.splitlines()
    assert "pyharness.toml" in line
    for word in words:
        assert any(part in line for part in word.split("|")), line


def test_a_profile_that_does_not_exist(pyharness, programs, write):
    write("pyharness.toml", "[profile.ci]\nretries = 1\n")
    result = pyharness.test(programs["twin_first"], "--profile", "cl")
    assert (result.code, result.stdout) == (4, "")
    assert "'cl'" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_file_that_does_not_exist(pyharness, programs):
    result = pyharness.test(programs["twin_first"], "--config", "nowhere.toml")
    assert (result.code, result.stdout) == (4, "")
    assert "'nowhere.toml'" in result.stderr


def test_two_configurations_in_one_folder(pyharness, programs, write):
    write("pyharness.toml", "[test]\nretries = 1\n")
    write("pyproject.toml", "[tool.pyharness.test]\nretries = 2\n")
    result = pyharness.test(programs["twin_first"])
    assert (result.code, result.stdout) == (4, "")
    assert "pyharness.toml" in result.stderr
    assert "pyproject.toml" in result.stderr
