"""A limit of a rule: the places at which a value, moved by its smallest step, crosses it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.assurance.measures import with_number
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from fractions import Fraction

    from precise_cal.assurance.measures import Measure

    Edge = tuple[Fraction, Fraction]
    """The last place on one side of a limit where both sides of a comparison are equal, and the next one."""

AT: Final = "at"
BELOW: Final = "just below"
ABOVE: Final = "just above"
_FARTHEST: Final = 1500
"""Over how many steps a limit is sought that a value reaches by leaps: a year of days, or a day of minutes."""


class Start(NamedTuple):
    """A participant from whom boundaries are sought."""

    document: Mapping[str, Any]
    now: str | None = None
    for_rule: str | None = None
    """The rule whose case it is; None for one that all cases start from."""


class Kept(NamedTuple):
    """The participants of a boundary that was found before, by side."""

    documents: Mapping[str, Mapping[str, Any]]
    now: str | None
    rule: str

    @property
    def start(self) -> Start:
        """From whom the limit is sought anew where it moved."""
        return Start(self.documents.get(AT, next(iter(self.documents.values()))), self.now, self.rule)


@immutable()
class Said:
    """What is said of a participant: verdict, notices and findings of a rule, verdicts of others, and deviations."""

    verdict: str
    notices: frozenset[str]
    found: frozenset[str] = frozenset()
    also: Mapping[str, str] = field(default_factory=dict)
    deviations: frozenset[str] = frozenset()
    no_deviations: frozenset[str] = frozenset()


@immutable()
class Sample:
    """A participant at a limit or beside it, with what the rules say."""

    side: str
    document: Mapping[str, Any]
    said: Said


@immutable()
class Boundary:
    """A comparison, the rule in which it decides, what was moved, and the participants at and around the limit.

    Attributes:
        rank: 0 where it turns one definite verdict into another, 1 where an open one is among them, 2 where it turns
            a notice or a finding alone.
    """

    rule: str
    name: str
    """What the comparison is called."""
    key: str
    """What tells it apart."""
    rank: int
    measure: Measure
    now: str | None
    is_reversed: bool
    """Whether the left side grows less where the value grows."""
    samples: tuple[Sample, ...]


class Seen(NamedTuple):
    """What the rule in question says of a record, and how far apart the sides of its comparisons lie."""

    said: Said
    gaps: Mapping[str, list[Fraction | None]]
    contradictions: int


class Course(NamedTuple):
    """How far apart two sides lie where a number is moved: in which evaluation of the comparison, and along which line.

    Other items of a list may be compared in that place once the number is another; those are not on the line.
    """

    slot: int
    gap: Fraction
    number: Fraction
    slope: Fraction
    leap: int
    """By how much it may lie beside the line: nothing, or one where whole years or days are counted."""

    def at(self, number: Fraction) -> Fraction:
        """The gap at a number."""
        return self.gap + self.slope * (number - self.number)

    @property
    def crossing(self) -> Fraction:
        """Where there is none."""
        return self.number - self.gap / self.slope


class Line:
    """A value that is moved along, and the comparison that it is moved for.

    Args:
        start: of whom the value is.
        measure: the value.
        look: what the rule says with another number there.
        key: of the comparison.
        course: how far apart its sides lie by the number.
    """

    def __init__(
        self, start: Start, measure: Measure, look: Callable[[Fraction], Seen | None], key: str, course: Course
    ) -> None:
        self._start, self._measure, self._look = start, measure, look
        self._key, self._course = key, course
        self._known: dict[Fraction, Seen | None] = {}

    def samples(self, number: Fraction, contradictions: int) -> tuple[Sample, ...]:
        """The participants at a limit and beside it, where the rule does not say the same; none that contradicts more.

        Args:
            number: where the two sides are equal, or near it.
            contradictions: how many there are already.
        """
        samples = []
        for side, place in self._places(number).items():
            seen = self._seen(place)
            if seen is None or seen.contradictions > contradictions:
                return ()
            samples.append(Sample(side, with_number(self._start.document, self._measure, place), seen.said))
        return tuple(samples)

    def _places(self, number: Fraction) -> dict[str, Fraction]:
        """Where the left side is just below the right one, equal to it, and just above, by side; those that there are.

        Of several places where they are equal, the one beside which the rule says something else.
        """
        if self._sign(number) != 0:
            return {}
        ends = [_edge(self._sign, number, step) for step in (-self._measure.step, self._measure.step)]
        beside = {self._sign(end[1]): end for end in ends if end is not None}
        below, above = beside.get(-1), beside.get(1)
        if below is None or above is None:
            return {side: one[place] for side, one, place in _one_sided(below, above)}
        at = above[0] if self._said(below[0]) == self._said(below[1]) else below[0]
        return {BELOW: below[1], AT: at, ABOVE: above[1]}

    def _seen(self, number: Fraction) -> Seen | None:
        if number not in self._known:
            self._known[number] = self._look(number)
        return self._known[number]

    def _said(self, number: Fraction) -> Said | None:
        there = self._seen(number)
        return None if there is None else there.said

    def _sign(self, number: Fraction) -> int | None:
        """Whether the left side is less than the right one, -1, equal, 0, or more, 1; None where that is not known."""
        there = self._seen(number)
        found = there.gaps.get(self._key, []) if there is not None else []
        gap = found[self._course.slot] if self._course.slot < len(found) else None
        if gap is None or abs(gap - self._course.at(number)) > self._course.leap:
            return None
        return (gap > 0) - (gap < 0)


def _one_sided(below: Edge | None, above: Edge | None) -> Iterator[tuple[str, Edge, int]]:
    """The two places of a limit beyond which a record holds no value."""
    if below is not None:
        yield from ((BELOW, below, 1), (AT, below, 0))
    if above is not None:
        yield from ((AT, above, 0), (ABOVE, above, 1))


def _edge(sign: Callable[[Fraction], int | None], number: Fraction, step: Fraction) -> tuple[Fraction, Fraction] | None:
    """The last place on one side of a limit where both sides are still equal, and the next one, where they are not."""
    near, far = 0, 1
    while sign(number + far * step) == 0:
        near, far = far, far * 2
        if far > _FARTHEST * 2:
            return None
    while far - near > 1:
        middle = (near + far) // 2
        near, far = (middle, far) if sign(number + middle * step) == 0 else (near, middle)
    return None if sign(number + far * step) is None else (number + near * step, number + far * step)


def standing(kept: Kept, key: str, look: Callable[[Mapping[str, Any]], Seen | None]) -> tuple[Sample, ...]:
    """The participants of a boundary that was found before, where they are at its limit and beside it still; else none.

    Args:
        kept: the participants.
        key: of the comparison.
        look: what the rule says of a participant.
    """
    sides = [side for side in (BELOW, AT, ABOVE) if side in kept.documents]
    seen = [look(kept.documents[side]) for side in sides]
    if AT not in sides or len(sides) == 1:
        return ()
    samples, gaps = [], []
    for side, one in zip(sides, seen, strict=True):
        if one is None:
            return ()
        samples.append(Sample(side, kept.documents[side], one.said))
        gaps.append(one.gaps.get(key, []))
    wanted = tuple({BELOW: -1, AT: 0, ABOVE: 1}[side] for side in sides)
    slots = zip(*gaps, strict=False)
    is_there = any(None not in slot and tuple((gap > 0) - (gap < 0) for gap in slot) == wanted for slot in slots)
    return tuple(samples) if is_there else ()


def rank_of(samples: Sequence[Sample]) -> int | None:
    """How a rule tells participants apart (`Boundary.rank`); None where it says the same of all."""
    said = [one.said for one in samples]
    words = {one.verdict for one in said}
    if len(words) > 1:
        return 0 if len(words - UNDECIDED) > 1 else 1
    return 2 if len({(one.notices, one.found) for one in said}) > 1 else None
