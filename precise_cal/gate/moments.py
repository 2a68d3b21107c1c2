"""The clock and the moments of a record: what lies a little ahead of the clock counts, what lies further does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.protocol.components import DAY_MS
from precise_cal.protocol.temporal import DateTime
from precise_cal.protocol.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.protocol.part import Part
    from precise_cal.protocol.schema.tree import ScalarKind

SKEW: Final = timedelta(seconds=60)
"""How far the clocks of a cath lab may differ from this one."""

_INSTANTS: Final[frozenset[ScalarKind]] = frozenset({"instant"})
_EPOCH_MS: Final = datetime(1970, 1, 1, tzinfo=UTC).toordinal() * DAY_MS


class Moment(NamedTuple):
    """An instant of a record, and where it stands."""

    pointer: str
    at: DateTime


def moments_of(record: Part) -> Iterator[Moment]:
    """Every instant of a record. Plain dates, such as that of planned surgery, are none."""
    for value, pointer, _ in walk(record, _INSTANTS):
        if isinstance(value, DateTime):
            yield Moment(pointer, value)


def judged_at(clock: datetime, record: Part, offset_minutes: int) -> datetime:
    """The instant at which a record is judged: the clock, or the latest moment of the record that `SKEW` lets count."""
    last = _milliseconds(clock + SKEW)
    near = [first for first in _firsts(record, offset_minutes) if _milliseconds(clock) < first <= last]
    return _instant(max(near)) if near else clock


def lies_ahead(as_of: datetime, record: Part, offset_minutes: int) -> list[Moment]:
    """The moments of a record that have not come, whatever is not known of them turns out to be."""
    now = _milliseconds(as_of)
    return [moment for moment in moments_of(record) if span_of(moment.at, offset_minutes)[0] > now]


def span_of(moment: DateTime, offset_minutes: int) -> tuple[int, int]:
    """First and last millisecond of UTC that a moment may mean; one without an offset is of the study's calendar."""
    return (moment if moment.offset_minutes is not None else moment.with_offset(offset_minutes)).span


def _firsts(record: Part, offset_minutes: int) -> Iterator[int]:
    return (span_of(moment.at, offset_minutes)[0] for moment in moments_of(record))


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) + _EPOCH_MS


def _instant(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds - _EPOCH_MS)
