"""What keeps a participant from being randomized whatever the criteria say (contract, section 4)."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.engine.cql.state import State
from precise_cal.engine.judging.places import place_of_role
from precise_cal.engine.judging.pointers import Pointers
from precise_cal.gate.moments import lies_ahead, span_of
from precise_cal.language.catalog import message
from precise_cal.protocol.components import DAY_MS, MINUTE_MS
from precise_cal.protocol.report import Because, Query, Verdict
from precise_cal.protocol.temporal import Date, DateTime
from precise_cal.protocol.verdicts import INCOMPLETE, REFUSE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.gate.facts import Facts
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.verdicts import GateVerdict

BARS: Final = frozenset({"ENROLLED", "TREATED", "LEFT", "CONSENT-START", "SITE", "AHEAD"})
"""The ids under which bars stand among what blocks or is missing, beside those of rules."""

NOT_AHEAD: Final = "not after the moment of asking"
"""Without the instant, which the decision names beside it: asked a second later, the question is the same."""


class Bar(NamedTuple):
    """A bar, in the form of a verdict, and the questions that would lift it."""

    verdict: Verdict
    queries: tuple[Query, ...] = ()


def bars(book: Rulebook, record: Part, facts: Facts, as_of: datetime) -> list[Bar]:
    """What bars randomization at an instant, those that refuse first.

    Args:
        book: the rules, for the study's start and its calendar.
        record: the snapshot.
        facts: what the whole record says beside it.
        as_of: the instant.
    """
    offset = book.utc_offset_minutes
    day = as_of.astimezone(timezone(timedelta(minutes=offset))).date()
    start = book.parameters_of(book.timeline.on(day)).get(book.reporting.file.parameters.start)
    found = [*_standing(facts, book.reporting.file.treatment)]
    if start is not None and isinstance(start.value, Date):
        found += _consent(book, record, facts.consented_at, start.value)
    found += _site(book, record, day)
    found += _ahead(record, as_of, offset)
    return sorted(found, key=lambda bar: bar.verdict.verdict != REFUSE)


def _standing(facts: Facts, treatment: str) -> Iterator[Bar]:
    if facts.enrolled:
        yield Bar(_verdict("ENROLLED", REFUSE, "Already randomized: nobody is randomized twice"))
    if facts.treated:
        title = message("{ $treatment } is recorded already: randomization comes before it", treatment=treatment)
        yield Bar(_verdict("TREATED", REFUSE, title))
    if facts.left:
        yield Bar(_verdict("LEFT", REFUSE, "Died, or left the study"))


def _site(book: Rulebook, record: Part, day: date) -> Iterator[Bar]:
    """A site enrolls from its activation on, where ``sites.yaml`` says when that is."""
    name = book.role("site", record)
    site = book.timeline.site(name)
    if site is not None and site.activated is not None and day < site.activated:
        title = "The site is activated"
        because = Because(_place(book, record, "site"), name, _activated(day, site.activated))
        yield Bar(_verdict("SITE", REFUSE, title, because))


def _activated(day: date, activated: date) -> str:
    return message("activated by { $day }; it is from { $from } on", **{"day": str(day), "from": str(activated)})


def _place(book: Rulebook, record: Part, role: str) -> str:
    """The pointer of the datum that a role is."""
    state = State(record=record, utc_offset_minutes=book.utc_offset_minutes)
    return place_of_role(book, role, state, Pointers(record)).pointer


def _consent(book: Rulebook, record: Part, consented_at: str | None, study_start: Date) -> Iterator[Bar]:
    offset_minutes = book.utc_offset_minutes
    title = "Consent signed on the day on which the study started, or later"
    early = None if consented_at is None else _is_before(DateTime.parse(consented_at), study_start, offset_minutes)
    place = _place(book, record, "consented_at")
    because = Because(place, consented_at, message("{ $day } or later", day=str(study_start)))
    if early:
        yield Bar(_verdict("CONSENT-START", REFUSE, title, because))
    elif early is None:
        ask = message("the day on which consent was signed: known to be { $day } or later", day=str(study_start))
        yield Bar(_verdict("CONSENT-START", INCOMPLETE, title, because), (Query(place, "CONSENT-START", ask),))


def _is_before(moment: DateTime, day: Date, offset_minutes: int) -> bool | None:
    """Whether a moment comes before a calendar day of the study; None while that depends on what is not known."""
    first, last = span_of(moment, offset_minutes)
    begins = day.low * DAY_MS - offset_minutes * MINUTE_MS
    return True if last < begins else False if first >= begins else None


def _ahead(record: Part, as_of: datetime, offset_minutes: int) -> Iterator[Bar]:
    ahead = lies_ahead(as_of, record, offset_minutes)
    if ahead:
        because = [Because(moment.pointer, str(moment.at), NOT_AHEAD) for moment in ahead]
        verdict = _verdict("AHEAD", INCOMPLETE, "No moment of the record lies ahead of the clock", *because)
        ask = "the right moment, or ask again when it has come"
        yield Bar(verdict, tuple(Query(moment.pointer, "AHEAD", ask) for moment in ahead))


def _verdict(identifier: str, word: GateVerdict, title: str, *because: Because) -> Verdict:
    return Verdict(identifier, "gate", word, title, "", (), because, (), ())
