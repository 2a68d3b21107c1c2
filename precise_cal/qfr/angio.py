"""From STUDY.json to a QFR result: read, find, rebuild, time, judge, compute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from precise_cal.qfr.analysis import Analysis, Remark, Settings, analyze
from precise_cal.qfr.analyzability import (
    Thresholds,
    judge_contours,
    judge_geometry,
    judge_lesions,
    judge_scale,
    judge_throats,
    judge_vessel,
    tell_branches,
)
from precise_cal.qfr.angio_flow import flow_of
from precise_cal.qfr.angio_view import TIMI_HZ, View, open_view
from precise_cal.qfr.bends import bend_bound
from precise_cal.qfr.contour.curve import tangents
from precise_cal.qfr.flow import flow_along
from precise_cal.qfr.geometry import CArm, c_arm
from precise_cal.qfr.lumen import Lumen
from precise_cal.qfr.result import as_data
from precise_cal.qfr.section import seen_across, shape_quantiles
from precise_cal.qfr.stereo.lumen3d import Reconstruction, reconstruct
from precise_cal.qfr.uncertainty import Left, with_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.flow import Flow
    from precise_cal.qfr.front.fit import Front
    from precise_cal.qfr.study import Study


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
        spread_mm: (n,) standard deviation of the diameter at each sample of the lumen.
        limits: Thresholds in force.
    """

    study: Study
    analysis: Analysis
    flow: Flow | None
    views: tuple[View, ...]
    reconstruction: Reconstruction | None
    fronts: tuple[Front | None, ...]
    spread_mm: Array
    limits: Thresholds

    def with_interval(self, samples: int) -> AngioResult:
        """The result with the interval of its QFR, which holds what the pictures leave open; as it is without a QFR."""
        sampled = with_interval(self.analysis, samples=samples, contour_mm=self.spread_mm, left=self._left_open())
        return replace(self, analysis=sampled)

    def _left_open(self) -> Left:
        found, space = self.analysis, self.reconstruction
        lumen, fluid = found.lumen, found.settings.fluid
        diameter, reference, arms = lumen.diameter_mm, found.reference_mm, _arms(self.views)
        if space is None or arms is None:
            widths, angle, line = (
                diameter[None],
                None,
                self.views[0].contour.midline * self.views[0].calibration.mm_per_pixel,
            )
        else:
            widths, line = space.widths_mm, space.points
            angle = seen_across(arms, space.points, space.offset_mm)
        flow = flow_along(found.flow.velocity_m_s, diameter, reference, found.settings.flow_law)
        shape = shape_quantiles(found.lesions, diameter, reference, widths, angle)
        return Left(shape, bend_bound(line, lumen.position_mm, diameter, reference, flow, fluid))

    def as_data(self) -> dict[str, Any]:
        """The result in the contract's form, §5."""
        data = as_data(self.analysis, self.study.vessel)
        if self.flow is None:
            data["flow"] = {"method": self.study.flow, "velocity_m_s": None, "frames": None, "frame_rate_hz": None}
            data.update({"pressure_drop_Pa": None, "excess_drop_Pa": None, "numerical_error_Pa": None})
            data["profile"]["pressure_drop_Pa"] = None
        elif self.flow.frames is not None and self.flow.frame_rate_hz is not None:
            seconds = self.flow.frames / self.flow.frame_rate_hz
            data["flow"]["timi_frame_count"] = round(seconds * TIMI_HZ, 2)
            data["flow"]["contrast_velocity_m_s"] = round(1e-3 * self.analysis.lumen.length_mm / seconds, 4)
        data["profile"]["diameter_spread_mm"] = np.round(self.spread_mm, 4).tolist()
        for row, lesion in zip(data["lesions"], self.analysis.lesions, strict=True):
            row["mld_spread_mm"] = round(float(self.spread_mm[lesion.throat]), 4)
        data["views"] = [view.as_data(front) for view, front in zip(self.views, self.fronts, strict=True)]
        data["reconstruction"] = None if self.reconstruction is None else _reconstruction(self.reconstruction)
        data["thresholds"] = self.limits.listed()
        return data


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
    lumen, spread, stations = _lumen(views, space)
    found = flow_of(study, views, lumen, stations, limits, tell)
    tell("pressure")
    analysis = analyze(lumen, found.flow, settings)
    covered, touched = (
        np.array([shown[place] for shown, place in zip(each, stations, strict=True)])
        for each in ([view.beside.covered for view in views], [view.beside.touched for view in views])
    )
    lost = None if space is None or arms is None else _lost(arms, space)
    reasons = [
        *judge_vessel(study.vessel),
        *judge_scale(tuple(view.calibration for view in views), tuple(view.contour for view in views)),
        *judge_contours(tuple(view.contour for view in views), limits),
        *([] if space is None else judge_geometry(space, limits)),
        *found.reasons,
        *judge_lesions(analysis.lesions, lost, covered, limits),
        *judge_throats(analysis.lesions, lumen.diameter_mm, spread, limits),
    ]
    if reasons:
        analysis = replace(analysis, qfr=None, qfr_along=None, reasons=(*reasons, *analysis.reasons))
    notices = (*analysis.notices, *found.notices, *tell_branches(analysis.lesions, touched), *_seen(views))
    return AngioResult(
        study, replace(analysis, notices=notices), found.flow, views, space, found.fronts, spread, limits
    )


def _seen(views: tuple[View, ...]) -> list[Remark]:
    """What a reader should know about the views."""
    notices = [notice for view in views for notice in view.notices]
    if len(views) == 1:
        notices.append(Remark("SINGLE_VIEW", "one view: foreshortening is not seen and the lumen is taken as round"))
    return notices


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


def _lumen(views: tuple[View, ...], space: Reconstruction | None) -> tuple[Lumen, Array, NDArray[np.int64]]:
    """The lumen, the spread of its diameters and, for each view, the contour station of each of its samples."""
    if space is not None:
        return Lumen(space.arc_mm, space.diameter_mm), space.spread_mm, space.station
    contour = views[0].contour
    return (
        Lumen(contour.arc_mm, contour.diameter_mm),
        contour.spread_mm,
        np.arange(len(contour.arc_mm), dtype=np.int64)[None],
    )


def _lost(arms: tuple[CArm, CArm], space: Reconstruction) -> Array:
    """(2, n) share of the length lost at each station."""
    along = tangents(space.points)
    return np.array([1.0 - np.sqrt(np.maximum(1.0 - (along @ arm.frame[2]) ** 2, 0.0)) for arm in arms])
