"""When which version of the protocol is in force: amendments, the sites that adopt them, days on which a value changes.

What a rule file says holds from (``since``) and to (``until``) a version of the protocol or a day; the version or day
of ``until`` is the first one with which it no longer holds. A version and the days between two changes make an edition
of the rules, told by its `Key`.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.language.catalog import Joined, message
from precise_cal.protocol.identifiers import skeleton
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Bound = datetime.date | str
    """A day, or the id of a version of the protocol."""

FIRST_DAY: Final = datetime.date.min.toordinal()
LAST_DAY: Final = datetime.date.max.toordinal()


class Key(NamedTuple):
    """An edition of the rules: the place of its version in the protocol, and that of its days between changes."""

    version: int
    days: int


@immutable()
class Version:
    """A version of the protocol, and the day from which it holds where no site says otherwise."""

    id: str
    date: datetime.date


@immutable()
class Site:
    """A site: the days of its approval and activation, and of each version that it adopted, None for another one."""

    id: str
    activated: datetime.date | None
    adopted: tuple[datetime.date | None, ...]
    approved: datetime.date | None = None


@immutable()
class Timeline:
    """Versions, days and sites of a trial.

    Attributes:
        versions: in order; none where the protocol lists none.
        days: on which something changes for every site, in order.
        sites: by the skeleton of their names; None where nothing is said of sites.
    """

    versions: tuple[Version, ...] = ()
    days: tuple[datetime.date, ...] = ()
    sites: Mapping[str, Site] | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every edition, in order."""
        return tuple(Key(v, d) for v in range(max(len(self.versions), 1)) for d in range(len(self.days) + 1))

    def site(self, name: str | None) -> Site | None:
        """What is known of a site; None for one of which nothing is."""
        return None if name is None or self.sites is None else self.sites.get(skeleton(name))

    def on(self, day: datetime.date) -> Key:
        """The edition of a day, as the dates of the versions tell it."""
        found = [place for place, one in enumerate(self.versions) if one.date <= day]
        return Key(found[-1] if found else 0, bisect_right(self.days, day))

    def candidates(self, name: str | None, first: int, last: int) -> tuple[Key, ...]:
        """The editions that may be in force at a site in a span of days, given by their ordinals, in order of time.

        Where sites adopt versions on days of their own, a site of which nothing is known may work by any version that
        there is by then.
        """
        site = self.site(name)
        if site is None and self.sites is not None and len(self.versions) > 1:
            latest = self.on(_day(last))
            slots = range(self.on(_day(first)).days, latest.days + 1)
            return tuple(Key(version, slot) for version in range(latest.version + 1) for slot in slots)
        return tuple(key for key, (start, end) in self.spans(site).items() if start <= last and first <= end)

    def spans(self, site: Site | None) -> dict[Key, tuple[int, int]]:
        """The days, by the ordinals of the first and the last, on which each edition is in force at a site."""
        changes = {day for day in self.adopted(site) if day} | {day.toordinal() for day in self.days}
        starts = sorted({FIRST_DAY, *changes})
        found: dict[Key, tuple[int, int]] = {}
        for first, after in zip(starts, [*starts[1:], LAST_DAY + 1], strict=True):
            key = Key(_in_force(self.adopted(site), first), self.on(_day(first)).days)
            found[key] = found.get(key, (first, 0))[0], after - 1
        return found

    def adopted(self, site: Site | None) -> tuple[int | None, ...]:
        """The ordinals of the days on which a site adopted each version; those of the versions without a site."""
        days = [one.date for one in self.versions] if site is None else site.adopted
        return tuple(None if day is None else day.toordinal() for day in days)

    def holds(self, key: Key, since: Bound | None, until: Bound | None) -> bool:
        """Whether something holds in an edition."""
        return (since is None or self._has_come(key, since)) and (until is None or not self._has_come(key, until))

    def _has_come(self, key: Key, bound: Bound) -> bool:
        if isinstance(bound, str):
            return key.version >= self.place(bound)
        return bound <= self.first_day(key)

    def first_day(self, key: Key) -> datetime.date:
        """The first of the days of an edition."""
        return self.days[key.days - 1] if key.days else datetime.date.min

    def place(self, version: str) -> int:
        """The place of a version. Raises: KeyError, where the protocol lists no such version."""
        for place, one in enumerate(self.versions):
            if one.id == version:
                return place
        raise KeyError(version)

    def date_of(self, bound: Bound) -> datetime.date:
        """The day of a bound, as the dates of the versions tell it."""
        return self.versions[self.place(bound)].date if isinstance(bound, str) else bound

    def name(self, key: Key) -> str:
        """An edition in words: the version, and from which day where that makes a difference."""
        return " ".join(self._names(key))

    def _names(self, key: Key) -> Iterator[str]:
        if self.versions:
            yield self.versions[key.version].id
        if self.days:
            yield (
                message("from { $days }", days=self.days[key.days - 1])
                if key.days
                else message("before { $days }", days=self.days[0])
            )


def in_words(names: tuple[str, ...]) -> str:
    """Editions of which one is meant: ``1.0 or 2.0``."""
    *others, last = names
    return message("{ $others } or { $last }", others=Joined(", ", others), last=last) if others else last


def _in_force(adopted: tuple[int | None, ...], day: int) -> int:
    """The place of the version in force on a day: the last that was adopted by then; before any, the first one."""
    known = [place for place, when in enumerate(adopted) if when is not None]
    held = [place for place in known if (when := adopted[place]) is not None and when <= day]
    return held[-1] if held else known[0] if known else 0


def _day(ordinal: int) -> datetime.date:
    return datetime.date.fromordinal(min(max(ordinal, FIRST_DAY), LAST_DAY))
