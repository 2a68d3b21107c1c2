"""Exports that went wrong on their way: each is refused, with its cell, or unknown. No value changes in silence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

MAP = """
sources:
  people: {files: people.csv, format: csv, encoding: utf-8, delimiter: ",", zone: "+08:00", ignore: [name]}
  labs:
    files: labs.csv
    format: csv
    encoding: gb18030
    delimiter: ","
    zone: "+08:00"
    missing: {"-99": not_done, 未查: not_asked}
tables:
  - source: people
    participant: id
    fields:
      site_id: site
      demographics.sex: {from: sex, codes: {男: male, 女: female}}
      demographics.birth_date: {from: birth, format: [yyyy/M/d, yyyy/M]}
      renal.on_dialysis: {from: dialysis, codes: {"1": true, "0": false, "9": null}}
      renal.egfr: {from: egfr, unit: "mL/min/{1.73_m2}", within: ["5", "200"]}
      consent.signed_at: {from: [day, time], format: "yyyy/M/d H:mm"}
  - source: labs
    participant: 受试者
    into: labs
    take: {项目: [cTnI]}
    leave: {项目: [血红蛋白]}
    fields:
      test: {from: 项目, codes: {cTnI: ctni}}
      value: {from: 结果, parse: censored_decimal, sign: comparator}
      unit: {from: 单位, codes: {ng/ml: ng/mL}}
      uln: {from: 参考, parse: upper_limit, unit: {from: 单位, codes: {ng/ml: ng/mL}}}
      collected_at: {from: 采样, format: "yyyy/M/d H:mm"}
