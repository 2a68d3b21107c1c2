"""The text of a participant record with what was computed: nothing else of it changes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.files.records import InputError, Source, read_one
from precise_cal.language.catalog import message
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.json_text import inserted, replaced

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.cli.qfr_place import Place

OPTIONS: Final = ("vessel", "phase", "acquired_at", "assessor")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a measurement says beside its value; all of it comes from the user."""

    vessel: str | None
    phase: str | None
    acquired_at: str | None
    assessor: str | None

    def require(self, place: Place) -> None:
        """Raise InputError where something is missing that the record has a field for."""
        needed = [name for name in OPTIONS if getattr(place.entry, name) is not None]
        missing = [f"--{name.replace('_', '-')}" for name in needed if getattr(self, name) is None]
        if missing:
            raise InputError(
                message("--into: needs { $missing } as well, to describe the measurement", missing=", ".join(missing))
            )


def with_measurement(place: Place, text: str, qfr: float, occasion: Occasion, file: str, digest: str) -> str:
    """The text of a record with one more measurement.

    Args:
        place: where the record takes it.
        text: of the record.
        qfr: the number.
        occasion: what the measurement says beside it.
        file: the saved analysis, relative to the record.
        digest: the SHA-256 of that file.
    """
    item = place.item(f"{qfr:.2f}", {"file": file, "sha256": digest}, asdict(occasion))
    return inserted(text, place.entry.list, json.dumps(item, ensure_ascii=False))


def with_suitability(place: Place, text: str, reasons: tuple[str, ...], phase: str | None) -> tuple[str, str]:
    """The text of a record that says whether the angiogram is suitable for QFR, and what was done.

    Only films of the phases that the trial names count. What the record already says is never turned into its
    opposite: a person decided it.

    Raises:
        RecordError: the text is no record.
    """
    answer = place.entry.suitability
    if answer is None:
        return text, "suitability not recorded, the trial's records have no field for it"
    if answer.phases and phase not in answer.phases:
        return text, message(
            "suitability left alone, a film of { $phase } is not from before randomization", phase=phase
        )
    said, known = place.suitability(text.encode())
    if said is not None and said == bool(reasons):
        word = "suitable" if said else "unsuitable"
        return text, message(
            "suitability left alone, the record calls the angiogram { $word }: a person has to decide", word=word
        )
    codes = list(dict.fromkeys([*known, *reasons]))
    changed = replaced(text, tuple(answer.suitable.split(".")), json.dumps(not reasons))
    changed = replaced(changed, tuple(answer.reasons.split(".")), json.dumps(codes))
    done = (
        message("angiogram unsuitable for QFR: { $reasons }", reasons=", ".join(reasons))
        if reasons
        else "angiogram suitable for QFR"
    )
    return changed, done


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
