"""From samples of lumen and flow to the pressure at stations: stations, march, correction, march again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.core.accelerate import jit
from precise_cal.qfr.core.elliptic import axial_weights, source_terms, spread, transverse_pressure, velocities
from precise_cal.qfr.core.grid import (
    are_positive,
    demand,
    fine_lumen,
    interpolate,
    interpolate_linearly,
    node_slopes,
    place_stations,
    radial_nodes,
    radial_weights,
)
from precise_cal.qfr.core.march import march

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array


@jit
def inlet_profile(s: Array, flat: bool) -> Array:
    """Profile f at the inlet: Poiseuille flow, or a flat profile that falls to 0 at the wall; Φ(1) = 1 on this grid."""
    f = np.ones(s.size) if flat else 2.0 * (1.0 - s)
    f[-1] = 0.0
    return f / np.sum(0.5 * (f[1:] + f[:-1]) * (s[1:] - s[:-1]))


@jit
def set_inlet(f: Array, phi: Array, s: Array, flat: bool) -> None:
    """Write the inlet profile and its Φ to station 0."""
    profile = inlet_profile(s, flat)
    for j in range(s.size):
        f[0, j] = profile[j]
    phi[0, 0] = 0.0
    for j in range(1, s.size):
        phi[0, j] = phi[0, j - 1] + 0.5 * (s[j] - s[j - 1]) * (f[0, j - 1] + f[0, j])
    phi[:, -1] = 1.0


@jit
def march_passes(
    x: Array, radius: Array, flow: Array, nu: float, intervals: int, passes: int, flat: bool, share: float = 1.0
) -> tuple[Array, Array, Array, int]:
    """Pressure by repeated marches.

    The first goes without, each further one with the second-order terms of the one before.

    Args:
        x: stations in m, shape (n,).
        radius: in m, shape (n,).
        flow: in m³/s, shape (n,).
        nu: kinematic viscosity in m²/s.
        intervals: intervals across the tube.
        passes: number of marches, at least 1.
        flat: flat inlet profile instead of Poiseuille flow.
        share: of the second-order terms that each further march takes.

    Returns:
        Pressure over density after each pass in m²/s², shape (passes, n), 0 at station 0; f and Φ of the
        last good pass,
        shape (n, intervals + 1); the number of passes that converged at every station.
    """
    n = x.size
    s = radial_nodes(intervals)
    radial, axial = radial_weights(s), axial_weights(x)
    fields = np.zeros((7, n, s.size))
    f, phi, source, u, g, stretch, transverse = fields
    set_inlet(f, phi, s, flat)
    slope = np.empty(n)
    for i in range(n):
        ahead, back = radius[min(i + 1, n - 1)] - radius[i], radius[max(i - 1, 0)] - radius[i]
        slope[i] = axial[0, i] * ahead + axial[1, i] * back
    pressure = np.zeros((passes, n))
    work, rows = np.zeros((4, s.size)), np.zeros((2, n))
    for k in range(passes):
        if k > 0:
            velocities(radius, slope, flow, s, radial, axial, f, phi, u, g, stretch)
            transverse_pressure(nu, radius, slope, s, radial, axial, u, g, stretch, transverse)
            spread(x, radius, transverse, rows)
            source_terms(nu, radius, slope, s, radial, axial, transverse, stretch, source)
            source *= share
        if march(x, radius, flow, nu, radial, source, f, phi, pressure[k], work) < n:
            return pressure, f, phi, k
    return pressure, f, phi, passes


@jit
def eased(x: Array, radius: Array, steepest: float) -> Array:
    """The radius, shape (n,), where it widens by no more than ``steepest`` per length: a jet does not see the wall."""
    out = radius.copy()
    for i in range(1, x.size):
        out[i] = min(radius[i], out[i - 1] + steepest * (x[i] - x[i - 1]))
    return out


@jit
def resolved(x: Array, radius: Array, flow: Array, density: float) -> tuple[Array, Array, Array]:
    """Stations, radius and flow that resolve samples of shape (n,), each of shape (k,).

    Of shape (0,) where the samples tell no lumen that can be: they change so steeply that what lies between them would
    close, or that too many stations would be needed (``grid.MOST_STATIONS``).
    """
    nothing = np.empty(0)
    fine, smooth, carried = fine_lumen(x, radius, flow)
    if fine.size == 0 or not are_positive(smooth):
        return nothing, nothing, nothing
    stations = place_stations(fine, demand(fine, smooth, carried), density)
    if stations.size == 0:
        return nothing, nothing, nothing
    bore = interpolate(fine, smooth, node_slopes(fine, smooth), stations)
    if not are_positive(bore):
        return nothing, nothing, nothing
    return stations, bore, interpolate_linearly(fine, carried, stations)


@jit
def lumen_pressure(
    x: Array,
    radius: Array,
    flow: Array,
    nu: float,
    density: float,
    intervals: int,
    passes: int,
    share: float = 1.0,
    steepest: float = math.inf,
) -> tuple[Array, Array, int, int]:
    """Pressure over density at the samples after the first and the last pass, relative to the first sample.

    Args:
        x: samples in m, shape (n,), rising.
        radius: in m, shape (n,).
        flow: in m³/s, shape (n,).
        nu: kinematic viscosity in m²/s.
        density: stations to a unit of demand (``grid.demand``).
        intervals: intervals across the tube.
        passes: number of marches.
        share: of the second-order terms that each further march takes.
        steepest: largest dR/dx at which the lumen may widen; a steeper one is eased behind its beginning.

    Returns:
        Two arrays of shape (n,) in m²/s², the number of passes that converged and the number of stations: 0 of both
        where no stations resolve these samples.
    """
    stations, bore, rate = resolved(x, eased(x, radius, steepest), flow, density)
    if stations.size == 0:
        return np.zeros(x.size), np.zeros(x.size), 0, 0
    pressure, _, _, good = march_passes(stations, bore, rate, nu, intervals, passes, False, share)
    first = interpolate(stations, pressure[0], node_slopes(stations, pressure[0]), x)
    final = pressure[max(good, 1) - 1]
    last = interpolate(stations, final, node_slopes(stations, final), x)
    return first - first[0], last - last[0], good, stations.size
