"""Text on its way into a cell and back: nothing acts as a formula, nothing is lost between programs."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from precise_cal.reports.plain import visible

MOST: Final = 32_767
"""Characters that a cell holds."""
_ESCAPE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def to_cell(text: str) -> str:
    """The text as a workbook stores it: what looks like an escape of the format is escaped (ECMA-376, 22.9.2.19)."""
    shown = _ESCAPE.sub("_x005F_", visible(text))
    return shown if len(shown) <= MOST else f"{shown[: MOST - 2]} …"


def row_check(*values: str | int | None) -> str:
    """A short digest of the cells of a row, whatever a program does to their white space."""
    words = ["" if value is None else " ".join(to_cell(str(value)).split()) for value in values]
    return sha256("\x1f".join(words).encode()).hexdigest()[:12]


def from_cell(text: str) -> str:
    """The text that a workbook stores."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
