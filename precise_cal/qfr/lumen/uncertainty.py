"""How sure a QFR is: Monte Carlo over the errors of contour, reference, calibration, flow and aortic pressure."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from precise_cal.language.catalog import message
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.lumen.analysis import CUTOFF, PASCAL_PER_MMHG, Analysis, Interval, Remark
from precise_cal.qfr.lumen.distal import both_tubes
from precise_cal.qfr.lumen.flow import flow_along
from precise_cal.qfr.lumen.models import CLOSED, RESOLVED, pressure_drop, quick_drop

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

LEVEL: Final = 0.95
SEED: Final = 20260226
HOLDS_CUTOFF: Final = "CUTOFF_IN_INTERVAL"
NAMES: Final = ("contour", "reference", "calibration", "flow", "pressure", "shape", "bends", "numerics")
LEAST_DIAMETER_MM: Final = 0.3  # a sampled contour error does not close the lumen
THREADS: Final = 2
LEAST_SAMPLES, MOST_SAMPLES = 20, 10_000


@dataclass(frozen=True, slots=True)
class Errors:
    """Standard deviations of the inputs.

    The defaults give an SD of QFR of about 0.06 near 0.80, as published for repeats.

    Attributes:
        contour_mm: of the diameter, with a correlation along the vessel of ``contour_length_mm``.
        reference_mm: of the reference diameter, the same everywhere.
        calibration: of all lengths and diameters, relative.
        flow: of the velocity, relative.
        pressure_mmhg: of the aortic pressure.
    """

    contour_mm: float = 0.05
    contour_length_mm: float = 5.0
    reference_mm: float = 0.05
    calibration: float = 0.02
    flow: float = 0.10
    pressure_mmhg: float = 3.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise QfrError(
                    message(
                        "errors: { $name } { $value }; a standard deviation of 0 or more is wanted",
                        name=name,
                        value=f"{value:g}",
                    )
                )


@dataclass(frozen=True, slots=True)
class _Draws:
    """Draws, one row a sample: ``contour`` in mm, (samples, n), the others (samples,).

    ``reference`` to ``pressure`` are standard normal, ``shape`` and ``bends`` even on 0 to 1, ``numerics`` on −1 to 1.
    """

    contour: Array
    reference: Array
    calibration: Array
    flow: Array
    pressure: Array
    shape: Array
    bends: Array
    numerics: Array


@dataclass(frozen=True, slots=True)
class Left:
    """What the pictures leave open beside the contours.

    Attributes:
        shape: (n, m) quantiles, evenly spaced from 0 to 1, of the true diameter over the one in use, by cross-sections
            that are no circles (``section``); None where they are known to be.
        bend_pascal: Most that bends may cost beyond what they cost the healthy vessel (``bends``).
        flow: Relative standard deviation of the velocity, by the contrast front; that in ``Errors`` where it is less.
    """

    shape: Array | None = None
    bend_pascal: float = 0.0
    flow: float = 0.0


def with_interval(
    analysis: Analysis,
    errors: Errors | None = None,
    samples: int = 1000,
    level: float = LEVEL,
    seed: int = SEED,
    *,
    contour_mm: Array | None = None,
    left: Left | None = None,
) -> Analysis:
    """The analysis with its interval; as it is where it has no QFR. The same seed gives the same interval.

    Args:
        analysis: What to judge.
        errors: Standard deviations of the inputs.
        samples: How many are drawn.
        level: Share of the samples that the interval holds.
        seed: Of the draws.
        contour_mm: (n,) standard deviation of the diameter at each sample of the lumen, in place of that in ``errors``.
        left: What the pictures leave open beside the contours.

    The samples run on a coarser grid than the analysis; the difference of the two at the unchanged input is
    reported as ``grid_error`` and taken off every sample. A notice tells where the interval holds the cutoff. No end
    lies below 0: a flow that is drawn and would use up more than the aortic pressure cannot be.

    Raises:
        QfrError: fewer than 20 or more than 10,000 samples, or a level outside (0, 1).
    """
    check_sampling(samples, level)
    if analysis.qfr is None:
        return analysis
    errors = errors or Errors()
    left = left or Left()
    errors = replace(errors, flow=max(errors.flow, left.flow))
    draws = _drawn(analysis.lumen.position_mm, errors, samples, seed, contour_mm)
    center = _ratio(analysis, errors, left, draws, None)
    with ThreadPoolExecutor(THREADS) as pool:
        values = np.array(list(pool.map(lambda k: _ratio(analysis, errors, left, draws, k), range(samples))))
    values -= (left.bend_pascal * draws.bends + _numerical(analysis) * draws.numerics) / _aortic(analysis)
    shift = analysis.qfr - center
    kept = np.isfinite(values)
    if np.count_nonzero(kept) < samples // 2 or not math.isfinite(shift):
        return analysis
    values = values[kept] + shift
    ends = np.quantile(values, [0.5 - level / 2.0, 0.5 + level / 2.0])
    low, high = np.maximum(ends, 0.0)  # so much flow as would use up more than the aortic pressure cannot be
    above = float(np.mean(values > CUTOFF))
    shares = _shares(analysis, left, draws, kept, values)
    interval = Interval(level, float(low), float(high), above, shares, int(kept.sum()), abs(float(shift)))
    return replace(analysis, interval=interval, notices=(*analysis.notices, *tell_cutoff(interval)))


def tell_cutoff(interval: Interval) -> list[Remark]:
    """A notice where an interval holds the cutoff."""
    if not interval.holds_cutoff:
        return []
    text = message(
        "the interval from { $low } to { $high } holds { $cutoff }",
        low=f"{interval.low:.2f}",
        high=f"{interval.high:.2f}",
        cutoff=f"{CUTOFF:.2f}",
    )
    return [Remark(HOLDS_CUTOFF, message("{ $text }: on which side the vessel lies is not sure", text=text))]


def check_sampling(samples: int, level: float) -> None:
    """Raise QfrError where so many samples cannot be drawn or the level is none."""
    if not (LEAST_SAMPLES <= samples <= MOST_SAMPLES and 0.0 < level < 1.0):
        wanted = message(
            "from { $least_samples } to { $most_samples } samples and a level between 0 and 1 are wanted",
            least_samples=LEAST_SAMPLES,
            most_samples=MOST_SAMPLES,
        )
        raise QfrError(
            message(
                "interval: { $samples } samples at level { $level }; { $wanted }",
                samples=samples,
                level=f"{level:g}",
                wanted=wanted,
            )
        )


def _drawn(s: Array, errors: Errors, samples: int, seed: int, contour_mm: Array | None) -> _Draws:
    """Contour errors, in mm, as a Gauss–Markov process along the vessel; everything else one draw a sample."""
    random = np.random.default_rng(seed)
    white = random.standard_normal((samples, s.size))
    length = max(errors.contour_length_mm, 1e-6)
    kept = np.exp(-np.diff(s) / length)
    contour = white.copy()
    for k in range(1, s.size):
        contour[:, k] = kept[k - 1] * contour[:, k - 1] + math.sqrt(1.0 - kept[k - 1] ** 2) * white[:, k]
    contour *= errors.contour_mm if contour_mm is None else contour_mm
    reference, calibration, flow, pressure = random.standard_normal((4, samples))
    shape, bends, numerics = random.random((3, samples))
    return _Draws(contour, reference, calibration, flow, pressure, shape, bends, 2.0 * numerics - 1.0)


def _aortic(analysis: Analysis) -> float:
    return analysis.settings.aortic_pressure_pascal


def _numerical(analysis: Analysis) -> float:
    """Numerical error of the excess drop in Pa."""
    return sum(one.error_pascal for one in (analysis.drop, analysis.reference_drop) if one is not None)


def _factor(shape: Array | None, draw: float) -> Array | float:
    """True diameter over the one in use, (n,) where the shape is open."""
    if shape is None:
        return 1.0
    place = draw * (shape.shape[1] - 1)
    low = min(int(place), shape.shape[1] - 2)
    return np.asarray(shape[:, low] + (place - low) * (shape[:, low + 1] - shape[:, low]))


def _ratio(analysis: Analysis, errors: Errors, left: Left, draws: _Draws, k: int | None) -> float:
    """QFR of sample k on the coarse grid; of the unchanged input where k is None."""
    settings, lumen = analysis.settings, analysis.lumen
    contour = np.zeros(lumen.position_mm.size) if k is None else draws.contour[k]
    reference, calibration, flow, pressure = (
        (0.0,) * 4 if k is None else (float(getattr(draws, name)[k]) for name in NAMES[1:5])
    )
    scale = max(1.0 + errors.calibration * calibration, 0.5)
    velocity = analysis.flow.velocity_m_s * max(1.0 + errors.flow * flow, 0.05)
    shape = 1.0 if k is None else _factor(left.shape, float(draws.shape[k]))
    diameter = scale * np.maximum(shape * (lumen.diameter_mm + contour), LEAST_DIAMETER_MM)
    healthy = scale * np.maximum(analysis.reference_mm + errors.reference_mm * reference, LEAST_DIAMETER_MM)
    rate = flow_along(velocity, diameter, healthy, settings.flow_law)
    aortic = _aortic(analysis) + errors.pressure_mmhg * PASCAL_PER_MMHG * pressure
    tube, straight = both_tubes(scale * lumen.position_mm, diameter, healthy, rate, settings.fluid)
    if settings.model in CLOSED:
        total = pressure_drop(settings.model, replace(tube, lesions=analysis.lesions), settings.fluid)
        without = pressure_drop(settings.model, straight, settings.fluid)
        assert total is not None
        assert without is not None
        return 1.0 - float(total.pascal[-1] - without.pascal[-1]) / aortic
    marches = 2 if settings.model == RESOLVED else 1
    return 1.0 - (quick_drop(tube, settings.fluid, marches) - quick_drop(straight, settings.fluid, 1)) / aortic


def _shares(
    analysis: Analysis, left: Left, draws: _Draws, kept: npt.NDArray[np.bool_], values: Array
) -> tuple[tuple[str, float], ...]:
    """Share of the variance that each input explains linearly, largest first.

    The contour by its error at the throats.
    """
    throats = [lesion.throat for lesion in analysis.lesions] or [int(np.argmin(analysis.lumen.diameter_mm))]
    known = {"shape": left.shape is None, "bends": left.bend_pascal == 0.0}
    names = [name for name in NAMES[1:] if not known.get(name, False)]
    columns = [draws.contour[kept][:, k] for k in throats] + [getattr(draws, name)[kept] for name in names]
    matrix = np.column_stack(columns)
    centered = values - values.mean()
    weights = np.linalg.lstsq(matrix - matrix.mean(axis=0), centered, rcond=None)[0]
    variance = float(np.mean(centered**2)) or 1.0
    explained = weights**2 * matrix.var(axis=0) / variance
    by_name = {"contour": float(explained[: len(throats)].sum())}
    by_name |= {name: float(part) for name, part in zip(names, explained[len(throats) :], strict=True)}
    return tuple(sorted(by_name.items(), key=lambda item: -item[1]))
