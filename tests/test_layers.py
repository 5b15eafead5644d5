"""What may import what, beyond the layers that import-linter holds."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "pyharness"
NATIVE = "pyharness._core"


def imported_by(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_only_the_engine_imports_the_native_module() -> None:
    importers = [str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if NATIVE in imported_by(path)]
    assert importers == ["engine.py"]


def test_only_what_draws_imports_rich() -> None:
    importers = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(name.split(".")[0] == "rich" for name in imported_by(path))
    ]
    assert sorted(importers) == ["reporters/coverage_table.py", "reporters/live.py"]


def test_only_the_plugin_and_what_writes_for_it_import_coverage_py() -> None:
    importers = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(name.split(".")[0] == "coverage" for name in imported_by(path))
    ]
    assert sorted(importers) == ["coverage/python_data.py", "coverage_plugin.py"]


def test_only_the_bindings_include_pybind11() -> None:
    sources = PACKAGE.parent / "cpp"
    users = {path.parent.name for path in sources.rglob("*.[hc]*") if "#include <pybind11" in path.read_text()}
    assert users == {"bindings"}
