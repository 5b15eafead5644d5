"""From a command line to the options that hold: with the environment, and the configuration that these ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyharness.config import bazel
from pyharness.config.configuration import Configuration, check
from pyharness.config.file import find, read
from pyharness.config.options import TestOptions
from pyharness.config.sources import command_line, environment, merge
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def resolve(given: Mapping[str, object], environ: Mapping[str, str]) -> TestOptions:
    """Return the options of `pyharness test`, where the command line sets `given`.

    Raises:
        UsageError: a variable or a configuration says something that is not allowed.
    """
    flags = command_line(TestOptions, given)
    said = (bazel.source(environ, flags), flags, environment(TestOptions, environ, flags))
    configuration = _configuration(TestOptions(**merge(TestOptions, said)))
    return TestOptions(
        **merge(TestOptions, (*said, *configuration.sources)),
        overrides=configuration.overrides,
        groups=configuration.groups,
        build=configuration.build,
        cache=configuration.cache,
        bazel=bazel.files(environ),
    )


def _configuration(said: TestOptions) -> Configuration:
    file = None
    if said.config is not None:
        file = read(said.config)
    elif not said.no_config:
        file = find()
    if file is not None:
        return check(file, said.profile)
    if said.profile is None:
        return Configuration()
    where = "'--no-config' leaves it out" if said.no_config else "there is none here or in a folder above"
    message = f"the profile '{said.profile}' needs a configuration, and {where}; write pyharness.toml, or name a file"
    raise UsageError(message)
