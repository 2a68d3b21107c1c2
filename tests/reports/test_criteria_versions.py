"""SDTM TI of a trial with amendments: the set of criteria of each version that changed one (SDTMIG, TIVERS)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORDS = {"kind": "inclusion", "title": "x", "source": "x"}
LONG = " or ".join(f"subject = '{number:03}'" for number in range(20))
RULES = [
    {"id": "IC-1", "ietestcd": "IN01", **WORDS, "quote": "points enough", "met_when": "points >= score.least"},
    {"id": "IC-2", "ietestcd": "IN02", **WORDS, "until": "3", "quote": "old words", "met_when": f"fit or {LONG}"},
    {"id": "IC-2", "ietestcd": "IN02", **WORDS, "since": "3", "quote": "new words", "met_when": f"{LONG} or fit"},
]
VALUE = {"status": "assumed", "why": "x"}
PROTOCOL = {
    "versions": [{"id": str(one), "date": f"2026-0{one}-01"} for one in (1, 2, 3, 4)],
    "parameters": [
        {
            "id": "score.least",
            "meaning": "x",
            "type": "integer",
            "values": [{"since": "1", "value": 30, **VALUE}, {"since": "4", "value": 15, **VALUE}],
        }
    ],
}


def _rows(file: Path) -> list[dict[str, Any]]:
    content = json.loads(file.read_text("utf-8"))
    names = [one["name"] for one in content["columns"]]
    return [dict(zip(names, row, strict=True)) for row in content["rows"]]


def test_each_version_of_the_criteria_stands_in_ti(
    small_trial: Any, tmp_path: Path, precise: Callable[..., Any]
) -> None:
    record = json.loads(json.dumps(small_trial.RECORD))
    record["record"]["points"] = {"type": "integer", "about": "points"}
    record["roles"]["consented_at"] = "withdrew_on"  # any date will do
    folder = small_trial.folder_of(tmp_path / "trial", record=record, protocol=PROTOCOL, eligibility={"rules": RULES})
    people = [
        {"schema_version": "1.0", "subject": f"S{month}", "points": 40, "fit": False, "started": f"2026-0{month}-20"}
        for month in (2, 3)
    ]
    records = tmp_path / "people.jsonl"
    records.write_text("\n".join(map(json.dumps, people)), "utf-8")
    said = precise("report", records, "--trial", folder, "--format", "sdtm", "--out", tmp_path / "out")
    assert said.status == 0, said.err
    (ti,) = (tmp_path / "out").rglob("ti.json")
    rows = [(one["TIVERS"], one["IETESTCD"], one["IETEST"]) for one in _rows(ti)]
    assert rows == [
        (version, rest[0], rest[1] or words)
        for rest in (("IN01", "points enough"), ("IN02", ""))
        for version, words in (("1", "old words"), ("3", "new words"), ("4", "new words"))
    ], "version 2 changed nothing"
    define = ti.with_name("define.xml").read_text("utf-8")
    assert all(f'"MT.TIRL.{name}.{version}"' in define for version, name, _ in rows), "the whole rule of each version"
    ie = {one["USUBJID"][-2:]: one["IETEST"] for one in _rows(ti.with_name("ie.json"))}
    assert ie == {"S2": "old words", "S3": "new words"}, "each as it was judged"
