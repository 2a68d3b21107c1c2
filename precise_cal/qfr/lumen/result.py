"""The result as data: the JSON of the contract, and its bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.lumen.analysis import Analysis, Interval, Remark
    from precise_cal.qfr.lumen.lesions import Lesion


def as_data(analysis: Analysis, vessel: str | None = None) -> dict[str, Any]:
    """The result in the contract's form; numbers are rounded to what they can carry."""
    lumen, settings, flow = analysis.lumen, analysis.settings, analysis.flow
    fluid = settings.fluid
    return {
        "schema_version": "1.0",
        "analyzable": analysis.qfr is not None,
        "reasons": [_remark(reason) for reason in analysis.reasons],
        "notices": [_remark(notice) for notice in analysis.notices],
        "qfr": _rounded(analysis.qfr, 6),
        "interval": None if analysis.interval is None else _interval(analysis.interval),
        "vessel": vessel,
        "model": {
            "name": settings.model,
            "parameters": {
                "density_kg_m3": fluid.density_kg_m3,
                "viscosity_Pa_s": fluid.viscosity_pa_s,
                "flow_law": settings.flow_law,
            },
        },
        "flow": {
            "method": flow.method,
            "velocity_m_s": flow.velocity_m_s,
            "frames": flow.frames,
            "frame_rate_hz": flow.frame_rate_hz,
        },
        "profile": {
            "s_mm": _listed(lumen.position_mm, 6),
            "diameter_mm": _listed(lumen.diameter_mm, 6),
            "reference_mm": _listed(analysis.reference_mm, 6),
            "qfr": None if analysis.qfr_along is None else _listed(analysis.qfr_along, 6),
            "pressure_drop_Pa": None if analysis.drop is None else _listed(analysis.drop.pascal, 4),
        },
        "lesions": [_lesion(analysis, lesion) for lesion in analysis.lesions],
        "aortic_pressure_Pa": round(settings.aortic_pressure_pascal, 4),
        **_drops(analysis),
        "views": [],
        "reconstruction": None,
    }


def as_text(data: dict[str, Any]) -> str:
    """The data as JSON text; no NaN, keys in their order."""
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _drops(analysis: Analysis) -> dict[str, Any]:
    if analysis.drop is None or analysis.reference_drop is None:
        return {"pressure_drop_Pa": None, "excess_drop_Pa": None, "numerical_error_Pa": None}
    total, healthy = float(analysis.drop.pascal[-1]), float(analysis.reference_drop.pascal[-1])
    return {
        "pressure_drop_Pa": round(total, 4),
        "excess_drop_Pa": round(total - healthy, 4),
        "numerical_error_Pa": round(analysis.drop.error_pascal + analysis.reference_drop.error_pascal, 4),
    }


def _lesion(analysis: Analysis, lesion: Lesion) -> dict[str, Any]:
    s, throat = analysis.lumen.position_mm, lesion.throat
    least, reference = float(analysis.lumen.diameter_mm[throat]), float(analysis.reference_mm[throat])
    return {
        "start_mm": round(float(s[lesion.first]), 4),
        "end_mm": round(float(s[lesion.last]), 4),
        "mld_mm": round(least, 4),
        "reference_mm": round(reference, 4),
        "diameter_stenosis_percent": round(100.0 * (1.0 - least / reference), 3),
        "length_mm": round(float(s[lesion.last] - s[lesion.first]), 4),
        "qfr_loss": None if analysis.qfr_along is None else round(analysis.loss(lesion), 6),
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {
        "level": interval.level,
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
        "probability_above_0.80": round(interval.probability_above_cutoff, 4),
        "holds_0.80": interval.holds_cutoff,
        "variance_shares": {name: round(share, 3) for name, share in interval.shares},
        "samples": interval.samples,
        "grid_error": round(interval.grid_error, 6),
    }


def _remark(remark: Remark) -> dict[str, str]:
    return {"code": remark.code, "text": remark.text}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _listed(values: Array, digits: int) -> list[float]:
    rounded: list[float] = np.round(values, digits).tolist()
    return rounded
