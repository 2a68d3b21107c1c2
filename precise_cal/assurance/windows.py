"""Windows of visits, and kinds that a rule tells apart: none overlap, none leave a gap."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from precise_cal.assurance.answer import Answer
from precise_cal.assurance.logic import both, either, no
from precise_cal.assurance.prove import Joint
from precise_cal.assurance.symbols import UntranslatedError
from precise_cal.assurance.witness import aspects, shown
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.assurance.declared import Declared, ExactlyOne
    from precise_cal.assurance.logic import Bit
    from precise_cal.assurance.prove import Limits
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.schedule import Visit
    from precise_cal.protocol.rules_pack import Outcome


def windows(book: Rulebook, limits: Limits, declared: Declared) -> Iterator[Answer]:
    """Whether windows of visits overlap, and whether those that are declared to follow on each other leave a gap.

    And of the notices of a rule that are declared to be kinds of one thing, whether exactly one holds.
    """
    visits = {one.id: one for one in book.latest.visits}
    for one, other in combinations(visits.values(), 2):
        if one.anchor == other.anchor:
            yield _apart(one, other)
    for names in declared.consecutive:
        for before, after in pairwise(names):
            yield _adjoining(visits[before], visits[after])
    for group in declared.exactly_one:
        yield from _exactly_one(book, limits, declared, group)


def _span(visit: Visit) -> tuple[int, int]:
    return visit.day - visit.minus, visit.day + visit.plus


def _apart(one: Visit, other: Visit) -> Answer:
    begun = time.perf_counter()
    (first, last), (start, end) = _span(one), _span(other)
    shared = (max(first, start), min(last, end))
    question = message("the windows of { $one } and { $other } share no day", one=one.id, other=other.id)
    overlap = shared[0] <= shared[1]
    because = message("days { $first } to { $last } are in both", first=shared[0], last=shared[1]) if overlap else ""
    return Answer(question, "no" if overlap else "yes", time.perf_counter() - begun, because=because)


def _adjoining(before: Visit, after: Visit) -> Answer:
    begun = time.perf_counter()
    gap = (_span(before)[1] + 1, _span(after)[0] - 1)
    question = message("no day lies between the windows of { $one } and { $other }", one=before.id, other=after.id)
    is_open = gap[0] <= gap[1]
    because = message("days { $first } to { $last } are in neither", first=gap[0], last=gap[1]) if is_open else ""
    return Answer(question, "no" if is_open else "yes", time.perf_counter() - begun, because=because)


def _exactly_one(book: Rulebook, limits: Limits, declared: Declared, group: ExactlyOne) -> Iterator[Answer]:
    codes = ", ".join(group.of)
    yield _never(
        _Kinds(book, limits, declared, group, complete=False),
        message("no two of { $codes } hold at once", codes=codes),
        lambda held, _: either(*(both(one, other) for one, other in combinations(held, 2))),
    )
    if group.verdict is not None:
        words = {"codes": codes, "rule": group.rule, "word": group.verdict}
        yield _never(
            _Kinds(book, limits, declared, group, complete=True),
            message("one of { $codes } holds where { $rule } is { $word }", **words),
            lambda held, here: both(here, no(either(*held))),
        )


class _Kinds:
    """The notices of a group, over a record with one item in each list."""

    def __init__(
        self, book: Rulebook, limits: Limits, declared: Declared, group: ExactlyOne, *, complete: bool
    ) -> None:
        single = replace(limits, bounds=replace(limits.bounds, items=1, complete=complete))
        self.asked, self.group = Joint(book, (group.rule,), single, declared), group

    def bit(self, of: Callable[[list[Bit], Bit], Bit]) -> Bit:
        """What is made of when each notice holds and of when the rule has the verdict. Raises `UntranslatedError`."""
        said = aspects(self.asked.translator, self.asked.book.latest.by_id[self.group.rule])
        held = [said[f"notice {code}"] for code in self.group.of]
        return of(held, self.asked.says(self.group.rule, (self.group.verdict or "",)))


def _never(kinds: _Kinds, question: str, of: Callable[[list[Bit], Bit], Bit]) -> Answer:
    begun, asked = time.perf_counter(), kinds.asked
    try:
        found = asked.problem.solve([kinds.bit(of)], asked.limits.seconds)
    except UntranslatedError as error:
        return Answer(question, "not translated", time.perf_counter() - begun, because=str(error))
    if found != "yes":
        return Answer(question, "yes" if found == "no" else found, time.perf_counter() - begun, items=asked.items)
    record, rule = asked.problem.document, kinds.group.rule
    was = shown(asked.book, record, rule)
    notices = sorted(was.notices & {*kinds.group.of}) if was is not None else []
    because = message("the engine gives { $notices }", notices=Verbatim(", ".join(notices) or "–"))
    outcome: Outcome = "not replayed" if len(notices) == 1 else "no"
    return Answer(question, outcome, time.perf_counter() - begun, record, because, asked.items)
