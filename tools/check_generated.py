"""Checks that generated files in the repository are what their sources give; `--write` renews them.

The stub of the native module comes from the installed module, the reference tables from the model of the options.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(sys.executable).parent


def run(*command: str, cwd: str) -> None:
    """Run a tool of this environment, outside the source tree, so that the installed package is what it sees."""
    subprocess.run([str(BIN / command[0]), *command[1:]], check=True, cwd=cwd, stdout=subprocess.DEVNULL)


def stub() -> str:
    """Return the stub of `pyharness._core` as the stub generator makes it."""
    with tempfile.TemporaryDirectory() as folder:
        run("pybind11-stubgen", "pyharness._core", "-o", folder, cwd=folder)
        return (pathlib.Path(folder) / "pyharness" / "_core.pyi").read_text()


def reference() -> str:
    """Return docs/cli.md with fresh tables."""
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "cli.md"
        page.write_text((ROOT / "docs" / "cli.md").read_text())
        run("python", "-m", "pyharness.config.reference", str(page), cwd=folder)
        return page.read_text()


def main() -> int:
    """Compare or write; 1 when something is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write what is out of date")
    write = parser.parse_args().write
    stale = []
    for path, content in ((ROOT / "pyharness" / "_core.pyi", stub()), (ROOT / "docs" / "cli.md", reference())):
        if not path.exists() or path.read_text() != content:
            stale.append(str(path.relative_to(ROOT)))
            if write:
                path.write_text(content)
    if stale and not write:
        print(f"out of date: {', '.join(stale)}; run `make stubs` and look at the difference")
    return 1 if stale and not write else 0


if __name__ == "__main__":
    sys.exit(main())
