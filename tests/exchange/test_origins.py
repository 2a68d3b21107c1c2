"""The cell that a value comes from: beside its pointer in findings and documents, and in queries that go back."""

from __future__ import annotations

import csv
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook.load import records_of
from precise_cal.rules import bundled
from precise_cal.simulate import cohort

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAP = """
sources:
  people: {files: people.csv, format: csv, encoding: utf-8, delimiter: ",", zone: "+08:00", missing: {"-99": not_done}}
  visits: {files: 随访.xlsx, format: xlsx, sheet: M1, header: 11}
record: {study_id: NCT07277114, protocol_version: registry-2026-02-26, data_cutoff: "2026-06-01T00:00:00+08:00"}
tables:
  - source: people
    participant: id
    fields:
      site_id: site
      renal.on_dialysis: {from: 透析, codes: {是: true, 否: false}}
      procedure.started_at: {from: pci, format: "yyyy/M/d H:mm"}
      procedure.ended_at: {from: end, format: "yyyy/M/d H:mm"}
      randomization.at: {from: random, format: "yyyy/M/d H:mm"}
      randomization.arm: {from: group, codes: {A: DCB, B: DES}}
  - source: visits
    participant: 受试者
    into: visits
    fields:
      visit: {value: M1}
      status: {from: 状态, codes: {已完成: done}}
      mode: {from: 方式, codes: {电话: telephone}}
      date: {from: 日期, format: yyyy/M/d}
"""
PEOPLE = """id,site,透析,pci,end,random,group
001,S01,-99,2026/3/10 9:00,2026/3/10 11:00,2026/3/10 10:10,A
002,S01,否,2026/3/10 9:00,2026/3/10 11:00,2026/3/10 10:10,B
003,S02,,2026/3/10 9:00,2026/3/10 11:00,2026/3/10 10:10,B
"""


