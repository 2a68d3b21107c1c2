"""Frame count: when the contrast front arrives at each place along a vessel, to a fraction of a frame.

A model is fitted to the whole contrast map: C(t, s) = b(s) + a(s) · g(Φ((t − τ(s)) / w(s))), with the normal
distribution function Φ as shape of the rise of the concentration, and g(c) = (1 − exp(−q c)) / (1 − exp(−q)) for what
is seen of it: absorbance falls behind concentration because of scatter, hardening of the beam and display curves.
Without g the front counts as there too early, the more so the wider it has become on its way, and the velocity comes
out too high. The front moves with the blood, τ'(s) = A(s) / Q(s): A is the lumen found, 1/Q a quadratic along the
vessel, as branches take their share. b and a are solved for at each place (variable projection; Golub & Pereyra
1973), the rest by nonlinear least squares with a robust loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import least_squares
from scipy.special import ndtr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

RISE_TO_NOISE = 5.0
"""A place whose contrast rises by less than this many times its noise tells no arrival (own)."""
LEAST_PLACES = 0.5
"""Share of the places that must tell an arrival (own)."""
BACKWARDS = 0.15
"""Share of its time by which the course of a front may run backwards (own)."""
SIGMAS = 3.0
"""Whether the front moves: its time must be this many times its own standard error (own)."""
BEFORE_S, AFTER_S = 0.5, 0.7
"""Time before the first and after the last arrival that the fit looks at: earlier nothing is told, and the motion is
known least; later the contrast washes out (own)."""
LEAST_FRAMES = 5
"""Frames that the fit looks at, at least."""
TUNING, LEAST_SCATTER_S = 4.7, 0.02
"""Tukey's bisquare (95 % efficient on normal residuals), and the least scatter of arrivals (own)."""
ROUNDS = 10
"""Of the robust line that the fit starts from."""
WIDTH_S = (0.02, 0.6)
"""Standard deviation of the rise: from an edge to a slow injection."""
TOGETHER_MM = 4.0
"""Places nearer than this see the same errors: motion and the neighborhood (own)."""
MOST_STEPS = 40
"""Steps of the fit; a front that is there needs about ten."""
BENT = 0.1
"""Expected change of 1/Q along the vessel beyond a constant, as a share of it: the prior of the fit (own)."""
ENTRY_MM = 3.0
"""So far from its beginning a vessel tells no arrival: what lies upstream is filled before it, and comes to lie there
where the motion along the vessel is not known (own)."""
OVER = 1.3
"""A place that shows so many times the contrast that it has when filled shows another vessel (own)."""
STEADY, NEARLY = 3, 0.75
"""It is filled once it has had this share of its contrast over so many frames (own)."""
SATURATION = 0.3
"""q: what scatter of half the primary light makes of a vessel of 3 mm, and somewhat more for display curves (own)."""


@dataclass(frozen=True, slots=True)
class Front:
    """The contrast front along a vessel.

    Attributes:
        arc_mm: (k,) places.
        arrival_s: (k,) time at which half of the rise is passed there, taken alone; NaN where it cannot be told.
        fitted_s: (k,) τ of the fitted model.
        frames: Frames that it takes from the first to the last place.
        velocity_m_s: Length over time.
        error_percent: Standard error of the time, in percent of it.
        told: Share of the places that tell an arrival.
    """

    arc_mm: Array
    arrival_s: Array
    fitted_s: Array
    frames: float
    velocity_m_s: float
    error_percent: float
    told: float


