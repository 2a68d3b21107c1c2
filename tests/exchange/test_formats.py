"""What only one format can get wrong: workbooks, ODM, FHIR, HL7, REDCap's dictionary, Dataset-JSON."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOOK = """
sources: {people: {files: "*.xlsx", format: xlsx, sheet: M1, zone: "+08:00", ignore: [note]}}
tables:
  - source: people
    participant: id
    fields:
      site_id: site
      renal.egfr: {from: egfr, unit: "mL/min/{1.73_m2}"}
      consent.signed_at: {from: signed}
"""


def _book(tmp_path: Path, change: Callable[[Any, Any], None]) -> Path:
    from datetime import datetime

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "M1"
    sheet.append(["id", "site", "egfr", "signed", "note"])
    sheet.append([7, "S01", 75.5, datetime(2026, 3, 9, 9, 5), None])  # noqa: DTZ001 - a workbook has no zones
    sheet["A2"].number_format = "000"
    sheet["C2"].number_format = "0.00"
    change(book, sheet)
    book.save(tmp_path / "people.xlsx")
    (tmp_path / "map.yaml").write_text(BOOK, encoding="utf-8")
    return tmp_path / "people.xlsx"


def _run(precise: Any, folder: Path, *files: Path | str) -> Any:
    return precise("import", folder / "map.yaml", *files, "--out", folder / "out.jsonl", "--force")


def _records(folder: Path) -> list[Any]:
    return [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_workbook_keeps_its_digits(precise: Any, tmp_path: Path) -> None:
    file = _book(tmp_path, lambda book, sheet: None)
    assert _run(precise, tmp_path, file).status == 0
    (found,) = _records(tmp_path)
    assert (found["subject_id"], found["renal"]["egfr"]["value"]) == ("007", "75.50")
    assert found["consent"]["signed_at"] == "2026-03-09T09:05:00+08:00"


def _set(
    cell: str, value: Any, number_format: str | None = None, then: Callable[[Any, Any], None] | None = None
) -> Callable[[Any, Any], None]:
    def change(book: Any, sheet: Any) -> None:
        sheet[cell] = value
        if number_format is not None:
            sheet[cell].number_format = number_format
        if then is not None:
            then(book, sheet)

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda book, sheet: sheet.merge_cells("A2:A3"), "are merged"),
        (lambda book, sheet: setattr(sheet, "sheet_state", "hidden") or book.create_sheet("X"), "hidden sheet"),
        (lambda book, sheet: setattr(sheet.row_dimensions[2], "hidden", True), "hidden rows: 2; show them"),
        (lambda book, sheet: setattr(sheet.column_dimensions["C"], "hidden", True), "hidden columns: C ("),
        (lambda book, sheet: setattr(sheet, "title", "M2"), 'has no sheet "M1"'),
        (_set("C2", "=1+1"), "is a formula whose value the workbook does not hold"),
        (_set("C2", 0.755, "0%"), 'under the format "0%"'),
        (_set("C2", 75.555, "0.00"), "but the workbook holds 75.555"),
        (_set("C2", "#N/A"), "is an error of the workbook"),
        (_set("D2", "2026/3/9"), "is text, no date of the workbook"),
        (_set("F2", "x"), "stands under no name of a column"),
        (_set("E1", None, then=_set("F1", "more")), "column 5 has no name"),
    ],
    ids=[
        "merged cells",
        "a hidden sheet",
        "a hidden row",
        "a hidden column",
        "a sheet of another name",
        "a formula without value",
        "a percentage",
        "digits that are not shown",
        "an error of the workbook",
        "a date that is text",
        "a cell outside the table",
        "a column without a name",
    ],
)
def test_a_workbook_that_misleads(
    change: Callable[[Any, Any], None], problem: str, precise: Any, tmp_path: Path
) -> None:
    said = _run(precise, tmp_path, _book(tmp_path, change))
    assert said.status == (1 if said.out else 2)  # 2: no row could be read
    assert problem in said.err
    assert not (tmp_path / "out.jsonl").exists()


def _rewritten(file: Path, old: bytes, new: bytes) -> Path:
    """A workbook whose only sheet has other XML."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert re.search(old, sheet)
    parts["xl/worksheets/sheet1.xml"] = re.sub(old, new, sheet)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file


