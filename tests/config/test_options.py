"""The option model, read from command lines and environments."""

from __future__ import annotations

import dataclasses

import pytest

from pyharness.cli.test import read_options
from pyharness.config.field import fields_of
from pyharness.config.options import TestOptions
from pyharness.errors import ExitCode, UsageError

DEFAULTS = {field.name: field.default for field in fields_of(TestOptions)}


def changed(*arguments: str, **environ: str) -> dict[str, object]:
    """Return what a command line changes in the defaults."""
    options = dataclasses.asdict(read_options(arguments, environ))
    return {name: value for name, value in options.items() if name in DEFAULTS and value != DEFAULTS[name]}


def refusal(*arguments: str, **environ: str) -> str:
    with pytest.raises(UsageError) as caught:
        read_options(arguments, environ)
    assert caught.value.exit_code is ExitCode.USAGE
    return str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), {}),
        (("a.so", "b"), {"paths": ("a.so", "b")}),
        (("a.so", "--list", "b.so"), {"paths": ("a.so", "b.so"), "list_cases": True}),
        (("--list", "b.so", "-v", "c.so"), {"paths": ("b.so", "c.so"), "list_cases": True, "verbose": True}),
        (("--", "-x.so", "--list"), {"paths": ("-x.so", "--list")}),
        (("a.so", "--", "-x.so", "--", "y"), {"paths": ("a.so", "-x.so", "--", "y")}),
        (("./a.so::x --y",), {"paths": ("./a.so::x --y",)}),
        (("--test-threads", "1"), {"test_threads": 1}),
        (("--test-threads=64",), {"test_threads": 64}),
        (("--test-threads", "4"), {"test_threads": 4}),
        (("--test-threads", "2", "--test-threads", "3"), {"test_threads": 3}),
        (("--list", "--list-format", "json"), {"list_cases": True, "list_format": "json"}),
        (("-k", "a and not b"), {"expression": "a and not b"}),
        (("-k=a",), {"expression": "a"}),
        (("--run-disabled",), {"run_disabled": True}),
        (("-L", "a", "--label=b"), {"labels": ("a", "b")}),
        (("-LE", "a", "--label-exclude", "b c"), {"labels_left_out": ("a", "b c")}),
        (("--no-fold",), {"no_fold": True}),
        (("-C", "Debug"), {"build_config": "Debug"}),
        (("--setup", "valgrind"), {"setup": "valgrind"}),
        (("--no-cache",), {"no_cache": True}),
        (("--fail-fast",), {"fail_fast": True}),
        (("--max-fail", "3"), {"max_fail": 3}),
        (("-v",), {"verbose": True}),
        (("--verbose",), {"verbose": True}),
        (("-q",), {"quiet": True}),
        (("--quiet",), {"quiet": True}),
        (("--no-capture",), {"no_capture": True}),
        (("--success-output", "immediate"), {"success_output": "immediate"}),
        (("--timeout", "0"), {"timeout_s": 0.0}),
        (("--timeout", "0.25"), {"timeout_s": 0.25}),
        (("--timeout", ".5"), {"timeout_s": 0.5}),
        (("--global-timeout", "7"), {"global_timeout_s": 7.0}),
        (("--load-timeout", "1.5"), {"load_timeout_s": 1.5}),
        (("--on-crash", "panic"), {}),
        (("--on-crash", "continue"), {"on_crash": "continue"}),
        (("--isolation", "case"), {"isolation": "case"}),
        (("--retries", "2"), {"retries": 2}),
        (("--retry-delay", "0.5"), {"retry_delay_s": 0.5}),
        (("--retry-backoff", "exponential"), {"retry_backoff": "exponential"}),
        (("--retry-jitter",), {"retry_jitter": True}),
        (("--retry-jitter", "--no-retry-jitter"), {}),
        (("--flaky", "fail"), {"flaky": "fail"}),
        (("--slow-after", "5"), {"slow_after_s": 5.0}),
        (("--leaks", "ignore"), {"leaks": "ignore"}),
        (("--memory-limit", "256"), {"memory_limit_mib": 256}),
        (("--max-output", "1"), {"max_output_mib": 1}),
        (("--load-limit", "0.1"), {"load_limit": 0.1}),
        (("--no-config",), {"no_config": True}),
        (("--no-config", "--show-config"), {"no_config": True, "show_config": True}),
        (("--no-capture", "--capture"), {}),
        (("--color", "never"), {"color": "never"}),
        (("--events", "e"), {"events": "e"}),
        (("--junit", "j"), {"junit": "j"}),
    ],
)
def test_each_flag_reaches_its_field(arguments: tuple[str, ...], expected: dict[str, object]) -> None:
    assert changed(*arguments) == expected


