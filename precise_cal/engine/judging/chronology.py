"""Moments of a record that contradict each other: which ones, which is in doubt, and the record without it.

Of a reversed pair, the moment that contradicts more others is in doubt; where both contradict as many, both are, unless
the table says otherwise. What is in doubt counts as unknown in every rule, so that nothing rests on it: within a day
that stands, the time alone.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from precise_cal.engine.judging.sentences import minute_of
from precise_cal.language.catalog import Joined, message, plural
from precise_cal.protocol.components import DAY_MS, MINUTE_MS
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.part import changed
from precise_cal.protocol.pointer import pointer_of
from precise_cal.protocol.temporal import Date, DateTime
from precise_cal.protocol.walk import reached

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.engine.rulebook.chronology import Chronology, Moment, Pair
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.walk import Steps

_SHOWN: Final = 3
"""Moments that a sentence names beside the one in doubt."""


class Placed(NamedTuple):
    """A moment of a record: where it stands, and the milliseconds that it lies between, on the clock of the study."""

    moment: Moment
    steps: Steps
    value: Date | DateTime
    low: int
    high: int

    @property
    def pointer(self) -> str:
        """Its JSON Pointer."""
        return pointer_of(self.steps)

    @property
    def text(self) -> str:
        """Its name and value; its place goes with it unseen, for who has to know what the text speaks of."""
        name, value = self.moment.name, minute_of(self.value)
        return message("{ $moment } ({ $value })", moment=name, value=value, pointer=self.pointer)

    @property
    def doubt(self) -> str:
        """The question of a rule that needs it, where it is in doubt."""
        return message("the right date of { $moment }, which other dates contradict", moment=self.text)


class Reversed(NamedTuple):
    """Two moments of which the earlier one lies after the later one."""

    earlier: Placed
    later: Placed
    pair: Pair

    @property
    def is_within_a_day(self) -> bool:
        """Whether both lie on the same day, so that only a time can be wrong."""
        one, other = ((side.low // DAY_MS, side.high // DAY_MS) for side in (self.earlier, self.later))
        return one == other and one[0] == one[1]

    @property
    def apart(self) -> str:
        """How far apart they are at least: days, or within one day minutes."""
        days = self.earlier.low // DAY_MS - self.later.high // DAY_MS
        if days:
            return plural(days, "{ $count } day", "{ $count } days")
        minutes = (self.earlier.low - self.later.high) // MINUTE_MS
        return plural(minutes, "{ $count } minute", "{ $count } minutes")


@immutable()
class Contradiction:
    """A moment that others contradict."""

    moment: Placed
    text: str
    """The moment and the others, with their places and values."""
    question: str


@immutable()
class Doubts:
    """What is wrong with the chronology of a record."""

    contradictions: tuple[Contradiction, ...]
    questions: dict[str, str]
    """What rules ask of each moment in doubt, by its pointer."""
    in_doubt: dict[Steps, bool]
    """The places of the moments in doubt, and whether the day of each stands."""
    cutoff: Steps | None
    """The place of the record's instant of evaluation."""

    @property
    def pointers(self) -> frozenset[str]:
        """The same places as JSON Pointers."""
        return frozenset(map(pointer_of, self.in_doubt))

    @property
    def is_cutoff_in_doubt(self) -> bool:
        """Whether the instant of evaluation is one of them."""
        return self.cutoff in self.in_doubt


def doubts_about(record: Part, table: Chronology, offset: int, *, with_cutoff: bool) -> Doubts | None:
    """What is wrong with the chronology of a record; None where nothing is.

    Args:
        record: the participant.
        table: the moments and their pairs.
        offset: the clock of the study, minutes from UTC.
        with_cutoff: whether the record's cut-off is the instant of evaluation; else it is left out of account.
    """
    reversed_ = _reversed(record, table, offset, with_cutoff=with_cutoff)
    if not reversed_:
        return None
    sides = _sides(reversed_)
    in_doubt = dict.fromkeys(sides, True)
    questions: dict[str, str] = {}
    groups: dict[Steps, list[tuple[Placed, Reversed]]] = {}
    for one in reversed_:
        chosen = [side for side in (one.later, one.earlier) if side.steps in sides]
        groups.setdefault(chosen[0].steps, []).append((chosen[0], one))
        for side in chosen:
            in_doubt[side.steps] &= one.is_within_a_day
            questions[side.pointer] = side.doubt
    cutoff = next((moment.path for moment in table.moments if moment.is_cutoff), None)
    contradictions = tuple(_contradiction(group) for group in groups.values())
    return Doubts(contradictions, questions, in_doubt, cutoff)


def without_doubts(record: Part, doubts: Doubts, offset: int) -> Part:
    """The record with every moment in doubt as one that may be any."""
    for steps, day_stands in doubts.in_doubt.items():
        record = _replaced(record, steps, offset, day_stands=day_stands)
    return record


def _replaced(part: Any, steps: Steps, offset: int, *, day_stands: bool) -> Any:
    if not steps:
        return part.in_doubt() if isinstance(part, Date) else part.in_doubt(offset, day_stands=day_stands)
    step, *rest = steps
    if isinstance(step, int):
        inner = _replaced(part[step], tuple(rest), offset, day_stands=day_stands)
        return (*part[:step], inner, *part[step + 1 :])
    name = part.form.by_name[step].attribute
    inner = _replaced(getattr(part, name), tuple(rest), offset, day_stands=day_stands)
    return changed(part, {name: inner})


# ---- what is reversed ----


