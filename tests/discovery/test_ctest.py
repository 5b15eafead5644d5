"""What is read from CTest's own list."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from pyharness.adapters.protocol import ListError
from pyharness.discovery.build_folders import is_ctest_folder
from pyharness.discovery.ctest import CTestListing, LabelFilter, list_command, read_listing
from pyharness.errors import UsageError
from tests.discovery.build_folders import configure, list_folder, run

if TYPE_CHECKING:
    from pathlib import Path


AS_WITHOUT = "it runs as under CTest without a resource specification file"


def listing(*tests: dict[str, Any], environment: dict[str, str] | None = None) -> CTestListing:
    document = {"kind": "ctestInfo", "version": {"major": 1, "minor": 0}, "tests": tests}
    return read_listing(json.dumps(document).encode(), environment or {})


def listed(name: str, *command: str, **properties: object) -> dict[str, Any]:
    values = [{"name": key, "value": value} for key, value in properties.items()]
    return {"name": name, "command": command, "properties": values}


def test_a_real_folder_is_listed(tmp_path: Path) -> None:
    build = configure(tmp_path, 'add_test(NAME "a b" COMMAND sh -c "exit 0" last)\n')
    assert is_ctest_folder(build)
    assert not is_ctest_folder(str(tmp_path))
    (entry,) = list_folder(build).entries
    assert (entry.name, entry.command[1:], entry.properties.working_directory) == (
        "a b",
        ("-c", "exit 0", "last"),
        build,
    )
    assert os.path.isabs(entry.command[0])  # noqa: PTH117
    assert (entry.file, entry.line) == (str(tmp_path / "CMakeLists.txt"), 4)


def test_a_folder_without_tests_is_listed(tmp_path: Path) -> None:
    assert list_folder(configure(tmp_path, "")).entries == []


def test_a_configuration_is_asked_for(tmp_path: Path) -> None:
    lists = """
    add_test(NAME one COMMAND sh -c "exit $<IF:$<CONFIG:Debug>,1,2>" CONFIGURATIONS Debug Release)
    add_test(NAME two COMMAND sh CONFIGURATIONS Release)
    """
    build = configure(tmp_path, lists)
    assert [entry.name for entry in list_folder(build, "Debug").entries] == ["one"]
    assert [entry.name for entry in list_folder(build, "Release").entries] == ["one", "two"]
    assert list_folder(build).entries == []


def test_without_a_configuration_nothing_is_asked() -> None:
    assert "-C" not in list_command("b", "/r").arguments
    assert list_command("b", "/r", "Debug").arguments[-2:] == ("-C", "Debug")


def test_messages_of_ctest_do_not_spoil_the_list(tmp_path: Path) -> None:
    lists = """
    add_test(NAME a COMMAND no_such_program)
    add_test(NAME b COMMAND sh)
    set_tests_properties(b PROPERTIES PASS_REGULAR_EXPRESSION "a(b" TIMEOUT_AFTER_MATCH "1;x")
    """
    found = list_folder(configure(tmp_path, lists))
    assert [entry.fault for entry in found.entries] == ["unable to find its program; build it first", ""]
    assert found.remarks == [
        "test 'b': not supported: TIMEOUT_AFTER_MATCH: its limit is that of the whole test",
        "test 'b': 'a(b' never matches, it is no regular expression: unmatched parentheses",
    ]


def test_equal_names_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "CMakeLists.txt").write_text("add_test(NAME a COMMAND sh)\n")
    build = configure(tmp_path, "add_test(NAME a COMMAND sh)\nadd_subdirectory(sub)\n")
    entries = list_folder(build).entries
    assert [entry.name for entry in entries] == ["a", "a [2]"]
    assert [entry.title for entry in entries] == ["a", "a"]


def test_what_is_not_supported_is_said_once_for_all() -> None:
    group = [{"requirements": [{".type": "gpus", "slots": 1}]}]
    tests = [listed(name, "x", RESOURCE_GROUPS=group) for name in "abc"]
    spec = listed("spec", "x", GENERATED_RESOURCE_SPEC_FILE="spec.json", PROCESSOR_AFFINITY=True)
    assert listing(*tests, spec).remarks == [
        "test 'a' and 2 more: not supported: RESOURCE_GROUPS: " + AS_WITHOUT,
        "test 'spec': not supported: GENERATED_RESOURCE_SPEC_FILE: no resources are handed out",
        "test 'spec': not supported: PROCESSOR_AFFINITY: it is not bound to processors",
    ]


def test_unknown_properties_are_passed_over() -> None:
    (entry,) = listing(listed("a", "x", OF_MY_OWN={"any": [1]}, ATTACHED_FILES=["f"], MEASUREMENT=[])).entries
    assert entry.given == {"OF_MY_OWN", "ATTACHED_FILES", "MEASUREMENT"}


def test_the_environment_is_based_on_the_given_one() -> None:
    test = listed("a", "x", ENVIRONMENT_MODIFICATION=["PATH=path_list_prepend:/x", "B=string_append:1"])
    (entry,) = listing(test, environment={"PATH": "/bin", "C": "c"}).entries
    assert entry.environment == {"PATH": "/x:/bin", "B": "1", "CTEST_RESOURCE_GROUP_COUNT": None}


def test_a_discovered_case_is_placed_in_its_source() -> None:
    (entry,) = listing(listed("a", "x", DEF_SOURCE_LINE="/src/a:b.cpp:17")).entries
    assert (entry.file, entry.line) == ("/src/a:b.cpp", 17)


@pytest.mark.parametrize(
    "report",
    [b"", b"No test configuration file found!", b'{"kind": "cmakeFiles", "tests": []}', b'{"kind": "ctestInfo"}', b"{"],
)
def test_what_is_no_list_is_refused(report: bytes) -> None:
    with pytest.raises(ListError, match="its list is"):
        read_listing(report, {})


# ---- -L and -LE


@pytest.mark.parametrize(
    ("include", "exclude", "taken"),
    [
        ([], [], "abcd"),
        (["fast"], [], "ab"),
        (["fast", "net"], [], "b"),
        (["^fast$"], [], "ab"),
        ([], ["fast"], "cd"),
        ([], ["fast", "net"], "acd"),
        (["net"], ["fast"], "c"),
        (["."], [], "abc"),
        ([""], [""], "abcd"),
        (["two words"], [], "c"),
    ],
)
def test_labels_are_taken_as_ctest_takes_them(
    tmp_path: Path, include: list[str], exclude: list[str], taken: str
) -> None:
    labels = {"a": "fast", "b": "fast;network", "c": "network;two words", "d": ""}
    lists = "".join(
        f'add_test(NAME {name} COMMAND sh)\nset_tests_properties({name} PROPERTIES LABELS "{value}")\n'
        for name, value in labels.items()
    )
    build = configure(tmp_path, lists)
    options = [word for text in include for word in ("-L", text)] + [word for text in exclude for word in ("-LE", text)]
    of_ctest = json.loads(run(["ctest", "--show-only=json-v1", *options], build))
    wanted = LabelFilter(include, exclude)
    ours = [entry.name for entry in list_folder(build).entries if wanted.matches(entry.properties.labels)]
    assert ours == [test["name"] for test in of_ctest["tests"]] == list(taken)


def test_a_label_expression_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"cannot read -LE 'a\(': unmatched parentheses; it is a regular expression"):
        LabelFilter(["a"], ["a("])
