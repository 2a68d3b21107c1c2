"""The form as CDISC ODM 1.3.2: one form whose item groups are the tables, those of lists repeating."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as Xml

from precise_cal.exchange.crf.form import LABELS, UNKNOWN
from precise_cal.exchange.crf.workbook_checks import how
from precise_cal.exchange.form_map import Dialect, map_of
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.exchange.crf.form import Form, FormSheet, Question
    from precise_cal.exchange.forms import FormColumn, FormTable

_SPACE: Final = "http://www.cdisc.org/ns/odm/v1.3"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
EVENT: Final = "SE.record"
FORM: Final = "F.record"
_SUBJECT: Final = "SubjectKey"
_TYPES: Final = {"decimal": "float", "quantity": "float", "integer": "integer"}
_DIGITS: Final = {
    "text": {"Length": "200"},
    "integer": {"Length": "18"},
    "float": {"Length": "18", "SignificantDigits": "9"},
}


def group_oid(sheet: FormSheet) -> str:
    """The OID of the item group of a table."""
    return f"IG.{sheet.code}"


def item_oid(asked: Question) -> str:
    """The OID of the item of a question."""
    return f"I.{asked.code}"


def metadata(form: Form, made_at: str) -> bytes:
    """The study's metadata.

    Args:
        form: what is asked.
        made_at: the moment that the file states, ISO 8601 with an offset.
    """
    root = Xml.Element(
        "ODM",
        {
            "xmlns": _SPACE,
            "ODMVersion": "1.3.2",
            "FileType": "Snapshot",
            "FileOID": f"form.{form.study}",
            "CreationDateTime": made_at,
            "SourceSystem": "precise-cal",
            "SourceSystemVersion": __version__,
        },
    )
    study = Xml.SubElement(root, "Study", OID=form.study)
    about = Xml.SubElement(study, "GlobalVariables")
    for name, text in (("StudyName", form.study), ("StudyDescription", form.title), ("ProtocolName", form.study)):
        Xml.SubElement(about, name).text = text
    version = Xml.SubElement(study, "MetaDataVersion", OID="MDV.1", Name="Form")
    protocol = Xml.SubElement(version, "Protocol")
    Xml.SubElement(protocol, "StudyEventRef", StudyEventOID=EVENT, OrderNumber="1", Mandatory="No")
    event = Xml.SubElement(version, "StudyEventDef", OID=EVENT, Name="Record", Repeating="No", Type="Common")
    Xml.SubElement(event, "FormRef", FormOID=FORM, OrderNumber="1", Mandatory="No")
    page = Xml.SubElement(version, "FormDef", OID=FORM, Name="Record", Repeating="No")
    for number, sheet in enumerate(form.sheets, 1):
        oid = group_oid(sheet)
        Xml.SubElement(page, "ItemGroupRef", ItemGroupOID=oid, OrderNumber=str(number), Mandatory="No")
    for sheet in form.sheets:
        version.append(_group(sheet))
    version.extend(_item(form, asked) for sheet in form.sheets for asked in _asked(sheet))
    version.extend(_list(form, asked) for sheet in form.sheets for asked in _asked(sheet) if _is_chosen(asked))
    Xml.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode").encode() + b"\n"


def _asked(sheet: FormSheet) -> Iterator[Question]:
    """The questions of a table; who the participant is stands above all items."""
    return (one for one in sheet.questions if one.column.field is not None)


def _is_chosen(asked: Question) -> bool:
    return bool(asked.choices) and (not asked.column.is_list or asked.column.kind == "rows")


def _texts(parent: Xml.Element, en: str, zh: str) -> None:
    for language, text in (("en", en), ("zh", zh)):
        Xml.SubElement(parent, "TranslatedText", {_LANG: language}).text = text


def _group(sheet: FormSheet) -> Xml.Element:
    repeats = "Yes" if sheet.table.into else "No"
    group = Xml.Element("ItemGroupDef", OID=group_oid(sheet), Name=sheet.code, Repeating=repeats)
    _texts(Xml.SubElement(group, "Description"), sheet.en, sheet.zh)
    for number, asked in enumerate(_asked(sheet), 1):
        Xml.SubElement(group, "ItemRef", ItemOID=item_oid(asked), OrderNumber=str(number), Mandatory="No")
    return group


def _item(form: Form, asked: Question) -> Xml.Element:
    kind = "text" if _is_chosen(asked) else _TYPES.get(asked.column.kind, "text")
    item = Xml.Element("ItemDef", {"OID": item_oid(asked), "Name": asked.code, "DataType": kind, **_DIGITS[kind]})
    say = how(asked)
    _texts(Xml.SubElement(item, "Description"), say, form.catalog("zh")(say))
    _texts(Xml.SubElement(item, "Question"), asked.en, asked.zh)
    for comparator, bound in zip(("GE", "LE"), asked.range, strict=True):
        if bound is not None:
            check = Xml.SubElement(item, "RangeCheck", Comparator=comparator, SoftHard="Soft")
            Xml.SubElement(check, "CheckValue").text = bound
    if _is_chosen(asked):
        Xml.SubElement(item, "CodeListRef", CodeListOID=f"CL.{asked.code}")
    return item


def _list(form: Form, asked: Question) -> Xml.Element:
    codes = Xml.Element("CodeList", OID=f"CL.{asked.code}", Name=asked.code, DataType="text")
    said = LABELS[UNKNOWN]
    chosen = [(one.word, one.en, one.zh) for one in asked.choices]
    for word, en, zh in (*chosen, (UNKNOWN, said, form.catalog("zh")(said))):
        _texts(Xml.SubElement(Xml.SubElement(codes, "CodeListItem", CodedValue=word), "Decode"), en, zh)
    return codes


def odm_map(form: Form) -> dict[str, Any]:
    """The map that reads clinical data by this metadata."""

    def name(table: FormTable, column: FormColumn) -> str:
        return _SUBJECT if column.field is None else item_oid(form.sheet(table).of(column))

    def rows(table: FormTable) -> Mapping[str, Any]:
        return {"kind": group_oid(form.sheet(table))}

    def codes(table: FormTable, column: FormColumn) -> Mapping[str, Any] | str:
        return {one.word: one.value for one in form.sheet(table).of(column).choices} or "as_is"

    source = {
        "files": "*.xml",
        "format": "odm",
        "zone": form.zone,
        "missing": {UNKNOWN: UNKNOWN},
        "ignore": ["*OID", "*RepeatKey", "*:*", "ClinicalData.*"],
        "may_lack": ["I.*"],
    }
    return map_of(form.tables, {"export": source}, form.stated, Dialect(name, codes, rows=rows), lambda _: "export")
