"""The moment of a participant that chooses the version of the protocol by which a rule judges, and what it leaves open.

A moment that is known in part only, or a site of which nothing is known, leaves several editions of the rules; a rule
that is the same in all of them stands, any other one is undecided until the moment is known.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql.compile import evaluate
from precise_cal.engine.judging.places import place_of, place_of_role
from precise_cal.engine.rulebook.timeline import FIRST_DAY, LAST_DAY, in_words
from precise_cal.language.catalog import message
from precise_cal.protocol.components import DAY_MS, MINUTE_MS
from precise_cal.protocol.temporal import Date, DateTime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.state import State
    from precise_cal.engine.judging.pointers import Pointers
    from precise_cal.engine.rulebook.edition import Condition, ExecutableRule, Lineup
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.timeline import Key
    from precise_cal.protocol.part import Part


class Standing(NamedTuple):
    """What is known of a participant from elsewhere than the record that is judged; None is unknown."""

    enrolled: bool | None
    left: bool | None


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
        standing: who is enrolled or has left, where the record does not tell.
    """

    def __init__(self, book: Rulebook, record: Part, now: DateTime | None, standing: Standing | None = None) -> None:
        self._book = book
        self._record = record
        self._offset = book.utc_offset_minutes
        self._now = None if now is None else span_of(now, self._offset, "cutoff")
        self._standing = standing
        self.site: str | None = book.role("site", record)
        self._spans: dict[str, Span] = {}
        self._keys: dict[tuple[int, int], tuple[Key, ...]] = {}

    @property
    def enrolled_under(self) -> Key:
        """The edition of enrollment; of several, the last one."""
        return self.keys(self._enrollment())[-1]

    @cached_property
    def consented_under(self) -> tuple[Key, ...]:
        """Of one who waits for enrollment, the editions that may have been in force at consent; else none.

        What they refused stays refused, whatever is in force by now.
        """
        consent = self._role("consented_at")
        if consent is None or self._now is None or not self._is_waiting():
            return ()
        return self.keys(consent.at_latest(self._now))

    def version(self) -> str | None:
        """The version of the protocol that chooses at enrollment; None of a protocol that lists none."""
        versions = self._book.timeline.versions
        names = dict.fromkeys(versions[key.version].id for key in self.keys(self._enrollment())) if versions else {}
        return in_words(tuple(names)) if names else None

    def span(self, at: str) -> Span:
        """The days of consent or enrollment."""
        if at not in self._spans:
            self._spans[at] = self._consent() if at == "consent" else self._enrollment()
        return self._spans[at]

    def _role(self, name: str) -> Span | None:
        moment = self._book.role(name, self._record)
        return None if moment is None else span_of(moment, self._offset, name)

    def _consent(self) -> Span:
        """Of one whose consent is not dated, any day until now."""
        return (self._role("consented_at") or ANY_DAY._replace(role="consented_at")).at_latest(self._now)

    def _enrollment(self) -> Span:
        """Enrollment; of one who is not enrolled day zero, else now, for whoever is to be enrolled would be so now.

        Of one who left without being enrolled that was decided at consent.
        """
        enrolled_at = self._role("enrolled_at")
        if enrolled_at is not None:
            return enrolled_at
        consent = self._role("consented_at")
        if self._is_enrolled():
            first = FIRST_DAY if consent is None else consent.first
            return Span(first, LAST_DAY, "enrolled_at").at_latest(self._now)
        others = (consent, self._now) if self._has_left() else (self._now, consent)
        known = [one for one in (self._role("day_zero"), *others) if one is not None]
        return (known[0] if known else ANY_DAY._replace(role="cutoff")).at_latest(self._now)

    def _is_enrolled(self) -> bool:
        known = self._standing
        return self._book.is_enrolled(self._record) if known is None else known.enrolled is True

    def _has_left(self) -> bool:
        known = self._standing
        return (self._book.role("left", self._record) if known is None else known.left) is True

    def _is_waiting(self) -> bool:
        dated = any(self._role(name) is not None for name in ("enrolled_at", "day_zero"))
        return not dated and not self._is_enrolled() and not self._has_left()

    def visit(self, visit_on: Condition | None, state: State) -> Span:
        """The days of a visit; of one without a date, now."""
        moment = None if visit_on is None else evaluate(visit_on, state)
        if moment is None:
            return self._now or ANY_DAY._replace(role="cutoff")
        return span_of(moment, self._offset).at_latest(self._now)

    def keys(self, span: Span) -> tuple[Key, ...]:
        """The editions that may have been in force then at the participant's site."""
        days = span.first, span.last
        if days not in self._keys:
            self._keys[days] = self._book.timeline.candidates(self.site, *days)
        return self._keys[days]


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
    span, keys = _at_visit(book, moments, state, one) if one.at == "visit" else _at(moments, one.at)
    known = [(key, book.rule_in(key, one.id)) for key in keys]
    rules = [(key, rule) for key, rule in known if rule is not None]
    if not rules:
        return None
    if len(rules) == len(known) and len({rule.terms for _, rule in rules}) == 1:
        return Chosen(rules[-1][1], rules[-1][0])
    role = "site" if len(moments.keys(span._replace(last=span.first))) > 1 else span.role
    return Open(rules[-1][1], tuple(map(book.timeline.name, keys)), role, span)


