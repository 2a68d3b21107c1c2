"""What format a file is likely of, by its name and its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.json_stream import has_lines, json_parts, parsed_lines
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from precise_cal.exchange.form import FileFormat

_FORMATS: Final[Mapping[str, FileFormat]] = {
    ".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".xml": "odm", ".hl7": "hl7", ".xpt": "xpt",
    ".ndjson": "redcap", ".jsonl": "redcap", ".json": "redcap",
}  # fmt: skip
_ARCHIVES: Final = frozenset({".zip", ".gz", ".xz", ".tar", ".tgz", ".7z", ".rar"})
_OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"
_MESSAGE: Final = (b"MSH|", b"FHS|", b"BHS|", b"\x0bMSH|")
SAMPLE: Final = 1 << 20
"""The bytes that are looked at."""


def format_of(path: Path) -> FileFormat:
    """The format.

    Raises:
        ExchangeError: it is none that can be read, or the file cannot be read.
    """
    format_ = _FORMATS.get(path.suffix.lower())
    if path.suffix.lower() == ".xls":
        if sample_of(path).startswith(_OLD_WORKBOOK):
            raise ExchangeError(
                message("{ $name }: is a workbook of the old kind (.xls); save it as .xlsx", name=Verbatim(path.name))
            )
        return "csv"  # text under the name of a workbook, as secuTrial exports it
    if path.suffix.lower() in _ARCHIVES:
        raise ExchangeError(
            message("{ $name }: is an archive; unpack it, and name the files in it", name=Verbatim(path.name))
        )
    if format_ is None:
        raise ExchangeError(
            message("{ $name }: ends in none of { $formats }", name=Verbatim(path.name), formats=", ".join(_FORMATS))
        )
    if path.suffix.lower() == ".txt" and sample_of(path).startswith(_MESSAGE):
        return "hl7"
    if format_ == "redcap":
        return _format_of_json(path)
    return format_


def _format_of_json(path: Path) -> FileFormat:
    """The format of a JSON file, by the names at its beginning."""
    try:
        parts = (("", one) for one in parsed_lines(path)) if has_lines(path) else json_parts(path, "entry", "rows")
        for name, value in parts:
            names = {name} if name else set(value if isinstance(value, dict) else ())
            if "resourceType" in names:
                return "fhir"
            if not names.isdisjoint({"datasetJSONVersion", "columns"}):
                return "dataset-json"
            if not name:
                break
    except OSError as error:
        raise ExchangeError(
            message("{ $path }: cannot be read: { $strerror }", path=Verbatim(path), strerror=error.strerror)
        ) from None
    return "redcap"


def sample_of(path: Path) -> bytes:
    """The beginning of a file. Raises: ExchangeError, where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(SAMPLE)
    except OSError as error:
        raise ExchangeError(
            message("{ $path }: cannot be read: { $strerror }", path=Verbatim(path), strerror=error.strerror)
        ) from None
