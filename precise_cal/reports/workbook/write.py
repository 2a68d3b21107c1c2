"""The workbook as an XLSX file."""

from __future__ import annotations

import io
import unicodedata
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import Joined, message
from precise_cal.reports.plain import is_formula
from precise_cal.reports.words import made
from precise_cal.reports.workbook.layout import CHOICES, ID, TECHNICAL, Layout
from precise_cal.reports.workbook.sheets import Row, sheets
from precise_cal.reports.workbook.text import row_check, to_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from precise_cal.language.catalog import Catalog
    from precise_cal.reports.case import Trial

_ID_WIDTH: Final = 26
_LINE: Final = 15
KEPT: Final = "Kept decisions"
README: Final = "Read me"


def as_xlsx(trial: Trial) -> bytes:
    """The workbook, as the bytes of a file."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    styles = _Styles()
    _read_me(book, trial, styles)
    for layout, rows in sheets(trial):
        _sheet(book, layout, rows, styles, trial.catalog, trial.catalog(trial.banner))
    if trial.orphans:
        _kept(book, trial, styles)
    book.properties.title = trial.catalog(_title(trial))
    book.properties.creator = f"{trial.software.name} {trial.software.version}"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class _Styles:
    """Cells of a few kinds; texts are never read as formulas."""

    def __init__(self) -> None:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        line = Side(style="thin", color="C9D2DA")
        self.plain = {"alignment": Alignment(vertical="top", wrap_text=True), "border": Border(bottom=line)}
        self.review = {**self.plain, "fill": PatternFill("solid", fgColor="FFF8E5")}
        self.head = {
            "font": Font(name="Calibri", bold=True),
            "alignment": Alignment(vertical="bottom", wrap_text=True),
            "border": Border(bottom=Side(style="medium", color="16202A")),
        }
        self.review_head = {**self.head, "fill": PatternFill("solid", fgColor="F2DFA8")}
        self.title = {"font": Font(name="Calibri", bold=True, size=16)}
        self.words = {"alignment": Alignment(vertical="top", wrap_text=True)}

    def cell(self, sheet: WriteOnlyWorksheet, value: str | int | None, style: dict[str, Any]) -> Any:
        """A cell; a text that begins like a formula stays a text, also when somebody edits it."""
        from openpyxl.cell import WriteOnlyCell

        text = to_cell(value) if isinstance(value, str) else value
        cell = WriteOnlyCell(sheet, value=text if text != "" else None)
        if isinstance(text, str) and text:
            cell.data_type = "s"
            cell.quotePrefix = is_formula(text)
        for name, part in style.items():
            setattr(cell, name, part)
        return cell


def _sheet(
    book: Workbook, layout: Layout[Any], rows: Sequence[Row], styles: _Styles, catalog: Catalog, banner: str
) -> None:
    from openpyxl.utils import get_column_letter as letter

    sheet = book.create_sheet(catalog(layout.name))
    widths = [
        _ID_WIDTH,
        *(one.width for one in layout.shown),
        *(width for _, width in layout.review),
        *(12 for _ in TECHNICAL),
    ]
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[letter(place)].width = width
    for title in TECHNICAL:
        sheet.column_dimensions[letter(layout.titles.index(title) + 1)].hidden = True
    sheet.freeze_panes = "D2"
    sheet.auto_filter.ref = f"A1:{letter(len(layout.titles))}{len(rows) + 1}"
    sheet.print_title_rows = "1:1"
    sheet.print_title_cols = "A:C"
    _for_paper(sheet, banner)
    _choices(sheet, layout, len(rows), letter, catalog)
    heads = [styles.review_head if title in layout.review_names else styles.head for title in layout.titles]
    titles = map(catalog, layout.titles)
    sheet.append([styles.cell(sheet, title, style) for title, style in zip(titles, heads, strict=True)])
    for place, row in enumerate(rows, start=2):
        sheet.row_dimensions[place].height = _height((row.id, *row.shown), widths)
        shown = [styles.cell(sheet, value, styles.plain) for value in (row.id, *row.shown)]
        decided = [styles.cell(sheet, _decided(row, name, catalog), styles.review) for name in layout.review_names]
        told = (row.fingerprint, row_check(row.id, *row.shown), row.decision.revision)
        technical = [styles.cell(sheet, value, styles.plain) for value in told]
        sheet.append([*shown, *decided, *technical])


def _decided(row: Row, name: str, catalog: Catalog) -> str:
    """What a reviewer chose in the language of the workbook; what one wrote as it is."""
    value = row.decision[name]
    return catalog(value) if name in CHOICES else value


def _height(values: Sequence[str | int | None], widths: Sequence[int]) -> int:
    """The height of a row in points, for the cell with the most lines: not every program finds it by itself."""
    lines = (
        sum(max(1, ceil(1.1 * _columns(part) / width)) for part in str(value).split("\n"))
        for value, width in zip(values, widths, strict=False)
        if value is not None
    )
    return _LINE * max(1, *lines)


def _columns(text: str) -> int:
    """The width of a text in characters: a Chinese one takes two."""
    return len(text) + sum(unicodedata.east_asian_width(one) in "WF" for one in text)


def _choices(sheet: WriteOnlyWorksheet, layout: Layout[Any], rows: int, letter: Any, catalog: Catalog) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    for title, choices in CHOICES.items():
        words = [catalog(one) for one in choices]
        if title in layout.review_names and rows:
            choice = DataValidation(
                type="list", formula1=f'"{",".join(words)}"', allow_blank=True, showErrorMessage=True
            )
            choice.error = catalog(message("One of: { $words }", words=Joined(", ", words)))
            column = letter(layout.titles.index(title) + 1)
            choice.add(f"{column}2:{column}{rows + 1}")
            sheet.data_validations.append(choice)


def _for_paper(sheet: Any, banner: str) -> None:
    """A sheet as wide as the page; to be said before its first row, which writes the beginning of the file."""
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    if banner:
        sheet.oddHeader.center.text = banner
    sheet.oddFooter.right.text = "&P/&N"


def _title(trial: Trial) -> str:
    return message("{ $study }: findings for review", study=trial.study.short_title)


def _read_me(book: Workbook, trial: Trial, styles: _Styles) -> None:
    sheet = book.create_sheet(trial.catalog(README))
    sheet.column_dimensions["A"].width = 30
    sheet.column_dimensions["B"].width = 100
    _for_paper(sheet, trial.catalog(trial.banner))
    sheet.append([styles.cell(sheet, trial.catalog(_title(trial)), styles.title)])
    sheet.append([])
    for place, (name, words) in enumerate(_translated(_facts(trial), trial.catalog), start=3):
        sheet.row_dimensions[place].height = _height((name, words), (30, 100))
        sheet.append([styles.cell(sheet, name, styles.head), styles.cell(sheet, words, styles.words)])


def _translated(facts: Sequence[tuple[str, str]], catalog: Catalog) -> list[tuple[str, str]]:
    return [(catalog(name), catalog(words)) for name, words in facts]


def _facts(trial: Trial) -> list[tuple[str, str]]:
    return [
        *([("Simulated", trial.banner)] if trial.banner else []),
        ("Study", message("{ $id }, { $title }", id=trial.study.id, title=trial.study.title)),
        ("Protocol version", trial.protocol.version),
        ("Rule files, SHA-256", trial.protocol.sha256),
        ("Data cut-off", trial.cutoff),
        ("Regulatory regime", trial.regime),
        ("Allocation", "shown (unmasked)" if trial.unmasked else "withheld"),
        ("Made", made(trial)),
        (
            "How to review",
            "Fill in the yellow columns; leave everything else as it is. Rows may be sorted, filtered and left out.",
        ),
        (
            "Decision",
            "confirmed: it is a deviation. rejected: it is none; say why. candidate: undecided, or reopened.",
        ),
        ("Importance decided", "Where it differs from the default; say why under Reason."),
        ("Who and when", "Every decision, answer and comment needs both; the day as 2026-03-09."),
        (
            "Merging",
            "precise report RECORDS --out DIR --merge THIS.xlsx --force takes the decisions back.",
        ),
        (
            ID,
            "Stays the same from run to run; please keep it. Hidden columns tell whether the data have changed since.",
        ),
    ]


def _kept(book: Workbook, trial: Trial, styles: _Styles) -> None:
    """Decisions without a row, so that they can be seen here as well; they stay in the file of decisions."""
    sheet = book.create_sheet(trial.catalog(KEPT))
    for letter, width in zip("ABC", (14, 40, 100), strict=True):
        sheet.column_dimensions[letter].width = width
    _for_paper(sheet, trial.catalog(trial.banner))
    sheet.append(
        [styles.cell(sheet, title, styles.head) for title in map(trial.catalog, ("Sheet", ID, "What was decided"))]
    )
    for name, row, decision in trial.orphans:
        words = "; ".join(f"{key}: {value}" for key, value in decision.values.items())
        sheet.append([styles.cell(sheet, value, styles.plain) for value in (name, row, words)])
