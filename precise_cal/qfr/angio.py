"""From STUDY.json to a QFR result: read, find, rebuild, time, judge, compute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from precise_cal.qfr.analysis import Analysis, Remark, Settings, analyze
from precise_cal.qfr.analyzability import (
    Thresholds,
    judge_contours,
    judge_frame_rate,
    judge_geometry,
    judge_lesions,
)
from precise_cal.qfr.angio_view import View, open_view
from precise_cal.qfr.contour.curve import tangents
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.flow import Flow, contrast_flow, fixed_flow, given_flow
from precise_cal.qfr.front.contrast import contrast_map
from precise_cal.qfr.front.fit import Front, find_front
from precise_cal.qfr.front.motion import displacements
from precise_cal.qfr.geometry import CArm, c_arm
from precise_cal.qfr.lumen import Lumen
from precise_cal.qfr.result import as_data
from precise_cal.qfr.stereo.lumen3d import Reconstruction, reconstruct

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.study import Study

TIMI_HZ = 30.0
"""Frame rate to which TIMI frame counts are referred."""


@dataclass(frozen=True, slots=True)
class AngioResult:
    """Everything an analysis found.

    Attributes:
        study: What was asked.
        analysis: The kernel's analysis; its ``qfr`` is None where the film or the lumen speaks against it.
        flow: The flow, or None where contrast flow was asked for and no front was found.
        views: The views.
        reconstruction: The vessel in space, or None with one view.
        fronts: Contrast front in each view; None where not looked for or not found.
        limits: Thresholds in force.
    """

    study: Study
    analysis: Analysis
    flow: Flow | None
    views: tuple[View, ...]
    reconstruction: Reconstruction | None
    fronts: tuple[Front | None, ...]
    limits: Thresholds

    def as_data(self) -> dict[str, Any]:
        """The result in the contract's form, §5."""
        data = as_data(self.analysis, self.study.vessel)
        if self.flow is None:
            data["flow"] = {"method": self.study.flow, "velocity_m_s": None, "frames": None, "frame_rate_hz": None}
            data.update({"pressure_drop_Pa": None, "excess_drop_Pa": None, "numerical_error_Pa": None})
            data["profile"]["pressure_drop_Pa"] = None
        elif self.flow.frames is not None and self.flow.frame_rate_hz is not None:
            data["flow"]["timi_frame_count"] = round(self.flow.frames * TIMI_HZ / self.flow.frame_rate_hz, 2)
        data["views"] = [view.as_data(front) for view, front in zip(self.views, self.fronts, strict=True)]
        data["reconstruction"] = None if self.reconstruction is None else _reconstruction(self.reconstruction)
        data["thresholds"] = self.limits.listed()
        return data


def _reconstruction(found: Reconstruction) -> dict[str, Any]:
    return {
        "angle_between_views_deg": round(found.angle_deg, 2),
        "residual_mm": round(found.residual_mm, 3),
        "foreshortening_percent": [round(100.0 * lost, 2) for lost in found.foreshortening],
        "length_mm": round(float(found.arc_mm[-1]), 2),
        "offset_mm": [round(float(value), 2) for value in found.offset_mm],
    }


def run_study(
    study: Study,
    settings: Settings | None = None,
    limits: Thresholds | None = None,
    say: Callable[[str], None] | None = None,
) -> AngioResult:
    """Analyzes a study.

    Args:
        study: Files and points.
        settings: Model, fluid and aortic pressure; the study's pressure wins over theirs.
        limits: Thresholds of analyzability.
        say: Called with the name of each step before it begins.

    Raises:
        QfrError: a file, a point or the geometry cannot be used at all.
    """
    limits, tell = limits or Thresholds(), say or (lambda _: None)
    settings = settings or Settings()
    if study.aortic_pressure_mmhg is not None:
        settings = replace(settings, aortic_pressure_mmhg=study.aortic_pressure_mmhg)
    views = tuple(open_view(spec, name, tell) for spec, name in zip(study.views, "AB", strict=False))
    tell("lumen in space" if len(views) == 2 else "lumen")
    arms = _arms(views)
    space = _in_space(views, arms) if arms is not None else None
    lumen, stations = _lumen(views, space)
    reasons = judge_contours(tuple(view.contour for view in views), limits)
    reasons += [] if space is None else judge_geometry(space, limits)
    flow, fronts, notices, against = _flow(study, views, lumen, stations, limits, tell)
    tell("pressure")
    analysis = analyze(lumen, flow, settings)
    lost = None if space is None or arms is None else _lost(arms, space)
    overlapped = np.array([view.contour.overlapped[place] for view, place in zip(views, stations, strict=True)])
    reasons += against + judge_lesions(analysis.lesions, lost, overlapped, limits)
    notices += [notice for view in views for notice in view.notices]
    if space is None:
        notices.append(Remark("SINGLE_VIEW", "one view: foreshortening is not seen and the lumen is taken as round"))
    if reasons:
        analysis = replace(analysis, qfr=None, qfr_along=None, reasons=(*reasons, *analysis.reasons))
    analysis = replace(analysis, notices=(*analysis.notices, *notices))
    return AngioResult(study, analysis, flow, views, space, fronts, limits)


