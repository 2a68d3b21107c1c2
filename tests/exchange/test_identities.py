"""Whose a row is, and which rows are of one thing: lists of numbers, patients of other files, corrections."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

KEYS = """
sources:
  cases: {files: cn.csv, format: csv, encoding: utf-8, delimiter: ";", ignore: [started]}
  data: {files: dm.csv, format: csv, encoding: utf-8, delimiter: ";"}
tables:
  - source: data
    participant: {from: internal, listed: {source: cases, by: internal, number: number}}
    fields: {demographics.sex: {from: sex, codes: {"1": male, "2": female}}}
"""


def _run(precise: Any, folder: Path, text: str, **files: str) -> tuple[Any, dict[str, Any]]:
    (folder / "map.yaml").write_text(text, encoding="utf-8")
    paths = [folder / name.replace("_", ".") for name in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.write_text(content, encoding="utf-8", newline="")
    said = precise("import", folder / "map.yaml", *paths, "--out", folder / "out.jsonl", "--force")
    lines = (folder / "out.jsonl").read_text("utf-8").splitlines() if said.status == 0 else ()
    return said, {one["subject_id"]: one for one in map(json.loads, lines)}


CASES = "internal;number;started\n1001;Z1-001;x\n1002;Z1-002;x\n"


def test_numbers_of_another_system(precise: Any, tmp_path: Path) -> None:
    said, records = _run(precise, tmp_path, KEYS, cn_csv=CASES, dm_csv="internal;sex\n1002;2\n1001;1\n")
    assert said.status == 0, said.err
    assert {name: one["demographics"]["sex"] for name, one in records.items()} == {"Z1-001": "male", "Z1-002": "female"}


def test_a_number_that_nobody_listed(precise: Any, tmp_path: Path) -> None:
    said, _ = _run(precise, tmp_path, KEYS, cn_csv=CASES, dm_csv="internal;sex\n1003;2\n1001;1\n")
    assert (said.status, 'column internal: "1003" stands in no row of cases' in said.err) == (1, True)
    left = KEYS.replace("participant: {", "participant: {others: leave, ")
    said, records = _run(precise, tmp_path, left, cn_csv=CASES, dm_csv="internal;sex\n1003;2\n1001;1\n")
    assert (said.status, list(records), "1 left as the map says" in said.out) == (0, ["Z1-001"], True)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("1002;Z1-002;x", "1002;Z1-002;x\n1001;Z1-009;x", 'is another number of "1001", which has Z1-001 too'),
        ("started", "begun", "neither uses nor ignores: begun"),
        (";number;", ";started2;", "neither uses nor ignores: started2"),
    ],
)
def test_a_list_of_numbers_that_misleads(old: str, new: str, problem: str, precise: Any, tmp_path: Path) -> None:
    said, _ = _run(precise, tmp_path, KEYS, cn_csv=CASES.replace(old, new), dm_csv="internal;sex\n1001;1\n")
    assert said.status in (1, 2)
    assert problem in said.err


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("source: cases, by", "source: keys, by", "keys is no source of this map"),
        ("{from: internal, listed", "{from: [internal, sex], listed", "by one column"),
        (", listed: {source: cases, by: internal, number: number}", "", "needs one of join"),
        ("listed: {source: cases, by: internal, number: number}", "join: a, others: leave", "others is for numbers"),
    ],
)
def test_a_map_that_looks_nobody_up(old: str, new: str, problem: str, precise: Any, tmp_path: Path) -> None:
    assert old in KEYS
    said, _ = _run(precise, tmp_path, KEYS.replace(old, new), cn_csv=CASES, dm_csv="internal;sex\n1001;1\n")
    assert (said.status, problem in said.err) == (2, True)


FHIR = """
sources:
  people: {files: Patient.ndjson, format: fhir, ignore: ["*"]}
  labs: {files: Observation.ndjson, format: fhir, ignore: ["*"]}
