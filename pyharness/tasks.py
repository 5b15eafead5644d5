"""What is on the plan, by the number of the task. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.model import Case, Suite


class Tasks(msgspec.Struct, frozen=True):
    """What is on the plan: task `i` is case `indices[i]` of `suites[libraries[i]]`. More may come behind."""

    suites: Sequence[Suite | None]
    libraries: list[int]
    indices: list[int]

    def __len__(self) -> int:
        """Count the tasks."""
        return len(self.indices)

    def _suite(self, task: int) -> Suite:
        suite = self.suites[self.libraries[task]]
        if suite is None:  # a failed suite gives no tasks
            message = f"task {task} belongs to no suite"
            raise LookupError(message)
        return suite

    def path(self, library: int) -> str:
        """Return the path of a suite."""
        suite = self.suites[library]
        return suite.path if suite else ""

    def id(self, task: int) -> str:
        """Return the case's id."""
        return self._suite(task).id(self.indices[task])

    def case(self, task: int) -> Case:
        """Return the case."""
        return self._suite(task).case(self.indices[task])
