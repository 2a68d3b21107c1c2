"""Results that this program did not write, or that somebody changed: told with their place, never a fault."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cli import exits

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = {
    "aortic_pressure_mmhg": 100.0, "model": "rns", "flow_law": "reference", "density_kg_m3": 1060.0,
    "viscosity_Pa_s": 0.0035, "samples": 0,
}  # fmt: skip
STUDY = {"vessel": "LAD", "views": [{"file": "a.dcm", "frame": 1, "proximal": [1, 2], "distal": [3, 4]}]}
SHA = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
GOOD: dict[str, Any] = {"schema_version": "1.0", "study": STUDY, "options": OPTIONS, "inputs": [{"sha256": SHA}]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"inputs": None}, "/inputs: a list of files with their sha256"),
        ({"inputs": []}, "a result with inputs for each view and options"),
        ({"inputs": [{"sha256": 5}]}, "a.dcm is not the film that was analyzed"),
        ({"options": 3}, "a result with inputs for each view and options"),
        ({"options": {**OPTIONS, "viscosity_Pa_s": None}}, "/options: what this program writes is expected"),
        ({"options": {"density_kg_m3": 1060.0}}, "/options/viscosity_Pa_s: nothing found"),
        ({"options": {**OPTIONS, "samples": "many"}}, "/options: what this program writes is expected"),
        ({"options": {**OPTIONS, "model": "magic"}}, "model 'magic': unknown"),
        ({"study": []}, "an object expected"),
        ({}, "a.dcm: no DICOM file"),
    ],
)
def test_a_result_that_is_none_is_told_with_its_place(tmp_path: Path, precise: Any, change: Any, said: str) -> None:
    (tmp_path / "a.dcm").write_bytes(b"")
    (tmp_path / "r.json").write_text(json.dumps(GOOD | change))
    found = precise("qfr", "angio", tmp_path / "r.json")
    assert found.status == exits.BAD_INPUT
    assert said in found.err


@pytest.mark.parametrize("qfr", ["0.9", True, [1]])
def test_readers_are_not_compared_by_what_is_no_number(tmp_path: Path, precise: Any, qfr: Any) -> None:
    data = {
        "interval": None, "lesions": [], "study": {}, "vessel": "LAD", "qfr": qfr, "edits": [], "reasons": [],
        "profile": {"diameter_mm": [3.0], "s_mm": [0.0, 9.0]}, "flow": {"velocity_m_s": 0.3},
    }  # fmt: skip
    (tmp_path / "a.qfr.json").write_text(json.dumps(data))
    found = precise("qfr", "agreement", tmp_path, tmp_path)
    assert found.status == exits.BAD_INPUT
    assert "a.qfr.json: no result" in found.err
