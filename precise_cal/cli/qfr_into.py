"""The record of a participant as a file into which a measurement is put."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.files.records import InputError, Source, read_one
from precise_cal.language.catalog import message
from precise_cal.protocol.from_json import RecordError

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.exchange.measurement import Occasion, Place


def require(occasion: Occasion, place: Place) -> None:
    """Raise InputError where something is missing that the record has a field for."""
    missing = [f"--{name.replace('_', '-')}" for name in occasion.missing(place)]
    if missing:
        raise InputError(
            message("--into: needs { $missing } as well, to describe the measurement", missing=", ".join(missing))
        )


def record_text(place: Place, record: Path, data: bytes | None = None) -> str:
    """The text of a valid record.

    Args:
        place: the form of the record.
        record: its file.
        data: the content, where it was read already.

    Raises:
        InputError: the file cannot be read, or holds no valid record.
    """
    if data is None:
        data = read_one(record)
    read_back(place, record, data)
    return data.decode("utf-8-sig")


def read_back(place: Place, record: Path, content: str | bytes) -> bytes:
    """The bytes of a record that can be read.

    Raises:
        InputError: they hold no valid record; every problem is told.
    """
    from precise_cal.cli.record_errors import naming

    data = content.encode() if isinstance(content, str) else content
    with naming(Source(str(record), None, data)):
        place.records.read(data)
    return data


def referred(place: Place, record: Path) -> list[str]:
    """The saved analyses that a record refers to, relative to it; none where it cannot be read."""
    try:
        return place.analyses(place.records.read(read_one(record)))
    except (InputError, RecordError):
        return []
