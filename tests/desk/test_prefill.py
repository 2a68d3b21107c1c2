"""The gate filled from imports and from results of QFR: each value with where it comes from."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]

DIAMETER = "/lesions/0/reference_vessel_diameter/0/value"
SECOND = "/lesions/1/reference_vessel_diameter/0/value"


def result(**changes: Any) -> bytes:
    """As much of a saved result as the desk reads, beside what it does not."""
    members: dict[str, Any] = {
        "schema_version": "1.0",
        "analyzable": True,
        "reasons": [],
        "qfr": 0.8849,
        "interval": {"level": 0.95, "low": 0.8312, "high": 0.917},
        "vessel": "LAD",
        "study": {"vessel": "LAD", "participant": "ZS01-001", "acquired_at": "2026-03-10T10:02:00+08:00",
                  "operator": "Li Wei", "views": []},
        "inputs": [{"view": "A", "file": "a.dcm", "sha256": "0" * 64}],
    }  # fmt: skip
    return json.dumps(members | changes).encode()


def send(web: Any, data: bytes, **form: str) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    chosen = {"step": "enter", "phase": "post_modification", "assessor": "site", **form}
    return web.post("/qfr", {**chosen, "result": SimpleUploadedFile("lad.qfr.json", data)})


def origins(page: Any) -> list[str]:
    """What the page says of values from elsewhere."""
    text = html.unescape(page.content.decode())
    return [
        re.sub(r"<[^>]+>|\s+", " ", one).strip() for one in re.findall(r'class="quiet origin"[^>]*>(.*?)</span>', text)
    ]


def provenance(pointer: str, raw: str, row: int) -> str:
    return json.dumps({"subject_id": "ZS01-001", "pointer": pointer, "file": "people.csv", "sha256": "a" * 64,
                       "sheet": None, "row": row, "column": "rvd", "raw": raw})  # fmt: skip


@pytest.fixture
def imported(desk: Desk, record: Make, precise: Any, tmp_path: Path) -> bytes:
    """A record of two lesions with two cells of an import."""
    members = json.loads(record())
    members["lesions"].append(json.loads(json.dumps(members["lesions"][0])) | {"lesion_id": "L2"})
    members["lesions"][1]["reference_vessel_diameter"][0]["value"] = "3.50"
    data = json.dumps(members).encode()
    (tmp_path / "r.jsonl").write_bytes(data)
    lines = provenance(DIAMETER, "3,00", 2), provenance(SECOND, "3,50", 3)
    (tmp_path / "p.jsonl").write_text("\n".join(lines))
    said = precise("desk", "records", tmp_path / "r.jsonl", "--provenance", tmp_path / "p.jsonl")
    assert (said.status, said.err) == (0, "")
    return data


def test_imported_value_shows_its_cell(imported: bytes, client: Any) -> None:
    page = client("coordinator").get("/gate?participant=ZS01-001&form=1")
    assert origins(page) == ['from people.csv row 2 "3,00"', 'from people.csv row 3 "3,50"']
    text = html.unescape(page.content.decode())
    described = dict(re.findall(r'value="([^"]*)" autocomplete="off" aria-describedby="([^"]+)"', text))
    (first, second) = (described[one] for one in ("3.00", "3.50"))
    assert first != second, "each beside its own input"
    chinese = client("coordinator")
    chinese.cookies["precise_language"] = "zh"
    assert "来自" in chinese.get("/gate?participant=ZS01-001").content.decode()


def test_origin_of_what_is_typed_over_is_said_and_then_gone(imported: bytes, client: Any, desk: Desk) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from precise_cal.desk.models import Record
    from precise_cal.desk.origins import origins_of

    other = imported.replace(b'"3.50"', b'"3.40"')
    posted = {"participant": "ZS01-001", "record": SimpleUploadedFile("r.json", other)}
    page = client("coordinator").post("/gate", posted).content.decode()
    assert "changed here; there it was people.csv row 3" in html.unescape(page)
    desk.randomize(other)
    row = Record.objects.get(subject_id="ZS01-001")
    assert [*origins_of(row)] == [DIAMETER]
    assert len(desk.events("record.origins")) == 2


def test_origins_are_not_shown_to_another_site(imported: bytes, client: Any) -> None:
    assert "people.csv" not in client("other").get("/gate?participant=ZS01-001&form=1").content.decode()


def test_result_of_qfr_fills_the_gate_and_says_where_it_comes_from(desk: Desk, client: Any, record: Make) -> None:
    members = json.loads(record())
    measured = members.pop("qfr_measurements")
    from precise_cal.desk.receiving import receive

    receive(desk.trial, json.dumps(members).encode())
    web = client("coordinator")
    assert "QFR 0.88 stands in the record" in send(web, result()).content.decode()
    page = web.get("/gate?participant=ZS01-001")
    text = html.unescape(page.content.decode())
    assert 'lad.qfr.json "0.88, 95 % 0.83 to 0.92, Li Wei"' in text
    from precise_cal.desk.models import Record

    kept = json.loads(bytes(Record.objects.get(subject_id="ZS01-001").content.data))["qfr_measurements"]
    assert [(one["value"], one["phase"], one["acquired_at"]) for one in kept] == [
        ("0.88", "post_modification", "2026-03-10T10:02:00+08:00")
    ]
    assert kept[0]["analysis"]["file"] == "lad.qfr.json"
    assert kept[0].keys() <= measured[0].keys() | {"analysis", "reported_text"}
    assert "stood in the record already" in send(web, result()).content.decode()
    assert len(desk.events("qfr.entered")) == 1
    known = re.search(r'name="known" value="([0-9a-f]{64})"', text)
    assert known is not None
    checked = web.post("/gate", {"participant": "ZS01-001", "known": known[1]})
    assert "QFR" in checked.content.decode()


def test_folder_of_results_is_entered_by_the_command(desk: Desk, precise: Any, tmp_path: Path, client: Any) -> None:
    folder = tmp_path / "day"
    folder.mkdir()
    (folder / "lad.qfr.json").write_bytes(result())
    (folder / "rca.qfr.json").write_bytes(
        result(analyzable=False, qfr=None, interval=None, vessel="RCA", reasons=[{"code": "OVERLAP", "text": "…"}])
    )
    options = "--phase", "post_modification", "--assessor", "site"
    assert precise("desk", "qfr", folder, *options).status == 2  # nothing is known of the participant
    said = precise("desk", "qfr", folder, *options, "--site", "ZS01")
    assert (said.status, said.err) == (0, "")
    assert (said.out.count("ZS01-001: QFR 0.88"), said.out.count("no QFR")) == (1, 1)
    assert "lad.qfr.json" in client("coordinator").get("/gate?participant=ZS01-001").content.decode()
    assert precise("desk", "qfr", tmp_path, "--site", "ZS01", *options).out.count("entered before") == 1
    (tmp_path / "none").mkdir()
    assert precise("desk", "qfr", tmp_path / "none", *options).status == 2


@pytest.mark.parametrize(
    ("data", "form", "words"),
    [
        (b"{", {}, "it is not JSON"),
        (b'{"qfr": 2}', {}, "qfr"),
        (result(), {"participant": "ZS01-002"}, "about ZS01-001, not about ZS01-002"),
        (result(), {"phase": ""}, "name phase as well"),
        (result(), {"phase": "sometime"}, "sometime"),
        (result(study={}), {}, "Name the participant"),
        (result(study={"participant": "ZS01-001"}), {}, "name acquired_at as well"),
        (result(vessel="AORTA"), {}, "AORTA"),
    ],
)
def test_what_is_no_result_is_refused_by_name(
    desk: Desk, client: Any, data: bytes, form: dict[str, str], words: str
) -> None:
    answer = send(client("coordinator"), data, **form)
    assert answer.status_code == 400
    assert words in html.unescape(answer.content.decode())
    assert desk.events("qfr.entered") == []


def test_result_of_another_site_is_refused(desk: Desk, client: Any, record: Make) -> None:
    from precise_cal.desk.receiving import receive

    receive(desk.trial, record("ZS02-001"))
    answer = send(
        client("coordinator"), result(study={}), participant="ZS02-001", acquired_at="2026-03-10T10:02:00+08:00"
    )
    assert answer.status_code == 400
    assert "not of ZS01" in answer.content.decode()
    for role in ("monitor", "inspector"):
        assert send(client(role), result()).status_code == 400
    assert desk.events("qfr.entered") == []
