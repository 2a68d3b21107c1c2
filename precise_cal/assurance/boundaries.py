"""Boundary cases: for each comparison of the rules a participant at its limit, one just below and one just above.

Where something of a participant that cases start from is moved over a limit by its smallest step and the rule then says
something else, the comparison decides there. The value is then taken away, known in part, and given in another unit.
"""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.assurance.comparisons import Comparisons, gaps
from precise_cal.assurance.measures import measures, otherwise_said, partly_known, with_number
from precise_cal.engine.judging.choice import chosen
from precise_cal.engine.judging.evaluation import RecordEvaluation
from precise_cal.engine.judging.moments import Open
from precise_cal.engine.judging.outcome import notices_of
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.scalars import read_instant
from precise_cal.protocol.verdicts import UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from precise_cal.assurance.comparisons import Comparison
    from precise_cal.assurance.measures import Measure
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook

AT: Final = "at"
BELOW: Final = "just below"
ABOVE: Final = "just above"
_SIDES: Final = (BELOW, AT, ABOVE)
_STRIDES: Final = {"date": (1, 366), "instant": (1, 1440)}
"""By how many steps a value is moved to see what depends on it: also by a year, or a day, where those are counted."""
_FARTHEST: Final = 1500
"""Over how many steps a limit is sought that a value reaches by leaps: a year of days, or a day of minutes."""


class Start(NamedTuple):
    """A participant from whom boundaries are sought."""

    document: Mapping[str, Any]
    now: str | None = None
    for_rule: str | None = None
    """The rule whose case it is; None for one that all cases start from."""


@immutable()
class Said:
    """What rules say of a participant: their verdicts, and the notices of the rule itself."""

    verdict: str
    notices: frozenset[str]
    also: Mapping[str, str] = {}


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
            a notice alone.
    """

    rule: str
    comparison: Comparison
    rank: int
    measure: Measure
    now: str | None
    is_reversed: bool
    """Whether the left side grows less where the value grows."""
    samples: tuple[Sample, ...]

    @property
    def name(self) -> str:
        """What the comparison is called."""
        return self.comparison.name(self.rule)


@immutable()
class Search:
    """What was found of a trial's rules, and the comparisons that decide for nobody from whom they were sought."""

    boundaries: tuple[Boundary, ...]
    undecided: tuple[tuple[str, Comparison], ...]
    """Each with the first rule that rests on it."""


def boundaries(
    book: Rulebook,
    starts: Sequence[Start],
    only: frozenset[str] | None = None,
    first: Mapping[tuple[str, str], Start] | None = None,
) -> Search:
    """The boundaries of the rules in force.

    Args:
        book: the rules, with their meaning.
        starts: participants, those first that are to be preferred.
        only: the rules that are looked at; without it, all.
        first: by rule and name of a comparison, the participant that shows it now, who is tried before all others.
    """
    search = _Search(book, only)
    found: dict[str, Boundary] = {}
    for rule in search.rules:
        pending = [one for one in search.comparisons.of(rule) if one.key not in found or found[one.key].rank]
        for one in search.of_rule(rule, pending, starts, first or {}):
            if one.comparison.key not in found or one.rank < found[one.comparison.key].rank:
                found[one.comparison.key] = one
    left: dict[str, tuple[str, Comparison]] = {}
    for rule in search.rules:
        for each in search.comparisons.of(rule):
            if each.key not in found:
                left.setdefault(each.key, (rule.rule.id, each))
    order = {rule.rule.id: place for place, rule in enumerate(search.rules)}
    kept = sorted(found.values(), key=lambda one: order[one.rule])
    return Search(tuple(map(search.completed, kept)), tuple(left.values()))


class _Seen(NamedTuple):
    """What the rule in question says of a record, and how far apart the sides of its comparisons lie."""

    said: Said
    gaps: Mapping[str, list[Fraction | None]]
    contradictions: int


