"""Native coverage as a data file of coverage.py, which combines it with Python's."""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage import python_lines, report_files
from pyharness.coverage.python_lines import LINES, PLUGIN, TRACER, NativeLines
from pyharness.errors import CoverageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyharness.coverage.model import Coverage, FileCoverage

_SUFFIX = "native"
_NO_LIBRARY = "coverage.py is not installed beside pyharness; `pip install 'pyharness[python]'` installs it"
_NO_PLUGIN = (
    f'coverage.py does not know what to make of native files; add plugins = ["{PLUGIN}"] to [tool.coverage.run] in '
    "pyproject.toml"
)


class _Settings(NamedTuple):
    """What coverage.py is configured to do in the current folder."""

    data_file: str
    has_relative_files: bool
    has_branches: bool


class _DataFile(NamedTuple):
    """What stands in a data file."""

    tracers: frozenset[str | None]
    """Who has measured its files."""
    has_branches: bool


def write(coverage: Coverage, output: str | None) -> str:
    """Write a data file, and beside the other reports what the plugin has to know; return the path of the first.

    It counts branches if what coverage.py has measured here does, because it combines nothing else.

    Args:
        coverage: Of files that are where they were when they were compiled.
        output: The path; `None`: beside the data file of coverage.py, where `coverage combine` finds it.

    Raises:
        UsageError: coverage.py is not there, or does not know the plugin, or the output holds something else.
        CoverageError: a source is gone or was changed, or something cannot be written.
    """
    settings = _settings()
    path = output or f"{settings.data_file}.{_SUFFIX}"
    _refuse_foreign(path)
    root = os.getcwd()
    known = {
        python_lines.key(file.path, root): python_lines.of_file(file, _source(file), has_columns=coverage.has_regions)
        for file in coverage.files
    }
    names = {file.path: _name(file.path, root, settings) for file in coverage.files}
    _write_data(coverage, names, path, has_branches=_has_branches(settings, path))
    report_files.write({LINES: python_lines.encode(NativeLines(known))})
    return path


def refuse_older(each: Mapping[str, Coverage]) -> None:
    """See that no source was changed since its coverage was written, by the times of the files.

    Args:
        each: What was read, by the path of its coverage.json.

    Raises:
        CoverageError: A source is newer.
    """
    for path, coverage in each.items():
        written_s = os.stat(path).st_mtime
        for file in coverage.files:
            if os.path.exists(file.path) and os.stat(file.path).st_mtime > written_s:
                message = (
                    f"'{file.path}' is newer than '{path}', and may speak of other lines; build and measure again, or "
                    f"`touch` '{path}' if the source is the same"
                )
                raise CoverageError(message)


def _settings() -> _Settings:
    try:
        import coverage  # noqa: PLC0415  an extra
    except ImportError:
        raise UsageError(_NO_LIBRARY) from None
    try:
        configured = coverage.Coverage()
    except coverage.CoverageException as error:
        message = f"coverage.py does not read its configuration: {error}"
        raise UsageError(message) from None
    plugins = configured.get_option("run:plugins")
    if not isinstance(plugins, list) or PLUGIN not in plugins:
        raise UsageError(_NO_PLUGIN)
    return _Settings(
        data_file=str(configured.get_option("run:data_file")),
        has_relative_files=bool(configured.get_option("run:relative_files")),
        has_branches=bool(configured.get_option("run:branch")),
    )


def _refuse_foreign(path: str) -> None:
    """Keep what coverage.py itself has measured from being written over."""
    if not os.path.exists(path):
        return
    data = _read(path)
    if data is None or data.tracers - {TRACER}:
        message = (
            f"'{path}' has something else than native coverage; write another file, such as '.coverage.{_SUFFIX}', and "
            "let `coverage combine --append` add it"
        )
        raise UsageError(message)


def _has_branches(settings: _Settings, path: str) -> bool:
    """Say what is to be combined: data of lines, or of branches; as is configured if nothing was measured yet."""
    own = os.path.abspath(path)
    beside = sorted(glob.glob(f"{glob.escape(settings.data_file)}.*"))
    for other in (settings.data_file, *beside):
        if os.path.abspath(other) != own and os.path.exists(other):
            data = _read(other)
            if data is not None and data.tracers:
                return data.has_branches
    return settings.has_branches


def _read(path: str) -> _DataFile | None:
    """Read a data file; `None`: it is none."""
    import coverage  # noqa: PLC0415  an extra

    data = coverage.CoverageData(path)
    try:
        data.read()
        tracers = frozenset(data.file_tracer(file) for file in data.measured_files())
        return _DataFile(tracers, data.has_arcs())
    except coverage.CoverageException:
        return None
    finally:
        data.close()


def _source(file: FileCoverage) -> bytes:
    """Return the source, if it can be that which was measured.

    Raises:
        CoverageError: It cannot be read, or is too short for the places that were counted.
    """
    try:
        with open(file.path, "rb") as source:
            content = source.read()
    except OSError as error:
        message = (
            f"cannot read '{file.path}', of which there is coverage: {error.strerror}; build where the sources are, or "
            "leave it out with --exclude"
        )
        raise CoverageError(message) from None
    lengths = [len(line) for line in content.split(b"\n")]
    if any(line > len(lengths) or column > lengths[line - 1] + 1 for line, column in _places(file)):
        message = f"'{file.path}' was changed after it was measured; build and measure again"
        raise CoverageError(message)
    return content


def _places(file: FileCoverage) -> Iterator[tuple[int, int]]:
    return (segment[:2] for segment in file.segments if segment.has_count)


def _name(path: str, root: str, settings: _Settings) -> str:
    """Return the path as coverage.py looks for it."""
    return python_lines.key(path, root) if settings.has_relative_files else os.path.realpath(path)


def _write_data(coverage: Coverage, names: Mapping[str, str], path: str, *, has_branches: bool) -> None:
    import coverage as library  # noqa: PLC0415  an extra

    temporary = f"{path}.{os.getpid()}.part"
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        data = library.CoverageData(temporary)
        if has_branches:
            data.add_arcs({names[file.path]: _arcs(file) for file in coverage.files})
        else:
            data.add_lines({names[file.path]: _executed(file) for file in coverage.files})
        data.touch_files(list(names.values()), TRACER)
        data.close()
        os.replace(temporary, path)
    except (OSError, UnicodeError, library.CoverageException) as error:
        message = f"cannot write the coverage to '{path}': {error}; name another file"
        raise CoverageError(message) from None
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _executed(file: FileCoverage) -> dict[int, int]:
    return {line: hits for line, hits in file.lines.items() if hits}


def _arcs(file: FileCoverage) -> list[tuple[int, int]]:
    """Return the ways that were gone; and to each line that was executed one that says only that."""
    executed = _executed(file)
    arcs = [(-1, line) for line in executed]
    for decision in python_lines.decisions(file):
        if decision.line in executed:
            arcs += [decision.executed] if decision.never else [decision.executed, decision.whole]
    return arcs
