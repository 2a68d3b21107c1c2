"""What may be typed into the cells of a form: drop-downs, ranges, and links to other sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.crf.form import UNKNOWN
from precise_cal.exchange.forms import SEPARATOR
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.exchange.crf.form import Form, Question
    from precise_cal.exchange.forms import FormColumn
    from precise_cal.language.wording import Language

HEADER: Final = 3
"""The row that has the names of columns."""
TEXT: Final = "@"
"""The number format of text."""
_LAST: Final = 2_000
"""The last row that is checked."""
_NUMBERS: Final = ("decimal", "integer", "quantity")
_KINDS: Final = {
    "integer": "a whole number",
    "decimal": "a number, with its digits",
    "quantity": "a number, with its digits",
    "date": "a day: 2026-03-09",
    "instant": "a moment: 2026-03-09 14:05",
    "unit": "a UCUM unit",
}


def how(asked: Question) -> str:
    """How a question is answered, in a few words."""
    column = asked.column
    if column.of_parent:
        return "as in its own sheet"
    if column.is_list and column.kind != "rows":
        return message("several, parted by { $mark }", mark=SEPARATOR.strip())
    if asked.choices:
        return "choose"
    low, high = asked.range
    if low is not None and high is not None:
        unit = f" {column.unit}" if column.unit else ""
        return message("a number from { $low } to { $high }", low=low, high=f"{high}{unit}")
    return _KINDS.get(column.kind, "text")


class Checks:
    """Adds to the columns of a form what may stand in them.

    Args:
        form: what is asked.
        language: of the choices.
        names: of the sheets, by table.
        choices: the sheet that takes the words of drop-downs.
    """

    def __init__(self, form: Form, language: Language, names: Mapping[str, str], choices: Any) -> None:
        self._form, self._language, self._names, self._choices = form, language, names, choices
        self._say = form.catalog(language)
        self._ranges: dict[tuple[str, ...], str] = {}

    def add(self, page: Any, place: int, asked: Question) -> None:
        """Add what may stand in a column of a sheet; nothing where any text may."""
        letter = _letter(place)
        check = self._check(asked, f"{letter}{HEADER + 1}", page.title)
        if check is not None:
            page.add_data_validation(check)
            check.add(f"{letter}{HEADER + 1}:{letter}{_LAST}")

    def _check(self, asked: Question, cell: str, sheet: str) -> Any:
        column = asked.column
        if asked.choices and (not column.is_list or column.kind == "rows"):
            words = (*(one.label(self._language) for one in asked.choices), self._say(UNKNOWN))
            stops = column.kind != "unit"
            return self._validation("list", self._words(words), "Choose one of the list.", stops=stops)
        linked = self._linked(column, sheet)
        if linked is not None:
            return self._validation("list", linked, "Its own sheet does not have it yet.", stops=False)
        if column.kind in _NUMBERS:
            return self._validation("custom", self._number(asked, cell), how(asked), stops=column.kind != "quantity")
        return None

    def _validation(self, kind: str, formula: str, error: str, *, stops: bool) -> Any:
        from openpyxl.worksheet.datavalidation import DataValidation

        check = DataValidation(type=kind, formula1=formula, allow_blank=True, showErrorMessage=True)
        check.errorStyle, check.error = "stop" if stops else "warning", self._say(error)
        return check

    def _number(self, asked: Question, cell: str) -> str:
        """A number in its range, or that it is unknown."""
        low, high = asked.range
        parts = [f"ISNUMBER(VALUE({cell}))"]
        parts += [f"VALUE({cell}){sign}{bound}" for sign, bound in ((">=", low), ("<=", high)) if bound is not None]
        parts += [f"VALUE({cell})=INT(VALUE({cell}))"] if asked.column.kind == "integer" else []
        return f'IF({cell}="{self._say(UNKNOWN)}",TRUE,IFERROR(AND({",".join(parts)}),FALSE))'

    def _linked(self, column: FormColumn, sheet: str) -> str | None:
        """The cells of another sheet that a column refers to."""
        first = self._form.sheets[0].table
        if column.field is None and self._names[first.name] != sheet:
            return self._cells(first.name, first.columns[0].name)
        if not column.of_parent:
            return None
        outer = column.name.rpartition(".")[0]
        owner = next((one.table for one in self._form.sheets if one.table.into[-1:] == (outer,)), None)
        return None if owner is None or owner.key is None else self._cells(owner.name, owner.key)

    def _cells(self, table: str, name: str) -> str:
        sheet = next(one for one in self._form.sheets if one.table.name == table)
        letter = _letter([one.column.name for one in sheet.questions].index(name) + 1)
        return f"'{self._names[table]}'!${letter}${HEADER + 1}:${letter}${_LAST}"

    def _words(self, words: tuple[str, ...]) -> str:
        """The cells of the sheet of choices that have these words."""
        if words not in self._ranges:
            letter = _letter(len(self._ranges) + 1)
            for row, word in enumerate(words, 1):
                cell = self._choices[f"{letter}{row}"]
                cell.value, cell.data_type, cell.number_format = word, "s", TEXT
            self._ranges[words] = f"'{self._choices.title}'!${letter}$1:${letter}${len(words)}"
        return self._ranges[words]


def _letter(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place))
