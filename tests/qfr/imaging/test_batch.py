"""Many studies in one table, and two readers beside each other."""

from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cli import exits
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.session import batch

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Path:
    """Three studies of one film with a fixed flow: two good ones, and one whose file is absent."""
    folder = tmp_path_factory.mktemp("batch")
    for film in films.glob("*.dcm"):
        shutil.copy(film, folder)
    data = json.loads((films / "STUDY.json").read_text()) | {"flow": {"method": "fixed"}}
    data["views"] = data["views"][:1]
    (folder / "one.study.json").write_text(json.dumps(data | {"participant": "P-1"}))
    (folder / "two.study.json").write_text(json.dumps(data | {"flow": {"method": "given", "velocity": 0.2}}))
    (folder / "deep").mkdir()
    (folder / "deep" / "STUDY.json").write_text(json.dumps(data))
    return folder


def test_a_batch_makes_one_table_and_goes_on_where_it_stopped(
    folder: Path, precise: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("qfr", "batch", folder, "--samples", "0", "--format", "json")
    first = precise(*arguments)
    assert first.status == exits.BAD_INPUT
    rows = {row["study"]: row for row in json.loads(first.out)["studies"]}
    assert {name: row["status"] for name, row in rows.items()} == {
        "deep/STUDY.json": "failed", "one.study.json": "computed", "two.study.json": "computed",
    }  # fmt: skip
    assert "view-a.dcm" in rows["deep/STUDY.json"]["reasons"]
    assert rows["one.study.json"]["participant"] == "P-1"
    assert rows["one.study.json"]["qfr"] < rows["two.study.json"]["qfr"]
    with (folder / "qfr-table.csv").open() as file:
        table = {row["study"]: row for row in csv.DictReader(file)}
    assert float(table["one.study.json"]["qfr"]) == rows["one.study.json"]["qfr"]
    saved = (folder / "one.study.qfr.json").read_bytes()

    asked = []

    def never(study: Any, *_: Any) -> None:
        asked.append(study.participant)
        raise QfrError("analyzed again")

    monkeypatch.setattr(batch, "run_study", never)
    again = {row["study"]: row for row in json.loads(precise(*arguments).out)["studies"]}
    assert asked == [None]
    assert again["one.study.json"] == rows["one.study.json"] | {"status": "kept"}
    monkeypatch.undo()

    changed = json.loads((folder / "one.study.json").read_text()) | {"participant": "P-2"}
    (folder / "one.study.json").write_text(json.dumps(changed))
    third = {row["study"]: row for row in json.loads(precise(*arguments).out)["studies"]}
    assert (third["one.study.json"]["status"], third["two.study.json"]["status"]) == ("computed", "kept")
    assert [path.read_bytes() for path in folder.glob("one.study.qfr-*.json")] == [saved]


def test_a_folder_without_studies_is_told(tmp_path: Path, precise: Any) -> None:
    assert "no study" in precise("qfr", "batch", tmp_path).err
    assert precise("qfr", "batch", tmp_path / "none").status == exits.BAD_INPUT


def result(qfr: float | None, velocity: float = 0.3) -> dict[str, Any]:
    """What a table takes from a result."""
    return {
        "interval": None, "lesions": [], "study": {}, "vessel": "LAD", "qfr": qfr, "edits": [], "reasons": [],
        "profile": {"diameter_mm": [3.0, 1.0 if qfr is None else 1.0 + qfr], "s_mm": [0.0, 9.0]},
        "flow": {"velocity_m_s": velocity},
    }  # fmt: skip


def test_two_readers_are_paired_by_name_and_nobody_is_left_out_silently(tmp_path: Path, precise: Any) -> None:
    readings = {
        "a": (0.9, 0.88),
        "b": (0.7, 0.74),
        "c": (0.82, 0.79),
        "d": (None, 0.8),
        "e": (0.6, 0.6),
        "f": (0.9, ...),
    }
    for reader in (0, 1):
        (tmp_path / str(reader)).mkdir()
        for name, values in readings.items():
            if values[reader] is not ...:
                (tmp_path / str(reader) / f"{name}.qfr.json").write_text(
                    json.dumps(result(values[reader], 0.3 + 0.01 * reader))
                )
    plot = tmp_path / "plot.svg"
    said = precise("qfr", "agreement", tmp_path / "0", tmp_path / "1", "--format", "json", "--plot", plot)
    assert said.status == exits.OK
    data = json.loads(said.out)
    assert data["measures"]["QFR"]["pairs"] == 4
    assert data["measures"]["QFR"]["icc"]["form"].startswith("ICC(2,1)")
    assert data["qfr_above_cutoff"] == {"both_above": 1, "first_only": 1, "second_only": 0, "none_above": 2}
    assert data["left_out"] == ["f.qfr.json: only one reader has a result", "d.qfr.json: not analyzable for the first"]
    assert plot.read_text().count('class="point"') == 4
    assert "left out: f.qfr.json" in precise("qfr", "agreement", tmp_path / "0", tmp_path / "1").out
    (tmp_path / "0" / "z.qfr.json").write_text("{}")
    assert "z.qfr.json: no result" in precise("qfr", "agreement", tmp_path / "0", tmp_path / "1").err
