"""One table of a configuration file: what is wrong in it is said in one sentence with file, key and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pyharness.config.field import Field

_LONGEST = 60
_MANY = 12


class ConfigurationError(UsageError):
    """A configuration file that cannot be read, or says what makes no sense."""

    slug = "configuration"


@dataclass(frozen=True, slots=True)
class Table:
    """The values of a table, and where it stands."""

    values: Mapping[str, object]
    file: str
    path: str = ""
    """Its name as in the file, `tool.pyharness.test`; empty: the whole file."""
    number: int = 0
    """Which one it is of several in an array; 0: it stands alone."""

    @property
    def where(self) -> str:
        """For messages, behind 'in'."""
        if self.number:
            return f"[[{self.path}]] number {self.number} of '{self.file}'"
        return f"[{self.path}] of '{self.file}'" if self.path else f"'{self.file}'"

    def key_path(self, key: str) -> str:
        """Return the name of a table within this one."""
        return f"{self.path}.{key}" if self.path else key

    def allow(self, keys: Collection[str], elsewhere: Mapping[str, str] | None = None) -> None:
        """Refuse all other keys. `elsewhere`: where some of those belong, as an advice.

        Raises:
            ConfigurationError: there is another one.
        """
        for key in self.values:
            if key not in keys:
                advice = (elsewhere or {}).get(key) or _advise(key, keys)
                message = f"unknown key '{key}' in {self.where}; {advice}"
                raise ConfigurationError(message)

    def table(self, key: str) -> Table:
        """Return a table within; an empty one where there is none.

        Raises:
            ConfigurationError: it is no table.
        """
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "a table")
        return Table(value, self.file, self.key_path(key))

    def tables(self, key: str) -> list[Table]:
        """Return the tables of an array.

        Raises:
            ConfigurationError: it is no array of tables.
        """
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, f"tables, each under [[{self.key_path(key)}]]")
        return [Table(item, self.file, self.key_path(key), number) for number, item in enumerate(value, 1)]

    def value(self, key: str, field: Field) -> object:
        """Return the value of an option.

        Raises:
            ConfigurationError: the field does not take it.
        """
        value = field.accept(self.values[key])
        if value is None:
            raise self.wrong(key, field.expectation)
        return value

    def wrong(self, key: str, expectation: str) -> ConfigurationError:
        """Return the error for a value that is not allowed."""
        shown = _show(self.values[key])
        return ConfigurationError(f"invalid value {shown} for '{key}' in {self.where}; give {expectation}")


def _advise(key: str, keys: Collection[str]) -> str:
    import difflib  # noqa: PLC0415  only needed on the way out

    close = difflib.get_close_matches(key, keys, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    if len(keys) > _MANY:
        return "'pyharness test --no-config --show-config' lists the keys"
    return f"its keys are {', '.join(keys)}"


def _show(value: object) -> str:
    """Return a value about as it stands in the file; long ones are cut."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "of a table"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
