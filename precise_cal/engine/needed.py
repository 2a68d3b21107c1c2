"""The fewest missing data with which undecided rules could pass: what a site should supply first.

Which value would do is not among it, and of who is refused nothing is sought of the criteria: what would turn a refusal
is nobody's to know who enters data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.changing import value_at
from precise_cal.engine.counterfactual import missing
from precise_cal.engine.judging.reasons import describe
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.from_json import parse_json
from precise_cal.protocol.pointer import steps_of
from precise_cal.protocol.report import Query
from precise_cal.protocol.verdicts import CRITERIA, OPEN, REFUSE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from precise_cal.engine.facts import Fact
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject
    from precise_cal.protocol.temporal import DateTime

TRIES: Final = 25
"""How many records are judged for a rule at most, for one of many participants; what would take more is left out."""


def needed(book: Rulebook, data: bytes, subject: Subject, now: DateTime | None = None) -> tuple[Query, ...]:
    """Of each rule that lacks data, the fewest that would do, in the order of the report.

    Args:
        book: the rules.
        data: the bytes that the record was read from.
        subject: what was found about it.
        now: the instant of evaluation; without it, the record's own cut-off.
    """
    is_refused = subject.gate.decision == REFUSE
    open_ = [
        one.id
        for one in subject.verdicts
        if one.verdict in OPEN and not (is_refused and (one.kind in CRITERIA or one.id in book.required_by_gate))
    ]
    return needed_by(book, parse_json(data), open_, subject.queries, now) if open_ else ()


def needed_by(
    book: Rulebook,
    document: Mapping[str, Any],
    rules: Iterable[str],
    queries: Collection[Query],
    now: DateTime | None = None,
    tries: int = TRIES,
) -> tuple[Query, ...]:
    """The same of some rules, with what they ask."""
    found = []
    for name in rules:
        asked = {one.pointer: one.ask for one in queries if one.rule == name and not _is_list(document, one.pointer)}
        try:
            data = missing(book, document, name, now, asked=asked, tries=tries) if asked and name in book.rules else ()
        except PreciseError:  # the record can be judged, and not with one fact more
            continue
        found += [Query(one.pointer, name, asked.get(one.pointer) or _words(book, one)) for one in data]
    return tuple(found)


def _is_list(document: Mapping[str, Any], pointer: str) -> bool:
    """Whether an item is asked for, and not a datum."""
    place = tuple(int(one) if one.isdigit() else one for one in steps_of(pointer))
    return isinstance(value_at(document, place), list)


def _words(book: Rulebook, fact: Fact) -> str:
    """What a datum is called."""
    *way, last = (one for one in fact.place if isinstance(one, str))
    part = book.schema.root
    for name in way:
        part = part.by_name[name].part or part
    return describe(part, last)
