"""Participants around a record that was met: on another day, with other values wherever no rule minds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.simulate.moments import moment_of, shifted
from precise_cal.simulate.places import at, leaves, places, put, schema_path, without

if TYPE_CHECKING:
    import datetime

    from precise_cal.simulate.draw import Drawer
    from precise_cal.simulate.search import Search
    from precise_cal.simulate.trial import Judged, Path, Record

_TRIES: Final = 6


@dataclass(frozen=True)
class Varier:
    """Varies records. `fixed` are fields that stay as they are."""

    search: Search
    drawer: Drawer
    fixed: frozenset[Path]

    def around(self, record: Record, site: str, day: datetime.date) -> Record:
        """A participant who arrives at a site on another day, and of whom the rules say the same as of this one.

        Where they do not, the day and, if there are several editions of the rules, the site stay as they were.
        """
        base = self.search.judge(record)
        path = self.drawer.trial.path_of("site")
        at_site = put(record, path, site) if path else record
        record = record if self.drawer.trial.periods else at_site
        moved = self._moved(at_site, (day - self.drawer.first_day).days)
        if base is None:
            return self._until_cutoff(moved)
        if not _alike(self.search.judge(moved), base):
            moved = record
        varied = self._planned(moved, base)
        for _ in range(_TRIES):
            varied = self._kept(varied, self._changed(varied), base)
        return self._until_cutoff(varied)

    def _kept(self, before: Record, after: Record, base: Judged) -> Record:
        return after if after is before or _alike(self.search.judge(after), base) else before

    def _planned(self, record: Record, base: Judged) -> Record:
        """Values drawn by the plan, all at once, or one by one where that changes a verdict."""
        if not self.drawer.plan.values:
            return record
        together = self.drawer.planned(record)
        if _alike(self.search.judge(together), base):
            return together
        for path in self.drawer.plan.values:
            record = self._kept(record, self.drawer.planned(record, only=path), base)
        return record

    def _changed(self, record: Record) -> Record:
        """Other values of one to three fields."""
        chance = self.drawer.chance
        standing = [pointer for pointer, value in leaves(record) if value is not None]
        for _ in range(chance.randrange(1, 4)):
            pointer = chance.choice(standing)
            if not self._is_planned(schema_path(pointer)):
                record = self.search.changer.at(record, pointer, None, null=0.05)
        return record

    def _is_planned(self, path: Path) -> bool:
        return ".".join(path) in self.drawer.plan.values

    def _moved(self, record: Record, days: int) -> Record:
        for pointer, value in leaves(record):
            if isinstance(value, str) and self._is_time(schema_path(pointer)):
                record = put(record, pointer, shifted(value, days))
        return record

    def _is_time(self, path: Path) -> bool:
        field = self.drawer.trial.fields.get(path)
        return field is not None and field.is_moment and path not in self.fixed

    def _until_cutoff(self, record: Record) -> Record:
        """What happened after the cut-off is not known: an item of a list goes with its moment."""
        cutoff = self.drawer.cutoff
        for path in filter(self._is_time, self.drawer.trial.fields):
            for pointer in reversed(places(record, path, self.drawer.trial.fields)):
                record = _known_at(record, pointer, cutoff)
        return record


def _known_at(record: Record, pointer: tuple[str | int, ...], cutoff: datetime.datetime) -> Record:
    value = at(record, pointer)
    moment = moment_of(value) if isinstance(value, str) else None
    if moment is None:
        return record
    moment = moment.replace(tzinfo=cutoff.tzinfo) if moment.tzinfo is None else moment
    if moment <= cutoff:
        return record
    item = next((index for index in range(len(pointer) - 1, -1, -1) if isinstance(pointer[index], int)), None)
    return put(record, pointer, None) if item is None else without(record, pointer[: item + 1])


def _alike(judged: Judged | None, base: Judged) -> bool:
    """Whether the rules say the same of two records."""
    return (
        judged is not None
        and judged.words == base.words
        and judged.roles == base.roles
        and judged.reversals <= base.reversals
    )
