"""What a record that is sought must be for the engine to take it as it is: no moment in doubt, no id twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.assurance.days import Day, Instant, instant_of
from precise_cal.assurance.logic import below, both, either, no, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.assurance.logic import Bit
    from precise_cal.assurance.records import Sought
    from precise_cal.assurance.translate import Words
    from precise_cal.engine.rulebook.chronology import Chronology, Moment
    from precise_cal.protocol.schema.tree import RecordSchema


def sound(sought: Sought, table: Chronology, schema: RecordSchema, words: Words) -> Iterator[Bit]:
    """Assumptions about the fields that were read.

    A moment that others contradict is unknown to every rule (`engine.judging.chronology`); such records are not sought.
    A part of which nothing is known counts as absent; it is not sought as one that is there.
    """
    yield from map(no, sought.hollow())
    yield from map(no, sought.unfit())
    moments = [list(_instances(sought, one, words)) for one in table.moments]
    for pair in table.pairs:
        for place, there, earlier in moments[pair.earlier]:
            for other, there_too, later in moments[pair.later]:
                if place != other and not (pair.same_item and place[:-1] != other[:-1]):
                    yield no(both(there, there_too, below(later.last, earlier.first)))
    for path, field in schema.unique.items():
        codes = sought.instances((*path.split("."), field))
        for number, (_, there, one) in enumerate(codes):
            for _, there_too, two in codes[number + 1 :]:
                yield no(both(there, there_too, same(one.code, two.code)))


def _instances(sought: Sought, moment: Moment, words: Words) -> Iterator[tuple[tuple[Any, ...], Bit, Instant]]:
    """The values that are this moment, where they are recorded."""
    for place, there, value in sought.instances(moment.path):
        is_meant = both(there, no(value.null))
        for name, allowed in moment.where:
            beside = sought.read((*place[:-1], name))
            known = [] if beside is None else [same(beside.code, words.code(word)) for word in sorted(allowed)]
            is_meant = both(is_meant, either(*known), True if beside is None else no(beside.null))
        yield place, is_meant, instant_of(value) if isinstance(value, Day) else value
