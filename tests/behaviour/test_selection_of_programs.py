"""What is selected of build folders by labels and setups, and which adapters are asked, through the real command."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.discovery.build_folders import configure, ctest_verdicts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine, Finished, Programs

TESTS = """
foreach(name IN ITEMS prepare clean fast slow slow_network plain)
  add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E echo ${name})
endforeach()
set_tests_properties(prepare PROPERTIES FIXTURES_SETUP data)
set_tests_properties(clean PROPERTIES FIXTURES_CLEANUP data)
set_tests_properties(fast PROPERTIES LABELS "unit;quick")
set_tests_properties(slow PROPERTIES LABELS "unit;long run" FIXTURES_REQUIRED data)
set_tests_properties(slow_network PROPERTIES LABELS "long run;network")
"""


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> str:
    return configure(tmp_path_factory.mktemp("labelled"), TESTS)


def names(result: Finished) -> set[str]:
    assert result.code == 0, result
    return set(result.verdicts())


@pytest.mark.parametrize(
    "arguments",
    [
        ("-L", "unit"),
        ("-L", "^unit$"),
        ("-L", "^uni$"),
        ("-L", "long run", "-L", "network"),
        ("-LE", "unit"),
        ("-LE", "unit", "-LE", "long"),
        ("-L", "unit", "-LE", "quick"),
        ("-L", "net|qui"),
    ],
)
def test_labels_select_what_ctest_selects(pyharness: CommandLine, labelled: str, arguments: tuple[str, ...]) -> None:
    """Set-up and clean-up of fixtures come with what requires them, whatever their own labels are."""
    theirs = set(ctest_verdicts(labelled, *arguments))
    result = pyharness.test(labelled, *arguments)
    if theirs:
        assert names(result) == theirs
    else:
        assert result.code == 5, result


def test_long_flags_and_other_selections_go_together(pyharness: CommandLine, labelled: str) -> None:
    long = pyharness.test(labelled, "--label", "unit", "--label-exclude=long")
    assert names(long) == {"fast"}
    assert names(pyharness.test(labelled, "-L", "run", "-k", "network")) == {"slow_network"}


def test_a_configuration_has_lists_of_labels(pyharness: CommandLine, labelled: str, tmp_path: Path) -> None:
    (tmp_path / "pyharness.toml").write_text('[test]\nlabel = ["unit"]\nlabel-exclude = ["quick"]\n')
    assert names(pyharness.test(labelled)) == {"slow", "prepare", "clean"}
    assert names(pyharness.test(labelled, "-L", "network", "-LE", "quick")) == {"slow_network"}


def test_what_is_no_expression_is_said_with_its_place(pyharness: CommandLine, labelled: str, tmp_path: Path) -> None:
    wrong = pyharness.test(labelled, "-LE", "(x")
    assert wrong.code == 4
    assert "cannot read -LE '(x'" in wrong.stderr
    assert "needs a value" in pyharness.test(labelled, "-L").stderr
    (tmp_path / "pyharness.toml").write_text('[test]\nlabel = ["(x"]\n')
    told = pyharness.test(labelled)
    assert told.code == 4
    assert "invalid 'label' in [test] of" in told.stderr


def test_no_label_that_fits_is_no_success(pyharness: CommandLine, labelled: str) -> None:
    result = pyharness.test(labelled, "-L", "no such label")
    assert result.code == 5
    assert "is left by --label and --label-exclude" in result.stderr


def test_tags_are_the_labels_of_suites(pyharness: CommandLine, programs: Programs) -> None:
    assert names(pyharness.test(programs["selection"], "-L", "^fas")) == {"alpha", "gamma two", "delta"}
    assert names(pyharness.test(programs["selection"], "-L", "^fas", "-LE", "math")) == {"gamma two", "delta"}


# ---- Meson

MESON = """
project('sample')
test('plain', find_program('true'))
test('fast', find_program('true'), suite: 'quick')
test('slow', find_program('sh'), args: ['-c', 'echo "by $NUMBER"; test "$NUMBER" = two'], suite: ['long run', 'net'])
add_test_setup('one', env: ['NUMBER=one'])
add_test_setup('two', env: ['NUMBER=two'], exclude_suites: 'quick')
"""


@pytest.fixture(scope="module")
def meson(tmp_path_factory: pytest.TempPathFactory) -> str:
    source = tmp_path_factory.mktemp("meson")
    (source / "meson.build").write_text(MESON)
    subprocess.run(["meson", "setup", "build"], cwd=source, check=True, capture_output=True)
    return str(source / "build")


def test_suites_of_meson_are_labels(pyharness: CommandLine, meson: str) -> None:
    assert names(pyharness.test(meson, "-L", "^quick$")) == {"fast"}
    assert names(pyharness.test(meson, "-L", "^sample$", "-LE", "^net$")) == {"plain", "fast"}


def test_a_setup_of_meson_is_chosen(pyharness: CommandLine, meson: str) -> None:
    one = pyharness.test(meson, "--setup", "one")
    assert one.verdicts() == {"plain": "passed", "fast": "passed", "slow": "failed"}
    assert one.captured("slow") == b"by one\n"
    two = pyharness.test(meson, "--setup", "two")
    assert two.verdicts() == {"plain": "passed", "fast": "skipped", "slow": "passed"}


def test_a_setup_that_does_not_exist_is_refused(
    pyharness: CommandLine, meson: str, labelled: str, tmp_path: Path
) -> None:
    wrong = pyharness.test(meson, "--setup", "three")
    assert wrong.code == 4
    assert "no test setup 'sample:three'" in wrong.stderr
    elsewhere = pyharness.test(labelled, "--setup", "one")
    assert elsewhere.code == 4
    assert "'--setup one' is for build folders of Meson" in elsewhere.stderr
    (tmp_path / "pyharness.toml").write_text('[test]\nsetup = "three"\n')
    assert "invalid 'setup' in [test] of" in pyharness.test(meson).stderr
    assert pyharness.test(labelled).code == 0


# ---- adapters of other packages

ADAPTER = '''
from pyharness.adapters.protocol import Command, Ended, ListedCase, Progress, Running
from pyharness.model import Outcome


class Lines:
    """Scripts that print the names of their cases when asked to, and run one case a launch."""

    name = "lines"
    most_cases = 1
    wants_address = False

    def recognises(self, binary):
        return binary.contains(b"# cases in lines")

    def list_command(self, program, channels):
        return Command(arguments=(program, "list"))

    def read_list(self, output, report, status):
        return [ListedCase(name=name, tags=("line",)) for name in output.decode().splitlines()]

    def command(self, program, cases, channels):
        return Command(arguments=(program, "run", cases[0].name))

    def reader(self, cases):
        return Reader()


class Reader:
    size = 0

    def feed(self, output, report):
        self.size += len(output)
        return Progress((), Running(0, 0))

    def end(self, status):
        outcome = Outcome.FAIL if status.code else Outcome.PASS
        return Progress([Ended(0, outcome, -1, 0, self.size)])

    def verdict_on_exit(self, status):
        return ""


class Broken(Lines):
    def recognises(self, binary):
        raise RuntimeError("no idea")


LINES = Lines()
BROKEN = Broken()
'''
SCRIPT = """#!/bin/sh
# cases in lines
test "$1" = list && exec printf 'adds\\nfails\\n'
echo "this is $2"
test "$2" = adds
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    (tmp_path / "lines_adapter.py").write_text(ADAPTER)
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "lines_test").write_text(SCRIPT)
    (folder / "lines_test").chmod(0o755)
    return folder


