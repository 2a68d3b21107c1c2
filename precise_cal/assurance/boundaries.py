"""Boundary cases: for each comparison of the rules a participant at its limit, one just below and one just above.

Where something of a participant that cases start from is moved over a limit by its smallest step and the rule then says
something else, the comparison decides there. The value is then taken away, known in part, and given in another unit.
"""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.assurance.comparisons import Comparisons, gaps
from precise_cal.assurance.limits import AT, Boundary, Course, Line, Said, Sample, Seen, Start, rank_of, standing
from precise_cal.assurance.measures import measures, moved_between, otherwise_said, partly_known, with_number
from precise_cal.engine.check import Checker
from precise_cal.engine.judging.choice import chosen
from precise_cal.engine.judging.evaluation import RecordEvaluation
from precise_cal.engine.judging.moments import Open
from precise_cal.engine.judging.outcome import found_by, notices_of
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.scalars import read_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.assurance.comparisons import Comparison
    from precise_cal.assurance.limits import Kept
    from precise_cal.assurance.measures import Measure
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.rulebook import Rulebook

_STRIDES: Final = {"date": (1, 366), "instant": (1, 1440)}
_BOTH_WAYS: Final = (1, -1)
"""By how many steps a value is moved to see what depends on it: also by a year, or a day, where those are counted; a
number the other way where it is the greatest that a record may hold."""


_SIDES: Final = 3
"""How many participants show a limit that a record can lie on both sides of."""


class Undecided(NamedTuple):
    """A comparison that decides of nobody: the first rule that rests on it, what it is called, and where it stands."""

    rule: str
    name: str
    place: Place


@immutable()
class Search:
    """What was found of a trial's rules, and the comparisons that decide for nobody from whom they were sought."""

    boundaries: tuple[Boundary, ...]
    undecided: tuple[Undecided, ...]


def boundaries(
    book: Rulebook,
    starts: Sequence[Start],
    only: frozenset[str] | None = None,
    first: Mapping[tuple[str, str], Kept] | None = None,
) -> Search:
    """The boundaries of the rules in force.

    Args:
        book: the rules, with their meaning.
        starts: participants, those first that are to be preferred.
        only: the rules that are looked at; without it, all.
        first: by rule and name of a comparison, the participants that show it now: they stay where they still do, and
            are tried before all others where they no longer do.
    """
    search = _Search(book, only, first or {})
    found: dict[str, Boundary] = {}
    settled = frozenset[str]()
    for is_kept in (True, False):
        for rule in search.rules:
            open_ = [one for one in search.wanted(rule, is_kept) if one.key not in settled]
            pending = [one for one in open_ if one.key not in found or found[one.key].rank]
            for one in search.of_rule(rule, pending, starts, is_kept):
                if one.key not in found or one.rank < found[one.key].rank:
                    found[one.key] = one
        settled = frozenset(found)
    left: dict[str, Undecided] = {}
    for rule in search.rules:
        for each in search.comparisons.of(rule):
            if each.key not in found and not search.is_elsewhere(each):
                name = rule.rule.id
                left.setdefault(each.key, Undecided(name, search.names[name][each.key], each.place))
    places = ((rule.rule.id, one.key) for rule in search.rules for one in search.comparisons.of(rule))
    order = {place: number for number, place in enumerate(places)}
    kept = sorted(found.values(), key=lambda one: order[one.rule, one.key])
    return Search(tuple(map(search.completed, kept)), tuple(left.values()))


def _preference(one: Boundary) -> tuple[int, int, bool]:
    """The least one is the best that a participant shows."""
    return one.rank, -len(one.samples), one.is_reversed


