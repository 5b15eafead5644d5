"""Runs gcovr as `python -m gcovr` does, around a defect of 8.7 and 8.8.

Where a source and the root share no folder but `/`, they take that for `//`, and look for what is between without end.
"""

from __future__ import annotations

import sys

from gcovr.__main__ import main
from gcovr.data_model import container


class _Container(container.CoverageContainer):
    def __init__(self, dirname: str, parent: container.CoverageContainer | None = None) -> None:
        super().__init__(dirname, parent)
        if self.dirname == "//":
            self.dirname = "/"


if __name__ == "__main__":
    # Whoever makes one looks for it there, but for the root, which is no `/`.
    container.CoverageContainer = _Container  # type: ignore[misc]
    sys.exit(main())
