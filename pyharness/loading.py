"""From paths to a plan: finds suites, test sources, programs and build folders, loads, builds and lists them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyharness.choosing import FoundSuite, Loading, blaming, by_whom
from pyharness.discovery import FoundSources, Frameworks, Kind, Target, find_targets
from pyharness.errors import NothingSelectedError, UsageError
from pyharness.model import FailedSuite
from pyharness.surroundings import NOTHING_AROUND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyharness.choosing import Loaded, Results
    from pyharness.config.options import TestOptions
    from pyharness.coverage.contexts.choosing import Affected
    from pyharness.engine import Engine
    from pyharness.source_suites import SourceSuites
    from pyharness.surroundings import Surroundings


def load(  # noqa: PLR0913
    engine: Engine,
    options: TestOptions,
    results: Results | None = None,
    *,
    with_disabled: bool = False,
    is_cancelled: Callable[[], bool] = lambda: False,
    mention: Callable[[str], None] = lambda _: None,
    surroundings: Surroundings = NOTHING_AROUND,
) -> Loaded:
    """Return what `options` select.

    Args:
        engine: loads libraries and asks programs; knows both afterwards.
        options: paths, filter, and how cases are to be run.
        results: what need not run, since it passed before; `None`: all is run.
        with_disabled: disabled cases are selected like others, and all that is to be built is awaited.
        is_cancelled: is asked while a build is awaited, to give up.
        mention: is told, in a sentence, what is waited for.
        surroundings: what is put into the environment of hosts and programs.

    Raises:
        UsageError: a path or an expression makes no sense.
        NothingSelectedError: no case is selected, and no suite has failed either.
    """
    if surroundings.hosts:
        engine.surround_hosts({**os.environ, **surroundings.hosts})
    affected = _affected(options)
    loading = Loading(options, results, affected=affected, with_disabled=with_disabled)
    loaded = loading.loaded
    loaded.remarks += () if affected is None else affected.remarks
    _load_adapters(options)
    frameworks = Frameworks(options.adapters, cache=not options.no_cache)
    sources = FoundSources()
    with blaming(options, "paths"):
        targets = find_targets(options.paths, frameworks, sources)
    loaded.remarks += sources.remarks()
    if not targets:
        raise NothingSelectedError(_why_nothing_found(options))
    _check_build_options(targets, options)
    loaded.failed += _cut_short(targets)
    try:
        whole = [target for target in targets if not target.missing]
        _take_libraries(engine, loading, whole, results)
        build = _build(engine, loading, whole, options, surroundings)
        if build is not None:
            loaded.build = build
            build.start(mention, is_cancelled)
        _take_programs(engine, loading, whole, options, frameworks=frameworks, surroundings=surroundings)
        frameworks.keep()
        if build is not None and (with_disabled or _must_be_whole(whole, options)):
            build.await_end(is_cancelled)
        return loading.finish(targets)
    except BaseException:
        if loaded.build is not None:
            loaded.build.stop()
        raise


def _affected(options: TestOptions) -> Affected | None:
    if options.affected_by is None:
        return None
    # Imported here: most runs select by other means, and need no database.
    from pyharness.coverage.contexts import choosing, store  # noqa: PLC0415

    paths = options.affected_from or (os.path.join(options.coverage_folder, store.NAME),)
    return choosing.find_affected(options.affected_by, paths, options.build.root)


def _why_nothing_found(options: TestOptions) -> str:
    where = ", ".join(f"'{path}'" for path in options.paths) + by_whom(options, "paths")
    return (
        f"no test source (*.test.cpp …), test library, test program or build folder with tests under {where};"
        " write one with `pyharness new`, build one, or name another folder"
    )


def _take_libraries(engine: Engine, loading: Loading, targets: Sequence[Target], results: Results | None) -> None:
    """Load what is to be loaded: libraries come first, as the engine numbers them."""
    libraries = [target for target in targets if target.kind is Kind.LIBRARY]
    if results is not None:
        results.look_at(target.path for target in libraries)
    loaded = engine.load([target.path for target in libraries]) if libraries else []
    for target, result in zip(libraries, loaded, strict=True):
        loading.take(FoundSuite(target, result))


def _build(
    engine: Engine, loading: Loading, targets: Sequence[Target], options: TestOptions, surroundings: Surroundings
) -> SourceSuites | None:
    tests = [target for target in targets if target.kind is Kind.SOURCE]
    if not tests:
        return None
    # Imported here: who has no test sources does not build any.
    from pyharness.source_suites import SourceSuites, not_in_libraries  # noqa: PLC0415

    tests = not_in_libraries(tests, loading)
    return SourceSuites(engine, loading, tests, options, surroundings) if tests else None


def _must_be_whole(targets: Sequence[Target], options: TestOptions) -> bool:
    """Return whether all has to be built before anything runs: names and shares are looked at as a whole."""
    named = any(target.named for target in targets if target.kind is Kind.SOURCE)
    return named or bool(options.ids) or options.shard is not None


def _take_programs(  # noqa: PLR0913
    engine: Engine,
    loading: Loading,
    targets: Sequence[Target],
    options: TestOptions,
    *,
    frameworks: Frameworks,
    surroundings: Surroundings,
) -> None:
    """List programs and build folders."""
    targets = [target for target in targets if target.kind in {Kind.PROGRAM, Kind.CTEST, Kind.MESON}]
    if not targets:
        return
    # Imported here: adapters and their formats cost time that suites do not need.
    from pyharness.launcher import Launcher  # noqa: PLC0415
    from pyharness.programs import Ways, find_programs  # noqa: PLC0415

    ways = Ways(
        fold=not options.no_fold,
        configuration=options.build_config or "",
        setup=options.setup or "",
        framework_of=frameworks.of,
        cache=not options.no_cache,
        surroundings=surroundings,
    )
    with blaming(options, "setup"):
        found, remarks = find_programs(engine, targets, ways)
    loaded = loading.loaded
    loaded.remarks += remarks
    if options.leaks == "fail":
        loaded.remarks.append("--leaks does not reach programs: only suites are looked at")
    loaded.failed += [one.result for one in found if isinstance(one.result, FailedSuite)]
    programs = [(one.target, one.result) for one in found if not isinstance(one.result, FailedSuite)]
    each = [program for _, program in programs]
    loaded.launcher = Launcher(len(loaded.suites), each, dict(os.environ), surroundings)
    for target, program in programs:
        loading.take(FoundSuite(target, program.suite, program))
    engine.add_programs(loaded.launcher, [program.suite for _, program in programs])


def _check_build_options(targets: Sequence[Target], options: TestOptions) -> None:
    """Refuse what is said on the command line about build folders that are not there."""
    for name, flag, value, kind, system in (
        ("setup", "--setup", options.setup, Kind.MESON, "Meson"),
        ("build_config", "-C", options.build_config, Kind.CTEST, "CMake"),
    ):
        if value is None or options.told_by(name) or any(target.kind is kind for target in targets):
            continue
        message = f"'{flag} {value}' is for build folders of {system}, and none of the paths is one; leave it out"
        raise UsageError(message)


def _load_adapters(options: TestOptions) -> None:
    """Load those of other packages before any program is looked at: then a mistake is blamed on the right key."""
    if options.adapters:
        from pyharness.adapters import registry  # noqa: PLC0415 -- start-up

        with blaming(options, "adapters"):
            for name in options.adapters:
                registry.load(name)


def _cut_short(targets: Sequence[Target]) -> list[FailedSuite]:
    advice = "build it again, or remove it"
    return [
        FailedSuite(target.path, f"cannot load suite '{target.path}': {target.missing}; {advice}", "")
        for target in targets
        if target.missing
    ]
