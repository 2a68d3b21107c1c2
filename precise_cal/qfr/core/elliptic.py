"""What the boundary-layer approximation drops: pressure across the stream and diffusion along it.

Given a marched solution, the radial momentum equation yields the pressure p̃(x, r) that varies across a
section (mean
zero, so that p(x) stays the section's mean pressure), and the axial equation its remaining terms,

    v = √s g,    g = R'u − (∂(QΦ)/∂x)/(2πR s)
    ∂p̃/∂s = −(R/2) [u (∂g/∂x|ᵣ − g R'/R) + g (g + 2s ∂g/∂s)/R] − ν ∂/∂s(∂u/∂x|ᵣ)          (over ρ)
    S = ∂p̃/∂x|ᵣ − ν ∂²u/∂x²|ᵣ,     ∂/∂x|ᵣ = ∂/∂x|ₛ − (2sR'/R) ∂/∂s

which the next march takes as its source: a fixed-point iteration towards the Navier–Stokes equations. The
pressure
across the stream decays along the vessel over R/j₁₁ (the slowest mode of Laplace's equation in a tube whose
radial
derivative vanishes at the wall, J₁(j₁₁) = 0); p̃ is therefore the solution of p̃ − d/dx(ℓ² dp̃/dx) = p̃ local, ℓ = R/j₁₁,
which carries it upstream as well and keeps short waves of the lumen from growing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.core.accelerate import jit

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

J11 = 3.8317059702075125  # first zero of the Bessel function J1 behind 0


@jit
def axial_weights(x: Array) -> Array:
    """Weights, shape (2, n), of the differences to the next and to the former station in a first derivative."""
    weights = np.zeros((2, x.size))
    for i in range(1, x.size - 1):
        back, ahead = x[i] - x[i - 1], x[i + 1] - x[i]
        weights[0, i] = back / (ahead * (back + ahead))
        weights[1, i] = -ahead / (back * (back + ahead))
    weights[0, 0] = 1.0 / (x[1] - x[0])
    weights[1, -1] = -1.0 / (x[-1] - x[-2])
    return weights


@jit
def along(a: Array, i: int, j: int, axial: Array) -> float:
    """∂a/∂x at constant s."""
    ahead, back = min(i + 1, a.shape[0] - 1), max(i - 1, 0)
    return float(axial[0, i] * (a[ahead, j] - a[i, j]) + axial[1, i] * (a[back, j] - a[i, j]))


@jit
def across(a: Array, i: int, j: int, radial: Array) -> float:
    """∂a/∂s; 0 on the axis, where it is only used times s; one-sided at the wall."""
    last = a.shape[1] - 1
    if j == last:
        outer, inner = radial[0, last - 1], radial[0, last - 2]
        near = (a[i, last] - a[i, last - 1]) / outer
        return float(near + outer / (outer + inner) * (near - (a[i, last - 1] - a[i, last - 2]) / inner))
    return float(radial[1, j] * (a[i, max(j - 1, 0)] - a[i, j]) + radial[2, j] * (a[i, j + 1] - a[i, j]))


@jit
def velocities(
    radius: Array,
    slope: Array,
    flow: Array,
    s: Array,
    radial: Array,
    axial: Array,
    f: Array,
    phi: Array,
    u: Array,
    g: Array,
    stretch: Array,
) -> None:
    """Fill u and g = v/√s in m/s and the stretching ∂u/∂x|ᵣ in 1/s, all of shape (n, m + 1)."""
    stations, nodes = f.shape
    for i in range(stations):
        for j in range(nodes):
            u[i, j] = flow[i] / (math.pi * radius[i] ** 2) * f[i, j]
            g[i, j] = flow[i] * (phi[i, j] / s[j] if j > 0 else f[i, 0])
    for i in range(stations):
        for j in range(nodes):
            stretch[i, j] = along(g, i, j, axial)
    for i in range(stations):
        for j in range(nodes):
            g[i, j] = slope[i] * u[i, j] - stretch[i, j] / (2.0 * math.pi * radius[i])
    for i in range(stations):
        for j in range(nodes):
            turn = 2.0 * s[j] * slope[i] / radius[i]
            stretch[i, j] = along(u, i, j, axial) - turn * across(u, i, j, radial)


@jit
def transverse_pressure(
    nu: float,
    radius: Array,
    slope: Array,
    s: Array,
    radial: Array,
    axial: Array,
    u: Array,
    g: Array,
    stretch: Array,
    p: Array,
) -> None:
    """Fill the local p̃/ρ in m²/s², shape (n, m + 1), with mean zero over each section."""
    stations, nodes = u.shape
    for i in range(stations):
        total, mean, before = 0.0, 0.0, 0.0
        for j in range(nodes):
            shear = 2.0 * s[j] * across(g, i, j, radial)
            turn = slope[i] / radius[i]
            curve = u[i, j] * (along(g, i, j, axial) - turn * (shear + g[i, j]))
            pull = -0.5 * radius[i] * (curve + g[i, j] * (g[i, j] + shear) / radius[i])
            if j > 0:
                step = 0.5 * radial[0, j - 1] * (before + pull)
                total += step
            before = pull
            p[i, j] = total - nu * stretch[i, j]
            if j > 0:
                mean += 0.5 * radial[0, j - 1] * (p[i, j - 1] + p[i, j])
        for j in range(nodes):
            p[i, j] -= mean


@jit
def spread(x: Array, radius: Array, p: Array, work: Array) -> None:
    """Replace p by the solution of p̃ − d/dx(ℓ² dp̃/dx) = p, ℓ = R/j₁₁, with zero slope at both ends.

    ``work`` is (2, n).
    """
    stations, nodes = p.shape
    lower, ratio = work[0], work[1]
    carried = 0.0
    for i in range(stations):
        width = 0.5 * (x[min(i + 1, stations - 1)] - x[max(i - 1, 0)])
        ahead = 0.0
        if i < stations - 1:
            ahead = (0.5 * (radius[i] + radius[i + 1]) / J11) ** 2 / (x[i + 1] - x[i])
        pivot = 1.0 / (width + ahead + carried * (1.0 - (ratio[i - 1] if i > 0 else 0.0)))
        lower[i], ratio[i] = carried * pivot, ahead * pivot
        for j in range(nodes):
            p[i, j] = width * pivot * p[i, j] + (lower[i] * p[i - 1, j] if i > 0 else 0.0)
        carried = ahead
    for i in range(stations - 2, -1, -1):
        for j in range(nodes):
            p[i, j] += ratio[i] * p[i + 1, j]


@jit
def source_terms(
    nu: float,
    radius: Array,
    slope: Array,
    s: Array,
    radial: Array,
    axial: Array,
    p: Array,
    stretch: Array,
    source: Array,
) -> None:
    """Fill S in m/s², shape (n, m + 1), from p̃/ρ and ∂u/∂x|ᵣ."""
    stations, nodes = p.shape
    for i in range(stations):
        for j in range(nodes):
            turn = 2.0 * s[j] * slope[i] / radius[i]
            rise = along(p, i, j, axial) - turn * across(p, i, j, radial)
            diffusion = along(stretch, i, j, axial) - turn * across(stretch, i, j, radial)
            source[i, j] = rise - nu * diffusion
