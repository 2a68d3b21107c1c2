"""From a lumen and a flow to QFR.

Reference, drop, excess over the healthy vessel, lesions, and the reasons against a number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from precise_cal.language.catalog import message
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.lumen.distal import both_tubes
from precise_cal.qfr.lumen.flow import Flow, FlowLaw, fixed_flow, flow_along
from precise_cal.qfr.lumen.lesions import Lesion, find_lesions
from precise_cal.qfr.lumen.models import MODELS, RESOLVED, Drop, Fluid, Tube, pressure_drop, resolvable
from precise_cal.qfr.lumen.reference import fit_taper

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.lumen.lumen import Lumen

PASCAL_PER_MMHG: Final = 133.322387415
CUTOFF: Final = 0.80
LEAST_LUMEN_MM: Final = 0.5  # own: narrower is treated as occlusive
MOST_STENOSIS: Final = 0.90  # own: of the reference diameter
LEAST_RATIO: Final = 0.2  # own: below it the flow assumed could not run
MOST_RATIO: Final = 1.005  # own: reads 1.00 with two decimals
LAMINAR_REYNOLDS: Final = 2000.0  # in the throat; pipe flow need not stay laminar above it
CHECKED_REYNOLDS: Final = 850.0  # in the throat; as far as the CFD goes that the model was compared with


@dataclass(frozen=True, slots=True)
class Settings:
    """How a lumen is analyzed; every default is listed with its source in ``docs/qfr.md``."""

    aortic_pressure_mmhg: float = 100.0
    model: str = RESOLVED
    flow_law: FlowLaw = "reference"
    fluid: Fluid = field(default_factory=Fluid)

    def __post_init__(self) -> None:
        if not 30.0 <= self.aortic_pressure_mmhg <= 250.0:
            raise QfrError(
                message(
                    "aortic pressure: { $aortic_pressure_mmhg } mm[Hg]; from 30 to 250 is wanted",
                    aortic_pressure_mmhg=f"{self.aortic_pressure_mmhg:g}",
                )
            )
        if self.model not in MODELS:
            raise QfrError(
                message(
                    "model { $model }: unknown; wanted one of { $models }",
                    model=f"{self.model!r}",
                    models=", ".join(MODELS),
                )
            )
        if self.flow_law not in ("reference", "constant"):
            raise QfrError(
                message("flow law { $flow_law }: unknown; wanted reference or constant", flow_law=f"{self.flow_law!r}")
            )

    @property
    def aortic_pressure_pascal(self) -> float:
        """Mean aortic pressure in Pa."""
        return self.aortic_pressure_mmhg * PASCAL_PER_MMHG


@dataclass(frozen=True, slots=True)
class Remark:
    """A reason against a number, or a notice beside it: a code to decide by and a text to read."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Interval:
    """What Monte Carlo says: bounds of QFR, P(QFR > 0.80), and the share of the variance that each input explains."""

    level: float
    low: float
    high: float
    probability_above_cutoff: float
    shares: tuple[tuple[str, float], ...]
    samples: int
    grid_error: float

    @property
    def holds_cutoff(self) -> bool:
        """Whether values on both sides of 0.80 lie in it, so that the number alone decides nothing."""
        return self.low <= CUTOFF < self.high


@dataclass(frozen=True, slots=True)
class Analysis:
    """A QFR analysis. Arrays have shape (n,), one value per sample of the lumen.

    Attributes:
        qfr: where the pressure behind the last lesion has recovered (``distal``); None where ``reasons`` speak
        against it. qfr_along: 1 − excess drop/aortic pressure at each sample; None like ``qfr``. drop: static drop
        through the lumen; ``reference_drop`` through the healthy vessel at the same flow.
    """

    lumen: Lumen
    reference_mm: Array
    flow: Flow
    settings: Settings
    lesions: tuple[Lesion, ...]
    reasons: tuple[Remark, ...]
    notices: tuple[Remark, ...]
    qfr: float | None = None
    qfr_along: Array | None = None
    drop: Drop | None = None
    reference_drop: Drop | None = None
    interval: Interval | None = None

    def loss(self, lesion: Lesion) -> float:
        """QFR lost from a lesion's start to where the next one begins, or pressure has recovered behind the last one.

        Static pressure recovers behind a lesion.
        """
        if self.qfr_along is None or self.qfr is None:
            raise QfrError("loss of a lesion: the vessel is not analyzable")
        starts = [other.first for other in self.lesions if other.first > lesion.first]
        behind = self.qfr_along[min(starts)] if starts else self.qfr
        return float(self.qfr_along[lesion.first] - behind)


