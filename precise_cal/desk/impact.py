"""Whom a version of the protocol touches at a site before it is put in force there: whose verdicts it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from precise_cal.desk.models import Allocation, Record
from precise_cal.desk.versions import at_site
from precise_cal.engine.amendment import Amendment
from precise_cal.engine.rulebook.reading import allocation_rules
from precise_cal.protocol.from_json import parse_json
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.desk.trial import Trial
    from precise_cal.desk.versions import Release
    from precise_cal.engine.amendment import Change


@dataclass(frozen=True, slots=True)
class Touched:
    """A participant of whom a rule says something else by the new version."""

    subject_id: str
    is_randomized: bool
    """Who is keeps the verdicts of the version at that moment."""
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Impact:
    """Whom a version touches."""

    before: str
    rules: Sequence[str]
    """Those that differ between the versions."""
    participants: int
    touched: Sequence[Touched]


def impact(trial: Trial, release: Release, *, unmasked: bool) -> Impact | None:
    """Whom a release touches among the latest records of its site; None of the first version, which amends nothing.

    Args:
        trial: the rules.
        release: site and version.
        unmasked: whether rules may be named whose words could differ between the arms.
    """
    if trial.book.timeline.place(release.version) == 0:
        return None
    there = at_site(trial, release.site)
    hidden = frozenset() if unmasked else allocation_rules(trial.book)
    now = DateTime.parse(datetime.now(UTC).isoformat(timespec="milliseconds"))
    given = {*Allocation.objects.filter(site=release.site).values_list("participant", flat=True)}
    rows = [*Record.objects.filter(site=release.site).select_related("content").order_by("subject_id")]
    touched = []
    with there.judging:
        amendment = Amendment(there.book, release.version, now)
        for row in rows:
            data = bytes(row.content.data)
            found = amendment.touches(there.book.records.record(parse_json(data)), data)
            changes = [one for one in found.changes if one.differs and one.rule not in hidden]
            if changes:
                touched.append(Touched(row.subject_id, row.participant in given, changes))
    rules = [one for one in amendment.rules if one not in hidden]
    return Impact(amendment.before, rules, len(rows), touched)
