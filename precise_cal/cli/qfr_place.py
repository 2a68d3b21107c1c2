"""Where a record takes a QFR measurement: the trial folder says which list it is, and what its fields are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.exchange.measurement import Place
from precise_cal.files.records import InputError
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from pathlib import Path


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
