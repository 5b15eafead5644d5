"""The table `[build]` of a configuration: what test sources are compiled and linked with."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pyharness.config.field import Option, fields_of
from pyharness.config.table import ConfigurationError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from pyharness.config.field import Field
    from pyharness.config.table import Table

_STANDARD = re.compile(r"(c|gnu)(\+\+)?[0-9][0-9a-z]")


def _standard(plus: str, example: str) -> dict[str, Any]:
    def read(value: object) -> str | None:
        match = _STANDARD.fullmatch(value) if isinstance(value, str) else None
        return match[0] if match is not None and (match[2] or "") == plus else None

    return {"read": read, "expected": f"the name of a standard, such as '{example}' or 'gnu{example[1:]}'"}


@dataclass(frozen=True, kw_only=True)
class CompileOptions:
    """What can be said for all sources, and once more for some."""

    c_standard: Annotated[
        str | None,
        Option(key="c-standard", help="The C standard.", default="c11", **_standard("", "c11")),
    ] = None
    cxx_standard: Annotated[
        str | None,
        Option(key="cxx-standard", help="The C++ standard.", default="c++17", **_standard("++", "c++20")),
    ] = None
    flags: Annotated[
        tuple[str, ...], Option(key="flags", metavar="FLAG", help="Arguments of both compilers.", default="none")
    ] = ()
    c_flags: Annotated[
        tuple[str, ...], Option(key="c-flags", metavar="FLAG", help="Arguments of the C compiler.", default="none")
    ] = ()
    cxx_flags: Annotated[
        tuple[str, ...], Option(key="cxx-flags", metavar="FLAG", help="Arguments of the C++ compiler.", default="none")
    ] = ()
    include: Annotated[
        tuple[str, ...],
        Option(
            key="include",
            metavar="FOLDER",
            help="Folders that are searched for headers.",
            default="none",
            is_path=True,
        ),
    ] = ()
    pkg_config: Annotated[
        tuple[str, ...],
        Option(
            key="pkg-config",
            metavar="NAME",
            help="Packages whose flags pkg-config knows, for compiling and linking.",
            default="none",
        ),
    ] = ()
    libraries: Annotated[
        tuple[str, ...],
        Option(
            key="libraries",
            metavar="LIBRARY",
            help="What suites are linked with: a name as behind -l, or a file, which has a '/' in its path.",
            default="none",
        ),
    ] = ()
    link_flags: Annotated[
        tuple[str, ...],
        Option(key="link-flags", metavar="FLAG", help="Arguments of the compiler when it links.", default="none"),
    ] = ()


@dataclass(frozen=True, kw_only=True)
class BuildOverride(CompileOptions):
    """One entry of `[[build.overrides]]`: what is added for the sources whose path matches."""

    path: Annotated[
        str,
        Option(
            key="path",
            metavar="GLOB",
            help="The sources that the override is for, from the file's folder: `*` is any part of a name, `**` any "
            "folders.",
            default="must be given",
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class BuildOptions(CompileOptions):
    """What `[build]` says. Relative paths in it count from `root`."""

    c_compiler: Annotated[
        str | None,
        Option(
            key="c-compiler",
            metavar="COMMAND",
            help="The C compiler, with arguments if it needs them. The variable CC goes before it.",
            default="the first that is there of cc, gcc, clang",
        ),
    ] = None
    cxx_compiler: Annotated[
        str | None,
        Option(
            key="cxx-compiler",
            metavar="COMMAND",
            help="The C++ compiler, with arguments if it needs them. The variable CXX goes before it.",
            default="the first that is there of c++, g++, clang++",
        ),
    ] = None
    sources: Annotated[
        tuple[str, ...],
        Option(
            key="sources",
            metavar="GLOB",
            help="Sources under test, from the file's folder: they are compiled once, and each suite is linked with "
            "what it needs of them. Test sources are not taken; `!GLOB` leaves out others.",
            default="none",
        ),
    ] = ()

    overrides: tuple[BuildOverride, ...] = ()
    """The strongest last."""
    folder: str = ""
    """Of the configuration file; empty: the current one."""
    where: str = "[build]"
    """For messages: the table and its file."""

    @property
    def root(self) -> str:
        """The folder that sources are named from, and that the compilers run in; absolute, and without links."""
        return os.path.realpath(self.folder)


def read(table: Table, folder: str) -> BuildOptions:
    """Return what the table says.

    Raises:
        ConfigurationError: a key or a value in it is not allowed.
    """
    fields = by_key(BuildOptions)
    table.allow((*fields, "overrides"), {"path": f"it is for some sources, put it under [[{table.path}.overrides]]"})
    overrides = tuple(_read_override(entry) for entry in table.tables("overrides"))
    return BuildOptions(**_values(table, fields), overrides=overrides, folder=folder, where=table.where)


def _read_override(table: Table) -> BuildOverride:
    fields = by_key(BuildOverride)
    section = f"[{table.path.removesuffix('.overrides')}]"
    table.allow(fields, dict.fromkeys(by_key(BuildOptions), f"it is for all sources, put it under {section}"))
    if "path" not in table.values:
        message = f"no 'path' in {table.where}; say which sources it is for, such as \"tests/net/**\""
        raise ConfigurationError(message)
    return BuildOverride(**_values(table, fields))


def _values(table: Table, fields: dict[str, Field]) -> dict[str, Any]:
    return {fields[key].name: _value(table, fields[key]) for key in table.values if key != "overrides"}


def _value(table: Table, field: Field) -> object:
    value = table.value(field.key, field)
    if any("\n" in text for text in (value if isinstance(value, tuple) else [str(value)])):
        raise table.wrong(field.key, f"{field.expectation}, on one line")
    return value


def by_key(model: type[DataclassInstance]) -> dict[str, Field]:
    """Return the fields of one of the models here."""
    return {field.key: field for field in fields_of(model)}
