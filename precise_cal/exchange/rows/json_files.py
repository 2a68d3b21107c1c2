"""Exports in JSON: REDCap's interface, CDISC Dataset-JSON; numbers keep their digits."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jiter

from precise_cal.exchange.cells import Cell, Place, Row
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.table import column_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.exchange.form import SourceForm


def parsed(data: bytes, where: str) -> Any:
    """A JSON document with exact decimals. Raises: ExchangeError."""
    try:
        return jiter.from_json(
            data.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False, float_mode="decimal", catch_duplicate_keys=True
        )
    except ValueError as error:
        raise ExchangeError(f"{where}: is not valid JSON: {error}") from None


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
    records = parsed(path.read_bytes(), path.name)
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise ExchangeError(f"{path.name}: is no list of records; export them from REDCap as flat JSON")
    for number, record in enumerate(records, 1):
        yield Row(
            number, {name: Cell(text_of(one), Place(path.name, "", number, name)) for name, one in record.items()}
        )


def read_dataset_json(path: Path, source: SourceForm) -> Iterator[Row]:
    """The rows of a dataset (CDISC Dataset-JSON 1.1), of one document or one row a line. Raises: ExchangeError."""
    del source
    head, rows = _lines(path) if path.suffix.lower() == ".ndjson" else _document(path)
    columns = head.get("columns") if isinstance(head, dict) else None
    if not isinstance(columns, list):
        raise ExchangeError(f"{path.name}: is no Dataset-JSON: it has no columns")
    names = column_names([str(one.get("name", "")) for one in columns], path.name)
    sheet = str(head.get("name", ""))
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(names):
            raise ExchangeError(f"{path.name} row {number}: has other values than the {len(names)} columns")
        cells = zip(names, row, strict=True)
        yield Row(number, {name: Cell(text_of(one), Place(path.name, sheet, number, name)) for name, one in cells})


def _document(path: Path) -> tuple[Any, Any]:
    document = parsed(path.read_bytes(), path.name)
    return document, document.get("rows", []) if isinstance(document, dict) else []


def _lines(path: Path) -> tuple[Any, Iterator[Any]]:
    def rows() -> Iterator[Any]:
        with path.open("rb") as file:
            next(file, b"")
            for number, line in enumerate(file, 2):
                if line.strip():
                    yield parsed(line, f"{path.name} line {number}")

    with path.open("rb") as file:
        return parsed(next(file, b""), f"{path.name} line 1"), rows()