def test_a_formula_whose_text_is_empty_is_blank(precise: Any, tmp_path: Path) -> None:
    file = _book(tmp_path, _set("B2", "=A9"))
    empty = rb'<c r="B2" t="str"><f>A9</f><v></v></c>'
    said = _run(precise, tmp_path, _rewritten(file, rb'<c r="B2"[^>]*><f>A9</f><v ?/?>(</v>)?</c>', empty))
    assert said.status == 0, said.err
    assert "site_id" not in _records(tmp_path)[0]


def test_digits_that_a_formula_left_behind(precise: Any, tmp_path: Path) -> None:
    file = _book(tmp_path, _set("C2", 75.5, "General"))
    assert _run(precise, tmp_path, file).status == 0
    said = _run(precise, tmp_path, _rewritten(file, rb"<v>75.5</v>", rb"<v>75.500000000000014</v>"))
    assert (said.status, "is shown as 75.5, but the workbook holds more digits" in said.err) == (1, True)


ODM_MAP = """
sources:
  edc:
    files: "*.xml"
    format: odm
    ignore: [StudyOID, MetaDataVersionOID, "ClinicalData.*", "StudyEvent*", "Form*", "ItemGroup*", SubjectKey, UnitOf]
tables:
  - source: edc
    kind: DM
    participant: mdsol:SubjectName
    fields:
      site_id: LocationOID
      demographics.sex: {from: SEX, codes: {"1": male, "2": female}}
      renal.egfr: {from: EGFR, unit: {from: EGFR@unit, codes: {MU.1: "mL/min/{1.73_m2}"}}}
"""
ODM = """<?xml version="1.0"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:mdsol="http://www.mdsol.com/ns/odm/metadata">
<ClinicalData StudyOID="S" MetaDataVersionOID="1">
<SubjectData SubjectKey="2f1c" mdsol:SubjectName="001" TransactionType="Update"><SiteRef LocationOID="S01"/>
<StudyEventData StudyEventOID="E" StudyEventRepeatKey="1"><FormData FormOID="F" FormRepeatKey="1">
<ItemGroupData ItemGroupOID="DM" ItemGroupRepeatKey="1">
<ItemData ItemOID="SEX" Value="1"/>
<ItemData ItemOID="EGFR" Value="75.50"><MeasurementUnitRef MeasurementUnitOID="MU.1"/></ItemData>
</ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData></ODM>"""


def _odm(precise: Any, folder: Path, text: str) -> Any:
    (folder / "map.yaml").write_text(ODM_MAP, encoding="utf-8")
    (folder / "edc.xml").write_text(text, encoding="utf-8")
    return _run(precise, folder, folder / "edc.xml")


def test_odm_with_a_vendors_names(precise: Any, tmp_path: Path) -> None:
    said = _odm(precise, tmp_path, ODM)
    assert said.status == 0, said.err
    (found,) = _records(tmp_path)
    assert (found["subject_id"], found["site_id"], found["demographics"]["sex"]) == ("001", "S01", "male")
    assert found["renal"]["egfr"] == {"value": "75.50", "unit": "mL/min/{1.73_m2}"}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'ItemOID="SEX" Value="1"',
            'ItemOID="SEX" Value="1" IsNull="Yes"',
            "is marked as null (IsNull) and has a value",
        ),
        ('TransactionType="Update"', 'TransactionType="Remove"', "stands in a transaction of the type Remove"),
        ('"MU.1"', '"MU.2"', '"MU.2" is no code'),
        (
            '<ItemData ItemOID="SEX" Value="1"/>',
            '<ItemData ItemOID="SEX" Value="1"/><ItemData ItemOID="SEX" Value="2"/>',
            "stands twice",
        ),
        ('ItemOID="SEX"', 'ItemOID="GENDER"', "neither uses nor ignores: GENDER"),
        ('ItemGroupOID="DM"', 'ItemGroupOID="AE"', "rows that no table of the map takes: AE"),
        ("</ODM>", "", "is not well-formed XML"),
        ('<?xml version="1.0"?>', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>', "document type declaration"),
    ],
    ids=[
        "IsNull with a value",
        "a transaction that removes",
        "a swapped unit",
        "an item twice",
        "an item that nobody knows",
        "a form that nobody knows",
        "a file cut off",
        "an entity",
    ],
)
def test_odm_that_misleads(old: str, new: str, problem: str, precise: Any, tmp_path: Path) -> None:
    assert old in ODM
    said = _odm(precise, tmp_path, ODM.replace(old, new, 1))
    assert said.status == (1 if said.out else 2)  # 2: no row could be read
    assert problem in said.err


