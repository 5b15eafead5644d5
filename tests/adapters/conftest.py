"""What the tests of adapters share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Programs


@pytest.fixture(scope="session")
def built(programs: Programs) -> Path:
    """Return the folder of the built programs."""
    return programs.folder
