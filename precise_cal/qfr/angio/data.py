"""The result of an analysis from angiograms as data: the contract's form, with all that an audit needs."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from precise_cal.qfr.angio.edited import changes
from precise_cal.qfr.angio.view import TIMI_HZ
from precise_cal.qfr.lumen.residual import residuals
from precise_cal.qfr.lumen.result import as_data as kernel_data
from precise_cal.qfr.lumen.uncertainty import LEVEL, SEED
from precise_cal.qfr.study.answers import BY_EYE
from precise_cal.version import __version__

if TYPE_CHECKING:
    from precise_cal.qfr.angio.findings import Findings
    from precise_cal.qfr.angio.view import View
    from precise_cal.qfr.contour.segment import Contour
    from precise_cal.qfr.lumen.analysis import Settings
    from precise_cal.qfr.stereo.lumen3d import Reconstruction

PACKAGES: Final = ("numpy", "scipy", "numba", "pydicom")
"""What computes beside this program."""


def as_data(result: Findings) -> dict[str, Any]:
    """The result; read again, it gives the same bytes on the same machine and versions."""
    data = kernel_data(result.analysis, result.study.vessel)
    for reason in data["reasons"]:
        reason["answerable"] = reason["code"] in BY_EYE
    _put_flow(data, result)
    data["profile"]["diameter_spread_mm"] = np.round(result.spread_mm, 4).tolist()
    left = residuals(result.analysis)
    for row, lesion, residual in zip(data["lesions"], result.analysis.lesions, left, strict=True):
        row["mld_spread_mm"] = round(float(result.spread_mm[lesion.throat]), 4)
        row["residual_qfr"] = None if residual is None else round(residual, 6)
    pairs = zip(result.views, result.fronts, strict=True)
    data["views"] = [view.as_data(front) | {"contour": _contour(view)} for view, front in pairs]
    data["reconstruction"] = None if result.reconstruction is None else _reconstruction(result.reconstruction)
    data["thresholds"] = result.limits.listed()
    data["edits"] = changes(result)
    data["inputs"] = [_input(name, view) for name, view in zip("AB", result.views, strict=False)]
    data["options"] = options(result.settings, result.samples)
    data["software"] = software()
    data["study"] = result.study.as_json()
    return data


def _put_flow(data: dict[str, Any], result: Findings) -> None:
    if result.flow is None:
        method = result.study.flow.method
        data["flow"] = {"method": method, "velocity_m_s": None, "frames": None, "frame_rate_hz": None}
        data.update({"pressure_drop_Pa": None, "excess_drop_Pa": None, "numerical_error_Pa": None})
        data["profile"]["pressure_drop_Pa"] = None
    elif result.flow.frames is not None and result.flow.frame_rate_hz is not None:
        seconds = result.flow.frames / result.flow.frame_rate_hz
        data["flow"]["timi_frame_count"] = round(seconds * TIMI_HZ, 2)
        data["flow"]["contrast_velocity_m_s"] = round(1e-3 * result.analysis.lumen.length_mm / seconds, 4)


def _contour(view: View) -> dict[str, Any]:
    """The outline in pixels; with pins, what the program alone had beside it."""
    data = _outline(view.contour)
    return data | {"automatic": _outline(view.found)} if view.found is not view.contour else data


def _outline(contour: Contour) -> dict[str, Any]:
    return {
        "midline_px": np.round(contour.midline, 3).tolist(),
        "left_px": np.round(contour.left, 3).tolist(),
        "right_px": np.round(contour.right, 3).tolist(),
        "arc_mm": np.round(contour.arc_mm, 4).tolist(),
        "diameter_mm": np.round(contour.diameter_mm, 4).tolist(),
    }


def _reconstruction(found: Reconstruction) -> dict[str, Any]:
    return {
        "angle_between_views_deg": round(found.angle_deg, 2),
        "residual_mm": round(found.residual_mm, 3),
        "foreshortening_percent": [round(100.0 * lost, 2) for lost in found.foreshortening],
        "matched_percent": [round(100.0 * share, 1) for share in found.matched],
        "length_mm": round(float(found.arc_mm[-1]), 2),
        "offset_mm": [round(float(value), 2) for value in found.offset_mm],
        "centerline_mm": np.round(found.points, 3).tolist(),
        "widths_mm": np.round(found.widths_mm, 3).tolist(),
    }


def _input(name: str, view: View) -> dict[str, Any]:
    return {"view": name, "file": view.spec.file, "size": view.source.size, "sha256": view.source.sha256}


def options(settings: Settings, samples: int) -> dict[str, Any]:
    """What is asked for beside the study."""
    return {
        "aortic_pressure_mmhg": settings.aortic_pressure_mmhg,
        "model": settings.model,
        "flow_law": settings.flow_law,
        "density_kg_m3": settings.fluid.density_kg_m3,
        "viscosity_Pa_s": settings.fluid.viscosity_pa_s,
        "samples": samples,
        "level": LEVEL,
        "seed": SEED,
    }


def software() -> dict[str, Any]:
    """What computes: the same versions on the same kind of machine give the same bytes."""
    return {
        "name": "precise-cal",
        "version": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "packages": {name: version(name) for name in PACKAGES},
    }
