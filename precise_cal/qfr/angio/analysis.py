"""From STUDY.json to a QFR result: read, find, rebuild, time, judge, compute; each step until its input changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from precise_cal.language.catalog import message, placed, words_of
from precise_cal.qfr.angio.analyzability import judge_contours, judge_geometry, judge_scale, judge_vessel
from precise_cal.qfr.angio.at_lesions import HIDDEN, judge_lesions, judge_throats, tell_branches, tell_hidden
from precise_cal.qfr.angio.data import as_data
from precise_cal.qfr.angio.findings import Findings, FlowFound
from precise_cal.qfr.angio.flow import flow_of, velocity_error
from precise_cal.qfr.angio.limits import Thresholds
from precise_cal.qfr.angio.memory import Memory
from precise_cal.qfr.angio.section import seen_across, shape_quantiles
from precise_cal.qfr.angio.view import View, open_view
from precise_cal.qfr.contour.curve import tangents
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.lumen.analysis import CUTOFF, Analysis, Remark, Settings, analyze
from precise_cal.qfr.lumen.bends import bend_bound
from precise_cal.qfr.lumen.flow import flow_along
from precise_cal.qfr.lumen.lumen import Lumen
from precise_cal.qfr.lumen.reference import SideBranch, by_hand
from precise_cal.qfr.lumen.uncertainty import HOLDS_CUTOFF, LEAST_DIAMETER_MM, Left, with_interval
from precise_cal.qfr.stereo.geometry import CArm, c_arm
from precise_cal.qfr.stereo.lumen3d import Reconstruction, reconstruct
from precise_cal.qfr.study.answers import accepted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.study.study import Study


OPEN: Final = 2.0
"""Standard deviations of a diameter whose border is hidden over which QFR must stay on its side of the cutoff (own)."""


@dataclass(frozen=True, slots=True)
class AngioResult(Findings):
    """Everything an analysis found, with its interval and as data."""

    def with_interval(self, samples: int) -> AngioResult:
        """The result with the interval of its QFR, which holds what the pictures leave open; as it is without a QFR.

        A border that a branch hides gives no number where what it leaves open moves that across the cutoff.
        """
        found = self.analysis
        if samples:
            found = with_interval(found, samples=samples, contour_mm=self.spread_mm, left=self._left_open())
        if found.qfr is not None and self._hidden_decides(found):
            found = self._without_hidden(found)
        return replace(self, analysis=found, samples=samples)

    def _hidden_decides(self, found: Analysis) -> bool:
        """Whether QFR crosses the cutoff with diameters two standard deviations off where a border is hidden."""
        if not any(one.code == HIDDEN for one in found.notices):
            return False
        lumen, off = (
            found.lumen,
            OPEN * self.spread_mm * _hidden(self.views, _stations(self.views, self.reconstruction)),
        )
        ends = [np.maximum(lumen.diameter_mm + by, LEAST_DIAMETER_MM) for by in (-off, off)]
        tried = [
            analyze(Lumen(lumen.position_mm, one), found.flow, found.settings, found.reference_mm).qfr for one in ends
        ]
        return len({qfr is not None and qfr > CUTOFF for qfr in (found.qfr, *tried)}) > 1

    def _without_hidden(self, found: Analysis) -> Analysis:
        """The analysis without its number where a border is hidden and nobody accepted the one drawn."""
        hidden = [one for one in found.notices if one.code == HIDDEN]
        against, by_eye = accepted(hidden, self.study.answers)
        others = [one for one in found.notices if one.code not in (HIDDEN, *[HOLDS_CUTOFF] * bool(against))]
        found = replace(found, notices=(*others, *by_eye))
        return replace(found, qfr=None, qfr_along=None, interval=None, reasons=tuple(against)) if against else found

    def _left_open(self) -> Left:
        found, space, view = self.analysis, self.reconstruction, self.views[0]
        lumen, fluid = found.lumen, found.settings.fluid
        diameter, reference, arms = lumen.diameter_mm, found.reference_mm, _arms(self.views)
        if space is None or arms is None:
            widths, angle, line = diameter[None], None, view.contour.midline * view.calibration.mm_per_pixel
        else:
            widths, line = space.widths_mm, space.points
            angle = seen_across(arms, space.points, space.offset_mm)
        flow = flow_along(found.flow.velocity_m_s, diameter, reference, found.settings.flow_law)
        shape = shape_quantiles(found.lesions, diameter, reference, widths, angle)
        bends = bend_bound(line, lumen.position_mm, diameter, reference, flow, fluid)
        return Left(shape, bends, velocity_error(self.study, found.flow, self.fronts, self.limits))

    def as_data(self) -> dict[str, Any]:
        """The result in the contract's form, §5 and §9: it can be audited and reopened."""
        return as_data(self)