def _arms(views: tuple[View, ...]) -> tuple[CArm, CArm] | None:
    if len(views) != 2:
        return None
    first, second = (c_arm(view.cine.acquisition, flip=view.spec.flip) for view in views)
    return first, second


def _in_space(views: tuple[View, ...], arms: tuple[CArm, CArm]) -> Reconstruction:
    anchors = tuple(np.array(view.spec.anchors, dtype=np.float64).reshape(-1, 2) for view in views)
    factors = tuple(view.calibration.mm_per_pixel for view in views)
    contours = (views[0].contour, views[1].contour)
    return reconstruct(arms, contours, (anchors[0], anchors[1]), (factors[0], factors[1]))


def _lumen(views: tuple[View, ...], space: Reconstruction | None) -> tuple[Lumen, NDArray[np.int64]]:
    """The lumen and, for each view, the contour station of each of its samples."""
    if space is not None:
        return Lumen(space.arc_mm, space.diameter_mm), space.station
    contour = views[0].contour
    return Lumen(contour.arc_mm, contour.diameter_mm), np.arange(len(contour.arc_mm), dtype=np.int64)[None]


def _lost(arms: tuple[CArm, CArm], space: Reconstruction) -> Array:
    """(2, n) share of the length lost at each station."""
    along = tangents(space.points)
    return np.array([1.0 - np.sqrt(np.maximum(1.0 - (along @ arm.frame[2]) ** 2, 0.0)) for arm in arms])


def _flow(
    study: Study,
    views: tuple[View, ...],
    lumen: Lumen,
    stations: NDArray[np.int64],
    limits: Thresholds,
    tell: Callable[[str], None],
) -> tuple[Flow | None, tuple[Front | None, ...], list[Remark], list[Remark]]:
    """The flow, the fronts, notices, and reasons against a result."""
    silent: tuple[Front | None, ...] = (None,) * len(views)
    if study.flow == "fixed":
        return fixed_flow(), silent, [], []
    if study.flow == "given":
        return given_flow(study.velocity_m_s or 0.0), silent, [], []
    slow = judge_frame_rate(tuple(view.cine.acquisition.frame_rate_hz for view in views), limits)
    if slow:
        return None, silent, [], slow
    tell("contrast front")
    fronts = tuple(_front(view, lumen, place) for view, place in zip(views, stations, strict=True))
    timed = [(front, view) for front, view in zip(fronts, views, strict=True) if front is not None]
    if not timed:
        return None, fronts, [], [Remark("NO_CONTRAST_FRONT", "no contrast front runs down the vessel in any view")]
    notices = _compared([front for front, _ in timed], limits)
    if notices:
        return fixed_flow(), fronts, notices, []
    velocity = float(np.mean([front.velocity_m_s for front, _ in timed]))
    rate = timed[0][1].cine.acquisition.frame_rate_hz or 0.0
    try:
        return contrast_flow(lumen.length_mm, 1e-3 * lumen.length_mm * rate / velocity, rate), fronts, notices, []
    except QfrError as error:
        return None, fronts, notices, [Remark("CONTRAST_VELOCITY", str(error))]


def _compared(fronts: list[Front], limits: Thresholds) -> list[Remark]:
    """A notice where two views time the front too differently: the fixed flow is used then, and it is told."""
    speeds = [front.velocity_m_s for front in fronts]
    differ = 100.0 * (max(speeds) - min(speeds)) / (sum(speeds) / len(speeds))
    if differ <= limits.flow_difference.value:
        return []
    text = f"contrast velocities {speeds[0]:.3f} and {speeds[1]:.3f} m/s differ by {differ:.0f} %; fixed flow used"
    return [Remark("FLOW_VIEWS_DIFFER", f"{text}; limit {limits.flow_difference.value:g} % (own)")]


def _front(view: View, lumen: Lumen, stations: NDArray[np.int64]) -> Front | None:
    """The front in one view, timed over the lumen's arc length."""
    if view.cine.acquisition.times_s is None or view.cine.acquisition.frames < 4:
        return None
    times = np.array(view.cine.acquisition.times_s)
    contour, factor = view.contour, view.calibration.mm_per_pixel
    low, high = int(stations.min()), int(stations.max()) + 1
    pictures = [view.picture(index) for index in range(view.cine.acquisition.frames)]
    diameter = float(np.median(contour.diameter_mm)) / factor
    line = contour.midline[low:high]
    moved = displacements(pictures, times, view.cine.acquisition.r_waves, view.frame, line, diameter, factor)
    strength, places = contrast_map(pictures, view.frame, moved, line, diameter, factor)
    unique, first = np.unique(stations, return_index=True)
    arc = np.interp(places + low, unique, lumen.position_mm[first])
    rising = np.maximum.accumulate(arc) + 1e-6 * np.arange(len(arc))
    area = 0.25 * np.pi * np.interp(rising, lumen.position_mm, lumen.diameter_mm) ** 2
    return find_front(strength, times, rising, area)
