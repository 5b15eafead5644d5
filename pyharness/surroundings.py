"""What a run puts into the environment of what it starts, over all that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Surroundings(Protocol):
    """Variables for what a run starts."""

    @property
    def hosts(self) -> Mapping[str, str]:
        """For hosts."""

    @property
    def listing(self) -> Mapping[str, str]:
        """For programs that are asked what they have."""

    def program(self, path: str, folder: str, case: tuple[int, int] | None) -> Mapping[str, str]:
        """For a program that runs cases, by its path and the folder that it runs in.

        `case`: the numbers of suite and case, where it runs but one.
        """


class NothingAround:
    """No such environment."""

    hosts: Mapping[str, str] = {}
    listing: Mapping[str, str] = {}

    def program(self, path: str, folder: str, case: tuple[int, int] | None) -> Mapping[str, str]:  # noqa: ARG002
        """See `Surroundings`."""
        return {}


NOTHING_AROUND = NothingAround()