def test_odm_null_is_unknown(precise: Any, tmp_path: Path) -> None:
    said = _odm(precise, tmp_path, ODM.replace('ItemOID="SEX" Value="1"', 'ItemOID="SEX" IsNull="Yes"'))
    assert said.status == 0, said.err
    assert "demographics" not in _records(tmp_path)[0]


FHIR_MAP = """
sources:
  emr: {files: "*.json", format: fhir, ignore: [resourceType, id, "meta.*"], ignore_kinds: [Organization]}
tables:
  - source: emr
    kind: Patient
    participant: "identifier[urn:trial].value"
    fields: {demographics.sex: {from: gender, codes: as_is}, demographics.birth_date: {from: birthDate, format: iso}}
  - source: emr
    kind: Condition
    participant: {from: subject.reference, patient: "identifier[urn:trial].value"}
    take: {"code.coding[http://loinc.org].code": ["45842-2"], "verificationStatus.coding.code": [confirmed]}
    leave: {"verificationStatus.coding.code": [provisional, differential]}
    fields: {renal.on_dialysis: {from: clinicalStatus.coding.code, codes: {active: true, inactive: false}}}
"""


def _bundle(condition: dict[str, Any]) -> bytes:
    patient = {
        "resourceType": "Patient", "id": "p1", "gender": "male", "birthDate": "1960-05",
        "identifier": [{"system": "urn:trial", "value": "001"}],
    }  # fmt: skip
    entries = [
        {"resource": {"resourceType": "Organization", "name": "X"}},
        {"resource": patient},
        {"resource": condition},
    ]
    return json.dumps({"resourceType": "Bundle", "entry": entries}).encode()


CONDITION: dict[str, Any] = {
    "resourceType": "Condition",
    "subject": {"reference": "Patient/p1"},
    "code": {"coding": [{"system": "http://loinc.org", "code": "45842-2"}]},
    "clinicalStatus": {"coding": [{"code": "inactive"}]},
    "verificationStatus": {"coding": [{"code": "confirmed"}]},
}


def _fhir(precise: Any, folder: Path, data: bytes, text: str = FHIR_MAP) -> Any:
    (folder / "map.yaml").write_text(
        text.replace("ignore: [", "ignore: [code.coding.system, identifier.system, "), "utf-8"
    )
    (folder / "emr.json").write_bytes(data)
    return _run(precise, folder, folder / "emr.json")


def test_a_condition_that_says_no(precise: Any, tmp_path: Path) -> None:
    said = _fhir(precise, tmp_path, _bundle(CONDITION))
    assert said.status == 0, said.err
    (found,) = _records(tmp_path)
    assert found["renal"] == {"on_dialysis": False}
    assert found["demographics"] == {"sex": "male", "birth_date": "1960-05"}


def test_what_a_bundle_deletes_is_not_taken(precise: Any, tmp_path: Path) -> None:
    bundle = json.loads(_bundle(CONDITION))
    bundle["entry"][2]["request"] = {"method": "DELETE", "url": "Condition/c1"}
    said = _fhir(precise, tmp_path, json.dumps(bundle).encode())
    assert (said.status, "Condition/c1 is deleted by its entry" in said.err) == (2, True)


