"""The flow of a study: fixed, given, or from the contrast fronts of its views."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.language.catalog import message, words_of
from precise_cal.qfr.angio.findings import FlowFound
from precise_cal.qfr.angio.limits import Threshold
from precise_cal.qfr.angio.moved_front import by_hand
from precise_cal.qfr.angio.of_fronts import judge_frame_rate, judge_front, judge_fronts
from precise_cal.qfr.angio.velocity import scatter, together
from precise_cal.qfr.contour.absorbance import open_field
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.frames.phase import beats
from precise_cal.qfr.front.contrast import contrast_map
from precise_cal.qfr.front.fit import Front, find_front
from precise_cal.qfr.front.motion import displacements
from precise_cal.qfr.front.panning import followed, table_course
from precise_cal.qfr.lumen.analysis import Remark
from precise_cal.qfr.lumen.flow import contrast_flow, fixed_flow, given_flow
from precise_cal.qfr.study.answers import accepted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.angio.limits import Thresholds
    from precise_cal.qfr.angio.memory import Memory
    from precise_cal.qfr.angio.view import View
    from precise_cal.qfr.lumen.flow import Flow
    from precise_cal.qfr.lumen.lumen import Lumen
    from precise_cal.qfr.study.parts import Answer
    from precise_cal.qfr.study.study import Study

LEAST_RUN = 4
"""A run of fewer frames shows no front."""
UNCERTAIN = "FRONT_UNCERTAIN"
"""The reason against a front that a person may accept."""


@dataclass(frozen=True, slots=True)
class ContrastMap:
    """Contrast (frames, k) over time and place along a vessel, and (k,) indices of the places on its midline."""

    strength: Array
    places: Array


def flow_of(
    study: Study,
    views: tuple[View, ...],
    lumen: Lumen,
    stations: NDArray[np.int64],
    limits: Thresholds,
    memory: Memory,
    tell: Callable[[str], None],
) -> FlowFound:
    """The flow that a study asks for.

    Args:
        study: What was asked.
        views: The outlined views.
        lumen: The lumen, over whose arc length fronts are timed.
        stations: (views, n) for each view the contour station of each sample of the lumen.
        limits: Thresholds of analyzability.
        memory: Steps done before.
        tell: Called with the name of a step before it begins.
    """
    silent: tuple[Front | None, ...] = (None,) * len(views)
    if study.flow.method == "fixed":
        return FlowFound(fixed_flow(), silent)
    if study.flow.method == "given":
        return FlowFound(given_flow(study.flow.velocity or 0.0), silent)
    slow = judge_frame_rate(tuple(view.cine.acquisition.frame_rate_hz for view in views), limits)
    if slow:
        return FlowFound(None, silent, (), tuple(slow))
    tell(message("contrast front"))
    with ThreadPoolExecutor(len(views)) as pool:
        maps = list(pool.map(partial(_mapped, memory=memory), "AB"[: len(views)], views))
        fronts = tuple(pool.map(partial(_front, lumen=lumen), views, maps, stations))
    if study.flow.front:
        return by_hand(study.flow, views, lumen, fronts)
    return judged(views, lumen, fronts, limits, study.answers)


def judged(
    views: tuple[View, ...],
    lumen: Lumen,
    fronts: tuple[Front | None, ...],
    limits: Thresholds,
    answers: Mapping[str, Answer],
) -> FlowFound:
    """Flow from the fronts found; where a person accepted uncertain ones, they count, and the notices say so."""
    uncertain = [one for one in judge_fronts(fronts, limits)[0] if one.code == UNCERTAIN]
    by_eye = accepted(uncertain, answers)[1]
    if UNCERTAIN in answers:
        limits = replace(limits, front_error=Threshold(np.inf, "%", "own"))
    reasons, others = judge_fronts(fronts, limits)
    notices = [*others, *by_eye]
    if reasons:
        return FlowFound(None, fronts, tuple(notices), tuple(reasons))
    if any(notice.code == "FLOW_VIEWS_DIFFER" for notice in notices):
        return FlowFound(fixed_flow(), fronts, tuple(notices))
    return _timed(views, lumen, fronts, limits, tuple(notices))


def velocity_error(study: Study, flow: Flow, fronts: tuple[Front | None, ...], limits: Thresholds) -> float:
    """Relative standard deviation of the hyperemic velocity in use, as far as fronts tell it; 0 where they do not."""
    timed = _usable(fronts, limits)
    if study.flow.method != "contrast" or study.flow.front or not timed:
        return 0.0
    return together(timed).hyperemic_error if flow.method == "contrast" else scatter(timed)


def _usable(fronts: tuple[Front | None, ...], limits: Thresholds) -> list[Front]:
    return [front for front in fronts if front is not None and judge_front(front, limits) is None]


def _timed(
    views: tuple[View, ...],
    lumen: Lumen,
    fronts: tuple[Front | None, ...],
    limits: Thresholds,
    notices: tuple[Remark, ...],
) -> FlowFound:
    """Flow from the mean velocity of the fronts that may be used, weighted by their standard errors."""
    velocity = together(_usable(fronts, limits)).m_s
    rate = next(
        view.cine.acquisition.frame_rate_hz or 0.0
        for front, view in zip(fronts, views, strict=True)
        if front is not None and judge_front(front, limits) is None
    )
    try:
        flow = contrast_flow(lumen.length_mm, 1e-3 * lumen.length_mm * rate / velocity, rate)
    except QfrError as error:
        return FlowFound(None, fronts, notices, (Remark("CONTRAST_VELOCITY", words_of(error)),))
    return FlowFound(flow, fronts, notices)


def _mapped(name: str, view: View, memory: Memory) -> ContrastMap | None:
    """Contrast along the vessel as the program outlines it: what a person pins moves no contrast."""
    found = view.cine.acquisition
    if found.times_s is None or found.frames < LEAST_RUN:
        return None
    return memory.step(
        f"{name} contrast", (view.cine, view.found, view.calibration, view.index), lambda: _contrast(view)
    )


def _contrast(view: View) -> ContrastMap:
    found = view.cine.acquisition
    times, contour, factor = np.array(found.times_s), view.found, view.calibration.mm_per_pixel
    pictures = [view.picture(index) for index in range(found.frames)]
    line, diameter = contour.midline, float(np.median(contour.diameter_mm)) / factor
    course = table_course(pictures, open_field(view.cine), view.index, factor)
    still = pictures if course is None else followed(pictures, course)
    moved = displacements(still, times, found.r_waves or beats(found), view.index, line, diameter, factor)
    if course is not None:
        moved = moved + course[:, None]
    return ContrastMap(*contrast_map(pictures, view.index, moved, line, diameter, factor))


def _front(view: View, contrast: ContrastMap | None, stations: NDArray[np.int64], lumen: Lumen) -> Front | None:
    """The front in one view, timed over the lumen's arc length."""
    if contrast is None:
        return None
    places = (contrast.places >= stations.min()) & (contrast.places <= stations.max())
    unique, first = np.unique(stations, return_index=True)
    arc = np.interp(contrast.places[places], unique, lumen.position_mm[first])
    rising = np.maximum.accumulate(arc) + 1e-6 * np.arange(len(arc))
    area = 0.25 * np.pi * np.interp(rising, lumen.position_mm, lumen.diameter_mm) ** 2
    times = np.array(view.cine.acquisition.times_s)
    return find_front(contrast.strength[:, places], times, rising, area, view.index)
