"""The fewest missing data with which a participant could be let pass, where nothing but data is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from precise_cal.engine.needed import needed_by
from precise_cal.protocol.report import Query
from precise_cal.protocol.temporal import DateTime
from precise_cal.protocol.verdicts import INCOMPLETE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.gate.asking import Question

_TRIES: Final = 100
"""How many records are judged for a rule at most: nobody waits at the gate for more."""


def needed_at_gate(book: Rulebook, question: Question) -> tuple[Query, ...]:
    """Of each rule that waits for data, the fewest that would do; nothing of who is refused, or let pass."""
    found = question.evaluation
    if found.decision != INCOMPLETE:
        return ()
    asked = [Query(**one) for one in cast("Sequence[dict[str, Any]]", found.queries)]
    now = DateTime.parse(question.as_of.isoformat(timespec="milliseconds"))
    return needed_by(book, cast("dict[str, Any]", question.snapshot), found.missing, asked, now, _TRIES)


def marked(queries: Sequence[Any], needed: Sequence[Query]) -> tuple[tuple[Any, bool], ...]:
    """Questions as JSON has them, each with whether its datum is one of the fewest; what nobody asked comes last."""
    places = {(one.rule, one.pointer) for one in needed}
    known = {(one["rule"], one["pointer"]) for one in queries}
    more = [one for one in needed if (one.rule, one.pointer) not in known]
    return (
        *((one, (one["rule"], one["pointer"]) in places) for one in queries),
        *(({"pointer": one.pointer, "rule": one.rule, "ask": one.ask}, True) for one in more),
    )
