"""What a field of an option model says about itself, and how its text becomes a value."""

from __future__ import annotations

import dataclasses
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import DataclassInstance

# ASCII digits only: int() and float() would also take ' 4', '1_0', 'nan' and digits of other scripts.
_WHOLE = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
_MOST_DIGITS = 18
"""More than any option needs; a flood of digits is kept from int(), which refuses more than some thousands of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """How one field of a model is given: on the command line, in the environment, in a configuration file."""

    flags: tuple[str, ...] = ()
    """Empty for the positional arguments, and for what only a configuration file can say."""
    positional: bool = False
    help: str
    elsewhere: tuple[str, ...] = ()
    """Flags by which CTest, pytest and others mean this: whoever tries one of them is told the one of ours."""
    metavar: str = ""
    choices: tuple[str, ...] = ()
    minimum: float = 0
    maximum: float | None = None
    """Both ends are allowed values."""
    environment: str = ""
    """The variable that stands in for the flag; when it is empty it counts as not set."""
    key: str = ""
    """The key in a configuration file, where it is not the name of the flag."""
    configurable: bool = True
    """A configuration file may set it."""
    is_path: bool = False
    """A relative path, in a configuration file, counts from the file's folder."""
    default: str = ""
    """What the documentation says of the default, where the value alone says too little."""
    once: bool = False
    """A second occurrence is a mistake, because the first would be lost without a word."""
    subject: str = ""
    """Options with the same word speak of one thing: what a source says of it replaces all that weaker ones say."""
    exclusive: bool = False
    """Only one option of its subject may be given at a time."""
    read: Callable[[object], object] | None = None
    """Turns the text of a flag, or the value in a configuration file, into the field's; `None`: it is not allowed. For
    unusual types."""
    expected: str = ""
    """What `read` takes, in words."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model: its name, the type of its value, its default, and its `Option`."""

    name: str
    kind: type
    many: bool
    """The value is a tuple of `kind`."""
    default: Any
    option: Option

    @property
    def flag(self) -> str:
        """The name to use in messages: the long flag, if there is one."""
        return self.option.flags[-1] if self.option.flags else self.option.metavar

    @property
    def is_required(self) -> bool:
        """There is no default."""
        return self.default is dataclasses.MISSING

    @property
    def negative(self) -> str:
        """The flag that takes back what a weaker source has switched on; empty when there is none."""
        if self.kind is not bool or not self.key or not self.option.flags:
            return ""
        return f"--{self.key.removeprefix('no-')}" if self.key.startswith("no-") else f"--no-{self.key}"

    @property
    def key(self) -> str:
        """The key in a configuration file; empty when none sets it."""
        if not self.option.configurable:
            return ""
        return self.option.key or self.flag.lstrip("-")

    @property
    def metavar(self) -> str:
        """What stands for the value in the help."""
        return self.option.metavar or "|".join(self.option.choices)

    @property
    def default_text(self) -> str:
        """The default in the words of the documentation; empty when there is none."""
        if self.option.default:
            return self.option.default
        if self.default is None or self.is_required or self.kind is bool:
            return ""
        return f"{self.default:g}" if self.kind is float else str(self.default)

    @property
    def expectation(self) -> str:
        """What is allowed, in words that follow 'give'."""
        if self.option.expected:
            return self.option.expected
        if self.kind is bool:
            return "true or false"
        if self.option.choices:
            return " or ".join(f"'{choice}'" for choice in self.option.choices)
        if self.kind is str:
            what = self.option.metavar
            return f"a list of at least one {what}, none of them empty" if self.many else f"a {what} that is not empty"
        what = "a whole number" if self.kind is int else "a decimal number"
        if self.option.maximum is None:
            return f"{what} of at least {self.option.minimum}"
        return f"{what} from {self.option.minimum} to {self.option.maximum}"

    def read(self, text: str, source: str) -> object:
        """Turn what was given as `source` (a flag or a variable) into the field's value.

        Raises:
            UsageError: the text is no value of this field.
        """
        value = self._read_text(text)
        if value is None:
            one = dataclasses.replace(self, many=False).expectation
            message = f"invalid value '{text}' for '{source}'; give {one}"
            raise UsageError(message)
        return value

    def _read_text(self, text: str) -> object:
        if self.option.read is not None:
            return self.option.read(text)
        value = _READERS[self.kind](text)
        return value if value is not None and self._allows(value) else None

    def accept(self, value: object) -> object:
        """Return the field's value for one that already has a type; `None`: it is not allowed."""
        if self.option.read is not None:
            return self.option.read(value)
        if self.many:
            values = [self._accept_one(item) for item in value] if isinstance(value, list) else []
            return tuple(values) if values and None not in values else None
        return self._accept_one(value)

    def _accept_one(self, value: object) -> object:
        if type(value) is not self.kind and not (self.kind is float and type(value) is int):  # a bool is no number here
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _NUMBERS[self.kind](value) if self._allows(value) else None
        if isinstance(value, str):
            return value if value and "\0" not in value and self._allows(value) else None
        return value

    def _allows(self, value: float | str) -> bool:
        if isinstance(value, str):
            return not self.option.choices or value in self.option.choices
        return self.option.minimum <= value and (self.option.maximum is None or value <= self.option.maximum)


@functools.cache
def fields_of(model: type[DataclassInstance]) -> tuple[Field, ...]:
    """Return the options of a model, in its order: the fields declared as `Annotated[type, Option(...)]`."""
    hints = get_type_hints(model, include_extras=True)
    return tuple(
        _field(field, hints[field.name])
        for field in dataclasses.fields(model)
        if get_origin(hints[field.name]) is Annotated
    )


def _field(field: dataclasses.Field[Any], hint: object) -> Field:
    declared, option = get_args(hint)
    return Field(field.name, _kind(declared), get_origin(declared) is tuple, field.default, option)


def _kind(declared: Any) -> type:
    """Return the type of one value: `int` for `int | None`, `str` for `tuple[str, ...]`."""
    kind: type = next((part for part in get_args(declared) if part is not type(None)), declared)
    return kind


def _read_int(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) and len(text) <= _MOST_DIGITS else None


def _read_float(text: str) -> float | None:
    return float(text) if _DECIMAL.fullmatch(text) else None


def _read_str(text: str) -> str | None:
    return text or None


_NUMBERS: dict[type, Callable[[float], float]] = {int: int, float: float}
_READERS: dict[type, Any] = {int: _read_int, float: _read_float, str: _read_str}