tables:
  - {source: people, kind: Patient, participant: "identifier[urn:t].value", fields: {}}
  - source: labs
    kind: Observation
    participant: {from: subject.reference, patient: "identifier[urn:t].value"}
    take: {status: final}
    leave: {status: preliminary}
    into: labs
    fields: {test: {value: ctni}, value: valueQuantity.value}
"""


def _patient(who: str, number: str) -> str:
    identifier = [{"system": "urn:t", "value": number}, {"system": "urn:h", "value": "9"}]
    return json.dumps({"resourceType": "Patient", "id": who, "identifier": identifier}) + "\n"


def _result(name: str, value: str) -> str:
    found = {"resourceType": "Observation", "id": name, "status": "final", "subject": {"reference": "Patient/p1"}}
    return json.dumps(found | {"valueQuantity": {"value": float(value)}}) + "\n"


def test_patients_of_another_file(precise: Any, tmp_path: Path) -> None:
    people = _patient("p1", "001")
    said, records = _run(precise, tmp_path, FHIR, Patient_ndjson=people, Observation_ndjson=_result("o1", "0.5"))
    assert (said.status, records["001"]["labs"]) == (0, [{"test": "ctni", "value": "0.5"}])
    twice = people + _patient("p1", "002")
    said, _ = _run(precise, tmp_path, FHIR, Patient_ndjson=twice, Observation_ndjson=_result("o1", "0.5"))
    assert (said.status, 'another number of "Patient/p1"' in said.err) == (2, True)


def test_a_resource_on_two_pages_is_one(precise: Any, tmp_path: Path) -> None:
    results = _result("o1", "0.5") + _result("o2", "0.7") + _result("o1", "0.5")
    _, records = _run(precise, tmp_path, FHIR, Patient_ndjson=_patient("p1", "001"), Observation_ndjson=results)
    assert [one["value"] for one in records["001"]["labs"]] == ["0.5", "0.7"]
    results += _result("o2", "7.0")
    said, _ = _run(precise, tmp_path, FHIR, Patient_ndjson=_patient("p1", "001"), Observation_ndjson=results)
    assert (said.status, '"7.0" gives value another value' in said.err) == (1, True)


LAB = """
sources: {lab: {files: lab.hl7, format: hl7, encoding: utf-8, ignore: ["MSH-*", "OBR-*", "OBX-*", "PID-*"]}}
tables:
  - {source: lab, participant: "PID-3[RI].1", fields: {}}
  - source: lab
    participant: "PID-3[RI].1"
    into: labs
    key: [test, collected_at]
    take: {OBX-3.1: ["1"], OBX-11: [F, C]}
    leave: {OBX-3.1: ["2"], OBX-11: [P, D, W]}
    replaces: {OBX-11: [C, D, W]}
    fields:
      test: {from: OBX-3.1, codes: {"1": ctnt}}
      value: {from: [OBX-5.1, OBX-5.2], parse: censored_decimal, sign: comparator}
      collected_at: {from: OBR-7, format: yyyyMMddHHmmXX}
