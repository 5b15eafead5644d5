"""What a field of an option model says about itself, and how its text becomes a value."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from pyharness.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# ASCII digits only: int() and float() would also take ' 4', '1_0', 'nan' and digits of other scripts.
_WHOLE = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """How one field of a model is given on the command line and in the environment."""

    flags: tuple[str, ...] = ()
    """Empty for the positional arguments."""
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int | None = None
    """Both ends are allowed values."""
    environment: str = ""
    """The variable that stands in for the flag; when it is empty it counts as not set."""
    default: str = ""
    """What the documentation says of the default, where the value alone says too little."""
    once: bool = False
    """A second occurrence is a mistake, because the first would be lost without a word."""
    exclusive: str = ""
    """Options with the same word here exclude each other."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model: its name, the type of its value, its default, and its `Option`."""

    name: str
    kind: type
    default: Any
    option: Option

    @property
    def flag(self) -> str:
        """The name to use in messages: the long flag, if there is one."""
        return self.option.flags[-1] if self.option.flags else self.option.metavar

    @property
    def metavar(self) -> str:
        """What stands for the value in the help."""
        return self.option.metavar or "|".join(self.option.choices)

    @property
    def default_text(self) -> str:
        """The default in the words of the documentation; empty when there is none."""
        if self.option.default:
            return self.option.default
        if self.default is None or self.kind is bool:
            return ""
        return f"{self.default:g}" if self.kind is float else str(self.default)

    def read(self, text: str, source: str) -> object:
        """Turn what was given as `source` (a flag or a variable) into the field's value.

        Raises:
            UsageError: the text is no value of this field.
        """
        value = _READERS[self.kind](text)
        if value is None or not self._allows(value):
            message = f"invalid value '{text}' for '{source}'; give {self._expectation()}"
            raise UsageError(message)
        return value

    def _allows(self, value: float | str) -> bool:
        if isinstance(value, str):
            return not self.option.choices or value in self.option.choices
        return self.option.minimum <= value and (self.option.maximum is None or value <= self.option.maximum)

    def _expectation(self) -> str:
        if self.option.choices:
            return " or ".join(f"'{choice}'" for choice in self.option.choices)
        if self.kind is str:
            return f"a {self.option.metavar} that is not empty"
        what = "a whole number" if self.kind is int else "a decimal number"
        if self.option.maximum is None:
            return f"{what} of at least {self.option.minimum}"
        return f"{what} from {self.option.minimum} to {self.option.maximum}"


def fields_of(model: type[DataclassInstance]) -> tuple[Field, ...]:
    """Return the fields of a model, in its order. Each is declared as `Annotated[type, Option(...)]`."""
    hints = get_type_hints(model, include_extras=True)
    return tuple(_field(field, hints[field.name]) for field in dataclasses.fields(model))


def _field(field: dataclasses.Field[Any], hint: object) -> Field:
    if get_origin(hint) is not Annotated:
        message = f"field '{field.name}' has no Option"
        raise TypeError(message)
    declared, option = get_args(hint)
    return Field(field.name, _kind(declared), field.default, option)


def _kind(declared: Any) -> type:
    """Return the type of one value: `int` for `int | None`, `str` for `tuple[str, ...]`."""
    kind: type = next((part for part in get_args(declared) if part is not type(None)), declared)
    return kind


def _read_int(text: str) -> int | None:
    # The length keeps a flood of digits from int(), which refuses more than some thousands of them.
    return int(text) if _WHOLE.fullmatch(text) and len(text) <= 18 else None  # noqa: PLR2004


def _read_float(text: str) -> float | None:
    return float(text) if _DECIMAL.fullmatch(text) else None


def _read_str(text: str) -> str | None:
    return text or None


_READERS: dict[type, Any] = {int: _read_int, float: _read_float, str: _read_str}
