"""Paths that match a pattern: `*` and `?` stay within one name, `**` is any number of folders."""

from __future__ import annotations

import functools
import re

_PART = re.compile(
    r"(?P<folders>\*\*/)|(?P<all>\*\*)|(?P<some>\*)|(?P<one>\?)|(?P<set>\[!?[^]]+\])|(?P<other>.)", re.DOTALL
)


def matches(path: str, pattern: str) -> bool:
    """Return whether the whole path, with '/' between its names, is as the pattern says."""
    return _compiled(pattern).fullmatch(path) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_translated(part) for part in _PART.finditer(pattern)), re.DOTALL)


def _translated(part: re.Match[str]) -> str:
    text = part[0]
    match part.lastgroup:
        case "folders":
            return "(?:.*/)?"
        case "all":
            return ".*"
        case "some":
            return "[^/]*"
        case "one":
            return "[^/]"
        case "set":
            inner = text[1:-1].replace("\\", r"\\")
            return f"[^/{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
        case _:
            return re.escape(text)
