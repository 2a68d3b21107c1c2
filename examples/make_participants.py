"""Makes the example participants: a complete one, one at the gate, and others that differ from them in a few places.

python examples/make_participants.py
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from precise_cal.rules import bundled

HERE = Path(__file__).parent / "participants"

SECOND_LESION = {
    "lesion_id": "L2",
    "vessel": "RCA",
    "target": True,
    "native_vessel": True,
    "de_novo": True,
    "in_stent": False,
    "pci_indicated": True,
    "calcification": {"cag_grade": "severe"},
    "reference_vessel_diameter": [{"value": "3.25", "unit": "mm", "method": "qca"}],
    "modification": [
        {
            "type": "IVL",
            "started_at": "2026-03-10T09:24:00+08:00",
            "ended_at": "2026-03-10T09:36:00+08:00",
            "completed": True,
        }
    ],
    "devices": [],
    "assessments": [],
}
LOW_SECOND_QFR = {
    "vessel": "RCA",
    "phase": "post_modification",
    "value": "0.79",
    "reported_text": "0.79",
    "acquired_at": "2026-03-10T10:04:00+08:00",
    "assessor": "site",
}
DEATH = {
    "event_id": "E1",
    "type": "death",
    "onset": "2026-09-26",
    "cause": "cardiovascular",
    "fatal": True,
    "adjudication": "confirmed",
}

Changes = dict[str, Any]
"""Values by JSON Pointer; a pointer that ends in ``/-`` appends."""

EXAMPLES: dict[str, tuple[str, Changes]] = {
    "01-compliant": ("complete", {}),
    "02-at-the-gate": ("screening", {}),
    "03-diameter-at-limit": ("screening", {"/lesions/0/reference_vessel_diameter/0/value": "2.25"}),
    "04-diameter-just-below": ("screening", {"/lesions/0/reference_vessel_diameter/0/value": "2.249"}),
    "05-qfr-at-threshold": (
        "screening",
        {"/qfr_measurements/0/value": "0.80", "/qfr_measurements/0/reported_text": "0.80"},
    ),
    "06-qfr-just-above": (
        "screening",
        {"/qfr_measurements/0/value": "0.801", "/qfr_measurements/0/reported_text": "0.801"},
    ),
    "07-qfr-record-and-print-disagree": (
        "screening",
        {"/qfr_measurements/0/value": "0.804", "/qfr_measurements/0/reported_text": "0.80"},
    ),
    "08-two-lesions-one-mild": (
        "screening",
        {
            "/lesions/-": {**SECOND_LESION, "calcification": {"cag_grade": "mild"}},
            "/qfr_measurements/-": {**LOW_SECOND_QFR, "value": "0.86", "reported_text": "0.86"},
        },
    ),
    "09-two-vessels-one-low-qfr": ("screening", {"/lesions/-": SECOND_LESION, "/qfr_measurements/-": LOW_SECOND_QFR}),
    "10-missing-data": (
        "screening",
        {
            "/renal/on_dialysis": None,
            "/demographics/birth_date": "2008",
            "/qfr_measurements": [],
            "/other_trial/participating": None,
        },
    ),
    "11-consent-without-a-time": ("screening", {"/consent/signed_at": "2026-03-10"}),
    "12-eighteen-on-the-day": ("screening", {"/demographics/birth_date": "2008-03-09"}),
    "13-surgery-in-six-months": (
        "screening",
        {"/planned_surgery": {"planned": True, "date": "2026-09-10", "interferes_with_antiplatelet": True}},
    ),
    "14-other-units-and-time-zones": (
        "screening",
        {
            "/lesions/0/reference_vessel_diameter": [{"value": "0.300", "unit": "cm", "method": "qca"}],
            "/qfr_measurements/0/acquired_at": "2026-03-10T02:02:00Z",
            "/consent/signed_at": "2026-03-09T02:05:00Z",
        },
    ),
    "15-troponin-exactly-five-times": ("complete", {"/labs/2/value": "0.170", "/labs/2/unit": "ng/mL"}),
    "16-dissection-without-stent": (
        "complete",
        {
            "/lesions/0/assessments/1/dissection": "D",
            "/lesions/0/assessments/1/timi": 1,
            "/lesions/0/assessments/2/dissection": "D",
            "/lesions/0/assessments/2/timi": 1,
        },
    ),
    "17-randomized-against-criteria": (
        "complete",
        {
            "/lesions/0/reference_vessel_diameter/0/value": "2.2",
            "/renal/on_dialysis": None,
            "/renal/dialysis_required": None,
            "/visits/0/date": "2026-04-17",
        },
    ),
    "18-died-on-day-200": (
        "complete",
        {
            "/events/-": DEATH,
            "/visits/2/status": "not_due",
            "/visits/2/date": None,
            "/qfr_measurements/1/phase": "post_device",
            "/qfr_measurements/1/acquired_at": "2026-03-10T10:40:00+08:00",
            "/disposition": {"status": "died", "date": "2026-09-26"},
        },
    ),
}


def make(name: str) -> dict[str, Any]:
    """One example record."""
    base, changes = EXAMPLES[name]
    record = json.loads((bundled() / "tests" / f"{base}.json").read_text(encoding="utf-8"))
    for pointer, value in changes.items():
        _put(record, pointer.split("/")[1:], copy.deepcopy(value))
    record["subject_id"] = f"ZS01-{name[:2].zfill(3)}"
    if record.get("randomization"):
        record["randomization"]["number"] = f"R00{name[:2]}"
    return record


def _put(document: Any, path: list[str], value: Any) -> None:
    *parents, last = path
    for step in parents:
        document = document[int(step)] if isinstance(document, list) else document[step]
    if last == "-":
        document.append(value)
    else:
        document[last] = value


def main() -> None:
    """Write every example."""
    HERE.mkdir(exist_ok=True)
    for name in EXAMPLES:
        (HERE / f"{name}.json").write_text(
            json.dumps(make(name), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    print(f"{len(EXAMPLES)} participants in {HERE}")


if __name__ == "__main__":
    main()
