"""JSON of values that hold foreign text."""

from __future__ import annotations

import msgspec

_ENCODER = msgspec.json.Encoder()


def encode(value: object) -> bytes:
    """Return the JSON of a value in one line. Lone surrogates, which UTF-8 cannot hold, become `?`."""
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        return _ENCODER.encode(_encodable(msgspec.to_builtins(value)))


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(entry) for entry in value]
    return value