def test_a_provisional_condition_says_nothing(precise: Any, tmp_path: Path) -> None:
    condition = {**CONDITION, "verificationStatus": {"coding": [{"code": "provisional"}]}}
    assert _fhir(precise, tmp_path, _bundle(condition)).status == 0
    assert "renal" not in _records(tmp_path)[0]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"clinicalStatus": {"coding": [{"code": "remission"}]}}, '"remission" is no code'),
        ({"clinicalStatus": {"coding": [{"code": "active"}, {"code": "inactive"}]}}, "holds 2 values"),
        ({"verificationStatus": {"coding": [{"code": "refuted"}]}}, "is neither among the rows to take"),
        ({"subject": {"reference": "Patient/p2"}}, "refers to no patient of these files"),
        ({"onsetDateTime": "2020"}, "neither uses nor ignores: onsetDateTime"),
    ],
    ids=[
        "a status that nobody listed",
        "a status that contradicts itself",
        "a negative Condition",
        "the Condition of somebody else",
        "a value that nobody uses",
    ],
)
def test_conditions_that_mislead(changes: dict[str, Any], problem: str, precise: Any, tmp_path: Path) -> None:
    said = _fhir(precise, tmp_path, _bundle({**CONDITION, **changes}))
    assert said.status == (1 if said.out else 2)  # 2: no row could be read
    assert problem in said.err


def test_a_map_says_what_it_makes_of_a_conditions_status(precise: Any, tmp_path: Path) -> None:
    text = FHIR_MAP.replace(', "verificationStatus.coding.code": [confirmed]', "")
    text = text.replace('    leave: {"verificationStatus.coding.code": [provisional, differential]}\n', "")
    said = _fhir(precise, tmp_path, _bundle(CONDITION), text)
    assert said.status == (1 if said.out else 2)  # 2: no row could be read
    assert "say by verificationStatus.coding.code whether they hold" in said.err


@pytest.mark.parametrize("kind", ["QuestionnaireResponse", "Encounter", "MedicationRequest"])
def test_rows_that_have_a_state_are_taken_by_it(kind: str, precise: Any, tmp_path: Path) -> None:
    text = FHIR_MAP.replace("kind: Condition", f"kind: {kind}")
    said = _fhir(precise, tmp_path, _bundle(CONDITION), text)
    assert (said.status, f"rows of {kind} say by status whether they hold" in said.err) == (2, True)


HL7_MAP = """
sources:
  lab: {files: "*.hl7", format: hl7, encoding: utf-8, zone: "+08:00", ignore: ["MSH-*", "OBR-*", "OBX-*", "PID-*"]}
tables:
  - source: lab
    participant: PID-3.1
    fields: {site_id: PID-3.4}
  - source: lab
    participant: PID-3.1
    into: labs
    take: {OBX-3.1: ["6598-7"], OBX-11: [F, C]}
    leave: {OBX-3.1: ["2157-6"], OBX-11: [P, D]}
    replaces: {OBX-11: [C, D]}
    key: [test, collected_at]
    fields:
      test: {from: OBX-3.1, codes: {"6598-7": ctnt}}
      value: {from: OBX-5, parse: censored_decimal, sign: comparator}
      unit: {from: OBX-6, codes: {ng/L: ng/L}}
      uln: {from: OBX-7, parse: upper_limit, unit: {from: OBX-6, codes: {ng/L: ng/L}}}
      collected_at: {from: OBR-7, format: yyyyMMddHHmm}
"""
HL7 = (
    "MSH|^~\\&|LAB|S01|||202603092100||ORU^R01|1|P|2.5\rPID|1||001^^^S01||a\r"
    "OBR|1|||TNT|||202603092010\rOBX|1|NM|6598-7^TroponinT^LN||<5|ng/L|0-14|N|||F\r"
)


def _hl7(precise: Any, folder: Path, text: str) -> Any:
    (folder / "map.yaml").write_text(HL7_MAP, encoding="utf-8")
    (folder / "lab.hl7").write_text(text, encoding="utf-8", newline="")
    return _run(precise, folder, folder / "lab.hl7")


def test_laboratory_messages(precise: Any, tmp_path: Path) -> None:
    said = _hl7(precise, tmp_path, HL7)
    assert said.status == 0, said.err
    (lab,) = _records(tmp_path)[0]["labs"]
    assert (lab["value"], lab["comparator"], lab["collected_at"]) == ("5", "<", "2026-03-09T20:10:00+08:00")