@pytest.fixture(scope="module")
def imported(precise: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    from openpyxl import Workbook

    folder = tmp_path_factory.mktemp("imported")
    (folder / "map.yaml").write_text(MAP, encoding="utf-8")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "M1"
    for place, row in enumerate([["受试者", "状态", "方式", "日期"], ["001", "已完成", "电话", "2026/4/19"]], 11):
        for column, text in enumerate(row, 1):
            sheet.cell(place, column, text)
    book.save(folder / "随访.xlsx")
    files = [folder / "map.yaml", folder / "people.csv", folder / "随访.xlsx"]
    said = precise("import", *files, "--out", folder / "r.jsonl", "--provenance", folder / "o.jsonl")
    assert said.status == 0, said.err
    assert "  visit: stated by the map" in said.out
    return folder


def test_check_shows_the_cell_beside_the_pointer(precise: Callable[..., Any], imported: Path) -> None:
    said = precise("check", imported / "r.jsonl", "--provenance", imported / "o.jsonl")
    assert '随访.xlsx!M1 row 12 "2026/4/19"  /visits/0/date' in said.out
    assert '/renal/on_dialysis  people.csv row 2 "-99"' in said.out
    assert "/renal/on_dialysis  people.csv row 4, column 透析" in said.out
    verbose = precise("check", imported / "r.jsonl", "--provenance", imported / "o.jsonl", "--verbose")
    assert '/visits/0/date  随访.xlsx!M1 row 12 "2026/4/19"' in verbose.out
    document = json.loads(
        precise("check", imported / "r.jsonl", "--provenance", imported / "o.jsonl", "--format", "json").out
    )
    assert document["subjects"][0]["origins"]["/visits/0/date"] == {
        "file": "随访.xlsx",
        "sha256": document["subjects"][0]["origins"]["/visits/0/date"]["sha256"],
        "sheet": "M1",
        "row": 12,
        "column": "日期",
        "raw": "2026/4/19",
    }


def test_documents_and_the_queries_of_each_site(precise: Callable[..., Any], imported: Path, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    options = ("--provenance", imported / "o.jsonl", "--format", "markdown,xlsx,csv,queries", "--out", tmp_path / "out")
    said = precise("report", imported / "r.jsonl", *options)
    assert said.status == 0, said.err
    assert '随访.xlsx!M1 row 12 "2026/4/19"' in (tmp_path / "out" / "participants" / "001.md").read_text("utf-8")
    book = load_workbook(tmp_path / "out" / "findings.xlsx")
    cells = [str(cell.value) for row in book["Queries"].iter_rows() for cell in row]
    assert '/renal/on_dialysis\npeople.csv row 2 "-99"' in cells
    folder = tmp_path / "out" / "queries"
    assert {one.name for one in folder.iterdir()} == {
        f"{site}.{end}" for site in ("S01", "S02") for end in ("xlsx", "csv", "xml")
    }
    rows = list(csv.DictReader((folder / "S02.csv").read_text("utf-8").splitlines()))
    asked = next(one for one in rows if one["Source field"] == "/renal/on_dialysis")
    assert (asked["Form"], asked["Row"], asked["Field"], asked["As recorded"]) == ("people.csv", "4", "透析", "")
    assert {one["Participant"] for one in rows} == {"003"}
    sheet = load_workbook(folder / "S01.xlsx").active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][3:6] == ["Form", "Row", "Field"]
    odm = (folder / "S02.xml").read_text("utf-8")
    assert '<ItemGroupData ItemGroupOID="people.csv" ItemGroupRepeatKey="4"' in odm
    assert '<ItemData ItemOID="透析" TransactionType="Context" IsNull="Yes">' in odm
    everything = "".join(
        one.read_text("utf-8") for one in (tmp_path / "out").rglob("*") if one.suffix in (".md", ".csv", ".xml")
    )
    assert '"A"' not in everything
    assert "column group" not in everything


@pytest.mark.parametrize(
    "line",
    ["[]", "{}", "nonsense", '{"subject_id": "1", "pointer": "/a", "file": "f", "row": "1", "column": "c", "raw": ""}'],
)
def test_what_is_no_file_of_origins(line: str, precise: Callable[..., Any], imported: Path, tmp_path: Path) -> None:
    (tmp_path / "o.jsonl").write_text(f"\n{line}\n", encoding="utf-8")
    said = precise("check", imported / "r.jsonl", "--provenance", tmp_path / "o.jsonl")
    assert (said.status, "o.jsonl:2: should be an origin" in said.err) == (2, True)
    said = precise("check", imported / "r.jsonl", "--provenance", tmp_path / "absent")
    assert (said.status, "cannot be read" in said.err) == (2, True)


def test_a_thousand_pointers_resolve_to_their_cells(program: Any, precise: Callable[..., Any], tmp_path: Path) -> None:
    exports = program("tests/exchange/exports.py")
    records = list(cohort(participants=12, seed=9))
    found = exports.tables_of(records_of(bundled()).schema, records)
    found = {name: pair for name, pair in found.items() if pair[1]}
    sources = exports.write_csv(tmp_path, found, "gb18030", ";")
    (tmp_path / "map.yaml").write_text(json.dumps(exports.map_for(found, sources, {})), encoding="utf-8")
    files = [tmp_path / one["files"] for one in sources.values()]
    out, origins = tmp_path / "r.jsonl", tmp_path / "o.jsonl"
    assert precise("import", tmp_path / "map.yaml", *files, "--out", out, "--provenance", origins).status == 0
    lines = [json.loads(line) for line in origins.read_text("utf-8").splitlines()]
    assert len(lines) > 1000
    cells = {file.name: list(csv.reader(file.read_text("gb18030").splitlines(), delimiter=";")) for file in files}
    written = {one["subject_id"]: one for one in map(json.loads, out.read_text("utf-8").splitlines())}
    for line in random.Random(1).sample(lines, 1000):
        table = cells[line["file"]]
        assert table[line["row"] - 1][table[0].index(line["column"])] == line["raw"]
        value = _at(written[line["subject_id"]], line["pointer"])
        number = value["value"] if isinstance(value, dict) else value
        assert number in ([], None) or str(number).lower() == line["raw"].lower()


def _at(document: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document
