"""What all tests share: golden files, and the command that accepts a change of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="take what the tests produce as the new golden files")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a whole output with the file of that name in `golden/` beside the test."""

    def compare(name: str, produced: str) -> None:
        path = Path(request.path).parent / "golden" / name
        if request.config.getoption("--accept"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(produced, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        assert produced == expected, f"golden/{name} differs; pytest --accept takes the new output"

    return compare
