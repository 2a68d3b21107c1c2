"""SAS transport files (XPORT version 5), read in blocks."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.cells import Cell, Place, Row
from precise_cal.exchange.errors import ExchangeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.exchange.form import SourceForm

_BLOCK: Final = 10_000


def read_transport(path: Path, source: SourceForm) -> Iterator[Row]:
    """The rows of a dataset; a missing number is blank. Raises: ExchangeError."""
    import pyreadstat

    start = 0
    while True:
        try:
            frame, about = pyreadstat.read_xport(
                str(path),
                encoding=source.encoding,
                row_offset=start,
                row_limit=_BLOCK,
                disable_datetime_conversion=True,
            )
        except (pyreadstat.ReadstatError, UnicodeDecodeError) as error:
            raise ExchangeError(f"{path.name}: cannot be read as a SAS transport file: {error}") from None
        names, sheet = [str(one) for one in frame.columns], str(about.table_name or "")
        for number, values in enumerate(frame.itertuples(index=False, name=None), start + 1):
            cells = zip(names, values, strict=True)
            yield Row(number, {name: Cell(_text(one), Place(path.name, sheet, number, name)) for name, one in cells})
        start += len(frame)
        if len(frame) < _BLOCK:
            return


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return str(value)
