"""Tables of verdicts with their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.protocol.verdicts import CRITERIA
from precise_cal.reports.document import Cell, Column, Paragraph, Section, Table, code, text
from precise_cal.reports.public import WITHHELD
from precise_cal.reports.words import required, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.protocol.report import Because, Verdict
    from precise_cal.reports.case import Case
    from precise_cal.reports.study import Study

_COLUMNS = (
    Column("Rule", width=2.6),
    Column("Verdict", width=1.0),
    Column("Observed", width=1.7),
    Column("Required", width=1.5),
    Column("Source field", width=2.2),
)


def criteria(case: Case) -> Section:
    """Every criterion with its clause, what was observed and required, and where it stands in the record."""
    rows = _rows(one for one in case.subject.verdicts if one.kind in CRITERIA)
    caption = "Inclusion and exclusion criteria; unknown means that the record does not decide, neither for nor against"
    return Section(
        "criteria", "Eligibility, criterion by criterion", (Table("criteria-table", caption, _COLUMNS, tuple(rows)),)
    )


def conduct(case: Case, study: Study) -> Section:
    """Rules of conduct, and what is withheld of them."""
    rows = [*_rows(one for one in case.subject.verdicts if one.kind == "conduct"), *_withheld(case, study)]
    return Section("conduct", "Conduct", (Table("conduct-table", "Rules of conduct", _COLUMNS, tuple(rows)),))


def outcomes(case: Case, study: Study) -> Section:
    """Events that the study counts, and the side findings."""
    rows = _rows(one for one in case.subject.verdicts if one.kind in ("outcome", "side_finding"))
    note = Paragraph(
        "Events are reported as the site and the committee recorded them; nothing here adjudicates.", "note"
    )
    table = Table(
        "outcomes-table",
        f"Outcome events, and {study.counted.about} beside them" if study.counted.about else "Outcome events",
        _COLUMNS,
        tuple(rows),
    )
    return Section("outcomes", "Outcome events", (table, note))


def _rows(verdicts: Iterable[Verdict]) -> Iterator[tuple[Cell, ...]]:
    for one in verdicts:
        reasons = _distinct(one.because)
        head = Cell(f"{one.id}  {one.title}\n“{one.quote}”", span=len(reasons))
        shown = verdict(one.verdict)
        told = Cell(shown.text, shown.tone, span=len(reasons))
        for place, reason in enumerate(reasons):
            yield (*((head, told) if not place else ()), *reason)


def _distinct(because: tuple[Because, ...]) -> list[tuple[Cell, Cell, Cell]]:
    reasons = dict.fromkeys(because)
    cells = []
    for one in reasons:
        item = f"{one.item}: " if one.item else ""
        observed = text(f"{item}{one.observed}") if one.observed is not None else text(f"{item}not known", "open")
        cells.append((observed, text(required(one.required)), code(one.pointer)))
    return cells or [(text(""), text(""), text(""))]


def _withheld(case: Case, study: Study) -> Iterator[tuple[Cell, ...]]:
    for rule in case.withheld:
        yield (
            Cell(f"{rule}  {study.titles.get(rule, '')}"),
            Cell("withheld", "quiet"),
            text(WITHHELD),
            text(""),
            text(""),
        )
