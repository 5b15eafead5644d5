"""Order among the tests of a CTest folder: `DEPENDS` and fixtures, as CTest works them out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyharness.discovery.ctest import CTestEntry


class Relations(NamedTuple):
    """Names of other entries; each as in `ListedCase`."""

    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()


class _Fixtures:
    """Names of the entries that set up, clean up and require each fixture.

    A disabled entry requires nothing, and nothing is brought in for it.
    """

    def __init__(self, entries: Sequence[CTestEntry]) -> None:
        self.setups: defaultdict[str, list[str]] = defaultdict(list)
        self.cleanups: defaultdict[str, list[str]] = defaultdict(list)
        self.users: defaultdict[str, list[str]] = defaultdict(list)
        self.required: dict[str, tuple[str, ...]] = {}
        self._companions: dict[frozenset[str], tuple[str, ...]] = {}
        for entry in entries:
            properties = entry.properties
            _add(self.setups, properties.fixtures_setup, entry.name)
            _add(self.cleanups, properties.fixtures_cleanup, entry.name)
            if not properties.disabled and properties.fixtures_required:
                self.required[entry.name] = tuple(filter(None, properties.fixtures_required))
                _add(self.users, self.required[entry.name], entry.name)

    def companions(self, name: str) -> tuple[str, ...]:
        """Return set-up and clean-up of what it requires, of what those require, and so on."""
        wanted = frozenset(self.required.get(name, ()))
        if wanted not in self._companions:
            self._companions[wanted] = tuple(self._closure(wanted))
        return tuple(other for other in self._companions[wanted] if other != name)

    def _closure(self, fixtures: Iterable[str]) -> dict[str, None]:
        found: dict[str, None] = {}
        waiting = sorted(fixtures)
        while waiting:
            fixture = waiting.pop(0)
            for name in (*self.setups[fixture], *self.cleanups[fixture]):
                if name not in found:
                    found[name] = None
                    waiting += self.required.get(name, ())
        return found


def _add(table: defaultdict[str, list[str]], fixtures: Iterable[str], name: str) -> None:
    for fixture in filter(None, fixtures):
        table[fixture].append(name)


def relations(entries: Sequence[CTestEntry]) -> Mapping[str, Relations]:
    """Return what each entry has to wait for and what comes with it, by its name. Entries without any are left out.

    What `DEPENDS` names and does not exist is passed over, as CTest does. A cycle is kept: the plan refuses it.
    """
    first_of = {entry.title: entry.name for entry in reversed(entries)}
    fixtures = _Fixtures(entries)
    found = {entry.name: _relations(entry, fixtures, first_of) for entry in entries}
    return {name: relation for name, relation in found.items() if any(relation)}


def _relations(entry: CTestEntry, fixtures: _Fixtures, first_of: Mapping[str, str]) -> Relations:
    properties = entry.properties
    needs = [name for fixture in fixtures.required.get(entry.name, ()) for name in fixtures.setups[fixture]]
    after = [first_of[title] for title in properties.depends if title in first_of]
    for fixture in properties.fixtures_cleanup:
        others = (*fixtures.users[fixture], *fixtures.setups[fixture])
        after += [name for name in others if name != entry.name]
    after = [name for name in dict.fromkeys(after) if name not in needs]
    return Relations(tuple(after), tuple(dict.fromkeys(needs)), fixtures.companions(entry.name))