"""
PEOPLE = "id,name,site,sex,birth,dialysis,egfr,day,time\n001,a,S01,男,1960/5/1,0,75.50,2026/3/9,9:05\n"
LABS = "受试者,项目,结果,单位,参考,采样\n001,cTnI,0.05,ng/ml,0-0.04,2026/3/9 20:10\n"


def run(precise: Any, folder: Path, people: bytes, labs: bytes, text: str = MAP) -> Any:
    (folder / "people.csv").write_bytes(people)
    (folder / "labs.csv").write_bytes(labs)
    (folder / "map.yaml").write_text(text, encoding="utf-8")
    files = [folder / "people.csv", folder / "labs.csv"]
    return precise("import", folder / "map.yaml", *files, "--out", folder / "out.jsonl", "--force")


def record(folder: Path) -> Any:
    (line,) = (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads(line)


def test_the_sound_export(precise: Any, tmp_path: Path) -> None:
    assert run(precise, tmp_path, PEOPLE.encode(), LABS.encode("gb18030")).status == 0
    found = record(tmp_path)
    assert found["subject_id"] == "001"
    assert found["renal"] == {"on_dialysis": False, "egfr": {"value": "75.50", "unit": "mL/min/{1.73_m2}"}}
    assert found["labs"][0]["uln"] == {"value": "0.04", "unit": "ng/mL"}


IN_PEOPLE = {
    "a code that nobody listed": ("男", "M", 'column sex: "M" is no code that the map lists'),
    "13/12 where the map says year first": ("1960/5/1", "13/12/1960", 'column birth: "13/12/1960" is not of the form'),
    "2026年3月9日": ("1960/5/1", "1960年5月1日", "column birth"),
    "13/12 beside 12/13: a month 13": ("1960/5/1", "1960/13/1", "no day of the calendar"),
    "a day that stands for none": ("1960/5/1", "2996/1/1", "lies in the year 2996, in no year of a trial"),
    "a year without its century": ("1960/5/1", "0060/5/1", "lies in the year 60"),
    "full-width digits in a date": ("1960/5/1", "１９６０/5/1", "not of the form"),
    "a serial number of a spreadsheet": ("1960/5/1", "22037", "not of the form"),
    "a choice that the dictionary does not have": (",0,75.50", ",2,75.50", 'column dialysis: "2" is no code'),
    "yes in words": (",0,75.50", ",是,75.50", "is no code"),
    "a fraction for a rate: 0.755": ("75.50", "0.755", "which the map calls plausible"),
    "a shifted decimal point: 755": ("75.50", "755", "which the map calls plausible"),
    "full-width digits in a number": ("75.50", "７５", "is no number"),
    "a decimal comma without quotes": ("75.50", "75,5", "has 10 cells"),
    "a decimal comma in quotes": ("75.50", '"75,5"', "is no number"),
    "a unit behind the number": ("75.50", "75.50 mL/min", "is no number"),
    "a sign where none is expected: <60": ("75.50", "<60", "is no number"),
    "scientific notation": ("75.50", "7.55e1", "is no number"),
    "a time of twelve hours": ("9:05", "9:05 PM", "column day + time"),
    "an hour 25": ("9:05", "25:05", "no such time of day"),
    "a time that is missing": (",2026/3/9,9:05", ",2026/3/9,", "is not of the form"),
    "no number of a participant": ("001,a", ",a", "names no participant"),
    "a blank within the number": ("001,a", "0 01,a", "as the number of a participant"),
    "lost leading zeros": ("001,a", "1,a", "is no participant that the first table of the map (people) names"),
    "two columns of one name": ("time\n", "time,time\n", 'are both called "time"'),
    "a column of another name": ("sex", "gender", "neither uses nor ignores: gender"),
    "a column that nobody knows": ("name", "name2", "neither uses nor ignores: name2"),
    "one participant twice, with another site": (
        "9:05\n",
        "9:05\n001,a,S02,男,1960/5/1,0,75.50,2026/3/9,9:05\n",
        "gives site_id another value",
    ),
    "a row cut off": ("9:05\n", "9:05\n002,b\n", "has 2 cells for 9 columns"),
    "a quote that never ends": ("9:05\n", '9:05\n"002,b\n', "unexpected end"),
    "a NUL": ("S01", "S\x0001", "NUL"),
}
IN_LABS = {
    "a decimal comma": ("0.05", "0,05", "has 7 cells"),
    "a word for a result": ("0.05", "阴性", "is no number"),
    "a sign that no map reads": ("0.05", "≤0.05", "is no number"),
    "scientific notation in a result": ("0.05", "5E-2", "is no number"),
    "a swapped unit": ("ng/ml", "ng/L", '"ng/L" is no code that the map lists'),
    "a limit that is no range": ("0-0.04", "0.04", "so that it has no upper limit"),
    "a time zone shift with an offset": ("2026/3/9 20:10", "2026/3/9 20:10+00:00", "is not of the form"),
    "a time zone shift to UTC": ("2026/3/9 20:10", "2026-03-09T12:10Z", "is not of the form"),
    "another test of the laboratory": ("cTnI", "cTnT", "is neither among the rows to take nor among those to leave"),
    "a participant whom nobody knows": ("001,cTnI", "002,cTnI", "is no participant that the first table"),
    "semicolons": ("受试者,项目", "受试者;项目", "has 6 cells under 5 names of columns"),
}


@pytest.mark.parametrize(("old", "new", "problem"), IN_PEOPLE.values(), ids=IN_PEOPLE)
def test_people(old: str, new: str, problem: str, precise: Any, tmp_path: Path) -> None:
    assert old in PEOPLE
    said = run(precise, tmp_path, PEOPLE.replace(old, new, 1).encode(), LABS.encode("gb18030"))
    _check(said, problem, tmp_path)


@pytest.mark.parametrize(("old", "new", "problem"), IN_LABS.values(), ids=IN_LABS)
def test_labs(old: str, new: str, problem: str, precise: Any, tmp_path: Path) -> None:
    assert old in LABS
    said = run(precise, tmp_path, PEOPLE.encode(), LABS.replace(old, new, 1).encode("gb18030"))
    _check(said, problem, tmp_path)


def _check(said: Any, problem: str, folder: Path) -> None:
    assert said.status == (1 if said.out else 2)  # 2: no row could be read
    assert "Traceback" not in said.err
    assert problem in said.err
    assert not (folder / "out.jsonl").exists(), "a run that refuses writes nothing"


@pytest.mark.parametrize(
    ("encoding", "labs"),
    [("utf-8", LABS.encode("utf-16")), ("gb18030", LABS.encode("utf-8") + "001,cTnI,1,ng/ml,€".encode("cp1252"))],
    ids=["wrong encoding: UTF-16 for UTF-8", "wrong encoding: UTF-8 for GB18030"],
)
def test_another_encoding(encoding: str, labs: bytes, precise: Any, tmp_path: Path) -> None:
    said = run(precise, tmp_path, PEOPLE.encode(), labs, MAP.replace("gb18030", encoding))
    assert said.status == (1 if said.out else 2)  # 2: no row could be read
    assert "labs.csv" in said.err


@pytest.mark.parametrize(
    ("old", "new", "where", "value"),
    [
        ("0.05", "-99", "value", None),
        ("0.05", "未查", "value", None),
        ("0.05", "", "value", None),
        ("0.05", "<0.05", "comparator", "<"),
        ("ng/ml", "", "unit", None),
    ],
    ids=["−99", "a word for not asked", "an empty cell", "<5", "no unit"],
)
def test_what_is_unknown_stays_unknown(
    old: str, new: str, where: str, value: str | None, precise: Any, tmp_path: Path
) -> None:
    assert run(precise, tmp_path, PEOPLE.encode(), LABS.replace(old, new, 1).encode("gb18030")).status == 0
    assert record(tmp_path)["labs"][0].get(where) == value


def test_a_code_that_means_unknown(precise: Any, tmp_path: Path) -> None:
    people = PEOPLE.replace(",0,75.50", ",9,75.50")
    assert run(precise, tmp_path, people.encode(), LABS.encode("gb18030")).status == 0
    assert "on_dialysis" not in record(tmp_path)["renal"]


def test_keep_going_names_who_is_incomplete(precise: Any, tmp_path: Path) -> None:
    run(precise, tmp_path, PEOPLE.replace("75.50", "755").encode(), LABS.encode("gb18030"))
    files = [tmp_path / "people.csv", tmp_path / "labs.csv"]
    said = precise("import", tmp_path / "map.yaml", *files, "--out", tmp_path / "out.jsonl", "--keep-going")
    assert said.status == (1 if said.out else 2)  # 2: no row could be read
    assert "incomplete: 001" in said.err
    assert "egfr" not in record(tmp_path)["renal"]


def test_a_dry_run_counts_and_writes_nothing(precise: Any, tmp_path: Path) -> None:
    run(precise, tmp_path, PEOPLE.encode(), LABS.encode("gb18030"))
    (tmp_path / "out.jsonl").unlink()
    files = [tmp_path / "people.csv", tmp_path / "labs.csv"]
    said = precise("import", tmp_path / "map.yaml", *files, "--dry-run")
    assert said.status == 0
    assert "1 participant, 0 cells refused" in said.out
    assert not (tmp_path / "out.jsonl").exists()


def test_every_origin_is_a_cell_of_the_file(precise: Any, tmp_path: Path) -> None:
    run(precise, tmp_path, PEOPLE.encode(), LABS.encode("gb18030"))
    files = [tmp_path / "people.csv", tmp_path / "labs.csv"]
    said = precise(
        "import", tmp_path / "map.yaml", *files, "--out", tmp_path / "o.jsonl", "--provenance", tmp_path / "p.jsonl"
    )
    assert said.status == 0
    rows = {name: text.splitlines() for name, text in (("people.csv", PEOPLE), ("labs.csv", LABS))}
    origins = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(origins) >= 10
    for one in origins:
        header, line = rows[one["file"]][0].split(","), rows[one["file"]][one["row"] - 1].split(",")
        columns = one["column"].split(" + ")
        assert one["raw"] == " ".join(line[header.index(name)] for name in columns)


WRONG_MAPS = [
    ("encoding: gb18030", "encoding: gb99", "is no encoding that Python knows"),
    ('    delimiter: ","\n    zone', "    zone", "needs delimiter: nothing is guessed"),
    ('zone: "+08:00", ignore', "ignore", "names a zone"),
    ('zone: "+08:00", ignore', 'zone: "8", ignore', "is no offset from UTC"),
    ("demographics.sex:", "demographics.gender:", "is no field of the record"),
    ("男: male", "男: man", "is no word of this field; did you mean"),
    (", codes: {男: male, 女: female}", "", "needs codes"),
    ('"1": true', '"1": "yes"', "neither true nor false"),
    (", format: [yyyy/M/d, yyyy/M]", "", "needs format"),
    ("yyyy/M/d, yyyy/M]", "yyyy/M/d H:mm]", "say parse: date"),
    ('unit: "mL/min/{1.73_m2}", ', "", "name its unit"),
    ("into: labs", "into: laboratory", "is no list of the record"),
    ("source: labs", "source: lab", "is no source of this map"),
    ("parse: censored_decimal", "parse: censored", "parse"),
    ("  - source: people\n    participant: id\n", "  - source: people\n", "participant"),
    ("leave: {项目: [血红蛋白]}", "leave: {结果: [血红蛋白]}", "say also which rows to take"),
    ("ignore: [name]", "ignored: [name]", 'did you mean "ignore"'),
]


@pytest.mark.parametrize(("old", "new", "problem"), WRONG_MAPS, ids=range(len(WRONG_MAPS)))
def test_a_wrong_map_is_told_with_its_place(old: str, new: str, problem: str, precise: Any, tmp_path: Path) -> None:
    assert old in MAP
    said = run(precise, tmp_path, PEOPLE.encode(), LABS.encode("gb18030"), MAP.replace(old, new, 1))
    assert said.status == (1 if said.out else 2)  # 2: no row could be read
    assert problem in said.err
    assert "map.yaml:" in said.err


def test_a_line_below_the_data_is_left(precise: Any, tmp_path: Path) -> None:
    text = MAP.replace("participant: id\n", 'participant: id\n    take: {id: "*"}\n    leave: {id: [合计]}\n')
    people = PEOPLE + "合计,,,,,,,,\n"
    said = run(precise, tmp_path, people.encode(), LABS.encode("gb18030"), text)
    assert (said.status, record(tmp_path)["subject_id"]) == (0, "001")
    assert "1 left as the map says" in said.out


def test_a_number_of_two_columns(precise: Any, tmp_path: Path) -> None:
    text = MAP.replace("participant: id\n", 'participant: {from: [site, id], join: "-"}\n')
    labs = LABS.replace("001,", "S01-001,")
    assert run(precise, tmp_path, PEOPLE.encode(), labs.encode("gb18030"), text).status == 0
    assert record(tmp_path)["subject_id"] == "S01-001"
    said = run(precise, tmp_path, PEOPLE.replace("S01", "").encode(), labs.encode("gb18030"), text)
    assert 'people.csv row 2, column site: "" names no participant' in said.err
    wrong = text.replace('join: "-"', 'patient: "x"')
    assert "only resources of FHIR refer to a patient" in run(precise, tmp_path, b"", b"", wrong).err


def test_a_bracket_in_a_name_stands_for_itself(precise: Any, tmp_path: Path) -> None:
    text = MAP.replace("ignore: [name]", 'ignore: ["name [1]*"]')
    people = PEOPLE.replace("name", "name [1] (optional)")
    assert run(precise, tmp_path, people.encode(), LABS.encode("gb18030"), text).status == 0
    both = PEOPLE.replace("name", "egfr [old]").replace("a,S01", "60,S01").replace("egfr,", "egfr [new],")
    text = MAP.replace(", ignore: [name]", "").replace("from: egfr", 'from: "egfr [new]"')
    said = run(precise, tmp_path, both.encode(), LABS.encode("gb18030"), text)
    assert (said.status, "neither uses nor ignores: egfr [old]" in said.err) == (2, True)
