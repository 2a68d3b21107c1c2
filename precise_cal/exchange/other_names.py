"""Columns that repeat what another column of the same row holds under a shorter name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.exchange.cells import Row
    from precise_cal.exchange.form import FileFormat

_MORE: Final[Mapping[str, re.Pattern[str]]] = {
    "fhir": re.compile(r"\[[^\]]*\]"),
    "hl7": re.compile(r"\[[^\]]*\]|\(\d+\)"),
    "odm": re.compile(r"^(?:\w+\.)+(?=\w+:)"),
}
"""What some names of a column have more than the shortest one: what narrows it, which repetition, which level."""


def is_other_name(format_: FileFormat, row: Row, name: str) -> bool:
    """Whether a column repeats another; of HL7 also whether it is a field that is empty.

    Args:
        format_: of the file.
        row: which has the column.
        name: of the column.
    """
    if format_ not in _MORE:
        return False
    cell, shorter = row.cells[name], _MORE[format_].sub("", name)
    short = row.cells.get(shorter)
    if shorter != name and short is not None and short.problem is None:
        return True
    return format_ == "hl7" and (cell.is_blank or (name.endswith(".1") and row.cells[name[:-2]].raw == cell.raw))
