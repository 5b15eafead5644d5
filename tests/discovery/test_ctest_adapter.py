"""Each property of CTest, with CTest's own verdict as the reference."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from pyharness.adapters.protocol import Channels, Exit
from pyharness.discovery.ctest import Properties
from pyharness.discovery.ctest_adapter import CTestAdapter, CTestReader, timeout_ms
from pyharness.model import Outcome
from tests.adapters.launching import launch
from tests.discovery.build_folders import configure, ctest_verdicts, list_folder, our_verdicts

if TYPE_CHECKING:
    from pathlib import Path

    from pyharness.adapters.protocol import ListedCase

# One test a line: name, verdict (of CTest too), shell command, properties.
TESTS = r"""
passes            | pass     | true                     |
fails             | fail     | exit 3                   |
segfault          | fail     | kill -SEGV $$            |
kills_itself      | fail     | kill -KILL $$            |
hangs             | fail     | exec sleep 100           | TIMEOUT 0.2
no_limit          | pass     | true                     | TIMEOUT 0
negative_limit    | pass     | true                     | TIMEOUT -5
skips             | skip     | exit 4                   | SKIP_RETURN_CODE 4
skips_not_on_0    | pass     | true                     | SKIP_RETURN_CODE 4
skip_code_0       | skip     | true                     | SKIP_RETURN_CODE 0
skip_code_300     | fail     | exit 44                  | SKIP_RETURN_CODE 300
skip_of_signal    | fail     | kill -TERM $$            | SKIP_RETURN_CODE 143
skip_and_will     | skip     | exit 4                   | SKIP_RETURN_CODE 4 WILL_FAIL ON
will_fail         | pass     | exit 1                   | WILL_FAIL ON
will_fail_not     | fail     | true                     | WILL_FAIL ON
will_fail_crash   | fail     | kill -SEGV $$            | WILL_FAIL ON
will_fail_abort   | fail     | kill -ABRT $$            | WILL_FAIL ON
will_fail_hang    | fail     | exec sleep 100           | WILL_FAIL ON TIMEOUT 0.2
found             | pass     | echo fine; exit 5        | PASS_REGULAR_EXPRESSION "nothing;fi+ne"
found_stderr      | pass     | echo fine >&2            | PASS_REGULAR_EXPRESSION fine
not_found         | fail     | echo bad                 | PASS_REGULAR_EXPRESSION fine
not_found_will    | pass     | echo bad                 | PASS_REGULAR_EXPRESSION fine WILL_FAIL ON
found_will        | fail     | echo fine; exit 1        | PASS_REGULAR_EXPRESSION fine WILL_FAIL ON
found_crash       | fail     | echo fine; kill -SEGV $$ | PASS_REGULAR_EXPRESSION fine
bad_found         | fail     | echo bad                 | FAIL_REGULAR_EXPRESSION "[a-c]ad"
bad_not_found     | pass     | echo fine                | FAIL_REGULAR_EXPRESSION bad
bad_exit          | fail     | echo fine; exit 1        | FAIL_REGULAR_EXPRESSION bad
both_found        | fail     | echo fine bad            | FAIL_REGULAR_EXPRESSION bad PASS_REGULAR_EXPRESSION fine
bad_found_will    | pass     | echo bad                 | FAIL_REGULAR_EXPRESSION bad WILL_FAIL ON
skip_found        | skip     | echo later; exit 1       | SKIP_REGULAR_EXPRESSION lat
skip_over_fail    | skip     | echo later bad           | SKIP_REGULAR_EXPRESSION lat FAIL_REGULAR_EXPRESSION bad
skip_found_crash  | fail     | echo later; kill -9 $$   | SKIP_REGULAR_EXPRESSION lat
across_lines      | pass     | printf 'a\nb\n'          | PASS_REGULAR_EXPRESSION "a.b"
no_line_start     | fail     | printf 'a\nb\n'          | PASS_REGULAR_EXPRESSION "^b"
text_start        | pass     | printf 'a\nb\n'          | PASS_REGULAR_EXPRESSION "^a"
end_is_behind_lf  | fail     | printf 'a\nb'            | PASS_REGULAR_EXPRESSION "b$"
lf_at_end         | pass     | printf 'a\nb'            | PASS_REGULAR_EXPRESSION "b.$"
carriage_returns  | pass     | printf 'a\r\r\nb\n'      | PASS_REGULAR_EXPRESSION "a.b"
carriage_at_end   | pass     | printf 'a\r'             | PASS_REGULAR_EXPRESSION "^a..$"
zero_byte         | pass     | printf 'a\0b\n'          | PASS_REGULAR_EXPRESSION "^a.b.$"
no_output         | pass     | true                     | PASS_REGULAR_EXPRESSION "^$"
for_ctest         | pass     | printf 'a\nx<CTestDetails>d</CTestDetails>y\nb' | PASS_REGULAR_EXPRESSION "^a.b"
label_for_ctest   | pass     | printf 'a\nx<CTestLabel>d</CTestLabel>y\nb'     | PASS_REGULAR_EXPRESSION "^a.b"
not_for_ctest     | fail     | printf 'a\n</CTestLabel><CTestLabel>\nb'        | PASS_REGULAR_EXPRESSION "^a.b"
no_expression     | fail     | echo 'a(b'               | PASS_REGULAR_EXPRESSION "a(b"
no_bad_expression | pass     | echo 'a(b'               | FAIL_REGULAR_EXPRESSION "a(b"
no_backslash_d    | fail     | echo 5                   | PASS_REGULAR_EXPRESSION [[\d]]
disabled          | disabled | exit 1                   | DISABLED ON
not_disabled      | pass     | true                     | DISABLED OFF
file_there        | pass     | true                     | REQUIRED_FILES "${CMAKE_SOURCE_DIR}/CMakeLists.txt;/etc/passwd"
file_here         | pass     | true                     | REQUIRED_FILES "CMakeCache.txt"
file_missing      | error    | true                     | REQUIRED_FILES "/etc/passwd;no such file"
file_missing_will | error    | exit 1                   | REQUIRED_FILES "no such file" WILL_FAIL ON
folder            | pass     | test "$(pwd)" = /usr     | WORKING_DIRECTORY /usr
variable          | pass     | test "$A,$B" = "1,x y"   | ENVIRONMENT "A=1;B=x y"
variable_gone     | pass     | test -z "${HOME+x}"      | ENVIRONMENT "HOME"
set_and_gone      | pass     | test -z "${A+x}"         | ENVIRONMENT "A=1" ENVIRONMENT_MODIFICATION "A=unset:"
appended          | pass     | test "$A" = 0123         | ENVIRONMENT "A=12" ENVIRONMENT_MODIFICATION "A=string_append:3;A=string_prepend:0"
path_list         | pass     | test "$A" = "0:1:2"      | ENVIRONMENT_MODIFICATION "A=path_list_append:1;A=path_list_append:2;A=path_list_prepend:0"
cmake_list        | pass     | test "$A" = "0;1;2"      | ENVIRONMENT_MODIFICATION "A=cmake_list_append:1;A=cmake_list_append:2;A=cmake_list_prepend:0"
reset             | pass     | test "$A" = 12           | ENVIRONMENT "A=1" ENVIRONMENT_MODIFICATION "A=set:x;A=reset:;A=string_append:2"
empty_value       | pass     | test "${A+x}$A" = x      | ENVIRONMENT_MODIFICATION "A=set:"
no_resources      | pass     | test -z "${CTEST_RESOURCE_GROUP_COUNT+x}" |
set_up            | pass     | true                     | FIXTURES_SETUP good
uses_good         | pass     | true                     | FIXTURES_REQUIRED good
clean_up          | pass     | true                     | FIXTURES_CLEANUP "good;bad"
set_up_fails      | fail     | false                    | FIXTURES_SETUP bad
uses_bad          | blocked  | true                     | FIXTURES_REQUIRED "good;bad"
set_up_skips      | skip     | exit 4                   | FIXTURES_SETUP skipping SKIP_RETURN_CODE 4
uses_skipping     | pass     | true                     | FIXTURES_REQUIRED skipping
set_up_disabled   | disabled | false                    | FIXTURES_SETUP off DISABLED ON
uses_off          | pass     | true                     | FIXTURES_REQUIRED off
no_set_up         | pass     | true                     | FIXTURES_REQUIRED "not defined"
second            | pass     | true                     | DEPENDS "first;fails;no such test"
first             | pass     | true                     |
alone             | pass     | true                     | RUN_SERIAL ON PROCESSORS 7 RESOURCE_LOCK "a;b" COST 12.5 LABELS "slow;two  words"
"""  # noqa: E501


class Line:
    def __init__(self, text: str) -> None:
        self.name, self.verdict, self.command, self.properties = (part.strip() for part in text.split("|", 3))

    @property
    def cmake(self) -> str:
        added = f"add_test(NAME {self.name} COMMAND sh -c [==[{self.command}]==])\n"
        return added + (f"set_tests_properties({self.name} PROPERTIES {self.properties})\n" if self.properties else "")


LINES = {line.name: line for line in map(Line, TESTS.strip().splitlines())}


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> str:
    never_built = "add_test(NAME never_built COMMAND no_such_program)\n"
    lists = "".join(line.cmake for line in LINES.values()) + never_built
    return configure(tmp_path_factory.mktemp("ctest"), lists)


@pytest.fixture(scope="module")
def expected() -> dict[str, str]:
    return {name: line.verdict for name, line in LINES.items()} | {"never_built": "error"}


@pytest.fixture(scope="module")
def adapter(build: str) -> CTestAdapter:
    return CTestAdapter(list_folder(build).entries, os.environ)


@pytest.fixture
def cases(adapter: CTestAdapter) -> dict[str, ListedCase]:
    return {case.name: case for case in adapter.cases()}


def test_ctest_judges_as_the_table_says(build: str, expected: dict[str, str]) -> None:
    assert ctest_verdicts(build) == expected


def test_the_adapter_judges_as_the_table_says(build: str, adapter: CTestAdapter, expected: dict[str, str]) -> None:
    assert our_verdicts(adapter, build, adapter.cases()) == expected


def test_constraints_are_those_of_the_properties(cases: dict[str, ListedCase]) -> None:
    alone = cases["alone"]
    assert (alone.serial, alone.threads_required, alone.locks) == (True, 7, ("a", "b"))
    assert (alone.priority, alone.tags) == (12.5, ("slow", "two_words"))
    free = cases["passes"]
    assert (free.serial, free.threads_required, free.locks, free.priority) == (False, 1, (), 0)
    assert [cases[name].timeout_ms for name in ("hangs", "no_limit", "passes", "negative_limit")] == [
        200,
        0,
        None,
        None,
    ]


def test_order_is_that_of_dependencies_and_fixtures(cases: dict[str, ListedCase]) -> None:
    assert (cases["second"].after, cases["second"].needs) == (("first", "fails"), ())
    assert cases["second"].companions == ()
    assert cases["uses_good"].needs == ("set_up",)
    assert cases["uses_good"].companions == ("set_up", "clean_up")
    assert set(cases["uses_bad"].needs) == {"set_up", "set_up_fails"}
    assert set(cases["clean_up"].after) == {"uses_good", "uses_bad", "set_up", "set_up_fails"}
    assert cases["no_set_up"] == cases["no_set_up"].__class__(
        name="no_set_up", file=cases["no_set_up"].file, line=cases["no_set_up"].line, labels=()
    )


def test_a_case_is_placed_where_it_is_added(cases: dict[str, ListedCase]) -> None:
    case = cases["passes"]
    with open(case.file, encoding="utf-8") as file:  # noqa: PTH123
        assert "add_test(NAME passes " in file.readlines()[case.line - 1]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fails", "exit code 3"),
        ("skips", "exit code 4 is its SKIP_RETURN_CODE"),
        ("skip_found", "SKIP_REGULAR_EXPRESSION was found: lat"),
        ("bad_found", r"FAIL_REGULAR_EXPRESSION was found: \[a-c\]ad"),
        ("not_found", "PASS_REGULAR_EXPRESSION was not found: fine"),
        ("will_fail_not", "it passed, but WILL_FAIL is set"),
        ("file_missing", "unable to find required file: no such file"),
        ("never_built", "unable to find its program; build it first"),
    ],
)
def test_a_reason_is_given(
    build: str, adapter: CTestAdapter, cases: dict[str, ListedCase], name: str, reason: str
) -> None:
    (message,) = launch(adapter, build, [cases[name]]).messages(name)
    assert re.fullmatch(reason, message)


def test_an_environment_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    lists = """
    add_test(NAME odd COMMAND sh -c "true")
    set_tests_properties(odd PROPERTIES ENVIRONMENT_MODIFICATION "A=twist:1" WILL_FAIL ON)
    """
    build = configure(tmp_path, lists)
    adapter = CTestAdapter(list_folder(build).entries, os.environ)
    launched = launch(adapter, build, adapter.cases())
    assert launched.outcomes == {"odd": "error"}
    assert launched.messages("odd") == ["unable to make its environment: 'twist' of 'A=twist:1' is no operation"]
    assert ctest_verdicts(build)["odd"] != "pass"


def test_a_required_file_may_be_made_by_another_test(tmp_path: Path) -> None:
    lists = """
    add_test(NAME use COMMAND sh -c "true")
    add_test(NAME make COMMAND sh -c "touch made")
    set_tests_properties(use PROPERTIES REQUIRED_FILES made DEPENDS make)
    """
    build = configure(tmp_path, lists)
    adapter = CTestAdapter(list_folder(build).entries, os.environ)
    assert our_verdicts(adapter, build, adapter.cases()) == {"use": "pass", "make": "pass"}


def test_what_a_test_prints_is_its_output(build: str, adapter: CTestAdapter, cases: dict[str, ListedCase]) -> None:
    launched = launch(adapter, build, [cases["not_found"]])
    assert launched.slice("not_found") == b"bad\n"


@pytest.mark.parametrize("pieces", [[b"a\r", b"\nb"], [b"a", b"\r\n", b"b"], [b"a\r\nb"]])
def test_pieces_of_output_are_put_together(pieces: list[bytes]) -> None:
    reader = CTestReader(Properties(pass_regular_expression=("^a.b.$",)))
    for piece in pieces:
        assert reader.feed(piece, b"").ended == ()
    assert reader.end(Exit(0)).ended[0].outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("seconds", "expected"), [(None, None), (-1.0, None), (0.0, 0), (0.0001, 1), (1.5, 1500), (1e9, 10**12)]
)
def test_limits_are_in_milliseconds(seconds: float | None, expected: int | None) -> None:
    assert timeout_ms(seconds) == expected


def test_the_listing_command_is_that_of_the_folder(build: str, adapter: CTestAdapter) -> None:
    command = adapter.list_command(build, Channels("/report", "", ""))
    assert command.folder == build
    assert command.arguments[-2:] == ("ctest", "--show-only=json-v1")