class _Search:
    """Moves values of records, and looks at what a rule then says."""

    def __init__(self, book: Rulebook, only: frozenset[str] | None, first: Mapping[tuple[str, str], Kept]) -> None:
        self._book, self._first = book, first
        self.comparisons = Comparisons(book.latest)
        self._key = book.timeline.keys[-1]
        self.rules = [one for one in self.comparisons.rules if only is None or one.rule.id in only]
        self._users: dict[str, list[ExecutableRule]] = {}
        self.names = {one.rule.id: self.comparisons.names(one) for one in self.comparisons.rules}
        for rule in self.comparisons.rules:
            for one in self.comparisons.of(rule):
                self._users.setdefault(one.key, []).append(rule)

    def _keeper(self, one: Comparison) -> str | None:
        """The rule with which a comparison has its cases."""
        users = (rule.rule.id for rule in self._users[one.key])
        return next((name for name in users if (name, self.names[name][one.key]) in self._first), None)

    def is_elsewhere(self, one: Comparison) -> bool:
        """Whether a comparison has its cases with a rule that is not looked at."""
        keeper = self._keeper(one)
        return keeper is not None and all(keeper != rule.rule.id for rule in self.rules)

    def wanted(self, rule: ExecutableRule, is_kept: bool) -> list[Comparison]:
        """The comparisons of a rule that are looked for: those that have their cases with it, or all of them."""
        here = [one for one in self.comparisons.of(rule) if not self.is_elsewhere(one)]
        return [one for one in here if not is_kept or self._keeper(one) == rule.rule.id]

    def of_rule(
        self, rule: ExecutableRule, pending: list[Comparison], starts: Sequence[Start], is_kept: bool
    ) -> Iterator[Boundary]:
        """The boundaries of a rule, the best one of each comparison; of those that are kept, of whom they are kept."""
        best: dict[str, Boundary] = {}
        name = rule.rule.id
        if is_kept:
            kept = {one.key: self._standing(rule, one) for one in pending}
            best = {key: one for key, one in kept.items() if one is not None}
            moved = [one for one in pending if one.key not in best]
            sources = [(self._first[name, self.names[name][one.key]].start, [one]) for one in moved]
        else:
            sources = [(one, pending) for one in starts if one.for_rule in (None, name)]
        for start, wanted in sources:
            left = [one for one in wanted if one.key not in best or best[one.key].rank]
            for one in sorted(self._from(rule, left, start), key=_preference):
                known = best.get(one.key)
                if known is None or one.rank < known.rank:
                    best[one.key] = one
        yield from best.values()

    def _standing(self, rule: ExecutableRule, one: Comparison) -> Boundary | None:
        """The boundary that is kept, where it is one still."""
        name = self.names[rule.rule.id][one.key]
        kept = self._first[rule.rule.id, name]
        samples = standing(kept, one.key, lambda document: self.seen(rule, document, kept.now))
        rank = rank_of(samples)
        moved = moved_between([each.document for each in samples], self._book.schema.root) if samples else ()
        if rank is None or not moved:
            return None
        is_reversed = moved[0].at > moved[-1].at
        if is_reversed and one.follows(moved[0].ends):
            return None  # what is compared is of another item
        return Boundary(rule.rule.id, name, one.key, rank, moved[0], kept.now, is_reversed, samples)

    def _from(self, rule: ExecutableRule, pending: list[Comparison], start: Start) -> Iterator[Boundary]:
        """The boundaries that some value of a participant reaches."""
        seen = self.seen(rule, start.document, start.now) if pending else None
        if seen is None:
            return
        left = [one for one in pending if any(gap is not None for gap in seen.gaps.get(one.key, ()))]
        cutoff = self._book.schema.role_path("cutoff")
        for measure in measures(start.document, self._book.schema.root) if left else ():
            wanted = [one for one in left if measure.names == cutoff or measure.ends & one.elements]
            for stride in _STRIDES.get(measure.kind, _BOTH_WAYS):
                found, wanted = self._moved(rule, wanted, start, seen, measure, stride)
                yield from found

    def _moved(
        self,
        rule: ExecutableRule,
        pending: list[Comparison],
        start: Start,
        seen: Seen,
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
                if slope < 0 and one.follows(measure.ends):
                    continue  # what is compared in this place is of another item now
                course = Course(slot, gap, measure.at, slope, int(abs(stride) != 1))
                number = course.crossing
                if measure.kind != "decimal":
                    number = Fraction(round(number))
                finer = measure.finer(number)
                if finer is None:
                    continue
                look = partial(self.at, rule, start, finer)
                samples = Line(start, finer, look, one.key, course).samples(number, seen.contradictions)
                rank = rank_of(samples)
                if rank is not None:
                    name = self.names[rule.rule.id][one.key]
                    found.append(Boundary(rule.rule.id, name, one.key, rank, finer, start.now, slope < 0, samples))
                    if len(samples) < _SIDES:
                        still.append(one)  # a longer stride may find the other side
                    break
        return found, still

    def completed(self, found: Boundary) -> Boundary:
        """A boundary with what other rules say of it, and with the value in another unit, in part, and not at all."""
        users = [one for one in self._users[found.key] if one.rule.id != found.rule]
        own = next(one for one in self.rules if one.rule.id == found.rule)
        (at,) = (one for one in found.samples if one.side == AT)
        others = [*partly_known(at.document, found.measure)]
        said = otherwise_said(at.document, found.measure)
        samples = [*found.samples]
        for side, document in (*([said] if said else []), *others):
            seen = self.seen(own, document, found.now)
            if seen is not None:
                samples.append(Sample(side, document, seen.said))
        around = len(found.samples)
        also: list[dict[str, str]] = [{} for _ in samples]
        for rule in users:
            words = [self.seen(rule, one.document, found.now) for one in samples]
            if None not in words and len({one.said.verdict for one in words[:around] if one}) > 1:
                for place, one in enumerate(words):
                    also[place][rule.rule.id] = one.said.verdict if one else ""
        deviations = self._deviations(found, samples)
        told = [
            replace(
                one,
                said=replace(
                    one.said,
                    also=also[place],
                    deviations=deviations[place] - frozenset.intersection(*deviations[:around]),
                    no_deviations=frozenset.union(*deviations[:around]) - deviations[place],
                ),
            )
            for place, one in enumerate(samples)
        ]
        return replace(found, samples=tuple(told))

    def _deviations(self, found: Boundary, samples: Sequence[Sample]) -> list[frozenset[str]]:
        """The deviations that follow of each participant; none is looked for where findings do not differ."""
        if len({one.said.found for one in found.samples}) == 1:
            return [frozenset() for _ in samples]
        checker = Checker(self._book, read_instant(found.now) if found.now else None, all_reasons=False)
        known = []
        for one in samples:
            data = json.dumps(one.document).encode()
            known.append(
                frozenset(each.code for each in checker.subject(self._book.records.read(data), data).deviations)
            )
        return known

    def at(self, rule: ExecutableRule, start: Start, measure: Measure, number: Fraction) -> Seen | None:
        """What a rule says of a participant with another number; None where there can be none such."""
        try:
            document = with_number(start.document, measure, number)
        except (ValueError, OverflowError, StopIteration):
            return None
        return self.seen(rule, document, start.now)

    def seen(self, rule: ExecutableRule, document: Mapping[str, Any], now: str | None) -> Seen | None:
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
            facts = [dict(one.fact.attributes) for one in found_by(evaluation, rule, judgment)]
        except PreciseError:
            return None
        contradictions = len(evaluation.doubts.contradictions) if evaluation.doubts else 0
        found = frozenset(f"{one.get('code', '')} {one.get('done', '')}" for one in facts)
        return Seen(Said(judgment.verdict, notices, found), gaps(evaluation.state.messages), contradictions)
