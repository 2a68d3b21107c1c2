"""Whom an amendment touches: who is judged by it, and whose verdicts differ between it and the version before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook.timeline import Key, Timeline
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.edition import Edition
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Subject
    from precise_cal.protocol.temporal import DateTime


class UnknownVersionError(PreciseError):
    """The protocol lists no such version, or it is the first one, which amends nothing."""


@immutable()
class Change:
    """A rule of one participant that the amendment changes: its verdict by either version, and the one that stands.

    None is of a rule that does not hold in that version.
    """

    rule: str
    title: str
    before: str | None
    after: str | None
    stands: str | None

    @property
    def differs(self) -> bool:
        """Whether the amendment makes a difference to this participant."""
        return self.before != self.after


@immutable()
class Touched:
    """A participant, and the rules that differ between the versions."""

    subject_id: str
    site_id: str | None
    judged_by: str
    """The version in force at enrollment; several where it is open which."""
    changes: tuple[Change, ...]


class Amendment:
    """An amendment, held against the version before it.

    Args:
        book: the rules.
        version: the id of the amendment.
        now: the instant at which due and overdue are judged; without it, each record's own cut-off.

    Raises:
        UnknownVersionError: there is nothing that it amends.
    """

    def __init__(self, book: Rulebook, version: str, now: DateTime | None = None) -> None:
        self._book = book
        before, after = _keys(book.timeline, version)
        self.before, self.after = (book.timeline.versions[key.version].id for key in (before, after))
        editions = book.edition_of(before), book.edition_of(after)
        self._checkers = [Checker(_only(book, edition), now, all_reasons=False) for edition in editions]
        self._real = Checker(book, now, all_reasons=False)
        self.rules: tuple[str, ...] = tuple(one.id for one in book.lineup if _differs(one.id, *editions))
        """The ids of the rules that differ."""

    def touches(self, record: Part, data: bytes) -> Touched:
        """What it means for a participant. Raises: RecordError."""
        stands, *versions = (one.subject(record, data) for one in (self._real, *self._checkers))
        before, after = map(_verdicts, versions)
        now = _verdicts(stands)
        titles = {one.id: one.title for subject in (*versions, stands) for one in subject.verdicts}
        changes = tuple(
            Change(rule, titles[rule], before.get(rule), after.get(rule), now.get(rule)) for rule in self.rules
        )
        judged_by = self._real.version_of(record) or ""
        return Touched(stands.subject_id, stands.site_id, judged_by, changes)


def _verdicts(subject: Subject) -> dict[str, str]:
    return {one.id: one.verdict for one in subject.verdicts}


def _keys(timeline: Timeline, version: str) -> tuple[Key, Key]:
    """The editions of the version before and of this one, both of the day of the amendment."""
    known = [one.id for one in timeline.versions]
    if version not in known[1:]:
        named = ", ".join(known[1:]) or "none"
        raise UnknownVersionError(
            message(
                '"{ $version }" is no amendment of this protocol; it has { $named }',
                version=version,
                named=Verbatim(named),
            )
        )
    after = timeline.on(timeline.date_of(version))
    return Key(after.version - 1, after.days), after


def _only(book: Rulebook, edition: Edition) -> Rulebook:
    """The rules as if they had always been those of one edition."""
    timeline = Timeline()
    return replace(book, timeline=timeline, _editions={timeline.keys[0]: edition}, _varied={}, _readers={}, _lineup=())


def _differs(rule: str, before: Edition, after: Edition) -> bool:
    one, other = before.by_id.get(rule), after.by_id.get(rule)
    return (one and one.terms) != (other and other.terms)
