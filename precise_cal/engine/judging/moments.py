"""The moment of a participant that chooses the version of the protocol by which a rule judges, and what it leaves open.

A moment that is known in part only, or a site of which nothing is known, leaves several editions of the rules; a rule
that is the same in all of them stands, any other one is undecided until the moment is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql.compile import evaluate
from precise_cal.engine.rulebook.timeline import FIRST_DAY, LAST_DAY, in_words
from precise_cal.protocol.components import DAY_MS, MINUTE_MS
from precise_cal.protocol.temporal import Date, DateTime

if TYPE_CHECKING:
    from precise_cal.engine.cql.state import State
    from precise_cal.engine.rulebook.edition import ExecutableRule, Lineup
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.timeline import Key
    from precise_cal.protocol.part import Part


class Span(NamedTuple):
    """The days that a moment may lie on, by their ordinals, and the role that would tell which."""

    first: int
    last: int
    role: str | None

    def at_latest(self, now: Span | None) -> Span:
        """The same, no later than the instant of evaluation."""
        return self if now is None else Span(min(self.first, now.last), min(self.last, now.last), self.role)


ANY_DAY: Final = Span(FIRST_DAY, LAST_DAY, None)


def span_of(moment: Date | DateTime, offset: int, role: str | None = None) -> Span:
    """The days of the study's calendar on which a date or an instant may lie."""
    low, high = moment.span
    if isinstance(moment, Date):
        return Span(low, high, role)
    shift = 0 if moment.offset_minutes is None else offset * MINUTE_MS
    return Span((low + shift) // DAY_MS, (high + shift) // DAY_MS, role)


class Moments:
    """The moments of one participant.

    Args:
        book: the rules.
        record: the participant, moments in doubt as ones that may be any.
        now: the instant of evaluation; None where none is known.
        is_enrolling: whether the question is if the participant may be enrolled at that instant.
    """

    def __init__(self, book: Rulebook, record: Part, now: DateTime | None, *, is_enrolling: bool = False) -> None:
        self._book = book
        self._record = record
        self._offset = book.utc_offset_minutes
        self._now = None if now is None else span_of(now, self._offset, "cutoff")
        self._is_enrolling = is_enrolling
        self.site: str | None = book.role("site", record)
        self._spans: dict[str, Span] = {}

    @property
    def enrolled_under(self) -> Key:
        """The edition of enrollment; of several, the last one."""
        return self.keys(self._enrollment())[-1]

    def version(self) -> str | None:
        """The version of the protocol that chooses at enrollment; None of a protocol that lists none."""
        versions = self._book.timeline.versions
        names = dict.fromkeys(versions[key.version].id for key in self.keys(self._enrollment())) if versions else {}
        return in_words(tuple(names)) if names else None

    def span(self, one: Lineup, state: State) -> Span:
        """The days of the moment that chooses for a rule."""
        if one.at == "visit":
            return self._visit(one, state)
        if one.at not in self._spans:
            self._spans[one.at] = self._consent() if one.at == "consent" else self._enrollment()
        return self._spans[one.at]

    def _role(self, name: str) -> Span | None:
        moment = self._book.role(name, self._record)
        return None if moment is None else span_of(moment, self._offset, name)

    def _consent(self) -> Span:
        """Of one whose consent is not dated, any day until now."""
        return (self._role("consented_at") or ANY_DAY._replace(role="consented_at")).at_latest(self._now)

    def _enrollment(self) -> Span:
        """Enrollment; of one who is not enrolled, when that was to be decided: day zero, else consent, else now.

        So what was decided on one who was not enrolled stays decided. Who is to be enrolled now is judged by what is in
        force now.
        """
        enrolled_at = self._role("enrolled_at")
        if enrolled_at is not None:
            return enrolled_at
        consent = self._role("consented_at")
        if self._book.is_enrolled(self._record):
            first = FIRST_DAY if consent is None else consent.first
            return Span(first, LAST_DAY, "enrolled_at").at_latest(self._now)
        waiting = self._now if self._is_enrolling else None
        chosen = self._role("day_zero") or waiting or consent or self._now or ANY_DAY._replace(role="cutoff")
        return chosen.at_latest(self._now)

    def _visit(self, one: Lineup, state: State) -> Span:
        """The visit; of one that did not take place, now."""
        moment = None if one.visit_on is None else evaluate(one.visit_on, state)
        if moment is None:
            return self._now or ANY_DAY._replace(role="cutoff")
        return span_of(moment, self._offset).at_latest(self._now)

    def keys(self, span: Span) -> tuple[Key, ...]:
        """The editions that may have been in force then at the participant's site."""
        return self._book.timeline.candidates(self.site, span.first, span.last)


class Open(NamedTuple):
    """A rule that differs between the editions that may judge."""

    rule: ExecutableRule
    editions: tuple[str, ...]
    """Their names."""
    role: str | None
    """The role that would tell which."""
    span: Span


class Chosen(NamedTuple):
    """A rule, and the edition that it is of."""

    rule: ExecutableRule
    key: Key


def choose(book: Rulebook, moments: Moments, state: State, one: Lineup) -> Chosen | Open | None:
    """The edition by which a rule judges a participant; None where the rule holds in none that may."""
    span = moments.span(one, state)
    keys = moments.keys(span)
    known = [(key, book.rule_in(key, one.id)) for key in keys]
    rules = [(key, rule) for key, rule in known if rule is not None]
    if not rules:
        return None
    if len(rules) == len(known) and len({rule.terms for _, rule in rules}) == 1:
        return Chosen(rules[-1][1], rules[-1][0])
    role = "site" if len(moments.keys(span._replace(last=span.first))) > 1 else span.role
    return Open(rules[-1][1], tuple(map(book.timeline.name, keys)), role, span)


def question(book: Rulebook, record: Part, one: Open) -> tuple[str, str | None, str]:
    """Of an open choice: the pointer of the datum that would settle it, the datum as recorded, and what to ask."""
    schema = book.schema
    field = schema.field(schema.role_path(one.role) or ()) if one.role else None
    value: Any = book.role(one.role, record) if one.role else None
    about = "when the visit was" if one.role is None else f"the {one.role} of the participant"
    about = (field.about if field else None) or about
    if one.role == "site" and value is not None:
        about = f"when {value} adopted each version of the protocol, which sites.yaml does not say"
    elif value is not None:
        about = f"{about}, more exactly"
    ask = f"{about}: it tells which version of the protocol decides here, {in_words(one.editions)}"
    return schema.role_pointer(one.role or ""), None if value is None else str(value), ask