def reynolds(tube: Tube, fluid: Fluid) -> float:
    """Largest Reynolds number 2ρQ/(πμR) along the tube."""
    return float(np.max(2.0 * fluid.density_kg_m3 * tube.flow / (math.pi * fluid.viscosity_pa_s * tube.radius)))


def analyze(
    lumen: Lumen,
    flow: Flow | None = None,
    settings: Settings | None = None,
    reference_mm: Array | None = None,
) -> Analysis:
    """Compute QFR along a vessel.

    Args:
        lumen: the lumen; its ``reference_mm`` is used where given.
        flow: hyperemic flow; the fixed velocity of 0.35 m/s where None.
        settings: model, fluid and aortic pressure.
        reference_mm: diameters of the healthy vessel, shape (n,); overrides the lumen's own. A taper is
            fitted where neither is given.

    Returns:
        The analysis; ``qfr`` is None and ``reasons`` is not empty where no number can be given.

    Raises:
        QfrError: an input cannot be used at all.
    """
    settings, flow = settings or Settings(), flow or fixed_flow()
    if reference_mm is not None:
        lumen = replace(lumen, reference_mm=reference_mm)
    reference = lumen.reference_mm if lumen.reference_mm is not None else fit_taper(lumen)
    lesions = find_lesions(lumen.diameter_mm, reference)
    reasons, notices = _before(lumen, reference), ()
    blank = Analysis(lumen, reference, flow, settings, lesions, reasons, notices)
    return blank if reasons else _solved(blank)


def _solved(blank: Analysis) -> Analysis:
    lumen, settings = blank.lumen, blank.settings
    rate = flow_along(blank.flow.velocity_m_s, lumen.diameter_mm, blank.reference_mm, settings.flow_law)
    tube, straight = both_tubes(lumen.position_mm, lumen.diameter_mm, blank.reference_mm, rate, settings.fluid)
    drop = pressure_drop(settings.model, replace(tube, lesions=blank.lesions), settings.fluid)
    healthy = pressure_drop(settings.model, straight, settings.fluid)
    if drop is None or healthy is None:
        return replace(blank, reasons=(_unsolved(tube if drop is None else straight),))
    ratio = 1.0 - (drop.pascal - healthy.pascal) / settings.aortic_pressure_pascal
    count, final = lumen.position_mm.size, float(ratio[-1])
    along = ratio[:count]
    notices, reasons = _notices(blank, reynolds(tube, settings.fluid), drop, healthy), _after(along, final)
    drop, healthy = (replace(one, pascal=one.pascal[:count]) for one in (drop, healthy))
    solved = replace(blank, drop=drop, reference_drop=healthy, notices=notices, reasons=reasons)
    return solved if reasons else replace(solved, qfr=final, qfr_along=along)


def _before(lumen: Lumen, reference: Array) -> tuple[Remark, ...]:
    """Reasons that the geometry alone gives."""
    narrow, missing = int(np.argmin(lumen.diameter_mm)), 1.0 - lumen.diameter_mm / reference
    worst = int(np.argmax(missing))
    reasons = []
    if lumen.diameter_mm[narrow] < LEAST_LUMEN_MM:
        text = message(
            "{ $diameter_mm } mm at { $position_mm } mm, below { $least_lumen_mm } mm",
            diameter_mm=f"{lumen.diameter_mm[narrow]:g}",
            position_mm=f"{lumen.position_mm[narrow]:g}",
            least_lumen_mm=f"{LEAST_LUMEN_MM:g}",
        )
        reasons.append(
            Remark("OCCLUSIVE_LUMEN", message("lumen { $text }: the flow assumed would not run through it", text=text))
        )
    if missing[worst] > MOST_STENOSIS:
        text = message(
            "{ $value } % at { $position_mm } mm, above { $value_2 } %",
            value=f"{100.0 * missing[worst]:.1f}",
            position_mm=f"{lumen.position_mm[worst]:g}",
            value_2=f"{100.0 * MOST_STENOSIS:g}",
        )
        reasons.append(Remark("STENOSIS_TOO_SEVERE", message("diameter stenosis { $text }", text=text)))
    return tuple(reasons)


