"""The moments whose order a decision of the gate rests on."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part

Row = dict[str, str | None]


def chronology(book: Rulebook, record: Part, as_of: datetime) -> list[Row]:
    """The moments that the trial lists for its gate, as far as a record has them, and the decision itself."""
    read = book.reporting.read("gate", record, None, book.utc_offset_minutes)
    rows: list[Row] = [
        {
            "event": " ".join((one.texts["what"], *map(str, one.values.get("words", ())))),
            "pointer": one.pointer,
            "at": None if one.at is None else str(one.at),
        }
        for one in read
    ]
    at = as_of.astimezone(UTC).isoformat(timespec="milliseconds")
    return [*rows, {"event": "judged as of", "pointer": None, "at": at}]