"""
HEAD = "MSH|^~\\&|L|S||||202603092100||ORU^R01|1|P|2.5\rPID|1||H1^^^S^MR~001^^^T^RI\rOBR|1||||||202603092010+0800\r"


def _obx(value: str, state: str, test: str = "1") -> str:
    return f"OBX|1|SN|{test}^T||{value}|ng/L||N|||{state}\r"


@pytest.mark.parametrize(
    ("results", "values"),
    [
        ([("^5", "P"), ("^6", "F")], ["6"]),
        ([("^6", "F"), ("^60", "C")], ["60"]),
        ([("^6", "F"), ("^6", "D")], None),
        ([("^6", "F"), ("^6", "W"), ("^7", "F")], ["7"]),
        ([("<^3", "F")], ["3"]),
        ([("^3~", "F")], ["3"]),
    ],
    ids=[
        "a final result",
        "a corrected one",
        "one that was deleted",
        "one of somebody else",
        "a structured number",
        "an empty repetition",
    ],
)
def test_results_that_correct_others(results: Any, values: Any, precise: Any, tmp_path: Path) -> None:
    text = HEAD + "".join(_obx(*one) for one in results)
    said, records = _run(precise, tmp_path, LAB, lab_hl7=text)
    assert said.status == 0, said.err
    found = records["001"].get("labs")
    assert (found and [one["value"] for one in found]) == values


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (_obx("^6", "C") + _obx("^60", "F"), '"60" gives value another value'),
        (_obx("^5^-^10", "F"), "is part of a range or a ratio"),
        (_obx("^6~^7", "F"), "is repeated; the map has to name one, such as OBX-5(1)"),
        (_obx("^6", "F") + "NTE|1||hemolyzed\r", "neither uses nor ignores: NTE-3"),
        (_obx("6", "F").replace("OBX", "PID|2||001^^^T^RI\rOBR|1||||||\rOBX") + _obx("6", "D"), "does not say which"),
    ],
    ids=["an older result behind its correction", "a range", "a repeated value", "a note", "no time to tell it apart"],
)
def test_results_that_mislead(text: str, problem: str, precise: Any, tmp_path: Path) -> None:
    said, _ = _run(precise, tmp_path, LAB, lab_hl7=HEAD + text)
    assert said.status in (1, 2)
    assert problem in said.err


def test_a_repeated_identifier_is_named(precise: Any, tmp_path: Path) -> None:
    said, _ = _run(precise, tmp_path, LAB.replace("PID-3[RI].1", "PID-3.1"), lab_hl7=HEAD + _obx("^6", "F"))
    assert (said.status, '"H1 ~ 001" is repeated; the map has to name one, such as PID-3(1).1' in said.err) == (1, True)


def test_moments_are_written_in_the_offset_of_the_site(precise: Any, tmp_path: Path) -> None:
    text = LAB.replace("encoding: utf-8,", 'encoding: utf-8, local: "+14:00",')
    _, records = _run(precise, tmp_path, text, lab_hl7=HEAD + _obx("^6", "F"))
    assert records["001"]["labs"][0]["collected_at"] == "2026-03-10T02:10:00+14:00"
    said, _ = _run(precise, tmp_path, text.replace("+14:00", "Shanghai"), lab_hl7=HEAD + _obx("^6", "F"))
    assert (said.status, '"Shanghai" is no offset from UTC' in said.err) == (2, True)


def test_a_map_says_what_corrects(precise: Any, tmp_path: Path) -> None:
    text = LAB.replace("    replaces: {OBX-11: [C, D, W]}\n", "")
    said, _ = _run(precise, tmp_path, text, lab_hl7=HEAD + _obx("^6", "F"))
    assert (said.status, "by OBX-11, C, D, W corrects or takes back an earlier result" in said.err) == (2, True)
    text = LAB.replace("    key: [test, collected_at]\n", "")
    said, _ = _run(precise, tmp_path, text, lab_hl7=HEAD + _obx("^6", "F"))
    assert (said.status, "key has to tell which one that is" in said.err) == (2, True)


ODM = """
sources:
  edc:
    files: edc.xml
    format: odm
    may_lack: ["D@*"]
    ignore: ["ClinicalData.*", "*Key", FormOID, "x:*", StudyEventOID, ItemGroupOID]
tables:
  - source: edc
    kind: G
    participant: SubjectKey
    fields: {}
  - source: edc
    kind: G
    participant: SubjectKey
    take: {FormData.x:Status: complete}
    leave: {FormData.x:Status: begun}
    into: visits
    fields:
      visit: {from: StudyEventOID, codes: {E1: M1}}
      date: {from: [D, "D@x:ReasonForNull"], format: iso, missing: {NASK: not_asked}}