def test_a_provisional_result_is_left(precise: Any, tmp_path: Path) -> None:
    assert _hl7(precise, tmp_path, HL7.replace("|F\r", "|P\r")).status == 0
    assert "labs" not in _records(tmp_path)[0]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("|F\r", "|X\r", "is neither among the rows to take"),
        ("|F\r", "|\r", "is neither among the rows to take"),
        ("ng/L|", "ng/mL|", '"ng/mL" is no code'),
        ("MSH|", "FOO|", "is no message of HL7 v2"),
        ("202603092010", "20260309", "is not of the form"),
    ],
    ids=[
        "a provisional result: cancelled",
        "a result without status",
        "a swapped unit",
        "no HL7",
        "a day without time",
    ],
)
def test_messages_that_mislead(old: str, new: str, problem: str, precise: Any, tmp_path: Path) -> None:
    said = _hl7(precise, tmp_path, HL7.replace(old, new, 1))
    assert said.status == (1 if said.out else 2)  # 2: no row could be read
    assert problem in said.err


DICTIONARY = (
    '"Variable / Field Name","Field Type","Choices, Calculations, OR Slider Labels"\nsex,radio,"0, Female | 1, Male"\n'
)
REDCAP_MAP = """
sources: {all: {files: data.csv, format: csv, encoding: utf-8, delimiter: ",", dictionary: "dictionary*.csv"}}
tables:
  - {source: all, participant: record_id, fields: {demographics.sex: {from: sex, codes: {"0": female, "1": male}}}}
"""


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        ("0, Female | 1, Male", None),
        ("0, Female | 1, Male | 9, Unknown", 'the choice "9" has no code in the map'),
        ("1, Female | 2, Male", 'the map has the code "0"; the choices are 1, 2'),
    ],
)
def test_a_dictionary_of_redcap(choices: str, problem: str | None, precise: Any, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(REDCAP_MAP, encoding="utf-8")
    (tmp_path / "dictionary1.csv").write_text(DICTIONARY.replace("0, Female | 1, Male", choices), encoding="utf-8")
    (tmp_path / "data.csv").write_text("record_id,sex\n1,1\n", encoding="utf-8-sig")
    said = _run(precise, tmp_path, tmp_path / "data.csv")
    assert said.status == (2 if problem else 0)
    assert problem is None or problem in said.err


def test_what_is_refused_is_said_in_chinese_with_all_that_it_is_made_of(precise: Any, tmp_path: Path) -> None:
    file = _book(tmp_path, _set("C2", 75.50000000000001, "General"))
    said = [_run(precise, tmp_path, file, "--lang", "zh").err]
    map_ = """
sources: {a: {files: a.csv, format: csv, encoding: utf-8, delimiter: ",", ignore: rest}}
tables:
  - source: a
    participant: id
    fields:
      site_id: site
      demographics.sex: {from: sex, codes: as_is}
      demographics.birth_date: {from: born, format: [yyyyMMdd, yyyyMM]}
"""
    (tmp_path / "map.yaml").write_text(map_, encoding="utf-8")
    file = tmp_path / "a.csv"
    file.write_text("id,site,sex,born,rest\n1,S1,mail,1956,\n1,S2,male,195601,\n", encoding="utf-8")
    said.append(_run(precise, tmp_path, file, "--lang", "zh").err)
    file.write_text("id,site,site,sex,born\n", encoding="utf-8")
    said.append(_run(precise, tmp_path, file, "--lang", "zh").err)
    assert "显示为" in said[0]
    assert "给出 site_id 的另一个值：a.csv 第 2 行" in said[1]
    assert "a.csv 第 1 行：第 2 列和第 3 列都名为" in said[2]
    for text in said:
        assert re.search("[a-z]+ [a-z]+ |\\bor\\b", re.sub('"[^"]*"|“[^”]*”', "", text)) is None, text


def test_files_that_fit_no_source(precise: Any, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(HL7_MAP, encoding="utf-8")
    (tmp_path / "other.csv").write_text("a\n1\n", encoding="utf-8")
    said = _run(precise, tmp_path, tmp_path / "other.csv")
    assert (said.status, "fits no source of the map; it has lab (*.hl7)" in said.err) == (2, True)
    said = _run(precise, tmp_path, tmp_path / "absent.hl7")
    assert (said.status, "absent.hl7: cannot be read" in said.err) == (2, True)


def test_scan_drafts_a_map_that_nobody_can_use_before_it_is_decided(precise: Any, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("id,sex,birth\n001,1,4/3/1960\n002,2,5/12/1961\n003,1,-99\n", encoding="utf-8")
    said = precise("import", "scan", tmp_path / "data.csv", "--out", tmp_path / "map.yaml")
    assert said.status == 0
    assert "numbers with leading zeros" in said.out
    assert "perhaps no values: -99" in said.out
    said = _run(precise, tmp_path, tmp_path / "data.csv")
    assert said.status == (1 if said.out else 2)  # 2: no row could be read
    assert "DECIDE" in said.err
    (tmp_path / "days.csv").write_text("id,birth\n001,4/3/1960\n", encoding="utf-8")
    assert "dates (d/M/yyyy or M/d/yyyy)" in precise("import", "scan", tmp_path / "days.csv").out
    (tmp_path / "export.zip").write_bytes(b"PK")
    assert "is an archive; unpack it" in precise("import", "scan", tmp_path / "export.zip").err


def test_scan_shows_units_commas_second_headers_and_the_likely_order_of_dates(precise: Any, tmp_path: Path) -> None:
    days = [f"{day}/3/2026" for day in range(1, 29)]
    rows = [f'{n:03},"1,{n:02}",{("ng/L", "μg/L", "mg/dl")[n % 3]},V{n % 3},{day},' for n, day in enumerate(days, 1)]
    lines = ["id,value,unit,visit,at,rest", "Id,Value,Unit,Visit,At,Rest", *rows, '029,NA,ng/L,V1,3/29/2026,""']
    (tmp_path / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = precise("import", "scan", tmp_path / "data.csv", "--out", tmp_path / "map.yaml")
    assert "data.csv: csv, 29 rows, 6 columns" in said.out
    assert "row 2 says the names of columns again, and is the header" in said.out
    assert (
        "Value: 29 filled, 0 blank, numbers, with a comma: a decimal mark, or thousands, perhaps no values: NA"
        in said.out
    )
    assert "units (ug/L, mg/dl, ng/L)" in said.out
    assert "At: 29 filled, 0 blank, mostly dates (d/M/yyyy), but 3/29/2026" in said.out
    assert "Rest: 0 filled, 29 blank, 0 different" in said.out
    assert "Visit: 29 filled, 0 blank, V" in said.out
    drafted = yaml.safe_load((tmp_path / "map.yaml").read_text("utf-8"))
    fields = drafted["tables"][0]["fields"]
    assert drafted["sources"]["source1"]["header"] == 2
    assert fields["DECIDE Value"]["decimal_mark"] == "DECIDE: ','"
    assert fields["DECIDE Unit"]["codes"] == {"ng/L": "DECIDE: ng/L", "μg/L": "DECIDE: ug/L", "mg/dl": "DECIDE: mg/dl"}
    assert fields["DECIDE At"]["format"] == "DECIDE: d/M/yyyy"


@pytest.mark.parametrize(
    ("name", "data", "format_"),
    [
        ("a.json", '[{"record_id": "1"}]', "redcap"),
        ("a.json", '[{"resourceType": "Patient"}]', "fhir"),
        ("a.json", '{"entry": [{"resource": {"resourceType": "Patient"}}], "resourceType": "Bundle"}', "fhir"),
        ("a.json", '{"columns": [{"name": "A"}], "rows": [[1]], "datasetJSONVersion": "1.1.0"}', "dataset-json"),
        ("a.jsonl", '{"resourceType": "Patient"}\n', "fhir"),
        ("a.ndjson", '{"datasetJSONVersion": "1.1.0", "columns": [{"name": "A"}]}\n[1]\n', "dataset-json"),
        ("a.txt", HL7, "hl7"),
        ("a.xls", '"id"\t"sex"\n"1"\t"2"\n', "csv"),
    ],
)
def test_the_format_of_a_file(name: str, data: str, format_: str, precise: Any, tmp_path: Path) -> None:
    (tmp_path / name).write_text(data, encoding="utf-8", newline="")
    said = precise("import", "scan", tmp_path / name)
    assert (said.status, said.out.startswith(f"{name}: {format_}, 1 row")) == (0, True), said.out


def test_an_old_workbook_is_told(precise: Any, tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1")
    said = precise("import", "scan", tmp_path / "a.xls")
    assert (said.status, "a workbook of the old kind (.xls); save it as .xlsx" in said.err) == (2, True)
