"""What must hold among the participants of one run, whoever reads them: check, report, cohorts.

``across`` of ``protocol.yaml`` says what: data that no two share, how many there may be, a list without gaps; and
``sites.yaml`` from when a site may consent and enroll. Of each participant a few bytes are kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.engine.judging.moments import span_of
from precise_cal.language.catalog import Joined, message, plural
from precise_cal.protocol.from_json import Problem, RecordError
from precise_cal.protocol.part import value_at
from precise_cal.protocol.ranges import Ranges
from precise_cal.protocol.report import Notice
from precise_cal.protocol.roll import Roll, digest_of, quoted

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Subject

_NUMBER: Final = re.compile(r"(.*?)([0-9]+)\Z", re.DOTALL)
SAME_PARTICIPANT: Final = "SAME_PARTICIPANT"
"""The code of the notice that a participant was read before, by the same name at the same site."""
_MOST_GAPS: Final = 10
"""Gaps that a notice lists."""


class Facts(NamedTuple):
    """What is looked at of a participant. Days are ordinals, the first and the last that a moment may lie on."""

    site_id: str | None
    subject_id: str
    consented: tuple[int, int] | None
    enrolled: tuple[int, int] | None
    unique: tuple[str | None, ...]
    """The data that no two participants share, in the order of the file."""
    counts: bool
    """Whether the participant is one of those of whom there may be so many."""
    logged: str | None
    """What ends in the number of the list."""


class Remark(NamedTuple):
    """Something about one participant: a notice, and the finding that it is where the trial says so."""

    notice: Notice
    finding: str | None


class Across:
    """The participants of a run so far.

    Args:
        book: the rules.
    """

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._form = book.across
        schema = book.schema
        self._roll = Roll(schema.role_pointer("participant"), schema.role_pointer("site"))
        self._met: tuple[dict[int, str], ...] = tuple({} for _ in self._form.unique)
        self._logs: dict[str, Ranges] = {}
        self._number = 0

    @property
    def rule(self) -> str:
        """The name under which notices and deviations stand."""
        return self._form.rule

    def facts(self, record: Part) -> Facts:
        """What is looked at of a record."""
        book, form = self._book, self._form
        unique = (value_at(record, one.field) for one in form.unique)
        return Facts(
            site_id=book.role("site", record),
            subject_id=book.role("participant", record),
            consented=self._days("consented_at", record),
            enrolled=self._days("enrolled_at", record),
            unique=tuple(None if one is None else str(one) for one in unique),
            counts=form.counted is not None and value_at(record, form.counted) is not None,
            logged=value_at(record, form.log) if form.log else None,
        )

    def _days(self, role: str, record: Part) -> tuple[int, int] | None:
        moment = self._book.role(role, record)
        return None if moment is None else span_of(moment, self._book.utc_offset_minutes)[:2]

    def enter(self, facts: Facts, place: str) -> tuple[Remark, ...]:
        """Enter a participant, and say what does not hold because of those who were entered before.

        Raises:
            RecordError: the participant or the site was read before under another spelling, or the participant at
                another site; nobody is entered.
        """
        before = self._roll.enter(facts.site_id, facts.subject_id, place)
        if before is not None:
            text = message("this participant was read from { $place } already", place=before)
            at = self._book.schema.role_pointer("participant")
            return (Remark(Notice(SAME_PARTICIPANT, "", text, at), None),)
        self._number += facts.counts
        if facts.logged is not None and (found := _NUMBER.match(str(facts.logged))) and len(found[2]) < 19:
            self._logs.setdefault(found[1], Ranges()).add(int(found[2]))
        return (*self._shared(facts), *self._of_site(facts))

    def _shared(self, facts: Facts) -> Iterator[Remark]:
        """Data that an earlier participant has too."""
        for one, met, value in zip(self._form.unique, self._met, facts.unique, strict=True):
            if value is None:
                continue
            key = digest_of(value)
            first = met.setdefault(key, facts.subject_id)
            if first != facts.subject_id:
                yield self._remark(
                    "SHARED_WITH_ANOTHER",
                    message("{ $name } is that of { $subject } too", name=one.name, subject=first),
                    one.finding,
                )

    def _of_site(self, facts: Facts) -> Iterator[Remark]:
        """What ``sites.yaml`` says against a participant's site."""
        timeline = self._book.timeline
        if timeline.sites is None or facts.site_id is None:
            return
        site = timeline.site(facts.site_id)
        if site is None:
            yield self._remark("SITE_UNKNOWN", message("{ $site } is no site of sites.yaml", site=facts.site_id), None)
            return
        if _is_before(facts.consented, site.approved):
            text = message(
                "consent was given before { $site } was approved on { $day }", site=site.id, day=str(site.approved)
            )
            yield self._remark("SITE_NOT_APPROVED", text, self._form.inactive)
        if _is_before(facts.enrolled, site.activated):
            text = message("enrolled before { $site } was activated on { $day }", site=site.id, day=str(site.activated))
            yield self._remark("SITE_NOT_ACTIVE", text, self._form.inactive)

    def _remark(self, code: str, text: str, finding: str | None) -> Remark:
        return Remark(Notice(code, self.rule, text), finding)

    def close(self) -> tuple[Notice, ...]:
        """What only all participants together show."""
        return (*self._too_many(), *self._missing())

    def _too_many(self) -> Iterator[Notice]:
        planned = self._form.planned
        if planned is not None and self._number > planned:
            text = message(
                "{ $number } participants were enrolled, { $planned } are planned", number=self._number, planned=planned
            )
            yield Notice("MORE_THAN_PLANNED", self.rule, text)

    def _missing(self) -> Iterator[Notice]:
        for series, numbers in sorted(self._logs.items()):
            gaps = list(numbers.gaps())
            if gaps:
                yield Notice("GAP_IN_LOG", self.rule, _gap_text(series, gaps))


def _gap_text(series: str, gaps: list[tuple[int, int]]) -> str:
    shown: list[str] = [
        message("{ $first } to { $last }", first=str(first), last=str(last)) if first < last else str(first)
        for first, last in gaps[:_MOST_GAPS]
    ]
    if len(gaps) > _MOST_GAPS:
        shown.append(plural(len(gaps) - _MOST_GAPS, "{ $count } more gap", "{ $count } more gaps"))
    return message("not read of the numbers { $series }…: { $missing }", series=series, missing=Joined(", ", shown))


def repeated(subject: Subject) -> RecordError | None:
    """What is wrong with a record of a participant who was read before."""
    for one in subject.notices:
        if one.code == SAME_PARTICIPANT:
            text = one.text.removeprefix("this participant ")
            return RecordError([Problem(one.item or "", quoted(subject.subject_id), text)])
    return None


def _is_before(days: tuple[int, int] | None, first: datetime.date | None) -> bool:
    """Whether a moment certainly lies before a day."""
    return days is not None and first is not None and days[1] < first.toordinal()