def find_front(strength: Array, times_s: Array, arc_mm: Array, area_mm2: Array, analyzed: int) -> Front | None:
    """The front in a contrast map, or None where no front runs down the vessel.

    Args:
        strength: (frames, k) contrast over time and place.
        times_s: (frames,) time of each frame.
        arc_mm: (k,) arc length in space.
        area_mm2: (k,) area of the lumen.
        analyzed: Frame in which the vessel is filled.
    """
    arrival = np.where(_disturbed(strength, analyzed), np.nan, _arrivals(strength, times_s))
    told = np.isfinite(arrival) & (arc_mm - arc_mm[0] >= ENTRY_MM)
    if told.mean() < LEAST_PLACES:
        return None
    basis = _basis(arc_mm, area_mm2)
    start, near = _started(arrival[told], basis[told])
    told[told] = near
    if told.mean() < LEAST_PLACES:
        return None
    seen = _around(times_s, arrival[told])
    fitted, error = _fitted(strength[seen][:, told], times_s[seen], basis, told, start, arc_mm)
    duration, frame_s = float(fitted[-1] - fitted[0]), float(np.median(np.diff(times_s)))
    back = float(np.max(np.maximum.accumulate(fitted) - fitted))
    if duration < SIGMAS * error or back > BACKWARDS * duration:
        return None
    velocity = 1e-3 * float(arc_mm[-1] - arc_mm[0]) / duration
    share = 100.0 * error / duration
    return Front(arc_mm, arrival, fitted, duration / frame_s, velocity, share, float(told.mean()))


def _basis(arc_mm: Array, area_mm2: Array) -> Array:
    """(k, 4) columns of which τ is made: 1, and the integrals of A, A x and A (3x² − 1)/2, for x from −1 to 1."""
    x = 2.0 * (arc_mm - arc_mm[0]) / (arc_mm[-1] - arc_mm[0]) - 1.0
    slopes = area_mm2[:, None] * np.stack([np.ones_like(x), x, 1.5 * x**2 - 0.5], axis=1)
    steps = 0.5 * (slopes[1:] + slopes[:-1]) * np.diff(arc_mm)[:, None]
    grown = np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
    return np.concatenate([np.ones((len(x), 1)), grown / grown[-1, 0]], axis=1)


def _disturbed(strength: Array, analyzed: int) -> NDArray[np.bool_]:
    """Places (k,) that show another vessel before they are filled: it lies where the motion puts this one."""
    filled = np.median(strength[max(analyzed - 2, 0) : analyzed + 3], axis=0)
    share = strength / np.maximum(filled, 1e-9)
    over = (share > OVER) & np.roll(share > OVER, -1, axis=0)
    over[-1] = False
    near = share >= NEARLY
    steady = np.lib.stride_tricks.sliding_window_view(near & ~(share > OVER), STEADY, axis=0).all(axis=-1)
    first_steady = np.where(steady.any(axis=0), steady.argmax(axis=0), len(strength))
    return np.asarray(over.any(axis=0) & (over.argmax(axis=0) < first_steady))


