"""The pages that are written by hand say everything that there is to say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from pyharness import errors, events
from pyharness.cli.test import read_options
from pyharness.errors import ExitCode, PyharnessError

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = (DOCS / "events.md").read_text(encoding="utf-8")
ROWS = {
    re.findall("`([^`]*)`", row)[0]: set(re.findall("`([^`]*)`", row))
    for row in PAGE.splitlines()
    if row.startswith("| `")
}
EVERYWHERE = set(re.findall("`([^`]*)`", PAGE.split("## Types")[0].split("## Fields")[1]))


@pytest.mark.parametrize("event", get_args(events.AnyEvent), ids=lambda event: event.__name__)
def test_each_field_of_an_event_is_explained(event: type[msgspec.Struct]) -> None:
    assert set(event.__struct_fields__) <= ROWS[event.__name__] | EVERYWHERE


@pytest.mark.parametrize("part", [events.Failure, events.Frame])
def test_each_field_within_an_event_is_explained(part: type[msgspec.Struct]) -> None:
    place = EVERYWHERE if part is events.Failure else ROWS["BacktraceFound"]
    assert set(part.__struct_fields__) <= place


def test_no_type_is_explained_that_does_not_exist() -> None:
    types = {event.__name__ for event in get_args(events.AnyEvent)}
    assert {name for name in ROWS if name[0].isupper()} == types


def test_the_example_is_what_is_written() -> None:
    (example,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    lines = example.encode().splitlines()
    assert [msgspec.json.encode(event) for event in events.decode_lines(lines)] == lines


def test_each_kind_of_mistake_is_explained_with_its_exit_code() -> None:
    page = (DOCS / "messages.md").read_text(encoding="utf-8")
    kinds = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, PyharnessError)}
    for kind in kinds:
        assert f"({kind.slug})=\n## {kind.slug}: exit code {int(kind.exit_code)}" in page


def test_each_exit_code_is_explained() -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| `{int(code)}` | {code.meaning} |" in page


def test_the_configuration_of_a_build_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (DOCS / "from-source.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "pyharness.toml").write_text(example, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    build = read_options([], {}).build
    assert build.include == ("include",)
    assert [override.libraries for override in build.overrides] == [("resolv",)]


COMMANDS = [
    (page.name, line)
    for page in (DOCS.parent / "README.md", *sorted(DOCS.rglob("*.md")))
    for line in re.findall(r"^(?:\$ )?pyharness (test .*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    if "…" not in line and "OPTION" not in line
]


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_commands_that_are_shown_have_options_that_exist(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    assert read_options([*words, "--no-config"], {}), page
