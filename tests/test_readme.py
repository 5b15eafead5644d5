"""What the README shows a newcomer is true: its first test builds and passes, its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
BIN = Path(sys.executable).parent


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return str(found)


def output_of(*command: str, cwd: Path) -> str:
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_first_test_builds_and_passes(tmp_path: Path) -> None:
    (tmp_path / "math.test.cpp").write_text(block("cpp"))
    (tmp_path / "CMakeLists.txt").write_text(block("cmake"))
    folder = output_of(str(BIN / "pyharness"), "--cmake-dir", cwd=tmp_path).strip()
    output_of(str(BIN / "cmake"), "-S", ".", "-B", "build", f"-Dpyharness_DIR={folder}", cwd=tmp_path)
    output_of(str(BIN / "cmake"), "--build", "build", cwd=tmp_path)
    shown = output_of(str(BIN / "pyharness"), "test", "build", cwd=tmp_path)
    assert re.fullmatch(r"11 passed in \d+\.\d\d s", shown.splitlines()[-1])


def test_the_new_file_is_written_as_it_is_shown(tmp_path: Path) -> None:
    (shown,) = re.findall(r"^\$ pyharness new first\n(.*?)^\$", README, re.MULTILINE | re.DOTALL)
    assert output_of(str(BIN / "pyharness"), "new", "first", cwd=tmp_path) == shown


def test_relative_links_of_all_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert not dead


def test_every_slug_of_an_error_has_its_paragraph() -> None:
    from pyharness import errors

    classes = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.PyharnessError)
    ]
    messages = (ROOT / "docs" / "messages.md").read_text()
    missing = [kind.slug for kind in classes if f"\n## {kind.slug}: exit code {int(kind.exit_code)}\n" not in messages]
    assert not missing