def _at(moments: Moments, at: str) -> tuple[Span, tuple[Key, ...]]:
    span = moments.span(at)
    return span, moments.keys(span)


def _at_visit(book: Rulebook, moments: Moments, state: State, one: Lineup) -> tuple[Span, tuple[Key, ...]]:
    """The editions in which the visit may lie as they date it themselves: an amendment may move when it is due.

    The first that dates it for certain into its own time judges; a visit that was over by one version stays what it
    was. Where each version dates it into another's time, all of these are in question.
    """
    dated = [(key, moments.visit(rule.visit_on, state)) for key, rule in _versions(book, one)]
    possible: list[tuple[Key, Span]] = []
    for key, span in dated:
        keys = moments.keys(span)
        if key in keys:
            possible.append((key, span))
        if keys == (key,):
            break
    found = possible or [(key, span) for _, span in dated for key in moments.keys(span)]
    return found[0][1], tuple(dict.fromkeys(key for key, _ in found))


def _versions(book: Rulebook, one: Lineup) -> Iterator[tuple[Key, ExecutableRule]]:
    """A rule in every edition; where it does not hold, as the first edition has it that does."""
    known = [(key, book.rule_in(key, one.id)) for key in book.timeline.keys]
    first = next(rule for _, rule in known if rule is not None)
    return ((key, rule or first) for key, rule in known)


def question(book: Rulebook, state: State, pointers: Pointers, one: Open) -> tuple[str, str | None, str]:
    """Of an open choice: the pointer of the datum that would settle it, the datum as recorded, and what to ask."""
    if one.role is None:
        visit_on = one.rule.visit_on
        value: Any = None if visit_on is None else evaluate(visit_on, state)
        pointer, words = ("", None) if visit_on is None else place_of(visit_on, state, pointers)
        about: str = words or "when the visit was"
    else:
        value = book.role(one.role, state.record)
        pointer, words = place_of_role(book, one.role, state, pointers)
        about = words or message("the { $role } of the participant", role=one.role)
    if one.role == "site" and value is not None:
        pattern = "when { $site } adopted each version of the protocol, which sites.yaml does not say"
        about = message(pattern, site=value)
    elif value is not None:
        about = message("{ $datum }, more exactly than { $value }", datum=about, value=str(value))
    ask = message(
        "{ $datum }: it tells which version of the protocol decides here, { $versions }",
        datum=about,
        versions=in_words(one.editions),
    )
    return pointer, None if value is None else str(value), ask
