"""Each word of a Meson test, with the verdict of `meson test` as the reference."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pyharness.adapters.protocol import Exit
from pyharness.discovery.meson import MesonListing, read_files, read_tests
from pyharness.discovery.meson_adapter import MesonAdapter, MesonReader
from tests.adapters.launching import launch
from tests.discovery.build_folders import NO_CHANNELS, our_verdicts, run

# One test a line: name, verdict (of Meson too), shell command, further arguments of `test()`.
TESTS = r"""
passes          | pass  | true                             |
fails           | fail  | exit 3                           |
skips           | skip  | exit 77                          |
hard_error      | error | exit 99                          |
segfault        | fail  | kill -SEGV $$                    |
hangs           | fail  | exec sleep 100                   | timeout: 1
no_limit        | pass  | true                             | timeout: 0
should_fail     | pass  | exit 1                           | should_fail: true
should_not_pass | fail  | true                             | should_fail: true
should_fail_77  | skip  | exit 77                          | should_fail: true
should_fail_99  | error | exit 99                          | should_fail: true
should_segfault | pass  | kill -SEGV $$                    | should_fail: true
should_hang     | fail  | exec sleep 100                   | should_fail: true, timeout: 1
tap             | pass  | printf 'ok 1\nok 2 - b\n1..2\n'  | protocol: 'tap'
tap_fails       | fail  | printf '1..2\nok\nnot ok\n'      | protocol: 'tap'
tap_skips       | skip  | echo '1..0 # SKIP no network'    | protocol: 'tap'
tap_skips_all   | skip  | printf '1..1\nok 1 # skip a\n'   | protocol: 'tap'
tap_skips_one   | pass  | printf '1..2\nok # skip\nok\n'   | protocol: 'tap'
tap_todo        | pass  | printf '1..2\nok\nnot ok # TODO\n' | protocol: 'tap'
tap_todo_done   | fail  | printf '1..1\nok # todo\n'       | protocol: 'tap'
tap_too_few     | error | printf '1..3\nok\nok\n'          | protocol: 'tap'
tap_too_many    | error | printf '1..1\nok\nok\n'          | protocol: 'tap'
tap_two_plans   | error | printf '1..1\nok\n1..1\n'        | protocol: 'tap'
tap_bails_out   | error | printf '1..2\nok\nBail out! x\n' | protocol: 'tap'
tap_numbers     | error | printf 'ok 1\nok 3\n'            | protocol: 'tap'
tap_unknown     | pass  | printf '1..1\nhello\nok\n'       | protocol: 'tap'
tap_yaml        | pass  | printf 'TAP version 13\n1..1\nok\n  ---\n  not ok\n  ...\n' | protocol: 'tap'
tap_yaml_open   | error | printf 'TAP version 13\n1..1\nok\n  ---\n  a: b\n' | protocol: 'tap'
tap_exit_code   | error | printf '1..1\nok\n'; exit 1      | protocol: 'tap'
tap_nothing     | skip  | true                             | protocol: 'tap'
tap_should_fail | pass  | printf '1..1\nnot ok\n'          | protocol: 'tap', should_fail: true
tap_should      | fail  | printf '1..1\nok\n'              | protocol: 'tap', should_fail: true
rust            | pass  | printf 'test a::b ... ok\ntest c ... ignored\ntest result: ok\n' | protocol: 'rust'
rust_fails      | fail  | printf 'test a ... FAILED\ntest b ... ok\n' | protocol: 'rust'
rust_ignored    | skip  | printf 'test a ... ignored\n'    | protocol: 'rust'
folder          | pass  | test "$(pwd)" = /usr             | workdir: '/usr'
build_folder    | pass  | test -d meson-info               |
variable        | pass  | test "$A" = 'x y'                | env: {'A': 'x y'}
appended        | pass  | test "$HOME" = "$OLD:a:b"        | env: appended
prepended       | pass  | test "$HOME" = "a;$OLD"          | env: prepended
path_is_kept    | pass  | test "${PATH#/x:}" != "$PATH" && command -v ls | env: path
perturbed       | pass  | test -n "$MALLOC_PERTURB_$ASAN_OPTIONS" |
sanitizers      | pass  | test "$UBSAN_OPTIONS" = own      | env: {'UBSAN_OPTIONS': 'own'}
by_set_up       | fail  | test -n "$BY_SETUP"              |
alone           | pass  | true                             | is_parallel: false, priority: 7, suite: ['a b', 'c']
"""

HEAD = """
project('sample')
sh = find_program('sh')
appended = environment()
appended.set('OLD', run_command(sh, '-c', 'echo $HOME', check: true).stdout().strip())
appended.append('HOME', 'a', 'b')
prepended = environment()
prepended.set('OLD', run_command(sh, '-c', 'echo $HOME', check: true).stdout().strip())
prepended.prepend('HOME', 'a', separator: ';')
path = environment()
path.prepend('PATH', '/x')
add_test_setup('slow', timeout_multiplier: 10, env: ['BY_SETUP=1'], exclude_suites: ['c'])
add_test_setup('wrapped', exe_wrapper: ['env', 'A=wrapped'], timeout_multiplier: 0)
"""


class Line:
    def __init__(self, text: str) -> None:
        self.name, self.verdict, rest = (part.strip() for part in text.split("|", 2))
        self.command, self.arguments = (part.strip() for part in rest.rsplit("|", 1))

    @property
    def meson(self) -> str:
        command = self.command.replace("\\", "\\\\").replace("'", "\\'")
        return f"test('{self.name}', sh, args: ['-c', '{command}'], {self.arguments})\n"


LINES = [Line(text) for text in TESTS.strip().splitlines()]
# In the eyes of Meson these end otherwise than in ours; both are bad, and neither is turned round by `should_fail`.
MESON_WORDS = {"OK": "pass", "EXPECTEDFAIL": "pass", "SKIP": "skip", "ERROR": "error"}


def set_up(source: Path, content: str) -> str:
    source.mkdir(parents=True, exist_ok=True)
    (source / "meson.build").write_text(content, encoding="utf-8")
    run(["meson", "setup", str(source / "build"), str(source)])
    return str(source / "build")


def listing(build: str, setup: str = "") -> MesonListing:
    return read_tests(read_files(build), build, os.environ, setup)


def meson_verdicts(build: str, *arguments: str) -> dict[str, str]:
    subprocess.run(["meson", "test", "--no-rebuild", *arguments], cwd=build, capture_output=True, check=False)
    (log,) = Path(build, "meson-logs").glob("testlog*.json")
    results = [json.loads(line) for line in log.read_text().splitlines()]
    log.unlink()
    return {_bare(result["name"]): MESON_WORDS.get(result["result"], "fail") for result in results}


def _bare(shown: str) -> str:
    """Leave out project and suites, which versions of Meson write before the name in different ways."""
    return re.split(" / | - |:", shown)[-1]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> str:
    return set_up(tmp_path_factory.mktemp("meson"), HEAD + "".join(line.meson for line in LINES))


@pytest.fixture(scope="module")
def adapter(build: str) -> MesonAdapter:
    found = listing(build)
    assert found.remarks == []
    return MesonAdapter(found.entries)


def test_meson_judges_as_the_table_says(build: str) -> None:
    assert meson_verdicts(build) == {line.name: line.verdict for line in LINES}


def test_the_adapter_judges_as_the_table_says(build: str, adapter: MesonAdapter) -> None:
    assert our_verdicts(adapter, build, adapter.cases()) == {line.name: line.verdict for line in LINES}


def test_constraints_are_those_of_the_test(adapter: MesonAdapter) -> None:
    cases = {case.name: case for case in adapter.cases()}
    alone = cases["alone"]
    assert (alone.serial, alone.priority) == (True, 7)
    assert alone.tags == ("sample", "a_b", "sample:a_b", "c", "sample:c")
    assert (cases["passes"].serial, cases["passes"].tags) == (False, ("sample",))
    assert [cases[name].timeout_ms for name in ("hangs", "no_limit", "passes")] == [1000, 0, 30000]


def test_a_set_up_changes_limits_environment_and_selection(build: str) -> None:
    adapter = MesonAdapter(listing(build, "slow").entries)
    cases = {case.name: case for case in adapter.cases()}
    assert (cases["hangs"].timeout_ms, cases["no_limit"].timeout_ms) == (10_000, 0)
    assert {name for name, case in cases.items() if case.disabled} == {"alone"}
    of_meson = meson_verdicts(build, "--setup", "slow", "by_set_up", "passes")
    ours = our_verdicts(adapter, build, [cases["by_set_up"], cases["passes"]])
    assert ours == of_meson == {"by_set_up": "pass", "passes": "pass"}


def test_a_set_up_may_wrap_commands_and_lift_limits(build: str) -> None:
    adapter = MesonAdapter(listing(build, "sample:wrapped").entries)
    cases = {case.name: case for case in adapter.cases()}
    assert adapter.command(build, [cases["passes"]], NO_CHANNELS).arguments[:3] == (
        "env",
        "A=wrapped",
        shutil.which("sh"),
    )
    assert cases["hangs"].timeout_ms == 0


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("fails", ["exit code 3"]),
        ("skips", ["exit code 77 is a skip"]),
        ("should_not_pass", ["it passed, but should_fail is set"]),
        ("tap_fails", ["not ok: 2"]),
        ("tap_skips", ["no network"]),
        ("tap_too_few", ["2 tests of 3 planned"]),
        ("tap_exit_code", ["exit code 1"]),
        ("tap_bails_out", ["bailed out: x"]),
        ("rust_fails", ["failed: a"]),
    ],
)
def test_a_reason_is_given(build: str, adapter: MesonAdapter, name: str, reasons: list[str]) -> None:
    (case,) = [case for case in adapter.cases() if case.name == name]
    assert launch(adapter, build, [case]).messages(name) == reasons


def test_a_program_of_rust_that_dies_before_its_tests_is_no_skip(build: str, adapter: MesonAdapter) -> None:
    entry = next(entry for entry in listing(build).entries if entry.name == "rust")
    assert MesonReader(entry).end(Exit(0, 11)).running is not None
    assert MesonReader(entry).end(Exit(101)).ended[0].outcome == "error"
    assert adapter.cases()
