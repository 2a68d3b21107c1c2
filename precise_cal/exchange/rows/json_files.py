"""Exports in JSON: REDCap's interface, CDISC Dataset-JSON; numbers keep their digits."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from precise_cal.exchange.cells import Cell, Place, Row
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.json_stream import has_lines, json_parts, parsed_lines
from precise_cal.exchange.rows.table import column_names
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.exchange.form import SourceForm


def text_of(value: Any) -> str:
    """A value of JSON as text: null is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def read_redcap(path: Path, source: SourceForm) -> Iterator[Row]:
    """REDCap's flat records in JSON. Raises: ExchangeError."""
    del source
    for number, (name, record) in enumerate(json_parts(path), 1):
        if name or not isinstance(record, dict):
            raise ExchangeError(
                message(
                    "{ $name }: is no list of records; export them from REDCap as flat JSON", name=Verbatim(path.name)
                )
            )
        yield Row(number, {key: Cell(text_of(one), Place(path.name, "", number, key)) for key, one in record.items()})


def read_dataset_json(path: Path, source: SourceForm) -> Iterator[Row]:
    """The rows of a dataset (CDISC Dataset-JSON 1.1), of one document or one row a line. Raises: ExchangeError."""
    del source
    head, rows = _lines(path) if has_lines(path) else _document(path)
    columns = head.get("columns")
    if not isinstance(columns, list):
        raise ExchangeError(message("{ $name }: is no Dataset-JSON: it has no columns", name=Verbatim(path.name)))
    names = column_names([str(one.get("name", "")) for one in columns], path.name)
    sheet = str(head.get("name", ""))
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(names):
            raise ExchangeError(
                message(
                    "{ $name } row { $number }: has other values than the { $count } columns",
                    name=Verbatim(path.name),
                    number=number,
                    count=len(names),
                )
            )
        cells = zip(names, row, strict=True)
        yield Row(number, {name: Cell(text_of(one), Place(path.name, sheet, number, name)) for name, one in cells})


def _document(path: Path) -> tuple[dict[str, Any], Iterator[Any]]:
    """The members of the document but its rows, and its rows."""
    parts = json_parts(path, "rows")
    head: dict[str, Any] = {}
    for name, value in parts:
        if name != "rows":
            head[name] = value
        elif "columns" in head:  # the rest is rows; their list is read anew
            break
    return head, (value for name, value in json_parts(path, "rows") if name == "rows")


def _lines(path: Path) -> tuple[dict[str, Any], Iterator[Any]]:
    head = next(parsed_lines(path), None)
    return head if isinstance(head, dict) else {}, parsed_lines(path, after=1)
