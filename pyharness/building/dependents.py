"""What has to be built again when a file changes, as ninja knows it from the last build."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from pyharness.building.lock import BuildLock
from pyharness.building.ninja_process import command
from pyharness.building.preparing import header_folder
from pyharness.errors import SuiteError

if TYPE_CHECKING:
    from pyharness.building.plan import BuildPlan

_LIMIT_S = 60
"""To read what is known of the largest project."""
_SYSTEM = "/usr/"


def dependents(plan: BuildPlan) -> dict[str, set[str]]:
    """Return, by the absolute path of each file, the libraries that are to be built again when it changes.

    Headers are known of what has been compiled once; those of the system and of pyharness are left out.

    Raises:
        SuiteError: ninja does not say.
    """
    library_of = {source: suite.library for suite in plan.suites for source in suite.sources}
    everyone = set(library_of.values())
    included = _included(plan)
    users: dict[str, set[str]] = {}
    for one in (*plan.tests, *plan.sources):
        libraries = {library_of[one.source]} if one.is_test else everyone
        for path in (one.source, *included.get(one.object, ())):
            users.setdefault(os.path.join(plan.root, path), set()).update(libraries)
    for link, suite in zip(plan.links, plan.suites, strict=True):
        for path in link.files:
            users.setdefault(os.path.join(plan.root, path), set()).add(suite.library)
    return {path: libraries for path, libraries in users.items() if not _is_installed(path, plan.root)}


def _is_installed(path: str, root: str) -> bool:
    if path.startswith(os.path.join(root, "")):
        return False
    return path.startswith((_SYSTEM, os.path.join(header_folder(), "")))


def _included(plan: BuildPlan) -> dict[str, list[str]]:
    """Return what each object depends on beside the source that it is made of."""
    lock = BuildLock(os.path.join(plan.root, plan.folder))
    try:
        lock.acquire(lambda _: None, lambda: False)  # who reads may also tidy up
        done = subprocess.run(
            command(plan, "-t", "deps"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=plan.root,
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SuiteError(f"cannot ask ninja what depends on what: {error}") from None
    finally:
        lock.release()
    if done.returncode != 0:
        raise SuiteError(f"cannot ask ninja what depends on what: {os.fsdecode(done.stderr).strip()}")
    return parse_deps(os.fsdecode(done.stdout))


def parse_deps(text: str) -> dict[str, list[str]]:
    """Return the inputs of each output in what `ninja -t deps` prints."""
    found: dict[str, list[str]] = {}
    inputs: list[str] = []
    for line in text.split("\n"):
        output, mark, _ = line.rpartition(": #deps ")
        if line.startswith("    "):
            inputs.append(line[4:])
        elif mark:
            inputs = found.setdefault(output, [])
    return found