"""


def _odm(items: str, status: str = "complete", kind: str = "Snapshot") -> str:
    group = (
        f'<ClinicalData StudyOID="S" MetaDataVersionOID="1"><SubjectData SubjectKey="001" x:Status="available">'
        f'<StudyEventData StudyEventOID="E1"><FormData FormOID="F" x:Status="{status}">'
        f'<ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="1">'
    )
    end = "</ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData>"
    body = "".join(f"{group}{one}{end}" for one in items.split("|"))
    return f'<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:x="urn:x" FileType="{kind}">{body}</ODM>'


DAY = '<ItemData ItemOID="D" Value="2026-04-09"/>'


def test_a_vendors_attribute_on_two_levels(precise: Any, tmp_path: Path) -> None:
    said, records = _run(precise, tmp_path, ODM, edc_xml=_odm(DAY))
    assert said.status == 0, said.err
    assert records["001"]["visits"] == [{"visit": "M1", "date": "2026-04-09"}]
    said, records = _run(precise, tmp_path, ODM, edc_xml=_odm(DAY, status="begun"))
    assert (said.status, records["001"].get("visits")) == (0, None)


def test_the_reason_of_a_null(precise: Any, tmp_path: Path) -> None:
    null = '<ItemData ItemOID="D" IsNull="Yes" x:ReasonForNull="NASK"/>'
    said, records = _run(precise, tmp_path, ODM, edc_xml=_odm(null))
    assert (said.status, records["001"]["visits"]) == (0, [{"visit": "M1"}])
    assert "date: 0 mapped, 1 not_asked" in said.out
    said, _ = _run(precise, tmp_path, ODM, edc_xml=_odm(null.replace("NASK", "UNK")))
    assert (said.status, '"UNK" is not of the form iso' in said.err) == (1, True)


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        (f"{DAY}|{DAY.replace('09', '10')}", '"2026-04-10" gives date another value'),
        (DAY.replace("/>", ' TransactionType="Remove"/>'), "is removed by its transaction"),
    ],
)
def test_a_history_is_no_state(items: str, problem: str, precise: Any, tmp_path: Path) -> None:
    said, _ = _run(precise, tmp_path, ODM, edc_xml=_odm(items, kind="Transactional"))
    assert (said.status, problem in said.err) == (1, True)


def test_what_a_vendor_says_of_an_item_is_not_dropped(precise: Any, tmp_path: Path) -> None:
    said, _ = _run(precise, tmp_path, ODM, edc_xml=_odm(DAY.replace("/>", ' x:SpecifyValue="about then"/>')))
    assert (said.status, "neither uses nor ignores: D@x:SpecifyValue" in said.err) == (2, True)


def test_a_group_told_twice_is_one(precise: Any, tmp_path: Path) -> None:
    _, records = _run(precise, tmp_path, ODM, edc_xml=_odm(f"{DAY}|{DAY}"))
    assert len(records["001"]["visits"]) == 1


def test_numbers_that_stand_in_a_group_of_their_own(precise: Any, tmp_path: Path) -> None:
    text = """
sources:
  edc: {files: edc.xml, format: odm, ignore: ["*OID", "ClinicalData.*", "x:*", "*Key"], ignore_kinds: ["*"]}
tables:
  - source: edc
    kind: G
    participant: {from: SubjectKey, listed: {source: edc, by: SubjectKey, number: NUMBER}}
    fields: {demographics.birth_date: {from: D, format: iso}}
"""
    who = '<ItemData ItemOID="NUMBER" Value="Z-7"/>'
    xml = _odm(f"{who}|{DAY}").replace('OID="G"', 'OID="SUBJID"', 1)
    said, records = _run(precise, tmp_path, text, edc_xml=xml)
    assert (said.status, records) == (0, {"Z-7": records.get("Z-7")}), said.err
    assert records["Z-7"]["demographics"] == {"birth_date": "2026-04-09"}
