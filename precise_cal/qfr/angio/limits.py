"""Limits of analyzability, each with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from precise_cal.language.catalog import message
from precise_cal.qfr.lumen.analysis import Remark


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit, and whether it is ``published`` or ``own``."""

    value: float
    unit: str
    status: Literal["published", "own"]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All limits; ``own`` ones are to be frozen in the statistical analysis plan before the first participant."""

    angle: Threshold = Threshold(25.0, "deg", "published", "CAMILLA methods; Medis 3D-QFR")
    frame_rate: Threshold = Threshold(12.5, "1/s", "published", "CAMILLA methods")
    residual: Threshold = Threshold(1.0, "mm", "own")
    unmatched: Threshold = Threshold(15.0, "%", "own")
    foreshortening: Threshold = Threshold(20.0, "%", "own")
    overlap: Threshold = Threshold(20.0, "%", "own", "of the vessel, by what lies beyond its lesions")
    lesion_overlap: Threshold = Threshold(25.0, "%", "own", "of the lesion, and none within 2 mm of its least diameter")
    contrast_to_noise: Threshold = Threshold(3.0, "1", "own")
    undefined: Threshold = Threshold(10.0, "%", "own")
    throat_spread: Threshold = Threshold(20.0, "%", "own", "of the least diameter: its fourth power decides")
    lesion_match: Threshold = Threshold(25.0, "%", "own", "least diameter above what the views' own least widths make")
    reference_difference: Threshold = Threshold(10.0, "%", "own")
    front_frames: Threshold = Threshold(1.0, "frames", "own")
    front_error: Threshold = Threshold(15.0, "%", "own", "of the hyperemic velocity: 0.05 of a QFR of 0.80")
    contrast_velocity: Threshold = Threshold(0.05, "m/s", "own", "in place of TIMI grade 3")
    flow_difference: Threshold = Threshold(30.0, "%", "own", "CAMILLA does the same by eye")

    def listed(self) -> list[dict[str, Any]]:
        """The limits as data."""
        return [
            {"id": field.name, "value": limit.value, "unit": limit.unit, "status": limit.status, "source": limit.source}
            for field in fields(self)
            for limit in (getattr(self, field.name),)
        ]


def against_limit(code: str, text: str, limit: Threshold) -> Remark:
    """A reason that tells its limit."""
    unit = "" if limit.unit == "1" else f" {limit.unit}"
    return Remark(
        code,
        message(
            "{ $text }; limit { $value }{ $unit } ({ $status })",
            text=text,
            value=f"{limit.value:g}",
            unit=unit,
            status=limit.status,
        ),
    )
