"""Foreign text made fit for a console: no control characters, no floods. Tests print whatever they like."""

from __future__ import annotations

import re

MOST_SHOWN = 64 * 1024
"""Bytes of one output that the console shows: half of them from its head, half from its tail."""

# C0, DEL and C1; what ends a line for some readers only; marks that reorder text or take no room; surrogates, which
# cannot be encoded, and what is no character at all.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff"
)
_IN_TEXT = re.compile(f"[{_UNSEEN}]")
_IN_LINE = re.compile(f"[{_UNSEEN}\t\n]")
_LAST_BYTE = 0xFF
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
_CONTINUATION = range(0x80, 0xC0)
"""The bytes within a UTF-8 sequence."""
_LEFT_OUT_BEFORE = re.compile(rb"\n\[([0-9]{1,15}) bytes of output are left out here\]\n")
"""Where the engine has cut an output that was longer than `--max-output`."""


def one_line(text: str) -> str:
    r"""Make every control character visible (`\x1b`), line ends and tabs too."""
    return _IN_LINE.sub(_escape, text)


def lines(raw: bytes | str, most: int = MOST_SHOWN) -> list[str]:
    """Split an output into lines with visible control characters; of a long one only the head and the tail."""
    if isinstance(raw, str):
        raw = raw.encode(errors="backslashreplace")
    head, left_out, tail = clipped(raw, most)
    shown = _split(head)
    if left_out:
        shown += [f"... {left_out} bytes left out ...", *_split(tail)]
    return shown


def clipped(raw: bytes, most: int) -> tuple[bytes, int, bytes]:
    """Return the head, how many bytes are left out, and the tail. Cuts at line ends if there are some near."""
    if len(raw) <= most:
        return raw, 0, b""
    head_end = _cut(raw, most // 2, raw.rfind(b"\n", most // 4, most // 2) + 1)
    tail_start = len(raw) - most // 2
    tail_start = _cut(raw, tail_start, raw.find(b"\n", tail_start - 1, tail_start + most // 4) + 1)
    left_out = tail_start - head_end
    for before in _LEFT_OUT_BEFORE.finditer(raw, head_end, tail_start):
        left_out += int(before[1]) - len(before[0])
    return raw[:head_end], left_out, raw[tail_start:]


def _cut(raw: bytes, at: int, line_start: int) -> int:
    """Choose the start of a line if there is one, otherwise the nearest start of a UTF-8 sequence."""
    if line_start > 0:
        return line_start
    for start in range(at, at - 4, -1):
        if raw[start] not in _CONTINUATION:
            return start
    return at


def _split(raw: bytes) -> list[str]:
    if not raw:
        return []
    text = _IN_TEXT.sub(_escape, raw.decode("utf-8", "backslashreplace"))
    return text.removesuffix("\n").split("\n")


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    number = ord(character)
    return _SHORT.get(character) or (f"\\x{number:02x}" if number <= _LAST_BYTE else f"\\u{number:04x}")
