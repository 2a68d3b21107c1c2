"""Participants around a record that was met: on another day, with other values wherever no rule minds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.simulate.moments import later
from precise_cal.simulate.places import leaves, put, schema_path

if TYPE_CHECKING:
    import datetime

    from precise_cal.simulate.draw import Drawer
    from precise_cal.simulate.search import Point, Search
    from precise_cal.simulate.trial import Judged, Path, Record

_TRIES: Final = 6


@dataclass(frozen=True)
class Varier:
    """Varies records. `fixed` are fields that stay as they are."""

    search: Search
    drawer: Drawer
    fixed: frozenset[Path]

    def around(self, base: Point, site: str, day: datetime.date) -> Record:
        """A participant who arrives at a site on another day, and of whom the rules say the same as of this one.

        Where they do not, the day and, if there are several editions of the rules, the site stay as they were.
        """
        path = self.drawer.trial.path_of("site")
        at_site = put(base.record, path, site) if path else base.record
        moved = self._alike(self._moved(at_site, (day - self.drawer.first_day).days), base, base)
        if moved is None:
            moved = base if self.drawer.trial.periods else self._alike(at_site, base, base) or base
        varied = self._planned(moved, base)
        for _ in range(_TRIES):
            varied = self._alike(self._changed(varied.record), varied, base) or varied
        return varied.record

    def _alike(self, record: Record, before: Point, base: Point) -> Point | None:
        """A record, changed from the one before, if the rules say the same of it as of the base."""
        if record is before.record:
            return before
        point = self.search.point(record, before.judged)
        return point if point is not None and _is_alike(point.judged, base.judged) else None

    def _planned(self, here: Point, base: Point) -> Point:
        """Values drawn by the plan, all at once, or one by one where that changes a verdict."""
        if not self.drawer.plan.values:
            return here
        together = self._alike(self.drawer.planned(here.record), here, base)
        if together is not None:
            return together
        for path in self.drawer.plan.values:
            here = self._alike(self.drawer.planned(here.record, only=path), here, base) or here
        return here

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
        record = self.drawer.times.moved(record, days, self.fixed)
        known = self.drawer.times.cutoff_in(record)
        if known is None or self.drawer.times.stands_at_the_end(record):
            return record
        return self.drawer.times.until(record, later(known, days, "days"))


def _is_alike(judged: Judged, base: Judged) -> bool:
    """Whether the rules say the same of two records."""
    return judged.words == base.words and judged.roles == base.roles and judged.reversals <= base.reversals
