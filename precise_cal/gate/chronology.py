"""The moments whose order a decision of the gate rests on."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from precise_cal.protocol.part import Part
    from precise_cal.protocol.temporal import DateTime

Row = dict[str, str | None]


def chronology(record: Part, as_of: datetime) -> list[Row]:
    """Consent, procedure, modification, QFR, as far as a trial records them, and the decision itself."""
    at = as_of.astimezone(UTC).isoformat(timespec="milliseconds")
    return [*_recorded(record), {"event": "judged as of", "pointer": None, "at": at}]


def _recorded(record: Part) -> Iterator[Row]:
    for _, part in _parts(record, "consent"):
        yield _moment("consent", "/consent/signed_at", part)
    for _, part in _parts(record, "procedure"):
        yield _moment("procedure", "/procedure/started_at", part)
    for place, lesion in _parts(record, "lesions"):
        for index, step in _parts(lesion, "modification"):
            event = f"modification {getattr(step, 'type', None) or ''}".strip()
            yield _moment(event, f"/lesions{place}/modification{index}/ended_at", step)
    for place, measurement in _parts(record, "qfr_measurements"):
        if getattr(measurement, "phase", None) == "post_modification":
            yield _moment("QFR", f"/qfr_measurements{place}/acquired_at", measurement)
    for _, part in _parts(record, "randomization"):
        yield _moment("randomization", "/randomization/at", part)


def _parts(owner: Part, name: str) -> Iterator[tuple[str, Any]]:
    """The parts that a field holds, each with what its pointer has beyond the field's; none where a trial has none."""
    value = getattr(owner, name, None)
    if isinstance(value, tuple):
        yield from ((f"/{index}", one) for index, one in enumerate(value))
    elif value is not None:
        yield "", value


def _moment(event: str, pointer: str, part: Any) -> Row:
    at: DateTime | None = getattr(part, pointer.rpartition("/")[2], None)
    return {"event": event, "pointer": pointer, "at": None if at is None else str(at)}
