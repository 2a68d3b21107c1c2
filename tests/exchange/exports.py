"""Records written as sites' systems export them: what the tests of imports read back."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from precise_cal.exchange.form_map import map_of
from precise_cal.exchange.forms import NONE, PARTICIPANT, SEPARATOR, SOME, form_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from precise_cal.exchange.forms import FormColumn, FormTable
    from precise_cal.protocol.schema.tree import RecordSchema

Rows = list[dict[str, str]]


def tables_of(schema: RecordSchema, records: Iterable[Mapping[str, Any]]) -> dict[str, tuple[FormTable, Rows]]:
    """The rows of every table of the form."""
    tables = form_tables(schema)
    (subject,) = schema.role_path("participant") or ()
    found: dict[str, tuple[FormTable, Rows]] = {one.name: (one, []) for one in tables}
    for record in records:
        for table, rows in found.values():
            for holders in _items(record, table.into):
                row = {PARTICIPANT: record[subject]}
                for column in table.columns[1:]:
                    row[column.name] = _text(column, holders)
                if not table.into or any(value for name, value in row.items() if name != PARTICIPANT):
                    rows.append(row)
    return found


def _items(record: Any, into: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """Every item of a list, behind those that it stands in."""
    found: list[tuple[Any, ...]] = [(record,)]
    for name in into:
        step = []
        for one in found:
            value = one[-1].get(name)
            if isinstance(value, list):
                step += [(*one, item) for item in value]
            elif value is not None:
                step.append((*one[:-1], value))
        found = step
    return iter(found)


def _text(column: FormColumn, holders: tuple[Any, ...]) -> str:
    name = column.name.removesuffix(" unit") if column.of_unit else column.name
    value = holders[-2].get(name.rpartition(".")[2]) if column.of_parent else holders[-1]
    for step in () if column.of_parent else name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if column.kind == "quantity" and isinstance(value, dict):
        value = value.get("value")
    elif column.of_unit and isinstance(value, dict):
        value = value.get("unit")
    if value is None:
        return ""
    if column.kind == "rows":
        return SOME if value else NONE
    if isinstance(value, list) and not value:
        return NONE
    if isinstance(value, list):
        return SEPARATOR.join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def write_csv(
    folder: Path, found: Mapping[str, tuple[FormTable, Rows]], encoding: str, delimiter: str
) -> dict[str, Any]:
    """Each table as a file."""
    for name, (table, rows) in found.items():
        with (folder / f"{name}.csv").open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, [one.name for one in table.columns], delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
    source = {"format": "csv", "encoding": encoding, "delimiter": delimiter}
    return {name: {"files": f"{name}.csv", **source} for name in found}


def write_long(folder: Path, found: Mapping[str, tuple[FormTable, Rows]]) -> dict[str, Any]:
    """Each table with one row an item, in GB18030 with Chinese headings."""
    for name, (_, rows) in found.items():
        with (folder / f"{name}.csv").open("w", encoding="gb18030", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["受试者", "行号", "项目", "结果"])
            for number, row in enumerate(rows, 1):
                for item, value in row.items():
                    if item != PARTICIPANT:
                        writer.writerow([row[PARTICIPANT], number, item, value])
    items = {"name": "项目", "value": "结果", "per": ["受试者", "行号"]}
    source = {"format": "csv", "encoding": "gb18030", "delimiter": ",", "items": items, "ignore": ["行号"]}
    return {name: {"files": f"{name}.csv", **source} for name in found}


def write_workbook(folder: Path, found: Mapping[str, tuple[FormTable, Rows]]) -> dict[str, Any]:
    """One workbook, a sheet for each table, with Chinese headings; all cells are text, as sites paste them."""
    from openpyxl import Workbook

    sources = {}
    for name, (table, rows) in found.items():
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = "数据"
        sheet.append([_heading(place) for place in range(len(table.columns))])
        for row in rows:
            sheet.append([row[one.name] or None for one in table.columns])
        book.save(folder / f"{name}.xlsx")
        sources[name] = {"files": f"{name}.xlsx", "format": "xlsx", "sheet": "数据"}
    return sources


def _heading(place: int) -> str:
    return f"第 {place + 1} 栏（内容）"


def write_redcap(folder: Path, found: Mapping[str, tuple[FormTable, Rows]]) -> dict[str, Any]:
    """Each table as REDCap's interface gives it."""
    for name, (_, rows) in found.items():
        (folder / f"{name}.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return {name: {"files": f"{name}.json", "format": "redcap"} for name in found}


def write_dataset_json(folder: Path, found: Mapping[str, tuple[FormTable, Rows]]) -> dict[str, Any]:
    """Each table as CDISC Dataset-JSON."""
    for name, (table, rows) in found.items():
        columns = [one.name for one in table.columns]
        document = {
            "datasetJSONVersion": "1.1.0",
            "name": name,
            "columns": [{"name": one} for one in columns],
            "rows": [[row[one] or None for one in columns] for row in rows],
        }
        (folder / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return {name: {"files": f"{name}.json", "format": "dataset-json"} for name in found}


def write_odm(folder: Path, found: Mapping[str, tuple[FormTable, Rows]]) -> dict[str, Any]:
    """All tables in one file each, every row an item group."""
    for name, (_, rows) in found.items():
        groups = []
        for number, row in enumerate(rows, 1):
            items = "".join(
                f"<ItemData ItemOID={quoteattr(key)} Value={quoteattr(value)}/>"
                for key, value in row.items()
                if key != PARTICIPANT
            )
            groups.append(
                f"<SubjectData SubjectKey={quoteattr(row[PARTICIPANT])}><StudyEventData StudyEventOID='E'>"
                f"<FormData FormOID='F'><ItemGroupData ItemGroupOID={quoteattr(name)} ItemGroupRepeatKey='{number}'>"
                f"{items}</ItemGroupData></FormData></StudyEventData></SubjectData>"
            )
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3">'
            f"<ClinicalData StudyOID='S' MetaDataVersionOID='1'>{''.join(groups)}</ClinicalData></ODM>"
        )
        (folder / f"{name}.xml").write_text(text, encoding="utf-8")
    ignore = ["StudyOID", "MetaDataVersionOID", "ClinicalData.*", "StudyEventOID", "FormOID", "ItemGroup*"]
    return {name: {"files": f"{name}.xml", "format": "odm", "ignore": ignore} for name in found}


def write_fhir(folder: Path, found: Mapping[str, tuple[FormTable, Rows]]) -> dict[str, Any]:
    """Each row as a QuestionnaireResponse, one a line."""
    for name, (_, rows) in found.items():
        lines = []
        for row in rows:
            items = [{"linkId": key, "answer": [{"valueString": value}]} for key, value in row.items() if value]
            lines.append(json.dumps({"resourceType": "QuestionnaireResponse", "status": "completed", "item": items}))
        (folder / f"{name}.ndjson").write_text("\n".join(lines), encoding="utf-8")
    ignore = ["resourceType", "item.linkId"]
    return {name: {"files": f"{name}.ndjson", "format": "fhir", "ignore": ignore} for name in found}


def write_transport(folder: Path, found: Mapping[str, tuple[FormTable, Rows]]) -> dict[str, Any]:
    """Each table as a SAS transport file, whose columns have short names."""
    import pandas as pd
    import pyreadstat

    for name, (table, rows) in found.items():
        data = {f"V{place}": [row[one.name] for row in rows] for place, one in enumerate(table.columns)}
        pyreadstat.write_xport(pd.DataFrame(data), str(folder / f"{name}.xpt"), table_name="T", file_format_version=5)
    return {name: {"files": f"{name}.xpt", "format": "xpt", "encoding": "utf-8"} for name in found}


HL7 = {
    PARTICIPANT: "PID-3[RI].1", "test": "OBX-3.1", "comparator": "OBX-5.1", "value": "OBX-5.2", "unit": "OBX-6.1",
    "uln": "OBX-7.1", "uln unit": "OBX-7.2", "assay": "OBX-17.1", "collected_at": "OBX-14.1",
}  # fmt: skip
"""Where a laboratory's message holds the columns of its table."""


def write_messages(folder: Path, found: Mapping[str, tuple[FormTable, Rows]]) -> dict[str, Any]:
    """The laboratory's table as messages of HL7, each result of which was preliminary before; the others as CSV."""
    sources = write_csv(folder, {name: pair for name, pair in found.items() if name != "labs"}, "utf-8", ",")
    lines = []
    for row in found["labs"][1]:
        lines += [
            "MSH|^~\\&|LIS|S|||20260309||ORU^R01|1|P|2.5.1",
            f"PID|1||H1^^^S^MR~{row[PARTICIPANT]}^^^T^RI",
            "OBR|1",
        ]
        last = f"|||{{}}|||{row['collected_at']}|||{row['assay']}"
        head = f"OBX|1|SN|{row['test']}||{{}}|{row['unit']}|{row['uln']}^{row['uln unit']}|N"
        lines.append(head.format("^999") + last.format("P"))
        lines.append(head.format(f"{row['comparator']}^{row['value']}") + last.format("F"))
    (folder / "labs.hl7").write_text("\r".join(lines), encoding="utf-8", newline="")
    ignore = ["MSH-*", "PID-*", "OBR-*", "OBX-*"]
    return {**sources, "labs": {"files": "labs.hl7", "format": "hl7", "encoding": "utf-8", "ignore": ignore}}


def map_for(found: Mapping[str, tuple[FormTable, Rows]], sources: Mapping[str, Any], stated: Mapping[str, Any]) -> Any:
    """The map of what was written; columns go by the names that the format gives them."""
    form = map_of([table for table, _ in found.values()], sources, stated)
    for table in form["tables"]:
        kind = sources[table["source"]]["format"]
        columns = [one.name for one in found[table["source"]][0].columns]
        if kind == "xpt":
            _rename(table, {name: f"V{place}" for place, name in enumerate(columns)})
        elif kind == "xlsx":
            _rename(table, {name: _heading(place) for place, name in enumerate(columns)})
        elif kind == "fhir":
            _rename(table, {name: f"item[{name}].answer.valueString" for name in columns})
            table["take"] = {"status": "completed"}
        elif kind == "odm":
            _rename(table, {PARTICIPANT: "SubjectKey"})
        elif kind == "hl7":
            _rename(table, HL7)
            table |= {"take": {"OBX-11": "F"}, "leave": {"OBX-11": "P"}}
        elif "items" in sources[table["source"]]:
            _rename(table, {PARTICIPANT: "受试者"})
    return form


def _rename(table: dict[str, Any], names: Mapping[str, str]) -> None:
    table["participant"] = names.get(table["participant"], table["participant"])
    for fields in (table["fields"], table.get("parent", {})):
        for source in fields.values():
            source["from"] = names.get(source["from"], source["from"])
            unit = source.get("unit")
            if isinstance(unit, dict):
                unit["from"] = names.get(unit["from"], unit["from"])
