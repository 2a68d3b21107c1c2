"""From the rows of a reviewed workbook to new decisions; whatever would lose or overrule one is refused."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from precise_cal.language.catalog import message
from precise_cal.reports.ledger import Entry, Ledger
from precise_cal.reports.plain import visible
from precise_cal.reports.workbook.layout import DECISIONS, IMPORTANCES
from precise_cal.reports.workbook.read import LAYOUTS, Reviewed, WorkbookError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Origin:
    """Which workbook is merged, and when."""

    name: str
    sha256: str
    at: str


def merged(rows: Sequence[Reviewed], ledger: Ledger, current: Mapping[tuple[str, str], str], origin: Origin) -> Ledger:
    """The ledger with a new decision for each row that the reviewer changed.

    Args:
        rows: of the workbook.
        ledger: all decisions so far.
        current: the fingerprint of every row as it would be written now.
        origin: the workbook.

    Raises:
        WorkbookError: a row is stale, conflicts with another decision, or is incomplete; all of them are told.
    """
    problems: list[str] = []
    new: dict[tuple[str, str], tuple[Reviewed, Entry]] = {}
    for row in rows:
        if not is_changed(row, ledger, problems):
            continue
        key = (row.sheet, row.id)
        found = list(_problems(row, ledger, current))
        problems += found
        if key in new and new[key][1].values != row.values:
            problems.append(
                message(
                    "{ $place }: stands in row { $number } as well, decided otherwise; keep one of them",
                    place=row.place,
                    number=new[key][0].number,
                )
            )
        elif not found:
            revision = len(ledger.of(*key)) + 1
            entry = Entry(
                row.sheet, row.id, revision, row.fingerprint, row.values, origin.at, origin.name, origin.sha256
            )
            new.setdefault(key, (row, entry))
    if problems:
        raise WorkbookError(origin.name, problems)
    return Ledger((*ledger.entries, *(entry for _, entry in new.values())))


def is_changed(row: Reviewed, ledger: Ledger, problems: list[str]) -> bool:
    """Whether the reviewer's columns differ from what was written into them, and from the decision that holds."""
    before = ledger.of(row.sheet, row.id)
    if row.revision > len(before):
        problems.append(
            message(
                "{ $place }: refers to a decision that the file of decisions does not have; is it another "
                "folder's workbook?",
                place=row.place,
            )
        )
        return False
    seen = before[row.revision - 1] if row.revision else None
    written = seen.values if seen is not None and seen.fingerprint == row.fingerprint else {}
    if _shown(row.values) == _shown(written):
        return False
    last = before[-1] if before else None
    return not (last and _shown(last.values) == _shown(row.values) and last.fingerprint == row.fingerprint)


def _shown(values: Mapping[str, str]) -> dict[str, str]:
    """Values as a workbook shows them: a hidden character comes back from it as its escape."""
    return {name: visible(value) for name, value in values.items()}


def _problems(row: Reviewed, ledger: Ledger, current: Mapping[tuple[str, str], str]) -> Iterator[str]:
    key = (row.sheet, row.id)
    before = ledger.of(*key)
    if key not in current:
        yield message(
            "{ $place }: stale: no such row is found any more, the data have changed; decide in a fresh workbook",
            place=row.place,
        )
        return
    if current[key] != row.fingerprint:
        yield message(
            "{ $place }: stale: the data have changed since the workbook was made; decide in a fresh workbook",
            place=row.place,
        )
    if row.revision < len(before):
        last = before[-1]
        who = last.values.get(LAYOUTS[row.sheet].by, "somebody")
        yield message(
            "{ $place }: conflict: { $who } decided otherwise meanwhile (merged { $merged_at } from { $workbook })",
            place=row.place,
            who=who,
            merged_at=last.merged_at,
            workbook=last.workbook,
        )
    if not row.values:
        undo = 'write "candidate" to reopen it' if row.sheet == "Deviations" else "write what holds instead"
        yield message("{ $place }: a decision was cleared; { $undo }", place=row.place, undo=undo)
        return
    yield from _incomplete(row)


def _incomplete(row: Reviewed) -> Iterator[str]:
    layout = LAYOUTS[row.sheet]
    for name in (layout.by, layout.on):
        if name not in row.values:
            yield message('{ $place }: "{ $name }" is empty; say who decided and when', place=row.place, name=name)
    day = row.values.get(layout.on, "")
    if day and not _is_day(day):
        yield message(
            '{ $place }: "{ $on }" is "{ $day }"; expected a day such as 2026-03-09',
            place=row.place,
            on=layout.on,
            day=day,
        )
    if row.sheet == "Deviations":
        yield from _deviation(row)


def _deviation(row: Reviewed) -> Iterator[str]:
    for name, words in (("Decision", DECISIONS), ("Importance decided", IMPORTANCES)):
        value = row.values.get(name, "")
        if value and value not in words:
            yield message(
                '{ $place }: "{ $name }" is "{ $value }"; expected one of { $words }',
                place=row.place,
                name=name,
                value=value,
                words=", ".join(words),
            )
    needs_reason = row.values.get("Decision") == "rejected" or "Importance decided" in row.values
    if needs_reason and "Reason" not in row.values:
        yield message('{ $place }: "Reason" is empty; a rejection or another importance needs one', place=row.place)


def _is_day(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
