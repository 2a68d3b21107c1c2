"""Forms filled in from records, by nothing but the map that came with them: what the tests of forms read back."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Row = dict[str, str]


def rows_of(table: Any, source: Any, records: Iterable[Any], who: str) -> list[Row]:
    """The rows of a table of the map, columns by the names that it gives them; `who` is that of the participant."""
    unknown = next(iter(source.get("missing", {"unknown": ""})))
    rows = []
    into = table.get("into", "").split(".") if table.get("into") else []
    for record in records:
        for above in _items(record, into):
            row = {}
            for name, field in table["fields"].items():
                row |= _cells(field, _at(above[-1], name), unknown)
            if into and not any(row.values()):
                continue
            for name, field in table.get("parent", {}).items():
                row |= _cells(field, above[-2].get(name), unknown)
            rows.append({table["participant"]: record[who]} | row)
    return rows


def _items(record: Any, into: list[str]) -> Iterator[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = [(record,)]
    for name in into:
        found = [
            (*one, item) if isinstance(value, list) else (*one[:-1], item)
            for one in found
            if (value := one[-1].get(name)) is not None
            for item in (value if isinstance(value, list) else [value])
        ]
    return iter(found)


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _cells(field: Any, value: Any, unknown: str) -> Row:
    if "boxes" in field:
        ticked = {box: "1" if value and word in value else "0" for box, word in field["boxes"].items()}
        return ticked | {field["none"]: "1" if value == [] else "0"}
    words, column = _labels(field.get("codes")), field["from"]
    if "unit" in field:
        unit = _at(value, "unit") or ""
        labels = _labels(field["unit"]["codes"])
        return {column: str(_at(value, "value") or ""), field["unit"]["from"]: labels.get(_json(unit), unit)}
    if value is None:
        return {column: ""}
    if value == "unknown":
        return {column: unknown}
    if "some" in field:
        return {column: field["some"] if value else field["none"]}
    if "split" in field:
        return {column: f"{field['split']} ".join(words.get(_json(one), str(one)) for one in value) or field["none"]}
    return {column: words.get(_json(value), value if isinstance(value, str) else _json(value))}


def _labels(codes: Any) -> dict[str, str]:
    """What words of the record are called, by their JSON."""
    return {_json(word): label for label, word in codes.items()} if isinstance(codes, dict) else {}


def _json(value: Any) -> str:
    return json.dumps(value)


def fill_workbook(folder: Path, form: Any, records: list[Any], who: str = "subject_id") -> list[Path]:
    """Type records into the workbook, under the names of its columns."""
    from openpyxl import load_workbook

    book = load_workbook(folder / "form.xlsx")
    for table in form["tables"]:
        source = form["sources"][table["source"]]
        sheet = book[source["sheet"]]
        names = [cell.value for cell in sheet[source["header"]]]
        for number, row in enumerate(rows_of(table, source, records, who), source["header"] + 1):
            assert set(row) <= set(names)
            for name, text in row.items():
                if text:
                    cell = sheet.cell(number, names.index(name) + 1, text)
                    cell.data_type, cell.number_format = "s", "@"
    book.save(folder / "filled.xlsx")
    return [folder / "filled.xlsx"]


def fill_redcap(folder: Path, form: Any, records: list[Any], who: str = "subject_id") -> list[Path]:
    """The raw export of a project with this dictionary, instruments of lists repeating."""
    with (folder / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        asked = list(csv.DictReader(file))
    columns = []
    for one in asked:
        boxes = [part.split(",")[0].strip() for part in one["Choices, Calculations, OR Slider Labels"].split("|")]
        name = one["Variable / Field Name"]
        is_box = one["Field Type"] == "checkbox"
        columns += [f"{name}___{box.lower()}" for box in boxes] if is_box else [name]
    forms = [f"{one}_complete" for one in dict.fromkeys(one["Form Name"] for one in asked)]
    head = [columns[0], "redcap_repeat_instrument", "redcap_repeat_instance", *columns[1:], *forms]
    with (folder / "Trial_DATA_2026-11-29.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, head, restval="")
        writer.writeheader()
        for table in form["tables"]:
            (instrument,) = table["take"]["redcap_repeat_instrument"]
            for number, row in enumerate(rows_of(table, form["sources"]["project"], records, who), 1):
                repeat = {"redcap_repeat_instrument": instrument, "redcap_repeat_instance": str(number)}
                writer.writerow(row | (repeat if instrument else {}))
    return [folder / "Trial_DATA_2026-11-29.csv"]


def fill_odm(folder: Path, form: Any, records: list[Any], who: str = "subject_id") -> list[Path]:
    """Clinical data by the metadata, with the attributes of a vendor."""
    metadata = (folder / "form.xml").read_text(encoding="utf-8")
    subjects = []
    for record in records:
        groups = []
        for table in form["tables"]:
            for number, row in enumerate(rows_of(table, form["sources"]["export"], [record], who), 1):
                items = [
                    f"<ItemData ItemOID={quoteattr(name)} Value={quoteattr(text)}/>"
                    for name, text in row.items()
                    if text and name != "SubjectKey"
                ]
                assert all(f'OID="{name}"' in metadata for name in row if name != "SubjectKey")
                groups.append(
                    f'<ItemGroupData ItemGroupOID="{table["kind"]}" ItemGroupRepeatKey="{number}">{"".join(items)}'
                    "</ItemGroupData>"
                )
        subjects.append(
            f"<SubjectData SubjectKey={quoteattr(record[who])} v:Status='Signed'><StudyEventData"
            f" StudyEventOID='SE.record'><FormData FormOID='F.record'>{''.join(groups)}</FormData></StudyEventData>"
            "</SubjectData>"
        )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:v="urn:vendor">'
        f"<ClinicalData StudyOID='S' MetaDataVersionOID='MDV.1'>{''.join(subjects)}</ClinicalData></ODM>"
    )
    (folder / "export").mkdir()
    (folder / "export" / "data.xml").write_text(text, encoding="utf-8")
    return [folder / "export" / "data.xml"]


def fill_questionnaire(folder: Path, form: Any, records: list[Any], who: str = "subject_id") -> list[Path]:
    """One response for each row, in a bundle; numbers keep their digits."""
    by_url = {}
    for path in folder.glob("questionnaire-*.json"):
        asked = json.loads(path.read_text(encoding="utf-8"))
        by_url[asked["url"]] = {item["linkId"]: item["type"] for item in asked["item"]}
    entries = []
    for table in form["tables"]:
        (url,) = table["take"]["questionnaire"]
        for row in rows_of(table, form["sources"]["answers"], records, who):
            items = [_answer(name, text, by_url[url]) for name, text in row.items() if text]
            response = f'"resourceType":"QuestionnaireResponse","questionnaire":"{url}","status":"completed"'
            entries.append(f'{{"resource":{{{response},"item":[{",".join(items)}]}}}}')
    (folder / "export").mkdir()
    bundle = f'{{"resourceType":"Bundle","type":"collection","entry":[{",".join(entries)}]}}'
    (folder / "export" / "answers.json").write_text(bundle, encoding="utf-8")
    return [folder / "export" / "answers.json"]


def _answer(name: str, text: str, types: dict[str, str]) -> str:
    link, path = name.removeprefix("item[").split("].answer.")
    kind, *inner = path.split(".")
    wanted = {"choice": "valueCoding", "decimal": "valueDecimal", "integer": "valueInteger", "date": "valueDate",
              "dateTime": "valueDateTime", "string": "valueString"}  # fmt: skip
    assert wanted[types[link]] == kind
    value = text if kind in ("valueDecimal", "valueInteger") else _json({inner[0]: text} if inner else text)
    return f'{{"linkId":{_json(link)},"answer":[{{"{kind}":{value}}}]}}'