class _Search:
    """Moves values of records, and looks at what a rule then says."""

    def __init__(self, book: Rulebook, only: frozenset[str] | None) -> None:
        self._book = book
        self.comparisons = Comparisons(book.latest)
        self._key = book.timeline.keys[-1]
        self.rules = [one for one in self.comparisons.rules if only is None or one.rule.id in only]
        self._users: dict[str, list[ExecutableRule]] = {}
        for rule in self.comparisons.rules:
            for one in self.comparisons.of(rule):
                self._users.setdefault(one.key, []).append(rule)

    def of_rule(
        self,
        rule: ExecutableRule,
        pending: list[Comparison],
        starts: Sequence[Start],
        first: Mapping[tuple[str, str], Start],
    ) -> Iterator[Boundary]:
        """The boundaries of a rule, the best one of each comparison."""
        best: dict[str, Boundary] = {}
        name = rule.rule.id
        kept = [(first[place], [one]) for one in pending if (place := (name, one.name(name))) in first]
        own = [(one, pending) for one in starts if one.for_rule in (None, name)]
        for start, wanted in (*kept, *own):
            left = [one for one in wanted if one.key not in best or best[one.key].rank]
            found = sorted(self._from(rule, left, start), key=lambda one: (one.rank, one.is_reversed))
            for one in found:
                known = best.get(one.comparison.key)
                if known is None or one.rank < known.rank:
                    best[one.comparison.key] = one
        yield from best.values()

    def _from(self, rule: ExecutableRule, pending: list[Comparison], start: Start) -> Iterator[Boundary]:
        """The boundaries that some value of a participant reaches."""
        seen = self.seen(rule, start.document, start.now) if pending else None
        if seen is None:
            return
        left = [one for one in pending if any(gap is not None for gap in seen.gaps.get(one.key, ()))]
        cutoff = self._book.schema.role_path("cutoff")
        for measure in measures(start.document, self._book.schema.root) if left else ():
            wanted = [one for one in left if measure.names == cutoff or measure.ends & one.elements]
            for stride in _STRIDES.get(measure.kind, (1,)):
                found, wanted = self._moved(rule, wanted, start, seen, measure, stride)
                yield from found

    def _moved(
        self,
        rule: ExecutableRule,
        pending: list[Comparison],
        start: Start,
        seen: _Seen,
        measure: Measure,
        stride: int,
    ) -> tuple[list[Boundary], list[Comparison]]:
        """The boundaries that a value reaches, and the comparisons that such a stride does not move."""
        moved = self.at(rule, start, measure, measure.at + stride * measure.step) if pending else None
        if moved is None:
            return [], pending
        found, still = [], []
        for one in pending:
            pairs = zip(seen.gaps.get(one.key, []), moved.gaps.get(one.key, []), strict=False)
            known = [(slot, *pair) for slot, pair in enumerate(pairs) if None not in pair and pair[0] != pair[1]]
            if not known:
                still.append(one)
            for slot, gap, then in known:
                assert gap is not None
                assert then is not None
                slope = (then - gap) / (stride * measure.step)
                number = measure.at - gap / slope
                if measure.kind != "decimal":
                    number = Fraction(round(number))
                finer = measure.finer(number)
                if finer is None:
                    continue
                line = _Line(self, rule, one, start, finer, slot)
                boundary = line.boundary(number, seen.contradictions, is_reversed=slope < 0)
                if boundary is not None:
                    found.append(boundary)
                    break
        return found, still

    def completed(self, found: Boundary) -> Boundary:
        """A boundary with what other rules say of it, and with the value in another unit, in part, and not at all."""
        users = [one for one in self._users[found.comparison.key] if one.rule.id != found.rule]
        own = next(one for one in self.rules if one.rule.id == found.rule)
        (at,) = (one for one in found.samples if one.side == AT)
        others = [*partly_known(at.document, found.measure)]
        said = otherwise_said(at.document, found.measure)
        samples = [*found.samples]
        for side, document in (*([said] if said else []), *others):
            seen = self.seen(own, document, found.now)
            if seen is not None:
                samples.append(Sample(side, document, seen.said))
        also: list[dict[str, str]] = [{} for _ in samples]
        for rule in users:
            words = [self.seen(rule, one.document, found.now) for one in samples]
            if all(one is not None for one in words) and len({one.said.verdict for one in words[:3] if one}) > 1:
                for place, one in enumerate(words):
                    also[place][rule.rule.id] = one.said.verdict if one else ""
        told = [
            Sample(one.side, one.document, Said(one.said.verdict, one.said.notices, also[place]))
            for place, one in enumerate(samples)
        ]
        return replace(found, samples=tuple(told))

    def at(self, rule: ExecutableRule, start: Start, measure: Measure, number: Fraction) -> _Seen | None:
        """What a rule says of a participant with another number; None where there can be none such."""
        try:
            document = with_number(start.document, measure, number)
        except (ValueError, OverflowError, StopIteration):
            return None
        return self.seen(rule, document, start.now)

    def seen(self, rule: ExecutableRule, document: Mapping[str, Any], now: str | None) -> _Seen | None:
        """What a rule says of a record; None where the record cannot be judged by it."""
        try:
            record = self._book.records.read(json.dumps(document).encode())
            moment = read_instant(now) if now else None
            evaluation = RecordEvaluation(self._book, record, moment, all_reasons=False)
            (one,) = chosen(evaluation, None, (rule.rule.id,))[0] or (None,)
            if one is None or isinstance(one, Open) or one.key != self._key:
                return None
            evaluation.use(self._key)
            judgment = evaluation.plain_judgment(rule)
            notices = frozenset(each.code for each in notices_of(evaluation, rule, judgment))
        except PreciseError:
            return None
        contradictions = len(evaluation.doubts.contradictions) if evaluation.doubts else 0
        return _Seen(Said(judgment.verdict, notices), gaps(evaluation.state.messages), contradictions)


