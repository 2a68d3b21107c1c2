"""Single values out of a DICOM data set: each is right, absent (None), or an error that names it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from precise_cal.language.catalog import Verbatim, message
from precise_cal.qfr.dicom.refusal import refusing
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

LONGEST = 64
"""Characters of a text that are kept: the longest that the standard allows for what is read here (LO)."""


def raw(ds: Dataset, keyword: str) -> Any:
    """The value under a keyword as pydicom gives it, or None where absent or empty.

    Raises:
        QfrError: the bytes of the element cannot be read as its value representation.
    """
    with refusing(message("DICOM element { $keyword } cannot be read", keyword=Verbatim(keyword))):
        value = ds.get(keyword)
    return None if value is None or value == "" or (hasattr(value, "__len__") and len(value) == 0) else value


def number(ds: Dataset, keyword: str) -> float | None:
    """One finite number, or None."""
    values = numbers(ds, keyword)
    return values[0] if values else None


def positive(ds: Dataset, keyword: str) -> float | None:
    """One number above zero; others count as absent, as vendors fill unknown distances with 0."""
    value = number(ds, keyword)
    return value if value is not None and value > 0 else None


def numbers(ds: Dataset, keyword: str) -> tuple[float, ...]:
    """All numbers under a keyword; empty where absent.

    Raises:
        QfrError: a value is not a finite number.
    """
    value = raw(ds, keyword)
    if value is None:
        return ()
    items = [value] if isinstance(value, str | bytes) or not hasattr(value, "__iter__") else list(value)
    return tuple(_finite(keyword, item) for item in items)


def integer(ds: Dataset, keyword: str) -> int | None:
    """One whole number, or None.

    Raises:
        QfrError: the value is no whole number.
    """
    value = number(ds, keyword)
    if value is not None and value != int(value):
        raise QfrError(
            message(
                "DICOM element { $keyword }: { $value } found, a whole number expected",
                keyword=Verbatim(keyword),
                value=value,
            )
        )
    return None if value is None else int(value)


def text(ds: Dataset, keyword: str) -> str | None:
    """One trimmed string (the first, where there are several; at most 64 characters), or None."""
    value = raw(ds, keyword)
    if value is None:
        return None
    first = value if isinstance(value, str) else (value[0] if hasattr(value, "__getitem__") else value)
    return str(first).strip()[:LONGEST] or None


def _finite(keyword: str, item: Any) -> float:
    try:
        value = float(item)
    except (TypeError, ValueError, OverflowError) as error:
        raise QfrError(
            message(
                "DICOM element { $keyword }: { $item } found, a number expected",
                keyword=Verbatim(keyword),
                item=f"{str(item)[:40]!r}",
            )
        ) from error
    if not math.isfinite(value):
        raise QfrError(
            message(
                "DICOM element { $keyword }: { $value } found, a finite number expected",
                keyword=Verbatim(keyword),
                value=value,
            )
        )
    return value