def _after(along: Array, final: float) -> tuple[Remark, ...]:
    """Reasons that the ratio itself gives: refused, never cut to what is possible."""
    if not (math.isfinite(final) and np.isfinite(along).all()):
        return (Remark("NOT_CONVERGED", "the pressure is not a finite number"),)
    if final < LEAST_RATIO:
        text = message(
            "distal pressure would be { $final } of the aortic one, below { $least_ratio }: this flow could not run",
            final=f"{final:.3f}",
            least_ratio=f"{LEAST_RATIO:g}",
        )
        return (Remark("NON_PHYSICAL_RATIO", text),)
    if final > MOST_RATIO:
        text = message(
            "distal pressure would be { $final } of the aortic one: the lumen is wider than its reference",
            final=f"{final:.3f}",
        )
        return (Remark("RATIO_ABOVE_ONE", text),)
    return ()


def _unsolved(tube: Tube) -> Remark:
    """Why the flow equations have no solution on a tube."""
    if resolvable(tube):
        return Remark("NOT_CONVERGED", "the flow equations could not be solved on this lumen")
    text = "the diameters change so steeply from sample to sample that no lumen between them can be resolved"
    return Remark("LUMEN_NOT_RESOLVED", message("{ $text }: outline the vessel anew, or smooth the samples", text=text))


def _notices(blank: Analysis, fastest: float, drop: Drop, healthy: Drop) -> tuple[Remark, ...]:
    notices = []
    if fastest > LAMINAR_REYNOLDS:
        notices.append(
            Remark(
                "NOT_LAMINAR",
                message(
                    "Reynolds number { $fastest } in the throat: the flow would not stay laminar",
                    fastest=f"{fastest:.0f}",
                ),
            )
        )
    elif fastest > CHECKED_REYNOLDS:
        text = message(
            "Reynolds number { $fastest } in the throat: the model was compared with CFD up to { $checked_reynolds }",
            fastest=f"{fastest:.0f}",
            checked_reynolds=f"{CHECKED_REYNOLDS:.0f}",
        )
        notices.append(Remark("REYNOLDS_UNCHECKED", text))
    notices += _solved_in_part(blank.settings.model, (drop, healthy))
    if blank.lesions and not _recovered(blank):
        notices.append(
            Remark(
                "RECOVERY_CUT", "the lumen ends within 5 diameters of a lesion: how it goes on is assumed to be healthy"
            )
        )
    return tuple(notices)


def _solved_in_part(model: str, drops: tuple[Drop, Drop]) -> list[Remark]:
    """Notices where the equations were solved in a way that is less exact; the numerical error holds it."""
    if model not in (RESOLVED, "rnsp"):
        return []
    notices = []
    if model == RESOLVED and min(drop.marches for drop in drops) < 2:
        text = "the second-order terms did not converge; the drop is the boundary-layer one"
        notices.append(Remark("SECOND_ORDER_FAILED", text))
    share, steepest = min(drop.share for drop in drops), min(drop.steepest for drop in drops)
    if share < 1.0:
        text = message(
            "{ $value } % of the second-order terms were solved for and extrapolated to all of them",
            value=f"{100.0 * share:g}",
        )
        notices.append(Remark("SECOND_ORDER_EXTRAPOLATED", text))
    if steepest < math.inf:
        text = message(
            "a sudden widening was taken at a slope of { $steepest }; what that changes is in the numerical error",
            steepest=f"{steepest:g}",
        )
        notices.append(Remark("EXPANSION_EASED", text))
    return notices


def _recovered(blank: Analysis) -> bool:
    last, lumen = blank.lesions[-1].last, blank.lumen
    return bool(lumen.position_mm[-1] - lumen.position_mm[last] >= 5.0 * blank.reference_mm[last])


def treat(analysis: Analysis, lesion: Lesion) -> Analysis:
    """The analysis after virtual treatment: the lesion's lumen is opened to the reference; flow and reference stay."""
    diameter = analysis.lumen.diameter_mm.copy()
    inside = slice(lesion.first, lesion.last + 1)
    diameter[inside] = np.maximum(diameter[inside], analysis.reference_mm[inside])
    opened = replace(analysis.lumen, diameter_mm=diameter, reference_mm=analysis.reference_mm)
    return analyze(opened, analysis.flow, analysis.settings)
