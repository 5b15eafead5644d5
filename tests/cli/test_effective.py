"""`pyharness test --show-config`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

from pyharness.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[list[str]]:
    assert main(["test", "--show-config", *arguments]) == 0
    return [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]


def test_each_value_is_shown_with_its_origin(
    session: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYHARNESS_RETRIES", "2")
    (tmp_path / "pyharness.toml").write_text(
        "[test]\ntimeout.after = 5\ntimeout.signals = [['INT', 0.5]]\nleaks = 'fail'\n[profile.ci]\nleaks = 'ignore'\n"
        "[groups]\ndb.limit = 2\n[[test.overrides]]\nfilter = \"x\\u001b\"\ngroup = 'db'\nthreads-required = 'all'\n"
    )
    lines = {key: " ".join(rest.split()) for key, rest in shown(capsys, "--profile", "ci", "-v")}
    assert lines["timeout"] == "5 [test] of 'pyharness.toml'"
    assert lines["timeout.signals"] == '[["INT", 0.5], ["KILL", 1.0]] [test] of \'pyharness.toml\''
    assert lines["leaks"] == "\"ignore\" [profile.ci] of 'pyharness.toml'"
    assert lines["retries"] == "2 PYHARNESS_RETRIES"
    assert lines["verbose"] == "true --verbose"
    assert lines["test-threads"] == "4; 1 with --no-capture default"
    assert lines["group"] == "'db': 2 at once"
    where = "number 1 of 'pyharness.toml'"
    assert lines["[[test.overrides]]"] == (f'{where}: filter = "x\\u001b", group = "db", threads-required = "all"')
    assert session.options is None, "nothing has run"


def test_those_without_a_configuration_do_not_pay_for_its_parser(tmp_path: Path) -> None:
    code = "import sys; from pyharness.cli import main; main(['test', '--show-config']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, text=True, capture_output=True, cwd=tmp_path)
    assert not {"tomllib", "pyharness._core"} & set(done.stdout.splitlines()[-1].split())
