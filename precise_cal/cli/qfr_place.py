"""Where a record takes a QFR measurement: the trial folder says which list it is, and what its fields are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from precise_cal.files.records import InputError
from precise_cal.language.catalog import message
from precise_cal.protocol.part import value_at, value_of

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.engine.rulebook.report_form import QfrEntry
    from precise_cal.protocol.from_json import RecordReader
    from precise_cal.protocol.part import Part


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


def place_of(folder: Path) -> Place:
    """Where the records of a trial take a measurement.

    Raises:
        RuleFileError: ``record.yaml`` or ``report.yaml`` is wrong.
        InputError: the trial says nothing of it.
    """
    from precise_cal.engine.rulebook.load import qfr_of, records_of

    records = records_of(folder)
    entry = qfr_of(folder, records.schema)
    if entry is None:
        raise InputError(
            message(
                "--into: { $folder } says nowhere what of a record takes a QFR: name the list under `qfr` "
                "in its report.yaml",
                folder=folder,
            )
        )
    return Place(records, entry)
