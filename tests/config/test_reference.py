"""The generated part of docs/cli.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyharness.config import reference
from pyharness.config.commands import COMMANDS
from pyharness.config.field import fields_of
from pyharness.config.options import TestOptions
from pyharness.errors import ExitCode, UsageError

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == reference.renewed(page), "run: python -m pyharness.config.reference docs/cli.md"


def test_every_flag_variable_and_exit_code_is_in_the_reference() -> None:
    text = reference.render()
    for field in fields_of(TestOptions):
        assert all(f"`{flag}" in text for flag in field.option.flags)
        assert field.option.environment in text
    assert all(f"| `{code.value}` | {code.meaning} |" in text for code in ExitCode)


def test_every_command_and_its_options_are_in_the_reference() -> None:
    assert set(reference.MODELS) == set(COMMANDS)
    text = reference.render()
    for name, model in reference.MODELS.items():
        assert f"| `{name}` | {COMMANDS[name]} |" in text
        section = text.partition(f"## Options of `pyharness {name}`")[2].partition("\n## ")[0]
        for field in fields_of(model):
            assert field.option.help in section.replace("\\|", "|") or not (
                field.option.flags or field.option.positional
            )


def test_parts_of_commands_are_in_the_reference() -> None:
    text = reference.render()
    for name, model in reference.PARTS.items():
        assert name.partition(" ")[0] in COMMANDS
        section = text.partition(f"## Options of `pyharness {name}`")[2].partition("\n## ")[0]
        assert all(field.option.help in section for field in fields_of(model))


def test_only_the_part_between_the_markers_is_rewritten(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{reference.BEGIN}\nstale words\n{reference.END}\nafter\n", encoding="utf-8")
    reference.main([str(page)])
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "stale words" not in text
    assert reference.render() in text


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(UsageError, match="put these two lines into it"):
        reference.renewed("nothing here")
