"""What a configuration comes to, and each mistake in it as one sentence."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyharness.cli.test import read_options
from pyharness.config.case_options import OverrideOptions
from pyharness.config.configuration import by_key
from pyharness.config.options import TestOptions
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[..., Path]

PAGE = Path(__file__).parents[2] / "docs" / "config.md"


def options(*arguments: str, **environ: str) -> TestOptions:
    return read_options(arguments, environ)


def refusal(*arguments: str) -> str:
    with pytest.raises(UsageError) as caught:
        read_options(arguments, {})
    return str(caught.value)


# One value for each key, other than the default, as in the file and as in the options.
EACH_KEY: dict[str, tuple[str, Any]] = {
    "paths": ('["a", "/b", "c.so::x y"]', ("a", "/b", "c.so::x y")),
    "list-format": ('"json"', "json"),
    "filter": ('"a or b"', "a or b"),
    "run-disabled": ("true", True),
    "label": ('["a", "b c"]', ("a", "b c")),
    "label-exclude": ('["a"]', ("a",)),
    "no-fold": ("true", True),
    "build-config": ('"Debug"', "Debug"),
    "setup": ('"valgrind"', "valgrind"),
    "no-cache": ("true", True),
    "build-jobs": ("3", 3),
    "no-suite": ("true", True),
    "sanitize": ('"undefined,address"', "address,undefined"),
    "adapters": ('["ours.adapters:CUTE"]', ("ours.adapters:CUTE",)),
    "test-threads": ("7", 7),
    "fail-fast": ("true", True),
    "max-fail": ("3", 3),
    "on-crash": ('"continue"', "continue"),
    "flaky": ('"fail"', "fail"),
    "leaks": ('"ignore"', "ignore"),
    "timeout.signals": ('[["INT", 1]]', ((signal.SIGINT, 1_000), (signal.SIGKILL, 1_000))),
    "global-timeout": ("7", 7.0),
    "load-timeout": ("1.5", 1.5),
    "memory-limit": ("256", 256),
    "load-limit": ("0.5", 0.5),
    "isolation": ('"case"', "case"),
    "timeout": ("0.25", 0.25),
    "slow-after": ("0", 0.0),
    "retries": ("100", 100),
    "retry-delay": ("2", 2.0),
    "retry-backoff": ('"exponential"', "exponential"),
    "retry-jitter": ("true", True),
    "verbose": ("true", True),
    "quiet": ("true", True),
    "no-capture": ("true", True),
    "success-output": ("'immediate'", "immediate"),
    "max-output": ("1", 1),
    "color": ('"never"', "never"),
    "events": ('"e"', "e"),
    "junit": ('"j"', "j"),
    "coverage": ("true", True),
    "coverage-tool": ('"gcov"', "gcov"),
    "coverage-crash-safe": ("true", True),
    "coverage-contexts": ("true", True),
    "coverage-allow-partial": ("true", True),
    "coverage-folder": ('"out"', "out"),
    "coverage-html": ('"html"', "html"),
    "coverage-lcov": ('"l"', "l"),
    "coverage-cobertura": ('"c"', "c"),
    "coverage-include": ('["src/**"]', ("src/**",)),
    "coverage-exclude": ('["a/**", "b"]', ("a/**", "b")),
    "coverage-object": ('["x.so"]', ("x.so",)),
    "coverage-fail-under": ('"lines=80,branches=50"', "lines=80,branches=50"),
    "coverage-base": ('"base.json"', "base.json"),
}


def test_the_table_above_is_complete() -> None:
    assert set(EACH_KEY) == set(by_key(TestOptions))


@pytest.mark.parametrize("section", ["test", "profile.x", "tool.pyharness.test"])
@pytest.mark.parametrize("key", EACH_KEY)
def test_each_key_reaches_its_field(key: str, section: str, write: Write) -> None:
    text, expected = EACH_KEY[key]
    name = "pyproject.toml" if section.startswith("tool") else "pyharness.toml"
    write(f"[{section}]\n{key} = {text}\n", name)
    asked = ["--profile", "x"] if section.startswith("profile") else []
    read, field = options(*asked), by_key(TestOptions)[key].name
    value = getattr(read, field)
    assert (value, type(value)) == (expected, type(expected))
    assert read.origins == {field: f"[{section}] of '{name}'"} | ({"profile": "--profile"} if asked else {})


def test_a_timeout_is_a_number_or_a_table(write: Write) -> None:
    for text in (
        "timeout = { after = 9, signals = [['KILL', 1]] }",
        "timeout.after = 9\ntimeout.signals = [['KILL', 1]]",
    ):
        write(f"[test]\n{text}\n")
        read = options()
        assert (read.timeout_s, read.stop_sequence) == (9.0, ((signal.SIGKILL, 1_000),))


def test_the_order_is_command_line_environment_profile_test_default(write: Write) -> None:
    write("[test]\nretries = 1\ntimeout = 1\n[profile.ci]\nretries = 2\n")
    assert (options().retries, options().timeout_s, options().load_timeout_s) == (1, 1.0, 60.0)
    ci = options("--profile", "ci")
    assert (ci.retries, ci.timeout_s) == (2, 1.0)
    assert options(PYHARNESS_PROFILE="ci").retries == 2
    assert options("--profile", "ci", PYHARNESS_RETRIES="3").retries == 3
    assert options("--profile", "ci", "--retries", "4", PYHARNESS_RETRIES="3").retries == 4
    assert options("--no-config").retries == 0


def test_a_flag_takes_back_what_the_file_says_of_the_same_subject(write: Write) -> None:
    write("[test]\nverbose = true\nfail-fast = true\nno-capture = true\nlist-format = 'json'\n")
    assert (options("-q").verbose, options("-q").quiet) == (False, True)
    assert options("--no-verbose").verbose is False
    assert options("--max-fail", "3").failure_limit == 3
    assert options("--no-fail-fast").failure_limit is None
    assert (options().thread_count, options("--capture").thread_count) == (1, 4)
    assert options().list_format == "json", "a configured form needs no --list"


def test_a_configured_report_does_not_get_in_the_way_of_a_list(write: Write) -> None:
    write("[test]\njunit = 'j'\nevents = 'e'\n")
    assert options("--list").list_cases
    assert refusal("--list", "--junit", "k") == "'--list' runs nothing; leave out '--junit'"


def test_relative_paths_count_from_the_folder_of_the_file(
    write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("[test]\npaths = ['lib.so::a b', '/x']\njunit = 'j'\n")
    (folder / "deep").mkdir()
    monkeypatch.chdir(folder / "deep")
    assert (options().paths, options().junit) == ((f"{folder}/lib.so::a b", "/x"), f"{folder}/j")
    assert options("--config", "../pyharness.toml").junit == "../j"
    assert options("y.so").paths == ("y.so",)


def test_overrides_of_the_profile_stand_before_the_others(write: Write) -> None:
    write(
        "[groups]\ndb.limit = 2\n"
        "[[test.overrides]]\nfilter = 'a'\nserial = false\ngroup = 'db'\nthreads-required = 'all'\n"
        "[[test.overrides]]\nfilter = 'b'\nthreads-required = 2\ntimeout = 3\n"
        "[[profile.ci.overrides]]\nfilter = 'c'\nisolation = 'auto'\n"
    )
    a, b = options().overrides
    assert (a.filter, a.values) == ("a", {"serial": False, "group": "db", "threads_required": 0})
    assert (b.filter, b.values) == ("b", {"threads_required": 2, "timeout_s": 3.0})
    assert b.where == "[[test.overrides]] number 2 of 'pyharness.toml'"
    assert [override.filter for override in options("--profile", "ci").overrides] == ["c", "a", "b"]
    assert options().groups == {"db": 2}


@pytest.mark.parametrize("key", by_key(OverrideOptions))
def test_each_key_of_an_override_is_taken(key: str, write: Write) -> None:
    own = {"serial": ("true", True), "group": ('"g"', "g"), "threads-required": ("3", 3)}
    text, expected = (EACH_KEY | own)[key]
    write(f"[groups]\ng.limit = 1\n[[test.overrides]]\nfilter = 'a'\n{key} = {text}\n")
    (override,) = options().overrides
    assert override.values == {by_key(OverrideOptions)[key].name: expected}


IN_TEST = "in [test] of 'pyharness.toml'"
IN_OVERRIDE = "in [[test.overrides]] number 1 of 'pyharness.toml'"
MISTAKES = {
    "tests = 1": "unknown key 'tests' in 'pyharness.toml'; did you mean 'test'?",
    "zzz = 1": "unknown key 'zzz' in 'pyharness.toml'; its keys are test, build, cache, groups, profile",
    "test = 1": "invalid value 1 for 'test' in 'pyharness.toml'; give a table",
    "profile.ci = true": "invalid value true for 'ci' in [profile] of 'pyharness.toml'; give a table",
    "[test]\ntest_threads = 1": f"unknown key 'test_threads' {IN_TEST}; did you mean 'test-threads'?",
    "[test]\nzzz = 1": f"unknown key 'zzz' {IN_TEST}; 'pyharness test --no-config --show-config' lists the keys",
    "[test]\nlist = true": f"unknown key 'list' {IN_TEST}; only the command line has it, as '--list'",
    "[test]\nserial = true": f"unknown key 'serial' {IN_TEST}; it is for some cases, put it under [[test.overrides]]",
    "[test]\ntest-threads = '4'": f"invalid value \"4\" for 'test-threads' {IN_TEST}; give a whole number from 1 to 64",
    "[test]\ntest-threads = 4.0": f"invalid value 4.0 for 'test-threads' {IN_TEST}; give a whole number from 1 to 64",
    "[test]\ntest-threads = true": (
        f"invalid value true for 'test-threads' {IN_TEST}; give a whole number from 1 to 64"
    ),
    "[test]\nretries = 101": f"invalid value 101 for 'retries' {IN_TEST}; give a whole number from 0 to 100",
    "[test]\ntimeout = nan": (f"invalid value nan for 'timeout' {IN_TEST}; give a decimal number from 0 to 1000000000"),
    "[test]\nload-limit = 0": (
        f"invalid value 0 for 'load-limit' {IN_TEST}; give a decimal number from 0.1 to 1000000000"
    ),
    "[test]\nretry-jitter = 1": f"invalid value 1 for 'retry-jitter' {IN_TEST}; give true or false",
    "[test]\nleaks = 'no'": f"invalid value \"no\" for 'leaks' {IN_TEST}; give 'fail' or 'warn' or 'ignore'",
    "[test]\njunit = ''": f"invalid value \"\" for 'junit' {IN_TEST}; give a FILE that is not empty",
    "[test]\npaths = 'x'": (
        f"invalid value \"x\" for 'paths' {IN_TEST}; give a list of at least one PATH, none of them empty"
    ),
    "[test]\npaths = ['x', 1]": (
        f"invalid value ['x', 1] for 'paths' {IN_TEST}; give a list of at least one PATH, none of them empty"
    ),
    "[test]\ntimeout.aftr = 1": "unknown key 'aftr' in [test.timeout] of 'pyharness.toml'; did you mean 'after'?",
    "[test]\ntimeout.signals = [['X', 1]]": (
        f"invalid value [['X', 1]] for 'timeout.signals' {IN_TEST}; "
        'give a list of signals and seconds, at least one and none behind KILL, such as [["TERM", 5.0], ["KILL", 1.0]]'
    ),
    "[test]\nverbose = true\nquiet = true": f"'verbose' and 'quiet' {IN_TEST} exclude each other; keep one of them",
    "[test]\nmax-fail = 3\nfail-fast = true": (
        f"'fail-fast' and 'max-fail' {IN_TEST} exclude each other; keep one of them"
    ),
    "[test.overrides]": (
        f"invalid value of a table for 'overrides' {IN_TEST}; give tables, each under [[test.overrides]]"
    ),
    "[[test.overrides]]": f"no 'filter' {IN_OVERRIDE}; say which cases it is for, in the language of -k",
    "[[test.overrides]]\nfilter = 1": (
        f"invalid value 1 for 'filter' {IN_OVERRIDE}; give an expression in the language of -k, in quotes"
    ),
    "[[test.overrides]]\nfilter = 'a'\nmax-fail = 1": (
        f"unknown key 'max-fail' {IN_OVERRIDE}; it is for whole runs, put it under [test]"
    ),
    "[[test.overrides]]\nfilter = 'a'\nthreads-required = 0": (
        f"invalid value 0 for 'threads-required' {IN_OVERRIDE}; give a whole number of at least 1, or 'all'"
    ),
    "[[test.overrides]]\nfilter = 'a'\ngroup = 'db'": (
        f"unknown group 'db' {IN_OVERRIDE}; add db = {{ limit = 1 }} to [groups]"
    ),
    "[groups]\nx.limit = 1\n[[test.overrides]]\nfilter = 'a'\ngroup = 'db'": (
        f"unknown group 'db' {IN_OVERRIDE}; the groups are x"
    ),
    "[groups]\ndb = 2": "invalid value 2 for 'db' in [groups] of 'pyharness.toml'; give a table such as { limit = 2 }",
    "[groups]\ndb = {}": "no 'limit' in [groups.db] of 'pyharness.toml'; give a whole number from 1 to 1000000000",
    "[groups]\ndb.limit = 0": (
        "invalid value 0 for 'limit' in [groups.db] of 'pyharness.toml'; give a whole number from 1 to 1000000000"
    ),
    "[profile.unused]\nretrys = 1": (
        "unknown key 'retrys' in [profile.unused] of 'pyharness.toml'; did you mean 'retries'?"
    ),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_names_file_key_and_what_is_allowed(text: str, write: Write) -> None:
    write(text + "\n")
    assert refusal() == MISTAKES[text]
    assert options("--no-config") == TestOptions(
        no_config=True, origins={"no_config": "--no-config"}, pinned={"no_config"}
    )


def test_a_profile_has_to_exist(write: Write) -> None:
    needs = "the profile 'ci' needs a configuration, and "
    assert refusal("--profile", "ci") == (
        f"{needs}there is none here or in a folder above; write pyharness.toml, or name a file"
    )
    write("[profile.nightly]\n")
    assert refusal("--profile", "ci") == "no profile 'ci' in 'pyharness.toml'; its profiles are nightly"
    assert refusal("--profile", "ci", "--no-config").startswith(f"{needs}'--no-config' leaves it out")
    write("")
    assert refusal("--profile", "ci") == "no profile 'ci' in 'pyharness.toml'; add a section [profile.ci]"


def test_the_example_in_the_documentation_is_read(write: Write) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    write(example)
    plain, ci = options(), options("--profile", "ci")
    assert (plain.paths, plain.thread_count, plain.timeout_s, plain.isolation) == (("build",), 8, 30.0, "process")
    assert [step.wait_ms for step in plain.stop_sequence] == [2_000, 5_000, 1_000]
    assert (plain.retries, plain.flaky, ci.retries, ci.flaky, ci.junit) == (0, "pass", 3, "fail", "build/junit.xml")
    assert [override.filter for override in ci.overrides][:2] == ["hardware", "sql and not mock"]


def test_only_what_stands_elsewhere_has_to_be_told(write: Write) -> None:
    write("[test]\nfilter = 'a'\nretries = 2\n")
    said = read_options(["--max-fail", "2"], {"PYHARNESS_RETRIES": "1"})
    assert said.told_by("expression") == "'filter' in [test] of 'pyharness.toml'"
    assert said.told_by("retries") == "PYHARNESS_RETRIES"
    assert said.told_by("max_fail") == said.told_by("paths") == ""
