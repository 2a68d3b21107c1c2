"""The validation pack of a trial's rules as a workbook: every rule, case, mutant and answer on a line."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import ENGLISH, Bilingual, Verbatim, lines_of
from precise_cal.reports.evidence.document import NOT_RUN
from precise_cal.reports.plain import is_formula
from precise_cal.reports.workbook.text import to_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openpyxl import Workbook

    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.rules_pack import Counted, RulesPack

    Line = tuple[str | int | None, ...]

_RULES: Final = (
    ("Rule", 12), ("Kind", 12), ("Title", 36), ("Clause", 60), ("Source", 26), ("Cases", 8), ("Failed", 8),
    ("Atoms", 8), ("Decided both ways", 10), ("Mutants", 10), ("Survived", 10), ("Argued to be the same", 12),
    ("Answers yes", 10), ("Answers no", 10), ("Answers open", 10), ("Standing", 10), ("Off because", 30),
)  # fmt: skip
_CASES: Final = (("Rule", 12), ("Case", 60), ("Expected", 16), ("Place", 34), ("Differs", 50))
_MUTANTS: Final = (
    ("Group", 22), ("Change", 14), ("Rule or definition", 30), ("Place", 30), ("As written", 60), ("Changed", 60),
    ("State", 12), ("Case", 50), ("Rules reached", 30),
)  # fmt: skip
_PROOFS: Final = (
    ("About", 12), ("Rule", 12), ("Question", 60), ("Answer", 14), ("Bound", 30), ("Why", 50), ("Seconds", 10),
)  # fmt: skip


def pack_workbook(pack: RulesPack, catalog: Catalog = ENGLISH) -> bytes:
    """The pack as the bytes of an XLSX file."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheets = (
        ("Rules", _RULES, _rules(pack)),
        ("Cases", _CASES, _cases(pack)),
        ("Mutants", _MUTANTS, _mutants(pack)),
        ("Proofs", _PROOFS, _proofs(pack)),
        ("Origin", (("Name", 30), ("Value", 80)), _origin(pack)),
    )
    for name, heads, lines in sheets:
        _sheet(book, catalog, name, heads, lines)
    book.properties.title = catalog("Validation pack of the rules")
    book.properties.creator = pack.origin.software
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _rules(pack: RulesPack) -> Iterator[Line]:
    for one in pack.rules:
        mutants, proofs = one.mutants, one.proofs
        yield (
            one.id, one.kind, one.title, Verbatim(one.quote), Verbatim(one.source), one.cases, one.failed,
            one.atoms.of, one.atoms.both,
            *_three(mutants, None if mutants is None else mutants.good + mutants.bad),
            *_three(proofs, None if proofs is None else proofs.good), one.standing, one.off,
        )  # fmt: skip


def _three(counted: Counted | None, first: int | None) -> Line:
    return (NOT_RUN, "", "") if counted is None else (first, counted.bad, counted.open)


def _cases(pack: RulesPack) -> Iterator[Line]:
    for one in pack.cases:
        yield one.rule, Verbatim(one.case), one.expect, Verbatim(one.place), lines_of(one.problems)


def _mutants(pack: RulesPack) -> Iterator[Line]:
    if not pack.mutants:
        yield (NOT_RUN,)
    for run in pack.mutants:
        for one in run.mutants:
            yield (
                one.group, one.change, Verbatim(one.owner), Verbatim(one.place), Verbatim(one.was), Verbatim(one.now),
                one.state, None if one.case is None else Verbatim(one.case), ", ".join(one.reached),
            )  # fmt: skip


def _proofs(pack: RulesPack) -> Iterator[Line]:
    if not pack.proofs:
        yield (NOT_RUN,)
    for run in pack.proofs:
        for one in run.answers:
            yield (
                one.topic, one.rule, Bilingual(one.question, one.question_zh), one.outcome,
                Bilingual(one.bound, one.bound_zh), Bilingual(one.because, one.because_zh), f"{one.seconds:.1f}",
            )  # fmt: skip


def _origin(pack: RulesPack) -> Iterator[Line]:
    origin = pack.origin
    yield "Study", origin.study_id
    yield "Protocol version", origin.version
    yield "Rule files, SHA-256", origin.rules_sha256
    yield "Cases, SHA-256", origin.cases_sha256
    yield "Software", origin.software
    yield "Files of the software, SHA-256", origin.package_sha256
    yield from ((name, Verbatim(value)) for name, value in pack.system.items())
    yield "Made", pack.generated_at
    yield from pack.files.items()


def _sheet(
    book: Workbook, catalog: Catalog, name: str, heads: tuple[tuple[str, int], ...], lines: Iterable[Line]
) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter as letter

    sheet: Any = book.create_sheet(catalog(name))
    for place, (_, width) in enumerate(heads, 1):
        sheet.column_dimensions[letter(place)].width = width
    sheet.freeze_panes = "B2"
    sheet.print_title_rows = "1:1"
    wrapped = Alignment(vertical="top", wrap_text=True)

    def cell(value: str | int | None) -> Any:
        if not isinstance(value, str):
            made = WriteOnlyCell(sheet, value=value)
        else:
            shown = to_cell(catalog(value))
            made = WriteOnlyCell(sheet, value=shown or None)
            if shown:
                made.data_type = "s"
                made.quotePrefix = is_formula(shown)
        made.alignment = wrapped
        return made

    titles = [cell(title) for title, _ in heads]
    for one in titles:
        one.font = Font(bold=True)
    sheet.append(titles)
    for line in lines:
        sheet.append([cell(value) for value in line])
