"""Whether to use colours, by the option and by what the environment is agreed to say about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = {
    "NO_COLOR": "Not empty: no colours with `--color auto`. Goes before the next two. See <https://no-color.org>.",
    "FORCE_COLOR": "Not empty and not `0`: colours with `--color auto`, also when the output is no terminal.",
    "CLICOLOR_FORCE": "The same as `FORCE_COLOR`.",
    "TERM": "`dumb`: a terminal without colours (with `--color auto`) and without a display of what runs.",
}
"""The variables that are looked at, and what they mean; the reference is made from it."""


def wants_color(choice: str, environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Decide for one stream. `choice` is the value of `--color`; `terminal` tells whether the stream is one."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if any(environ.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return terminal and environ.get("TERM") != "dumb"
