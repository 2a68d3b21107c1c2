"""Queries as they go back to a site: with form, row and field of the export that the site knows; XLSX, CSV and ODM."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.etree import ElementTree as Xml

from precise_cal.reports.delimited import as_csv
from precise_cal.reports.plain import guarded, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from precise_cal.protocol.provenance import Origin
    from precise_cal.reports.case import Asked, Case, Trial

_HEAD: Final = (
    "Id", "Site", "Participant", "Form", "Row", "Field", "As recorded", "Please supply", "For rule", "Source field",
    "Answer", "Answered by", "Answered on",
)  # fmt: skip
_WIDTHS: Final = (24, 10, 16, 26, 8, 22, 18, 60, 12, 34, 40, 18, 14)
_SPACE: Final = "http://www.cdisc.org/ns/odm/v1.3"
_NOT_KNOWN: Final = "record"
"""The form of a query whose datum no import brought."""


class _Line(NamedTuple):
    case: Case
    asked: Asked
    origin: Origin | None

    @property
    def texts(self) -> tuple[str | int | None, ...]:
        query, decision, origin = self.asked.query, self.asked.decision, self.origin
        place = (origin.form, origin.row, origin.column, origin.raw) if origin else (None, None, None, None)
        answer = (decision["Answer"], decision["Answered by"], decision["Answered on"])
        return (self.asked.id, self.case.site, self.case.id, *place, query.ask, query.rule, query.pointer, *answer)


def query_files(trial: Trial, sites: Mapping[str, str]) -> dict[str, Callable[[], bytes]]:
    """The files of each site that is asked something, by name.

    Args:
        trial: as it is shown.
        sites: the name of a site's files.
    """
    found: dict[str, Callable[[], bytes]] = {}
    for site, name in sites.items():
        lines = [
            _Line(case, asked, case.origins.near(asked.query.pointer))
            for case in trial.cases
            if case.site == site
            for asked in case.queries
        ]
        if lines:
            found[f"{name}.xlsx"] = partial(_workbook, trial, lines)
            found[f"{name}.csv"] = partial(_csv, trial, lines)
            found[f"{name}.xml"] = partial(_odm, trial, lines)
    return found


def _rows(trial: Trial, lines: list[_Line]) -> list[list[str | int | None]]:
    """The head and the lines, in the language of the documents."""
    said = trial.catalog
    rows = [[said(one) if isinstance(one, str) else one for one in line.texts] for line in lines]
    return [[*map(said, _HEAD)], *rows]


def _csv(trial: Trial, lines: list[_Line]) -> bytes:
    return as_csv(_rows(trial, lines))


def _workbook(trial: Trial, lines: list[_Line]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet: Any = book.active
    sheet.title = trial.catalog("Queries")
    for number, row in enumerate(_rows(trial, lines), 1):
        for place, value in enumerate(row, 1):
            shown = guarded(visible(value)) if isinstance(value, str) else value
            cell = sheet.cell(number, place, shown or None)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=number == 1)
            if isinstance(shown, str):
                cell.data_type, cell.number_format = "s", "@"
    for column, width in zip(sheet.columns, _WIDTHS, strict=False):
        sheet.column_dimensions[column[0].column_letter].width = width
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _odm(trial: Trial, lines: list[_Line]) -> bytes:
    """Clinical data of ODM 1.3.2 that changes nothing: each query is a comment of the sponsor on an item."""
    root = Xml.Element(
        "ODM",
        {
            "xmlns": _SPACE,
            "ODMVersion": "1.3.2",
            "FileType": "Transactional",
            "FileOID": f"queries.{trial.protocol.study_id}.{lines[0].case.site}",
            "CreationDateTime": trial.generated_at,
        },
    )
    study = {"StudyOID": trial.protocol.study_id, "MetaDataVersionOID": trial.protocol.version}
    data = Xml.SubElement(root, "ClinicalData", study)
    for case in dict.fromkeys(line.case.id for line in lines):
        subject = Xml.SubElement(data, "SubjectData", SubjectKey=case, TransactionType="Context")
        Xml.SubElement(subject, "SiteRef", LocationOID=lines[0].case.site)
        event = Xml.SubElement(subject, "StudyEventData", StudyEventOID="queries", TransactionType="Context")
        for line in lines:
            if line.case.id == case:
                event.append(_form(trial, line))
    Xml.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode").encode() + b"\n"


def _form(trial: Trial, line: _Line) -> Xml.Element:
    origin, query = line.origin, line.asked.query
    form = Xml.Element("FormData", FormOID=visible(origin.file if origin else _NOT_KNOWN), TransactionType="Context")
    form.set("FormRepeatKey", visible(line.asked.id))
    row = {"ItemGroupRepeatKey": str(origin.row)} if origin and origin.row else {}
    sheet = (origin.sheet or origin.file) if origin else _NOT_KNOWN
    group = Xml.SubElement(form, "ItemGroupData", {"ItemGroupOID": visible(sheet), **row, "TransactionType": "Context"})
    name = (origin.column if origin else None) or query.pointer or _NOT_KNOWN
    value = {"IsNull": "Yes"} if origin is None or not origin.raw else {"Value": visible(origin.raw)}
    item = Xml.SubElement(group, "ItemData", {"ItemOID": visible(name), "TransactionType": "Context", **value})
    note = Xml.SubElement(item, "Annotation", SeqNum="1")
    said = Xml.SubElement(note, "Comment", SponsorOrSite="Sponsor")
    said.text = visible(f"{trial.catalog(query.ask)} ({query.rule}, {query.pointer})")
    return form
