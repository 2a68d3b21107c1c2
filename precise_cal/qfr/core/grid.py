"""Nodes across the tube, the lumen between its samples, and stations along it.

Lengths only enter as multiples of the radius. Loops stand here for what NumPy has too: Numba compiles them several
times faster, and they give the same bits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.core.accelerate import jit

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

CLUSTER = 0.35  # of the radial nodes towards the wall
FINE = 0.04  # spacing of the fine lumen, in typical radii
PAD = 2.0  # straight tube added at both ends, in typical radii
SMOOTHING = 0.1  # standard deviation of the lumen filter, in typical radii
SLOPE_SHARE, CURVE_SHARE, REST = 2.0, 1.0, 0.2  # what asks for stations: |R'|/R, √(|R''|/R), 1/R
WAKE, APPROACH = 3.0, 1.0  # radii over which that demand fades downstream and upstream
MOST_FINE, MOST_STATIONS = 500_000, 20_000  # own: a vessel of a meter, smooth, asks for half of that on the finest grid


@jit
def radial_nodes(intervals: int) -> Array:
    """Nodes in s = (r/R)² from axis to wall, shape (intervals + 1,); from even steps t: √s = (1 + a) t − a t³."""
    t = np.linspace(0.0, 1.0, intervals + 1)
    return (((1.0 + CLUSTER) - CLUSTER * t * t) * t) ** 2


@jit
def radial_weights(s: Array) -> Array:
    """Weights on unequal intervals, shape (5, intervals).

    Rows: the interval outward of node j; first derivative by the difference to the inner and to the outer
    neighbor;
    ∂/∂s(s ∂/∂s) by the same two differences. On the axis, which nothing crosses, only the last is not 0.
    """
    weights = np.zeros((5, s.size - 1))
    for j in range(s.size - 1):
        weights[0, j] = s[j + 1] - s[j]
    weights[4, 0] = 1.0 / weights[0, 0]
    for j in range(1, s.size - 1):
        inner, outer = weights[0, j - 1], weights[0, j]
        both = inner + outer
        weights[1, j] = -outer / (inner * both)
        weights[2, j] = inner / (outer * both)
        weights[3, j] = (s[j - 1] + s[j]) / (inner * both)
        weights[4, j] = (s[j] + s[j + 1]) / (outer * both)
    return weights


@jit
def node_slopes(x: Array, y: Array) -> Array:
    """Slopes at the samples by the modified Akima rule: smooth where the data are, without overshoot beside a step.

    Akima 1970, J ACM 17:589, with the weights |δ₊ − δ₋| + |δ₊ + δ₋|/2 that keep flat parts flat.
    """
    n = x.size
    d = np.empty(n + 3)
    for k in range(n - 1):
        d[k + 2] = (y[k + 1] - y[k]) / (x[k + 1] - x[k])
    if n == 2:
        d[:] = d[2]
    else:
        d[1], d[n + 1] = 2.0 * d[2] - d[3], 2.0 * d[n] - d[n - 1]
        d[0], d[n + 2] = 2.0 * d[1] - d[2], 2.0 * d[n + 1] - d[n]
    slopes = np.empty(n)
    for k in range(n):
        after = abs(d[k + 3] - d[k + 2]) + 0.5 * abs(d[k + 3] + d[k + 2])
        before = abs(d[k + 1] - d[k]) + 0.5 * abs(d[k + 1] + d[k])
        both = after + before
        slopes[k] = (after * d[k + 1] + before * d[k + 2]) / both if both > 0.0 else 0.0
    return slopes


@jit
def interpolate(x: Array, y: Array, slopes: Array, at: Array) -> Array:
    """Cubic Hermite interpolation at rising places; constant beyond the ends."""
    out = np.empty(at.size)
    k = 0
    for i in range(at.size):
        place = min(max(at[i], x[0]), x[-1])
        while k < x.size - 2 and place > x[k + 1]:
            k += 1
        step = x[k + 1] - x[k]
        t = (place - x[k]) / step
        rise = y[k + 1] - y[k]
        bend = (1.0 - t) * (slopes[k] * step - rise) - t * (slopes[k + 1] * step - rise)
        out[i] = y[k] + t * rise + t * (1.0 - t) * bend
    return out


@jit
def interpolate_linearly(x: Array, y: Array, at: Array) -> Array:
    """Linear interpolation at rising places, as ``np.interp`` has it; constant beyond the ends."""
    out = np.empty(at.size)
    k, last = 0, x.size - 1
    for i in range(at.size):
        while k < last and at[i] >= x[k + 1]:
            k += 1
        if k == last or at[i] <= x[k]:
            out[i] = y[k]
        else:
            out[i] = (y[k + 1] - y[k]) / (x[k + 1] - x[k]) * (at[i] - x[k]) + y[k]
    return out


@jit
def median(values: Array) -> float:
    """The median, as ``np.median`` has it, of values of shape (n,), by Hoare's selection."""
    ordered, middle = values.copy(), values.size // 2
    low, high = 0, values.size - 1
    while low < high:
        pivot, i, j = ordered[(low + high) // 2], low, high
        while i <= j:
            while ordered[i] < pivot:
                i += 1
            while ordered[j] > pivot:
                j -= 1
            if i <= j:
                ordered[i], ordered[j] = ordered[j], ordered[i]
                i, j = i + 1, j - 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            break
    below = ordered[middle]
    if values.size % 2 == 0:
        below = ordered[0]
        for k in range(1, middle):
            below = max(below, ordered[k])
    return float((below + ordered[middle]) / 2.0)


@jit
def are_positive(values: Array) -> bool:
    """Whether all values are above 0, and none is NaN."""
    found = True
    for one in values:
        found = found and one > 0.0
    return found


@jit
def filtered(y: Array, width: float) -> Array:
    """Gaussian filter of standard deviation ``width`` samples, sharpened (2G − G²) so that curvature is kept.

    Ends continue.
    """
    reach = math.ceil(4.0 * width)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    kernel /= kernel.sum()
    once = smeared(y, kernel)
    return 2.0 * once - smeared(once, kernel)


@jit
def smeared(y: Array, kernel: Array) -> Array:
    """Convolution of y with a symmetric kernel of odd length, end values continued."""
    reach = kernel.size // 2
    out = np.empty(y.size)
    for i in range(y.size):
        total = 0.0
        for k in range(kernel.size):
            total += kernel[k] * y[min(max(i + k - reach, 0), y.size - 1)]
        out[i] = total
    return out


@jit
def fine_lumen(x: Array, radius: Array, flow: Array) -> tuple[Array, Array, Array]:
    """The lumen on an even fine grid, filtered, with straight tube at both ends.

    Returns x, radius and flow, each of shape (k,); (0,) where the vessel is too long for its width.
    """
    typical = median(radius)
    length = x[-1] - x[0] + 2.0 * PAD * typical
    if not length <= MOST_FINE * FINE * typical:
        return np.empty(0), np.empty(0), np.empty(0)
    fine = np.linspace(x[0] - PAD * typical, x[-1] + PAD * typical, math.ceil(length / (FINE * typical)) + 1)
    width = SMOOTHING * typical / (fine[1] - fine[0])
    smooth = filtered(interpolate(x, radius, node_slopes(x, radius), fine), width)
    return fine, smooth, filtered(interpolate_linearly(x, flow, fine), width)


@jit
def demand(x: Array, radius: Array, flow: Array) -> Array:
    """Stations wanted per meter at unit density, shape (k,), on an even grid."""
    k = x.size
    step = x[1] - x[0]
    wanted = np.empty(k)
    for i in range(k):
        j = min(max(i, 1), k - 2)
        slope = (abs(radius[j + 1] - radius[j - 1]) / radius[j] + abs(flow[j + 1] - flow[j - 1]) / flow[j]) / (
            2.0 * step
        )
        curve = abs(radius[j + 1] - 2.0 * radius[j] + radius[j - 1]) / (step * step * radius[j])
        wanted[i] = math.sqrt((SLOPE_SHARE * slope) ** 2 + CURVE_SHARE**2 * curve + (REST / radius[i]) ** 2)
    for i in range(1, k):
        wanted[i] = max(wanted[i], wanted[i - 1] * math.exp(-step / (WAKE * radius[i])))
    for i in range(k - 2, -1, -1):
        wanted[i] = max(wanted[i], wanted[i + 1] * math.exp(-step / (APPROACH * radius[i])))
    return wanted


@jit
def place_stations(x: Array, wanted: Array, density: float) -> Array:
    """Stations from x[0] to x[-1] that share the demand evenly, ``density`` to one unit of it; none beyond the most."""
    share = np.zeros(x.size)
    for i in range(1, x.size):
        share[i] = share[i - 1] + 0.5 * (wanted[i] + wanted[i - 1]) * (x[i] - x[i - 1])
    if not share[-1] * density <= MOST_STATIONS:
        return np.empty(0)
    count = max(math.ceil(share[-1] * density), 8)
    return interpolate_linearly(share, x, np.linspace(0.0, share[-1], count + 1))
