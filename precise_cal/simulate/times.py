"""The times of records: around which day one lies, at which cut-off it stands, and the same record at another time."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.simulate.moments import moment_of, shifted, written
from precise_cal.simulate.places import at, leaves, put, schema_path, without

if TYPE_CHECKING:
    from collections.abc import Collection

    from precise_cal.simulate.trial import Path, Pointer, Record, Trial

NOON: Final = datetime.time(10)
"""When a visit begins."""


@dataclass(frozen=True)
class Times:
    """The times of the records of a trial.

    Attributes:
        trial: the trial.
        first_day: of enrollment.
        cutoff: what happens later is not known.
    """

    trial: Trial
    first_day: datetime.date
    cutoff: datetime.datetime

    @property
    def zone(self) -> datetime.tzinfo:
        """The clock of the study."""
        return self.trial.zone

    def moved(self, record: Record, days: int, fixed: Collection[Path] = ()) -> Record:
        """A record with every time of it but the cut-off, and what else is fixed, so many days later."""
        for pointer, value in list(leaves(record)) if days else ():
            path = schema_path(pointer)
            if isinstance(value, str) and self.is_time(path) and path not in fixed:
                record = put(record, pointer, shifted(value, days))
        return record

    def until(self, record: Record, moment: datetime.datetime) -> Record:
        """The record with a moment as its cut-off, at latest that of the trial."""
        path = self.trial.path_of("cutoff")
        return put(record, path, self.stated(path, min(moment, self.cutoff))) if path else record

    def stated(self, path: Path, moment: datetime.datetime) -> str:
        """A moment as a field of the record states it, to the day where it holds a date."""
        return written(moment, self.zone, day_only=self.trial.fields[path].type.kind == "date")

    def known(self, record: Record) -> Record:
        """What is known of a record at its cut-off: an item of a list goes with a moment that lies after it."""
        cutoff = self.cutoff_of(record)
        day_before = (cutoff - datetime.timedelta(days=1)).date().isoformat()
        later_ones: dict[Pointer, None] = {}
        for pointer, value in leaves(record):
            if isinstance(value, str) and value >= day_before and self.is_time(schema_path(pointer)):
                moment = moment_of(value)
                if moment is not None and self.on_clock(moment) > cutoff:
                    item = max((place for place, step in enumerate(pointer) if isinstance(step, int)), default=-1)
                    later_ones[pointer[: item + 1] or pointer] = None
        for pointer in reversed(later_ones):  # the last item first, so that the others keep their places
            record = without(record, pointer) if isinstance(pointer[-1], int) else put(record, pointer, None)
        return record

    def stands_at_the_end(self, record: Record) -> bool:
        """Whether a record has the cut-off of the trial."""
        path = self.trial.path_of("cutoff")
        return path is None or at(record, path) in (None, self.stated(path, self.cutoff))

    def cutoff_in(self, record: Record) -> datetime.datetime | None:
        """The cut-off of a record."""
        path = self.trial.path_of("cutoff")
        value = at(record, path) if path else None
        moment = moment_of(value) if isinstance(value, str) else None
        return None if moment is None else self.on_clock(moment)

    def cutoff_of(self, record: Record) -> datetime.datetime:
        """The cut-off of a record; the trial's where it has none."""
        return self.cutoff_in(record) or self.cutoff

    def on_clock(self, moment: datetime.datetime) -> datetime.datetime:
        """A moment; without an offset, on the clock of the study."""
        return moment.replace(tzinfo=self.zone) if moment.tzinfo is None else moment

    def noon(self, record: Record) -> datetime.datetime:
        """The moment around which a record lies: day zero, enrollment or consent, whichever is known first."""
        for role in ("day_zero", "enrolled_at", "consented_at"):
            path = self.trial.path_of(role)
            value = at(record, path) if path else None
            moment = moment_of(value) if isinstance(value, str) else None
            if moment is not None:
                return self.on_clock(moment)
        return datetime.datetime.combine(self.first_day, NOON, self.zone)

    def is_time(self, path: Path) -> bool:
        """Whether a field holds a date or an instant, and not the cut-off."""
        field = self.trial.fields.get(path)
        return field is not None and field.is_moment and path != self.trial.path_of("cutoff")
