"""Asks pkg-config for the flags of packages."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import msgspec

from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyharness.config.build_options import BuildOptions

_LIMIT_S = 30


class Package(msgspec.Struct, frozen=True):
    """What one or several packages need."""

    compile_arguments: tuple[str, ...]
    link_arguments: tuple[str, ...]


def find_packages(options: BuildOptions, environment: Mapping[str, str]) -> dict[tuple[str, ...], Package]:
    """Return the packages that the configuration names, by what it names together.

    Raises:
        UsageError: pkg-config does not know one of them, or is not there.
    """
    wanted = {one.pkg_config for one in (options, *options.overrides) if one.pkg_config}
    return {names: _find(names, options, environment) for names in sorted(wanted)}


def _find(names: tuple[str, ...], options: BuildOptions, environment: Mapping[str, str]) -> Package:
    named = shlex.split(environment.get("PKG_CONFIG") or "pkg-config")
    program = shutil.which(named[0], path=environment.get("PATH", os.defpath))
    if program is None:
        message = f"no '{named[0]}' in PATH, which 'pkg-config' in {options.where} asks; install it"
        raise UsageError(message)
    asked = [program, *named[1:], "--print-errors"]
    compiling = _ask([*asked, "--cflags", "--", *names], names, options, environment)
    return Package(compiling, _ask([*asked, "--libs", "--", *names], names, options, environment))


def _ask(
    command: Sequence[str], names: Iterable[str], options: BuildOptions, environment: Mapping[str, str]
) -> tuple[str, ...]:
    try:
        done = subprocess.run(
            command, capture_output=True, env=dict(environment), cwd=options.root, timeout=_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"'{command[0]}' cannot be asked for 'pkg-config' in {options.where}: {error}"
        raise UsageError(message) from None
    if done.returncode != 0:
        why = " ".join(done.stderr.decode(errors="backslashreplace").split()) or "it does not say why"
        message = (
            f"pkg-config does not find {', '.join(map(repr, names))} of 'pkg-config' in {options.where}: {why}; "
            "install what develops with it, or set PKG_CONFIG_PATH"
        )
        raise UsageError(message)
    return tuple(shlex.split(done.stdout.decode(errors="surrogateescape")))
