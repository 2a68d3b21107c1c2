"""Values as SDTM writes them: dates at the sites, and text in ASCII for SAS transport files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.protocol.components import MINUTE_MS
from precise_cal.protocol.elapsed import instant
from precise_cal.protocol.temporal import DateTime
from precise_cal.reports.plain import visible

if TYPE_CHECKING:
    from precise_cal.protocol.temporal import Date

MOST: Final = 200
"""Bytes that a character variable holds in XPT version 5."""
LABEL: Final = 40
"""Bytes that a label has there."""
_ASCII: Final = str.maketrans(
    {
        "≥": ">=",
        "≤": "<=",
        "–": "-",
        "—": "-",
        "−": "-",
        "×": "x",
        "µ": "u",
        "μ": "u",
        "“": '"',
        "”": '"',
        "’": "'",
        "…": "...",
        "\n": " ",
        "\t": " ",
    }
)


def ascii_text(text: str) -> str:
    """The text in ASCII, which XPT version 5 is limited to: usual signs spelled out, others as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return visible(text).translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def shortened(text: str) -> str:
    """The text, cut where its ASCII form is longer than a variable holds; for words that stand whole elsewhere."""
    if len(ascii_text(text)) <= MOST:
        return text
    kept = text[:MOST]
    while len(ascii_text(kept)) > MOST - 4:
        kept = kept[:-1]
    return f"{kept} ..."


def pieces(text: str) -> list[str]:
    """The text in ASCII, in pieces that a variable holds: broken between words, or where there are none, characters."""
    if len(ascii_text(text)) <= MOST:
        return [ascii_text(text)]
    parts = [""]
    for word in text.split():
        joined = f"{parts[-1]} {ascii_text(word)}".strip()
        if len(joined) <= MOST:
            parts[-1] = joined
            continue
        if parts[-1]:
            parts.append("")
        for character in map(ascii_text, word):
            if len(parts[-1]) + len(character) > MOST:
                parts.append("")
            parts[-1] += character
    return parts


def dtc(moment: Date | DateTime | str | None, offset_minutes: int) -> str:
    """A date or date-time at the sites, as ISO 8601 without an offset."""
    if moment is None:
        return ""
    if isinstance(moment, str):
        try:
            moment = DateTime.parse(moment)
        except ValueError:
            return ""
    if isinstance(moment, DateTime):
        exact = instant(moment)
        if exact is not None:
            return str(DateTime.from_milliseconds(exact + offset_minutes * MINUTE_MS))[:19]
    return str(moment)[:10]