def run_study(
    study: Study,
    settings: Settings | None = None,
    limits: Thresholds | None = None,
    say: Callable[[str], None] | None = None,
    memory: Memory | None = None,
) -> AngioResult:
    """Analyzes a study.

    Args:
        study: Files and points.
        settings: Model, fluid and aortic pressure; the study's pressure wins over theirs.
        limits: Thresholds of analyzability.
        say: Called with the name of each step before it begins.
        memory: Steps done before: given again with an edited study, only what the edit touches is done. The result
            is the same without.

    Raises:
        QfrError: a file, a point or the geometry cannot be used at all.
    """
    limits, tell = limits or Thresholds(), say or (lambda _: None)
    asked, memory = settings or Settings(), memory or Memory()
    with ThreadPoolExecutor(len(study.views)) as pool:
        jobs = [
            pool.submit(open_view, spec, study.path(spec), name, memory, tell)
            for spec, name in zip(study.views, "AB", strict=False)
        ]
    views = tuple(job.result() for job in jobs)
    tell(message("lumen in space") if len(views) == 2 else message("lumen"))
    space = _in_space(views, memory)
    (lumen, spread), stations = _lumen(views, space), _stations(views, space)
    found = flow_of(study, views, lumen, stations, limits, memory, tell)
    tell(message("pressure"))
    pressure = study.aortic_pressure_mmhg
    used = asked if pressure is None else replace(asked, aortic_pressure_mmhg=pressure)
    analysis = analyze(lumen, found.flow, used, _reference(study, lumen))
    against, notices = _judged(study, views, space, stations, found, analysis, spread, limits)
    if against:
        analysis = replace(analysis, qfr=None, qfr_along=None, reasons=(*against, *analysis.reasons))
    analysis = replace(analysis, notices=(*analysis.notices, *notices))
    return AngioResult(study, asked, analysis, found.flow, views, space, found.fronts, spread, limits)


def _reference(study: Study, lumen: Lumen) -> Array | None:
    given = study.reference
    try:
        branches = tuple(SideBranch(branch.at_mm, branch.side_branch_mm) for branch in given.branches)
        return by_hand(lumen, given.healthy, branches, given.law)
    except QfrError as error:
        raise QfrError(message("/reference: { $error }", error=words_of(error))) from error


def _judged(
    study: Study,
    views: tuple[View, ...],
    space: Reconstruction | None,
    stations: NDArray[np.int64],
    found: FlowFound,
    analysis: Analysis,
    spread: Array,
    limits: Thresholds,
) -> tuple[list[Remark], list[Remark]]:
    """Reasons against a number that stay, and notices."""
    arms = _arms(views)
    covered, touched, behind = (
        np.array([shown[place] for shown, place in zip(each, stations, strict=True)])
        for each in (
            [view.beside.covered for view in views],
            [view.beside.touched for view in views],
            [view.contour.covered for view in views],
        )
    )
    lost = None if space is None or arms is None else _lost(arms, space)
    contours = tuple(view.contour for view in views)
    reasons = [
        *judge_vessel(study.vessel),
        *judge_scale(tuple(view.calibration for view in views), contours),
        *judge_contours(contours, limits),
        *([] if space is None else judge_geometry(space, limits)),
        *found.reasons,
        *judge_lesions(analysis.lesions, lost, covered, limits),
        *judge_throats(analysis.lesions, analysis.lumen.diameter_mm, spread, limits),
    ]
    against, by_eye = accepted(reasons, study.answers)
    branches = [*tell_branches(analysis.lesions, touched), *tell_hidden(analysis.lesions, behind)]
    notices = [*found.notices, *branches, *_seen(views), *by_eye]
    return against, [*notices, *_idle_answers(study, [*reasons, *found.notices, *branches])]


def _idle_answers(study: Study, remarks: list[Remark]) -> list[Remark]:
    """Notices for answers to what nobody asked."""
    raised = {one.code for one in remarks}
    text = "the answer to it is not needed: the program does not raise it on this study"
    return [Remark("ANSWER_NOT_NEEDED", placed(code, text)) for code in study.answers if code not in raised]


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


def _in_space(views: tuple[View, ...], memory: Memory) -> Reconstruction | None:
    arms = _arms(views)
    if arms is None:
        return None
    first, second = views
    anchors = tuple(np.array(view.spec.anchor, dtype=np.float64).reshape(-1, 2) for view in views)
    factors = (first.calibration.mm_per_pixel, second.calibration.mm_per_pixel)
    asked = tuple((view.spec.anchor, view.spec.flip) for view in views)
    return memory.step(
        "space",
        (first.contour, second.contour, first.cine, second.cine, asked, factors),
        lambda: reconstruct(arms, (first.contour, second.contour), (anchors[0], anchors[1]), factors),
    )


def _lumen(views: tuple[View, ...], space: Reconstruction | None) -> tuple[Lumen, Array]:
    """The lumen, and the spread of its diameters."""
    if space is not None:
        return Lumen(space.arc_mm, space.diameter_mm), space.spread_mm
    contour = views[0].contour
    return Lumen(contour.arc_mm, contour.diameter_mm), contour.spread_mm


def _stations(views: tuple[View, ...], space: Reconstruction | None) -> NDArray[np.int64]:
    """(views, n) station of each sample of the lumen in the contour of each view."""
    return np.arange(len(views[0].contour.arc_mm), dtype=np.int64)[None] if space is None else space.station


def _hidden(views: tuple[View, ...], stations: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) samples of the lumen at which a branch hides a border in any view."""
    shown = [view.contour.covered[place] for view, place in zip(views, stations, strict=True)]
    return np.asarray(np.any(shown, axis=0))


def _lost(arms: tuple[CArm, CArm], space: Reconstruction) -> Array:
    """(2, n) share of the length lost at each station."""
    along = tangents(space.points)
    return np.array([1.0 - np.sqrt(np.maximum(1.0 - (along @ arm.frame[2]) ** 2, 0.0)) for arm in arms])