class _Line:
    """A value that is moved along, and the comparison that it is moved for."""

    def __init__(
        self, search: _Search, rule: ExecutableRule, comparison: Comparison, start: Start, measure: Measure, slot: int
    ) -> None:
        self._search, self._rule, self._comparison = search, rule, comparison
        self._start, self._measure, self._slot = start, measure, slot
        self._known: dict[Fraction, _Seen | None] = {}

    def boundary(self, number: Fraction, contradictions: int, *, is_reversed: bool) -> Boundary | None:
        """What the rule says at a limit and beside it, where that is not the same and contradicts nothing new.

        Args:
            number: where the two sides are equal, or near it.
            contradictions: how many there are already.
            is_reversed: whether the left side grows less where the value grows.
        """
        places = self._places(number)
        seen = [self._seen(one) for one in places]
        known = [one for one in seen if one is not None and one.contradictions <= contradictions]
        rank = _rank([one.said for one in known]) if len(known) == len(_SIDES) else None
        if rank is None:
            return None
        samples = [
            Sample(side, with_number(self._start.document, self._measure, place), one.said)
            for side, place, one in zip(_SIDES, places, known, strict=True)
        ]
        name, now = self._rule.rule.id, self._start.now
        return Boundary(name, self._comparison, rank, self._measure, now, is_reversed, tuple(samples))

    def _places(self, number: Fraction) -> tuple[Fraction, ...]:
        """Where the left side is just below the right one, equal to it, and just above; nothing without such places.

        Of several places where they are equal, the one beside which the rule says something else.
        """
        if self._sign(number) != 0:
            return ()
        down, up = (_edge(self._sign, number, step) for step in (-self._measure.step, self._measure.step))
        if down is None or up is None or self._sign(down[1]) == self._sign(up[1]):
            return ()
        below, above = (down, up) if self._sign(down[1]) == -1 else (up, down)
        at = above[0] if self._said(below[0]) == self._said(below[1]) else below[0]
        return below[1], at, above[1]

    def _seen(self, number: Fraction) -> _Seen | None:
        if number not in self._known:
            self._known[number] = self._search.at(self._rule, self._start, self._measure, number)
        return self._known[number]

    def _said(self, number: Fraction) -> Said | None:
        there = self._seen(number)
        return None if there is None else there.said

    def _sign(self, number: Fraction) -> int | None:
        """Whether the left side is less than the right one, -1, equal, 0, or more, 1; None where that is not known."""
        there = self._seen(number)
        found = there.gaps.get(self._comparison.key, []) if there is not None else []
        gap = found[self._slot] if self._slot < len(found) else None
        return None if gap is None else (gap > 0) - (gap < 0)


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


def _rank(said: list[Said]) -> int | None:
    words = {one.verdict for one in said}
    if len(words) > 1:
        return 0 if len(words - UNDECIDED) > 1 else 1
    return 2 if len({one.notices for one in said}) > 1 else None
