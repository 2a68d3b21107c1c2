"""What an analysis from angiograms found, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.angio.limits import Thresholds
    from precise_cal.qfr.angio.view import View
    from precise_cal.qfr.front.fit import Front
    from precise_cal.qfr.lumen.analysis import Analysis, Remark, Settings
    from precise_cal.qfr.lumen.flow import Flow
    from precise_cal.qfr.stereo.lumen3d import Reconstruction
    from precise_cal.qfr.study.study import Study


@dataclass(frozen=True, slots=True)
class FlowFound:
    """The flow, or None where reasons speak against it; the front in each view; notices; reasons."""

    flow: Flow | None
    fronts: tuple[Front | None, ...]
    notices: tuple[Remark, ...] = ()
    reasons: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything an analysis found.

    Attributes:
        study: What was asked.
        settings: Model, fluid and aortic pressure as asked for beside the study.
        analysis: The kernel's analysis; its ``qfr`` is None where the film or the lumen speaks against it.
        flow: The flow, or None where contrast flow was asked for and no front was found.
        views: The views.
        reconstruction: The vessel in space, or None with one view.
        fronts: Contrast front that the program found in each view; None where not looked for or not found.
        spread_mm: (n,) standard deviation of the diameter at each sample of the lumen.
        limits: Thresholds in force.
        samples: Of the interval; 0 without one.
    """

    study: Study
    settings: Settings
    analysis: Analysis
    flow: Flow | None
    views: tuple[View, ...]
    reconstruction: Reconstruction | None
    fronts: tuple[Front | None, ...]
    spread_mm: Array
    limits: Thresholds
    samples: int = 0