def _is_suspect(record: Part, table: Chronology, offset: int) -> bool:
    """Whether any pair may be reversed: seldom so, and told from the latest and the earliest moment of each kind."""
    owners: dict[tuple[str, ...], list[Part]] = {(): [record]}
    extents = [_extent(moment, _owners(moment.attributes[:-1], owners), offset) for moment in table.moments]
    for pair in table.pairs:
        before, after = extents[pair.earlier], extents[pair.later]
        if before is not None and after is not None and before[0] > after[1]:
            return True
    return False


def _owners(path: tuple[str, ...], known: dict[tuple[str, ...], list[Part]]) -> list[Part]:
    """The parts that a path leads to."""
    found = known.get(path)
    if found is None:
        found = known[path] = []
        for part in _owners(path[:-1], known):
            value = getattr(part, path[-1])
            if value.__class__ is tuple:
                found += value
            elif value is not None:
                found.append(value)
    return found


def _extent(moment: Moment, owners: Sequence[Part], offset: int) -> tuple[int, int] | None:
    """The latest first millisecond and the earliest last one; None where there is no such moment."""
    latest = earliest = None
    name = moment.attributes[-1]
    for part in owners:
        value = getattr(part, name)
        if value is not None and (not moment.where or _is_meant(moment, part)):
            low, high = _bounds(value, offset)
            latest = low if latest is None or low > latest else latest
            earliest = high if earliest is None or high < earliest else earliest
    return None if latest is None or earliest is None else (latest, earliest)


def _is_meant(moment: Moment, part: Part) -> bool:
    fields = part.form.by_name
    return all(getattr(part, fields[field].attribute) in words for field, words in moment.where)


def _reversed(record: Part, table: Chronology, offset: int, *, with_cutoff: bool) -> list[Reversed]:
    if not _is_suspect(record, table, offset):
        return []
    placed = [
        [] if moment.is_cutoff and not with_cutoff else list(_placed(moment, record, offset))
        for moment in table.moments
    ]
    found: dict[tuple[Steps, Steps], Reversed] = {}
    for pair in table.pairs:
        before, after = placed[pair.earlier], placed[pair.later]
        if before and after and max(one.low for one in before) > min(one.high for one in after):
            for one in before:
                for other in after:
                    if one.low > other.high and not (pair.same_item and one.steps[:-1] != other.steps[:-1]):
                        found.setdefault((one.steps, other.steps), Reversed(one, other, pair))
    return list(found.values())


def _placed(moment: Moment, record: Part, offset: int) -> Iterator[Placed]:
    """The moments of a path of the record."""
    *owners, last = record.form.along(moment.path)
    for owner, steps, _ in reached(record, owners):
        value = getattr(owner, last.attribute)
        if value is not None and _is_meant(moment, owner):
            yield Placed(moment, (*steps, last.name), value, *_bounds(value, offset))


def _bounds(value: Date | DateTime, offset: int) -> tuple[int, int]:
    low, high = value.span
    if isinstance(value, Date):
        return low * DAY_MS, (high + 1) * DAY_MS - 1
    shift = 0 if value.offset_minutes is None else offset * MINUTE_MS
    return low + shift, high + shift


# ---- what is in doubt ----


def _sides(reversed_: Sequence[Reversed]) -> set[Steps]:
    """The places of the moments in doubt: first by what contradicts them, then where the table says which one is."""
    weighed = [one for one in reversed_ if one.pair.wrong is None]
    weight = Counter(side.steps for one in weighed for side in (one.earlier, one.later))
    doubted: set[Steps] = set()
    for one in weighed:
        earlier, later = weight[one.earlier.steps], weight[one.later.steps]
        if earlier > later or (earlier == later and one.pair.at_par != "later"):
            doubted.add(one.earlier.steps)
        if later > earlier or (earlier == later and one.pair.at_par != "earlier"):
            doubted.add(one.later.steps)
    for one in reversed_:
        if one.pair.wrong is not None and not _touches(one, doubted):
            doubted.add((one.earlier if one.pair.wrong == "earlier" else one.later).steps)
    return doubted


def _touches(one: Reversed, doubted: set[Steps]) -> bool:
    return one.earlier.steps in doubted or one.later.steps in doubted


# ---- what is told ----


def _contradiction(group: Sequence[tuple[Placed, Reversed]]) -> Contradiction:
    moment = group[0][0]
    before = [one for _, one in group if one.later.steps == moment.steps]
    after = [one for _, one in group if one.earlier.steps == moment.steps]
    parts = [
        *_against("lies before { $moments }", "lies { $apart } before { $moment }", before, "earlier"),
        *_against("lies after { $moments }", "lies { $apart } after { $moment }", after, "later"),
    ]
    text = message("{ $moment } { $contradicts }", moment=moment.text, contradicts=Joined(", and ", parts))
    return Contradiction(moment, text, message("whether this date is right: { $contradiction }", contradiction=text))


def _against(many: str, single: str, reversed_: Sequence[Reversed], side: Literal["earlier", "later"]) -> Iterator[str]:
    """The others that a moment lies before or after; of a single one, how far."""
    others = [getattr(one, side).text for one in reversed_]
    if len(others) > 1:
        yield message(many, moments=_listed(others))
    elif others:
        yield message(single, apart=reversed_[0].apart, moment=others[0])


def _listed(texts: Sequence[str]) -> str:
    more = message("{ $count } more", count=len(texts) - _SHOWN)
    *others, last = texts if len(texts) <= _SHOWN else [*texts[:_SHOWN], more]
    return message("{ $others } and { $last }", others=Joined(", ", others), last=last) if others else last
