"""What a reader wants to see of the findings: some rules, some sites, deviations, queries or events alone.

It chooses what is shown, and nothing else: counts and exit status are of everything that was judged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.protocol.identifiers import skeleton
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import PENDING, YES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.protocol.report import Subject, Verdict
    from precise_cal.protocol.since import Change

_KINDS: Final = {"deviations": "deviation", "queries": "query", "events": "verdict"}
Only = Literal["deviations", "queries", "events"]


@immutable()
class Selection:
    """What is shown; all of it without any choice.

    Args:
        rules: ids of rules and codes of deviations.
        sites: of the participants.
        only: the kind of findings.
    """

    rules: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    only: Only | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not (self.rules or self.sites or self.only)

    @property
    def is_of_findings(self) -> bool:
        """Whether participants of whom nothing is left are left out."""
        return bool(self.rules or self.only)

    def of(self, subject: Subject) -> Subject | None:
        """What is shown of a participant; None of one of another site."""
        if self.sites and (subject.site_id is None or skeleton(subject.site_id) not in map(skeleton, self.sites)):
            return None
        if self.is_everything:
            return subject
        return self._of_kind(self._of_rules(subject) if self.rules else subject)

    def of_changes(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        """What is shown of the differences from an earlier report."""
        kept = [one for one in changes if not self.rules or {one.id, one.rule} & self.rules]
        return tuple(one for one in kept if self.only is None or one.what == _KINDS.get(self.only))

    def _of_rules(self, subject: Subject) -> Subject:
        rules = self.rules
        deviations = tuple(one for one in subject.deviations if one.rule in rules or one.code in rules)
        return replace(
            subject,
            verdicts=tuple(one for one in subject.verdicts if one.id in rules),
            deviations=deviations,
            queries=tuple(one for one in subject.queries if one.rule in rules),
            notices=tuple(one for one in subject.notices if one.rule in rules),
        )

    def _of_kind(self, subject: Subject) -> Subject:
        if self.only is None:
            return subject
        return replace(
            subject,
            verdicts=tuple(one for one in subject.verdicts if self.only == "events" and is_event(one)),
            deviations=subject.deviations if self.only == "deviations" else (),
            queries=subject.queries if self.only == "queries" else (),
            notices=(),
        )


def is_event(verdict: Verdict) -> bool:
    """Whether something took place, or waits for its adjudication."""
    return verdict.kind == "outcome" and verdict.verdict in (YES, PENDING)


def has_findings(subject: Subject) -> bool:
    """Whether anything is left to be shown."""
    return bool(subject.verdicts or subject.deviations or subject.queries or subject.notices)
