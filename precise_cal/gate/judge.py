"""What of a record the gate's decision rests on: the snapshot that eligibility reads, and its moments in order."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from precise_cal.protocol.part import Part
    from precise_cal.protocol.temporal import DateTime

_LATER: Final = frozenset({"data_cutoff", "periprocedural", "labs", "visits", "events", "disposition"})
"""What is recorded after the decision: were it part of the input, every visit would change it."""
_LATER_BY_PART: Final[Mapping[str, frozenset[str]]] = {
    "hospital": frozenset({"discharged_at"}),
    "procedure": frozenset({"ended_at"}),
    "randomization": frozenset({"arm", "number", "gate_decision_id"}),
}
"""The arm is never an input of the gate; of a randomization only its time is."""
_LATER_BY_LESION: Final = frozenset({"devices", "assessments"})
_LATER_PHASES: Final = frozenset({"post_device", "month_12"})


def snapshot_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the decision rests on: the record as read, without what comes after the decision, and without the arm."""
    kept = {name: value for name, value in document.items() if name not in _LATER}
    for name, later in _LATER_BY_PART.items():
        if isinstance(kept.get(name), dict):
            kept[name] = _without(kept[name], later)
    if isinstance(kept.get("lesions"), list):
        kept["lesions"] = [_without(lesion, _LATER_BY_LESION) for lesion in kept["lesions"]]
    if isinstance(kept.get("qfr_measurements"), list):
        kept["qfr_measurements"] = [one for one in kept["qfr_measurements"] if one.get("phase") not in _LATER_PHASES]
    return kept


def _without(part: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in names}


def chronology(record: Part, as_of: datetime) -> list[dict[str, str | None]]:
    """The moments whose order the gate rests on: consent, procedure, modification, QFR, and the decision itself."""
    rows: list[dict[str, str | None]] = [
        _moment("consent", "/consent/signed_at", record.consent.signed_at),
        _moment("procedure", "/procedure/started_at", record.procedure.started_at),
    ]
    for number, lesion in enumerate(record.lesions or ()):
        for index, step in enumerate(lesion.modification or ()):
            pointer = f"/lesions/{number}/modification/{index}/ended_at"
            rows.append(_moment(f"modification {step.type or ''}".strip(), pointer, step.ended_at))
    for index, measurement in enumerate(record.qfr_measurements or ()):
        if measurement.phase == "post_modification":
            rows.append(_moment("QFR", f"/qfr_measurements/{index}/acquired_at", measurement.acquired_at))
    if record.randomization is not None:
        rows.append(_moment("randomization", "/randomization/at", record.randomization.at))
    at = as_of.astimezone(UTC).isoformat(timespec="milliseconds")
    rows.append({"event": "judged as of", "pointer": None, "at": at})
    return rows


def _moment(event: str, pointer: str, at: DateTime | None) -> dict[str, str | None]:
    return {"event": event, "pointer": pointer, "at": None if at is None else str(at)}
