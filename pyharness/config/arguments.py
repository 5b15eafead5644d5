"""From an option model to argparse and back: every mistake on the command line is one `UsageError`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn, TypeVar

from pyharness.config.commands import COMMANDS
from pyharness.config.field import Field, fields_of
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _typeshed import DataclassInstance

Model = TypeVar("Model", bound="DataclassInstance")


class _Unmeasured(argparse.HelpFormatter):
    """Of some width: each option that is added makes a formatter, and to measure the terminal takes imports."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=80)


class Parser(argparse.ArgumentParser):
    """An argparse parser that raises `UsageError` instead of printing and leaving."""

    def __init__(self, prog: str, description: str, operands: str = "[PATH...]") -> None:
        """Take only whole flags: an abbreviation would change its meaning with the next option that is added."""
        super().__init__(
            prog=prog,
            usage=f"{prog} [OPTION...] {operands}",
            description=description,
            formatter_class=_Unmeasured,
            allow_abbrev=False,
            exit_on_error=False,
        )

    def format_help(self) -> str:
        """Format it for the width of the terminal."""
        self.formatter_class = argparse.HelpFormatter
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise UsageError(message)


class _Store(argparse.Action):
    """Keep the text; refuse a second one where the first would be lost."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        if self.const and hasattr(namespace, self.dest):
            parser.error(f"'{option_string}' is given twice; give it once")
        setattr(namespace, self.dest, values)


class _Gather(argparse.Action):
    """Keep each text."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        setattr(namespace, self.dest, (*getattr(namespace, self.dest, ()), values))


class _Switch(argparse.Action):
    """Keep whether it was the flag or its negative."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002
        namespace: argparse.Namespace,
        values: object,  # noqa: ARG002
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, option_string != self.const)


def read_command(command: str, arguments: Sequence[str], model: type[Model], about: str = "") -> Model | None:
    """Return the options of a command that only its command line speaks of; `None`: all it asks for is `--help`.

    `about`: what it does, if it is a part of a command.

    Raises:
        UsageError: the first thing that is wrong with them.
    """
    (operand,) = (field.metavar for field in fields_of(model) if field.option.positional)
    parser = Parser(f"pyharness {command}", about or f"{COMMANDS[command].capitalize()}.", operand)
    add_options(parser, model)
    try:
        given = parse(parser, arguments, model)
    except SystemExit:  # argparse leaves in this way after --help
        return None
    missing = [field for field in fields_of(model) if field.is_required and field.name not in given]
    if missing:
        message = f"'{parser.prog}' needs {missing[0].expectation}"
        raise UsageError(message)
    return model(**given)


def add_options(parser: argparse.ArgumentParser, model: type[DataclassInstance]) -> None:
    """Add the options of a model. Only what is given reaches the namespace, as text.

    Positional arguments are only described: argparse cannot take them on both sides of an option,
    so `parse` picks them out itself.
    """
    for field in fields_of(model):
        if field.option.positional:
            default = f" (default: {field.default_text})" if field.default_text else ""
            parser.add_argument_group(field.metavar + default, _help(field, ""))
        elif field.kind is bool:
            _add_switch(parser, field)
        elif field.option.flags:
            parser.add_argument(
                *field.option.flags,
                dest=field.name,
                action=_Gather if field.many else _Store,
                const=field.option.once,
                metavar=field.metavar,
                default=argparse.SUPPRESS,
                help=_help(field, _origin(field)),
            )


def _add_switch(parser: argparse.ArgumentParser, field: Field) -> None:
    parser.add_argument(
        *field.option.flags,
        *([field.negative] if field.negative else []),
        dest=field.name,
        action=_Switch,
        const=field.negative,
        nargs=0,
        default=argparse.SUPPRESS,
        help=_help(field, ""),
    )


def parse(
    parser: argparse.ArgumentParser, arguments: Sequence[str], model: type[DataclassInstance]
) -> dict[str, object]:
    """Read a command line whose options `add_options` has added. Returns the fields that it sets.

    Raises:
        UsageError: an option is unknown, lacks its value, or has one that it does not take.
    """
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    try:
        namespace, others = parser.parse_known_args(arguments[:cut])
    except argparse.ArgumentError as error:
        raise UsageError(_explain(error, model)) from None
    for text in others:
        if text.startswith("-"):
            raise UsageError(_unknown(text, parser, model))
    given = vars(namespace)
    _check_exclusive([field for field in fields_of(model) if given.get(field.name)])
    return _values(model, given, [*others, *arguments[cut + 1 :]])


def _values(
    model: type[DataclassInstance], given: Mapping[str, object], positional: Sequence[str]
) -> dict[str, object]:
    values: dict[str, object] = {}
    for field in fields_of(model):
        text = given.get(field.name)
        if field.option.positional and positional:
            values[field.name] = _operands(field, positional)
        elif isinstance(text, tuple):
            values[field.name] = tuple(field.read(str(one), field.flag) for one in text)
        elif text is not None:
            values[field.name] = field.read(text, field.flag) if isinstance(text, str) else text
    return values


def _operands(field: Field, texts: Sequence[str]) -> object:
    if not field.many and len(texts) > 1:
        message = f"there is one {field.metavar} only; leave out '{texts[1]}'"
        raise UsageError(message)
    values = tuple(field.read(text, field.flag) for text in texts)
    return values if field.many else values[0]


def _check_exclusive(given: Sequence[Field]) -> None:
    seen: dict[str, Field] = {}
    for field in given:
        if field.option.exclusive:
            other = seen.setdefault(field.option.subject, field)
            if other is not field:
                message = f"'{other.flag}' and '{field.flag}' exclude each other; give one of them"
                raise UsageError(message)


def _explain(error: argparse.ArgumentError, model: type[DataclassInstance]) -> str:
    """Say by the kind of the option what argparse found missing or superfluous."""
    flags = (error.argument_name or "").split("/")
    field = next((field for field in fields_of(model) if set(field.option.flags) & set(flags)), None)
    if field is None:
        return f"'{error.argument_name}' takes no value; leave it out"
    if field.kind is bool:
        return f"'{field.flag}' takes no value; leave it out"
    return f"'{field.flag}' needs a value; give it as {field.flag} {field.metavar}"


def _unknown(text: str, parser: argparse.ArgumentParser, model: type[DataclassInstance]) -> str:
    import difflib  # noqa: PLC0415  only needed on the way out

    name = text.partition("=")[0]
    flags = [flag for field in fields_of(model) for flag in (*field.option.flags, field.negative) if flag]
    bare = name.rstrip("0123456789")  # -j4
    known = [field.flag for field in fields_of(model) if bare in field.option.elsewhere]
    close = known or difflib.get_close_matches(name, flags, n=1)
    advice = f"did you mean '{close[0]}'?" if close else f"'{parser.prog} --help' lists the options"
    return f"unknown option '{name}'; {advice}"


def _origin(field: Field) -> str:
    parts = [f"default: {field.default_text}"] if field.default_text else []
    if field.option.environment:
        parts.append(f"environment: {field.option.environment}")
    return f" ({'; '.join(parts)})" if parts else ""


def _help(field: Field, origin: str) -> str:
    return (field.option.help + origin).replace("%", "%%")
