"""A measurement that was computed, as a trial's records have it: the trial folder says which list takes it, and how.

Nothing else of a record changes, to the byte.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import message
from precise_cal.protocol.json_text import inserted, replaced
from precise_cal.protocol.part import value_at, value_of

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.report_form import QfrEntry
    from precise_cal.protocol.from_json import RecordReader
    from precise_cal.protocol.part import Part

OPTIONS: Final = ("vessel", "phase", "acquired_at", "assessor")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a measurement says beside its value; all of it comes from a person."""

    vessel: str | None
    phase: str | None
    acquired_at: str | None
    assessor: str | None

    def missing(self, place: Place) -> list[str]:
        """What is not said although records have a field for it."""
        return [name for name in OPTIONS if getattr(place.entry, name) is not None and getattr(self, name) is None]


@dataclass(frozen=True, slots=True)
class Place:
    """The form of records, and where a measurement stands in them."""

    records: RecordReader
    entry: QfrEntry

    def item(self, value: str, analysis: dict[str, str], occasion: dict[str, str | None]) -> dict[str, Any]:
        """A measurement as the record has it; what it has no field for is left out.

        Args:
            value: the number as it is printed.
            analysis: file and SHA-256.
            occasion: vessel, phase, moment and assessor.
        """
        entry = self.entry
        told: dict[str | None, Any] = {
            entry.vessel: occasion["vessel"],
            entry.phase: occasion["phase"],
            entry.value: value,
            entry.text: value,
            entry.acquired_at: occasion["acquired_at"],
            entry.assessor: occasion["assessor"],
            entry.analysis: analysis,
        }
        return {name: one for name, one in told.items() if name is not None}

    def analyses(self, record: Part) -> list[str]:
        """The saved analyses that a record refers to."""
        if self.entry.analysis is None:
            return []
        found = [value_of(one, self.entry.analysis) for one in value_of(record, self.entry.list) or ()]
        return [one if isinstance(one, str) else one.file for one in found if one is not None]

    def suitability(self, data: bytes) -> tuple[bool | None, tuple[str, ...]]:
        """What a record says of its film: whether it is suitable, and the codes why it is not.

        Raises:
            RecordError: the bytes are no record.
        """
        answer = self.entry.suitability
        if answer is None:
            return None, ()
        record = self.records.read(data)
        return value_at(record, answer.suitable), value_at(record, answer.reasons) or ()


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