@pytest.mark.parametrize("value", ["abc", "0", "65", "-1", "", " 4", "4 ", "+4", "4.0", "1_0", "٤", "0x4", "9" * 5000])
def test_a_wrong_number_of_threads_is_refused_with_the_range(value: str) -> None:
    expected = f"invalid value '{value}' for '--test-threads'; give a whole number from 1 to 64"
    assert refusal("--test-threads", value) == expected
    assert refusal(f"--test-threads={value}") == expected


def test_an_id_is_no_path() -> None:
    for arguments, paths in ((("a::x --y", "b", "c::z"), ("b",)), (("a::x --y", "c::z"), DEFAULTS["paths"])):
        options = read_options(arguments, {})
        assert (options.ids, options.paths) == (("a::x --y", "c::z"), paths)
    assert read_options(("b",), {}).ids == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--test-threads",), "'--test-threads' needs a value; give it as --test-threads N"),
        (("--test-threads", "--list"), "'--test-threads' needs a value; give it as --test-threads N"),
        (("--junit", "--", "x"), "'--junit' needs a value; give it as --junit FILE"),
        (("--test-thread", "4"), "unknown option '--test-thread'; did you mean '--test-threads'?"),
        (("--tset-threads=4",), "unknown option '--tset-threads'; did you mean '--test-threads'?"),
        (("--verb",), "unknown option '--verb'; did you mean '--verbose'?"),
        (("--zzz", "4"), "unknown option '--zzz'; 'pyharness test --help' lists the options"),
        (("--jobs", "4"), "unknown option '--jobs'; did you mean '--test-threads'?"),
        (("-j", "4"), "unknown option '-j'; did you mean '--test-threads'?"),
        (("-j4",), "unknown option '-j4'; did you mean '--test-threads'?"),
        (("-R", "x"), "unknown option '-R'; did you mean '-k'?"),
        (("--gtest_filter=x",), "unknown option '--gtest_filter'; did you mean '-k'?"),
        (("-x",), "unknown option '-x'; did you mean '--fail-fast'?"),
        (("-Z",), "unknown option '-Z'; 'pyharness test --help' lists the options"),
        (("-1",), "unknown option '-1'; 'pyharness test --help' lists the options"),
        (("--list=yes",), "'--list' takes no value; leave it out"),
        (("--no-retry-jitter=yes",), "'--retry-jitter' takes no value; leave it out"),
        (("--no-list",), "unknown option '--no-list'; did you mean '--list'?"),
        (("--retries", "101"), "invalid value '101' for '--retries'; give a whole number from 0 to 100"),
        (("--load-limit", "0"), "invalid value '0' for '--load-limit'; give a decimal number from 0.1 to 1000000000"),
        (("--memory-limit", "0"), "invalid value '0' for '--memory-limit'; give a whole number from 1 to 1000000000"),
        (("--config", "a", "--no-config"), "'--config' and '--no-config' exclude each other; give one of them"),
        (("--max-fail", "0"), "invalid value '0' for '--max-fail'; give a whole number from 1 to 1000000000"),
        (("--timeout", "-1"), "invalid value '-1' for '--timeout'; give a decimal number from 0 to 1000000000"),
        (("--timeout", "nan"), "invalid value 'nan' for '--timeout'; give a decimal number from 0 to 1000000000"),
        (("--timeout", "1e3"), "invalid value '1e3' for '--timeout'; give a decimal number from 0 to 1000000000"),
        (("--on-crash", "stop"), "invalid value 'stop' for '--on-crash'; give 'panic' or 'continue'"),
        (("--color", "red"), "invalid value 'red' for '--color'; give 'auto' or 'always' or 'never'"),
        (("--list", "--list-format", "xml"), "invalid value 'xml' for '--list-format'; give 'text' or 'json'"),
        (("--junit", ""), "invalid value '' for '--junit'; give a FILE that is not empty"),
        (("",), "invalid value '' for 'PATH'; give a PATH that is not empty"),
        (("-v", "--quiet"), "'--verbose' and '--quiet' exclude each other; give one of them"),
        (("--max-fail", "3", "--fail-fast"), "'--fail-fast' and '--max-fail' exclude each other; give one of them"),
        (
            ("--no-capture", "--success-output", "immediate"),
            "'--no-capture' leaves '--success-output' nothing to show; give one of them",
        ),
        (("-qv",), "'--verbose' and '--quiet' exclude each other; give one of them"),
        (("-k", "a", "-k", "b"), "'-k' is given twice; give it once"),
        (("--junit", "a", "--junit", "b"), "'--junit' is given twice; give it once"),
        (("--list", "--events", "e"), "'--list' runs nothing; leave out '--events'"),
        (("--list", "--junit", "e"), "'--list' runs nothing; leave out '--junit'"),
        (("--list-format", "json"), "'--list-format' is the form of '--list'; give '--list' too"),
        (("--events", "e", "--junit", "./e"), "'--events' and '--junit' name the same file; name two"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_what_to_do(arguments: tuple[str, ...], message: str) -> None:
    assert refusal(*arguments) == message


def test_the_environment_stands_in_for_flags() -> None:
    environ = {
        "PYHARNESS_TEST_THREADS": "7",
        "PYHARNESS_MAX_FAIL": "2",
        "PYHARNESS_TIMEOUT": "1.5",
        "PYHARNESS_GLOBAL_TIMEOUT": "9",
        "PYHARNESS_LOAD_TIMEOUT": "3",
        "PYHARNESS_COLOR": "never",
        "PYHARNESS_ISOLATION": "process",
        "PYHARNESS_RETRIES": "2",
    }
    assert changed(**environ) == {
        "test_threads": 7,
        "max_fail": 2,
        "timeout_s": 1.5,
        "global_timeout_s": 9.0,
        "load_timeout_s": 3.0,
        "color": "never",
        "isolation": "process",
        "retries": 2,
    }


def test_the_command_line_goes_before_the_environment() -> None:
    assert changed("--test-threads", "2", PYHARNESS_TEST_THREADS="7") == {"test_threads": 2}
    assert changed("--test-threads", "2", PYHARNESS_TEST_THREADS="nonsense") == {"test_threads": 2}


def test_a_wrong_value_in_the_environment_names_the_variable() -> None:
    message = "invalid value '65' for 'PYHARNESS_TEST_THREADS'; give a whole number from 1 to 64"
    assert refusal(PYHARNESS_TEST_THREADS="65") == message


def test_an_empty_variable_counts_as_not_set() -> None:
    assert changed(PYHARNESS_TEST_THREADS="") == {}


def test_no_capture_runs_on_one_thread_unless_told_otherwise() -> None:
    assert read_options([], {}).thread_count == 4
    assert read_options(["--no-capture"], {}).thread_count == 1
    assert read_options(["--no-capture", "--test-threads", "3"], {}).thread_count == 3


def test_fail_fast_is_a_limit_of_one_failure() -> None:
    assert read_options([], {}).failure_limit is None
    assert read_options(["--fail-fast"], {}).failure_limit == 1
    assert read_options(["--max-fail", "1"], {}).failure_limit == 1
    assert read_options(["--max-fail", "3"], {}).failure_limit == 3
    assert read_options(["--max-fail", "3", "--no-fail-fast"], {}).failure_limit == 3
    assert read_options(["--fail-fast"], {"PYHARNESS_MAX_FAIL": "3"}).failure_limit == 1


def test_a_tiny_limit_does_not_become_no_limit() -> None:
    assert read_options(["--timeout", "0.0001"], {}).timeout_ms == 1
    assert read_options(["--timeout", "0"], {}).timeout_ms == 0
    assert read_options([], {}).timeout_ms == 60_000
    assert read_options([], {}).global_timeout_ms == 0
    assert read_options([], {}).load_timeout_ms == 60_000


def test_sizes_reach_the_engine_in_bytes() -> None:
    assert read_options([], {}).memory_limit_bytes == 0
    assert read_options(["--memory-limit", "2"], {}).memory_limit_bytes == 2 * 1024 * 1024
    assert read_options([], {}).max_output_bytes == 16 * 1024 * 1024
