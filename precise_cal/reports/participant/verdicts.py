"""Tables of verdicts with their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import Joined, message
from precise_cal.protocol.verdicts import CRITERIA
from precise_cal.reports.document import Cell, Column, Paragraph, Section, Table, code, text
from precise_cal.reports.public import WITHHELD
from precise_cal.reports.words import verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.protocol.report import Because, Verdict
    from precise_cal.reports.case import Case
    from precise_cal.reports.study import Study

_COLUMNS = (
    Column("Rule", width=2.6),
    Column("Verdict", width=1.0),
    Column("Found", width=2.2),
    Column("As recorded", width=1.3),
    Column("Source field", width=2.0),
)


def criteria(case: Case) -> Section:
    """Every criterion with its clause, what was observed and required, and where it stands in the record."""
    rows = _rows(case, (one for one in case.subject.verdicts if one.kind in CRITERIA))
    caption = "Inclusion and exclusion criteria; unknown means that the record does not decide, neither for nor against"
    return Section(
        "criteria", "Eligibility, criterion by criterion", (Table("criteria-table", caption, _COLUMNS, tuple(rows)),)
    )


def conduct(case: Case, study: Study) -> Section:
    """Rules of conduct, and what is withheld of them."""
    rows = [*_rows(case, (one for one in case.subject.verdicts if one.kind == "conduct")), *_withheld(case, study)]
    return Section("conduct", "Conduct", (Table("conduct-table", "Rules of conduct", _COLUMNS, tuple(rows)),))


def outcomes(case: Case, study: Study) -> Section:
    """Events that the study counts, and the side findings."""
    rows = _rows(case, (one for one in case.subject.verdicts if one.kind in ("outcome", "side_finding")))
    note = Paragraph(
        "Events are reported as the site and the committee recorded them; nothing here adjudicates.", "note"
    )
    table = Table(
        "outcomes-table",
        message("Outcome events, and { $about } beside them", about=study.counted.about)
        if study.counted.about
        else "Outcome events",
        _COLUMNS,
        tuple(rows),
    )
    return Section("outcomes", "Outcome events", (table, note))


def _rows(case: Case, verdicts: Iterable[Verdict]) -> Iterator[tuple[Cell, ...]]:
    for one in verdicts:
        data = _data(case, one.because)
        clause = f"\n“{one.quote}”" if one.quote else ""
        head = message("{ $rule }  { $title }{ $clause }", rule=one.id, title=one.title, clause=clause)
        shown, found = verdict(one.verdict), Joined("\n", [says.text for says in one.says])
        span = len(data)
        first = (Cell(head, span=span), Cell(shown.text, shown.tone, span=span), Cell(found or "–", span=span))
        for place, cells in enumerate(data):
            yield (*(first if not place else ()), *cells)


def _data(case: Case, because: tuple[Because, ...]) -> list[tuple[Cell, Cell]]:
    """What was recorded, and where it stands; what would have been required is told by the sentences."""
    rows = {}
    for one in because:
        shown = message("{ $item }: { $value }", item=one.item, value=one.shown) if one.item else one.shown
        rows[one.pointer, one.item, one.observed] = (
            text(shown, "" if one.observed is not None else "open"),
            code(case.source(one.pointer)),
        )
    return list(rows.values()) or [(text(""), text(""))]


def _withheld(case: Case, study: Study) -> Iterator[tuple[Cell, ...]]:
    for rule in case.withheld:
        head = message("{ $rule }  { $title }", rule=rule, title=study.titles.get(rule, ""))
        yield Cell(head), Cell("withheld", "quiet"), text(WITHHELD), text(""), text("")
