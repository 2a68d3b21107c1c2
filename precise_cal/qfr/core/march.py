"""The reduced Navier–Stokes/Prandtl equations of a rigid tube of varying radius, marched downstream.

Coordinates are x along the vessel and s = (r/R)². The velocity is u = U f(x, s) with U = Q/(π R²), and
Φ(x, s) = ∫₀ˢ f ds is the share of the flow inside s, so that mass conservation is Φ(1) = 1. In these
variables the boundary-layer equations of a tube (Lagrée & Lorthois 2005, Int J Eng Sci 43:352, eq. 6–9,
there in r/R) read

    u ∂u/∂x − (∂(QΦ)/∂x)/(πR²) ∂u/∂s = −(1/ρ) dp/dx + (4ν/R²) ∂/∂s(s ∂u/∂s) − S

where ∂/∂x is taken at constant s, S collects what the boundary-layer approximation drops (``elliptic``) and a
falling Q leaves through the wall. Poiseuille flow, f = 2(1 − s), is linear in s and therefore exact on any grid.

Along x: second-order backward differences on unequal steps; u ∂u/∂x is differenced as ∂(u²/2)/∂x, which keeps
Bernoulli's law exactly on the core of the flow. FLARE (Reyhner & Flügge-Lotz 1968, Int J Non-Linear Mech
3:173): where u < 0
the term u ∂u/∂x is dropped. Each station is solved by Newton's method; pressure gradient and mass constraint
are part of the system.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from precise_cal.qfr.core.accelerate import jit

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

MAX_ITERATIONS = 200
QUICK = 6  # iterations before Newton's method is damped
DAMPING = (0.5, 0.5, 0.2)  # of the tries at a station; the first of them begins with undamped steps
SLOW = 0.1  # share of the mean velocity
CONVERGED = 1e-9  # of f


@jit
def backward_difference(x: Array, i: int) -> tuple[float, float, float]:
    """Weights of stations i, i−1, i−2 in the derivative at station i; first order at i = 1."""
    step = x[i] - x[i - 1]
    if i == 1:
        return 1.0 / step, -1.0 / step, 0.0
    ratio = step / (x[i - 1] - x[i - 2])
    return (
        (1.0 + 2.0 * ratio) / ((1.0 + ratio) * step),
        -(1.0 + ratio) / step,
        ratio * ratio / ((1.0 + ratio) * step),
    )


@jit
def inertia(v0: float, v1: float, v2: float, slow: float, c: tuple[float, float, float]) -> tuple[float, float]:
    """Inertia u ∂u/∂x from the velocities at stations i, i−1, i−2, and its derivative by the first of them.

    As ∂(u²/2)/∂x where the flow comes in faster than ``slow``, as max(u, 0) ∂u/∂x (FLARE) elsewhere. What
    decides is
    known before the station is solved, so that both are continuous in the unknown.
    """
    if v1 > slow and v2 > slow:
        return 0.5 * (c[0] * v0 * v0 + c[1] * v1 * v1 + c[2] * v2 * v2), c[0] * max(v0, 0.0)
    if v0 <= 0.0:
        return 0.0, 0.0
    change = c[0] * v0 + c[1] * v1 + c[2] * v2
    return v0 * change, max(change, 0.0) + c[0] * v0


@jit
def eliminate(
    i: int,
    c: tuple[float, float, float],
    mean: tuple[float, float, float, float, float, float],
    nu4: float,
    gradient: float,
    radial: Array,
    source: Array,
    f: Array,
    phi: Array,
    work: Array,
) -> None:
    """Forward elimination of the linearized station from the axis outward.

    Leaves in ``work`` the rows a, b, c, d of δf[j] = a δf[j+1] + b δΦ[j+1] + c δG + d. ``mean`` holds U and Q/(πRᵢ²)
    at the stations i, i−1, i−2; ``nu4`` is 4ν/R²; ``gradient`` is (dp/dx)/ρ; ``radial`` is made by
    ``grid.radial_weights``.
    """
    back = max(i - 2, 0)
    a_in = b_in = c_in = d_in = 0.0
    for j in range(f.shape[1] - 1):
        inner = max(j - 1, 0)
        left, right, v_left, v_right = radial[1, j], radial[2, j], nu4 * radial[3, j], nu4 * radial[4, j]
        f0, f_in, f_out = f[i, j], f[i, inner], f[i, j + 1]
        shear = left * (f_in - f0) + right * (f_out - f0)
        drift = c[0] * mean[3] * phi[i, j] + c[1] * mean[4] * phi[i - 1, j] + c[2] * mean[5] * phi[back, j]
        force, slope = inertia(mean[0] * f0, mean[1] * f[i - 1, j], mean[2] * f[back, j], SLOW * mean[0], c)
        residual = (
            (force + gradient + source[i, j]) / mean[0] - drift * shear - v_right * (f_out - f0) - v_left * (f_in - f0)
        )
        low = -v_left - drift * left
        diagonal = slope + v_left + v_right + drift * (left + right) + low * a_in
        mixed = -c[0] * mean[3] * shear + low * b_in
        half = 0.5 * radial[0, j]
        pivot = 1.0 / (diagonal - mixed * half)
        a_in = (v_right + drift * right + mixed * half) * pivot
        b_in = -mixed * pivot
        c_in = -(1.0 / mean[0] + low * c_in) * pivot
        d_in = -(residual + low * d_in) * pivot
        work[0, j], work[1, j], work[2, j], work[3, j] = a_in, b_in, c_in, d_in


@jit
def substitute(i: int, damping: float, radial: Array, f: Array, phi: Array, work: Array) -> tuple[float, float]:
    """Back substitution from the wall, where δf = δΦ = 0, to the axis, where δΦ = 0 fixes the pressure gradient.

    Adds ``damping`` times the correction to f and Φ of station i. Returns the damped δG and the largest
    undamped |δf|.
    """
    last = f.shape[1] - 1
    f_free = f_grad = phi_free = phi_grad = 0.0
    for j in range(last - 1, -1, -1):
        a, b, half = work[0, j], work[1, j], 0.5 * radial[0, j]
        next_free = a * f_free + b * phi_free + work[3, j]
        next_grad = a * f_grad + b * phi_grad + work[2, j]
        phi_free -= half * (f_free + next_free)
        phi_grad -= half * (f_grad + next_grad)
        f_free, f_grad = next_free, next_grad
        work[0, j], work[1, j] = f_free, f_grad
    change = -phi_free / phi_grad
    largest = 0.0
    for j in range(last):
        delta = work[0, j] + work[1, j] * change
        f[i, j] += damping * delta
        largest = max(largest, abs(delta))
        if j > 0:
            phi[i, j] = phi[i, j - 1] + 0.5 * radial[0, j - 1] * (f[i, j - 1] + f[i, j])
    return damping * change, largest


@jit
def predict(i: int, f: Array, phi: Array) -> None:
    """First guess at station i: the profile of the station before."""
    for j in range(f.shape[1]):
        f[i, j] = f[i - 1, j]
        phi[i, j] = phi[i - 1, j]


@jit
def settle(
    i: int,
    c: tuple[float, float, float],
    mean: tuple[float, float, float, float, float, float],
    nu4: float,
    gradient: float,
    radial: Array,
    source: Array,
    f: Array,
    phi: Array,
    work: Array,
) -> float:
    """Solve station i by Newton's method from the profile before it, and return its pressure gradient over density.

    In reversed flow, where inertia switches, the method may overshoot: then it begins again with smaller steps.
    NaN where no try converges. Arguments as in ``eliminate``; ``gradient`` is that of the station before.
    """
    for attempt in range(len(DAMPING)):
        predict(i, f, phi)
        here, largest, iteration = gradient, 1.0, 0
        while largest > CONVERGED and iteration < MAX_ITERATIONS:
            eliminate(i, c, mean, nu4, here, radial, source, f, phi, work)
            full = attempt == 0 and iteration < QUICK
            change, largest = substitute(i, 1.0 if full else DAMPING[attempt], radial, f, phi, work)
            here += change
            iteration += 1
        if largest <= CONVERGED and math.isfinite(here):
            return here
    return math.nan


@jit
def march(
    x: Array,
    radius: Array,
    flow: Array,
    nu: float,
    radial: Array,
    source: Array,
    f: Array,
    phi: Array,
    p: Array,
    work: Array,
) -> int:
    """March from station 0, whose f and Φ are given, to the last one.

    Args:
        x: stations in m, shape (n,).
        radius: in m, shape (n,).
        flow: in m³/s, shape (n,).
        nu: kinematic viscosity in m²/s.
        radial: weights of ``grid.radial_weights``, shape (5, m).
        source: S in m/s², shape (n, m + 1).
        f: profiles, shape (n, m + 1), filled in from station 1 on.
        phi: shares of the flow inside each node, like ``f``.
        p: pressure over density in m²/s², shape (n,), filled in from station 1 on; p[0] is given.
        work: scratch, shape (4, m + 1).

    Returns:
        The number of stations that converged: n if all did.
    """
    gradient = 0.0
    for i in range(1, x.size):
        back = max(i - 2, 0)
        c = backward_difference(x, i)
        area = math.pi * radius[i] ** 2
        mean = (
            flow[i] / area,
            flow[i - 1] / (math.pi * radius[i - 1] ** 2),
            flow[back] / (math.pi * radius[back] ** 2),
            flow[i] / area,
            flow[i - 1] / area,
            flow[back] / area,
        )
        gradient = settle(i, c, mean, 4.0 * nu / radius[i] ** 2, gradient, radial, source, f, phi, work)
        if not math.isfinite(gradient):
            return i
        p[i] = (gradient - c[1] * p[i - 1] - c[2] * p[back]) / c[0]
    return int(x.size)
