"""What a file is that is no record: told by its first bytes, or by the names of a JSON document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Mapping

_IMPORT: Final = "see precise import"
_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (128, b"DICM", "is a DICOM file: see precise qfr info"),
    (0, b"%PDF", "is a PDF: no program reads records out of it; export data instead"),
    (0, b"HEADER RECORD*******LIB", f"is a SAS transport file (XPT): {_IMPORT}"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"is a file of Office before 2007: save it as .xlsx, and {_IMPORT}"),
    (0, b"PAR1", "is a Parquet file: see precise cohort"),
    (0, b"MSH|", f"is a message of HL7 v2: {_IMPORT}"),
    (0, b"\x0bMSH|", f"is a message of HL7 v2: {_IMPORT}"),
    (0, b"\x89PNG", "is a picture"),
    (0, b"\xff\xd8\xff", "is a picture"),
    (0, b"\x1f\x8b", "is a compressed file: unpack it first"),
)
_WORKBOOK: Final = re.compile(rb"xl/|\[Content_Types\]\.xml")
_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)[\s>/]")
_ROOTS: Final = {
    b"ODM": f"is ODM of CDISC: {_IMPORT}",
    b"Bundle": "is FHIR in XML: export JSON, and " + _IMPORT,
    b"html": "is a page of the web",
    b"HTML": "is a page of the web",
}
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_MARKS: Final = (b",", b";", b"\t", b"|")
_HEAD: Final = 4096


def foreign_file(data: bytes) -> str | None:
    """What the bytes are that are no JSON document; None where nothing tells.

    Args:
        data: the file, or its beginning.
    """
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf")
    for start, mark, text in _MAGIC:
        if head[start : start + len(mark)] == mark:
            return text
    if head.startswith(b"PK\x03\x04"):
        return (
            f"is a workbook: {_IMPORT}" if _WORKBOOK.search(data[: 64 * _HEAD]) else "is a ZIP archive: unpack it first"
        )
    if head.startswith(_UTF16):
        return f"begins with a byte order mark of UTF-16; a record is UTF-8. A table of text in UTF-16: {_IMPORT}"
    if head.lstrip().startswith(b"<"):
        root = _ROOT.search(head)
        return _ROOTS.get(root[1], "is XML, no record") if root else "is XML, no record"
    return f"is a table of delimited text (CSV): {_IMPORT}" if _is_table(head) else None


def _is_table(head: bytes) -> bool:
    """Whether the first lines have the same delimiter as often, and are no JSON."""
    lines = [line for line in head.splitlines()[:3] if line.strip()]
    if len(lines) < 2 or lines[0].lstrip()[:1] in (b"{", b"[") or b"\x00" in head:
        return False
    return any(lines[0].count(mark) > 0 and lines[0].count(mark) == lines[1].count(mark) for mark in _MARKS)


def foreign_document(document: Any) -> str | None:
    """What a JSON document is that is no record; None where nothing tells.

    Args:
        document: as it was parsed.
    """
    if isinstance(document, list):
        return _list(document)
    return _object(document) if isinstance(document, dict) else None


def _list(document: list[Any]) -> str | None:
    first = document[0] if document else None
    if not isinstance(first, dict):
        return None
    if "resourceType" in first:
        return f"is a list of FHIR resources: {_IMPORT}"
    if any(name.startswith("redcap_") or name.endswith("_complete") or name == "record_id" for name in first):
        return f"is an export of REDCap: {_IMPORT}"
    return None


def _object(document: Mapping[str, Any]) -> str | None:
    kind = document.get("resourceType")
    if kind == "Bundle":
        return f"is a FHIR bundle: {_IMPORT}"
    if isinstance(kind, str):
        return message("is a FHIR resource ({ $kind }): see precise import", kind=Verbatim(kind[:40]))
    if "datasetJSONVersion" in document:
        return f"is Dataset-JSON of CDISC: {_IMPORT}"
    if "subjects" in document and "protocol" in document:
        return "is a report of precise check: give it to --since, and the records themselves as files"
    if "views" in document and "vessel" in document:
        return "is a study or result of QFR: see precise qfr angio"
    return None