def _arrivals(strength: Array, times_s: Array) -> Array:
    """First lasting crossing of half the rise at each place, between frames by linear interpolation."""
    frames, places = strength.shape
    smooth = gaussian_filter1d(gaussian_filter1d(strength, 0.6, axis=0), 2.0, axis=1)
    noise = 1.4826 * np.median(np.abs(np.diff(smooth, axis=0)), axis=0) / np.sqrt(2.0) + 1e-12
    low, high = np.percentile(smooth[: max(frames // 3, 2)], 25, axis=0), np.percentile(smooth, 90, axis=0)
    arrival = np.full(places, np.nan)
    for place in range(places):
        if high[place] - low[place] < RISE_TO_NOISE * noise[place]:
            continue
        above = smooth[:, place] > 0.5 * (low[place] + high[place])
        lasting = above & np.append(above[1:], True)
        index = int(np.argmax(lasting))
        if not lasting.any() or index == 0:
            continue
        before, after = smooth[index - 1, place], smooth[index, place]
        share = (0.5 * (low[place] + high[place]) - before) / (after - before)
        arrival[place] = times_s[index - 1] + share * (times_s[index] - times_s[index - 1])
    return arrival


def _around(times_s: Array, arrival: Array) -> NDArray[np.bool_]:
    """Frames (frames,) that the fit looks at: the passage of the front, and at least five from its beginning on."""
    first, last = np.percentile(arrival, [5, 95])
    seen = (times_s >= first - BEFORE_S) & (times_s <= last + AFTER_S)
    begin = int(seen.argmax())
    seen[begin : begin + LEAST_FRAMES] = True
    return np.asarray(seen)


def _started(arrival: Array, basis: Array) -> tuple[Array, NDArray[np.bool_]]:
    """τ of constant flow through the arrivals, by a robust line from the median slope: (4,) coefficients.

    Returns:
        The coefficients, and (k,) which arrivals lie near it: at the others something else came to lie there.
    """
    line = basis[:, :2]
    half = len(arrival) // 2
    slopes = (arrival[half:] - arrival[: len(arrival) - half]) / (line[half:, 1] - line[: len(arrival) - half, 1])
    slope = float(np.median(slopes))
    found = np.array([float(np.median(arrival - slope * line[:, 1])), slope])
    for _ in range(ROUNDS):
        away = _apart(arrival, line @ found)
        weight = np.clip(1.0 - away**2, 0.0, None)
        found = np.asarray(np.linalg.lstsq(line * weight[:, None], arrival * weight, rcond=None)[0], np.float64)
    return np.array([*found, 0.0, 0.0]), np.asarray(_apart(arrival, line @ found) <= 1.0)


def _apart(arrival: Array, line: Array) -> Array:
    """How far arrivals lie from a line; from 1 on they do not count."""
    away = np.abs(arrival - line)
    return np.asarray(away / (TUNING * max(1.4826 * float(np.median(away)), LEAST_SCATTER_S)))


def _fitted(
    strength: Array, times_s: Array, basis: Array, told: NDArray[np.bool_], start: Array, arc_mm: Array
) -> tuple[Array, float]:
    """τ (k,) of the fitted model, and the standard error of its last minus its first value."""
    inside, size = basis[told], float(np.percentile(strength, 90) - np.percentile(strength, 10)) or 1.0
    noise = 1.4826 * float(np.median(np.abs(np.diff(strength, axis=0)))) / np.sqrt(2.0) + 1e-3 * size

    weight = np.sqrt(_together(arc_mm[told])) / BENT  # neighbors see the same errors: the prior counts as each of them

    def misses(p: Array) -> Array:
        rest = _residual(strength, times_s, inside @ p[:4], np.exp(p[4] + p[5] * inside[:, 1])) / noise
        bent = weight * p[2:4] / max(abs(p[1]), 1e-3)
        return np.concatenate([rest.ravel(), bent])

    first = np.array([*start, np.log(0.08), 0.0])
    low, high = np.full(6, -np.inf), np.full(6, np.inf)
    low[4], high[4], low[5], high[5] = np.log(WIDTH_S[0]), np.log(WIDTH_S[1]), -1.0, 1.5
    found = least_squares(
        misses, first, bounds=(low, high), loss="soft_l1", f_scale=2.0, x_scale=_scales(start), max_nfev=MOST_STEPS
    )
    tau = np.asarray(basis @ found.x[:4])
    return tau, _error(found.jac, found.fun, basis, arc_mm[told])


def _scales(start: Array) -> Array:
    span = max(abs(float(start[1])), 0.05)
    return np.array([0.03, 0.1 * span, 0.1 * span, 0.1 * span, 0.3, 0.3])


def _residual(strength: Array, times_s: Array, tau: Array, width: Array) -> Array:
    """Strength minus the best b + a g(Φ) at each place, (frames, k)."""
    shape = -np.expm1(-SATURATION * ndtr((times_s[:, None] - tau) / width))
    middle = shape - shape.mean(axis=0)
    rest = strength - strength.mean(axis=0)
    rise = np.maximum(np.sum(middle * rest, axis=0) / np.maximum(np.sum(middle**2, axis=0), 1e-9), 0.0)
    return np.asarray(rest - rise * middle)


def _together(arc_mm: Array) -> float:
    """How many places count as one."""
    return max(TOGETHER_MM / float(np.mean(np.diff(arc_mm))), 1.0)


def _error(jacobian: Array, misses: Array, basis: Array, arc_mm: Array) -> float:
    """Standard error of τ(end) − τ(start): Gauss–Newton covariance, with neighbors counted as one."""
    variance = float(np.mean(misses[:-2] ** 2))
    bound = jacobian.T @ jacobian / max(variance * _together(arc_mm), 1e-12)
    covariance = np.linalg.pinv(bound)
    ends = np.zeros(len(covariance))
    ends[:4] = basis[-1] - basis[0]
    return float(np.sqrt(max(float(ends @ covariance @ ends), 0.0)))
