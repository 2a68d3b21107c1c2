"""A file as rows, by the format that the map names for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.exchange.rows.delimited import read_delimited
from precise_cal.exchange.rows.fhir import read_fhir
from precise_cal.exchange.rows.hl7 import read_hl7
from precise_cal.exchange.rows.json_files import read_dataset_json, read_redcap
from precise_cal.exchange.rows.odm import read_odm
from precise_cal.exchange.rows.transport import read_transport
from precise_cal.exchange.rows.workbook import read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from precise_cal.exchange.cells import Row
    from precise_cal.exchange.form import FileFormat, SourceForm

_READERS: Final[Mapping[FileFormat, Callable[[Path, SourceForm], Iterator[Row]]]] = {
    "csv": read_delimited,
    "xlsx": read_workbook,
    "redcap": read_redcap,
    "odm": read_odm,
    "fhir": read_fhir,
    "hl7": read_hl7,
    "xpt": read_transport,
    "dataset-json": read_dataset_json,
}


def read_rows(path: Path, source: SourceForm) -> Iterator[Row]:
    """The rows of a file.

    Raises:
        ExchangeError: it is not of the format that the map names.
        OSError: it cannot be read.
    """
    return _READERS[source.format](path, source)