def configured(scripts: Path, adapters: str) -> dict[str, str]:
    (scripts.parent / "pyharness.toml").write_text(f"[test]\nadapters = {adapters}\n")
    return {"PYTHONPATH": str(scripts.parent)}


def test_an_adapter_of_another_package_finds_lists_and_runs(pyharness: CommandLine, scripts: Path) -> None:
    environment = configured(scripts, '["lines_adapter:LINES"]')
    result = pyharness.test(scripts, env=environment)
    assert (result.code, result.verdicts()) == (1, {"adds": "passed", "fails": "failed"})
    assert result.captured("fails") == b"this is fails\n"
    listed = pyharness.test(scripts / "lines_test", "--list", "-k", "line", env=environment)
    assert listed.stdout == "lines_test::adds\nlines_test::fails\n"


def test_it_is_asked_before_the_adapters_of_pyharness(pyharness: CommandLine, scripts: Path) -> None:
    alone = pyharness.test(scripts / "lines_test")
    assert alone.verdicts() == {"lines_test": "failed"}  # by its exit code: it is called without arguments
    assert pyharness.test(scripts / "lines_test", env=configured(scripts, '["lines_adapter:LINES"]')).verdicts() == {
        "adds": "passed",
        "fails": "failed",
    }


@pytest.mark.parametrize(
    ("adapters", "code", "message"),
    [
        ('["lines_adapter:NONE"]', 4, "invalid 'adapters' in [test] of"),
        ('["no_such_module:ADAPTER"]', 4, "No module named 'no_such_module'; install what provides it"),
        ('["lines"]', 4, "unknown adapter 'lines'"),
        ('"lines_adapter:LINES"', 4, "give a list of at least one MODULE:OBJECT"),
        ('["lines_adapter:BROKEN"]', 11, "RuntimeError: no idea; tell its authors"),
    ],
)
def test_an_adapter_that_is_none_is_one_sentence(
    pyharness: CommandLine, scripts: Path, adapters: str, code: int, message: str
) -> None:
    result = pyharness.test(scripts, env=configured(scripts, adapters))
    assert result.code == code, result
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("other", ["", "::plain"])
def test_a_case_that_is_not_there_is_refused_whatever_else_is_named(
    pyharness: CommandLine, labelled: str, other: str
) -> None:
    run = pyharness.start("test", f"{labelled}::nope", f"{labelled}{other}")
    result = run.finish(20)
    assert result.code == 4
    assert f"no case 'nope' in '{labelled}'" in result.stderr
