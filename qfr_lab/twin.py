"""The equations of ``march`` once more, in plain NumPy with dense matrices: slow and short, for comparison."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
SLOW = 0.1
QUICK, DAMPING = 6, (0.5, 0.5, 0.2)


def backward(x: Array, i: int) -> Array:
    """Weights of stations i, i−1, i−2 that differentiate a parabola exactly at station i; a line at i = 1."""
    nodes = x[i - min(i, 2) : i + 1][::-1] - x[i]
    weights = np.linalg.solve(np.vander(nodes, increasing=True).T, np.eye(nodes.size)[1])
    return np.pad(weights, (0, 3 - nodes.size))


def matrices(s: Array) -> tuple[Array, Array, Array]:
    """Trapezoidal ∫₀ˢ ds, ∂/∂s and ∂/∂s(s ∂/∂s) as matrices, shape (m + 1, m + 1); the wall has no slope."""
    count = s.size
    integral, slope, viscous = np.zeros((3, count, count))
    for j in range(1, count):
        integral[j] = integral[j - 1]
        integral[j, j - 1 : j + 1] += 0.5 * (s[j] - s[j - 1])
    viscous[0, :2] = np.array([-1.0, 1.0]) / s[1]
    for j in range(1, count - 1):
        inner, outer = s[j] - s[j - 1], s[j + 1] - s[j]
        slope[j, j - 1 : j + 2] = np.array([-outer / inner, outer / inner - inner / outer, inner / outer]) / (
            inner + outer
        )
        flux = np.array([[-(s[j] + s[j - 1]), s[j] + s[j - 1], 0.0], [0.0, -(s[j] + s[j + 1]), s[j] + s[j + 1]]])
        viscous[j, j - 1 : j + 2] = (flux[1] / outer - flux[0] / inner) / (inner + outer)
    return integral, slope, viscous


def march_twin(
    x: Array, radius: Array, flow: Array, nu: float, s: Array, source: Array, inlet: Array, rounds: int = 200
) -> tuple[Array, Array]:
    """Profiles f, shape (n, m + 1), and pressure over density in m²/s², shape (n,); arguments as in ``march``.

    Raises:
        ArithmeticError: a station does not converge.
    """
    integral, slope, viscous = matrices(s)
    count, f, p = s.size, np.tile(inlet, (x.size, 1)), np.zeros(x.size)
    area = np.pi * radius**2
    for i in range(1, x.size):
        c = backward(x, i)
        near = [i - 1, max(i - 2, 0)]
        u_before = (flow[near] / area[near])[:, None] * f[near]
        drift_before = (c[1:] * flow[near] / area[i]) @ (f[near] @ integral.T)
        mean = flow[i] / area[i]
        for attempt, damping in enumerate(DAMPING):
            gradient, known, largest = 0.0, f[i - 1].copy(), 1.0
            for k in range(rounds):
                force, stiffness = _inertia(mean * known, u_before, SLOW * mean, c)
                drift = c[0] * mean * (integral @ known) + drift_before
                shear = slope @ known
                residual = (
                    (force + gradient + source[i]) / mean - drift * shear - 4.0 * nu / radius[i] ** 2 * viscous @ known
                )
                jacobian = np.zeros((count + 1, count + 1))
                jacobian[:count, :count] = np.diag(stiffness) - drift[:, None] * slope
                jacobian[:count, :count] -= (
                    c[0] * mean * shear[:, None] * integral + 4.0 * nu / radius[i] ** 2 * viscous
                )
                jacobian[:count, count] = 1.0 / mean
                jacobian[count - 1] = np.eye(count + 1)[count - 1]
                jacobian[count, :count] = integral[-1]
                wanted = -np.append(residual, integral[-1] @ known - 1.0)
                wanted[count - 1] = 0.0
                step = np.linalg.solve(jacobian, wanted)
                share = 1.0 if attempt == 0 and k < QUICK else damping
                known, gradient = known + share * step[:-1], gradient + share * step[-1]
                largest = float(np.abs(step[:-1]).max())
                if largest < 1e-10 or not np.isfinite(largest):
                    break
            if largest < 1e-10:
                break
        else:
            raise ArithmeticError(f"station {i} does not converge")
        f[i] = known
        p[i] = (gradient - c[1] * p[near[0]] - c[2] * p[near[1]]) / c[0]
    return f, p


def _inertia(u: Array, before: Array, slow: float, c: Array) -> tuple[Array, Array]:
    """Inertia u ∂u/∂x at each node and its derivative by u, as ``march.inertia`` has it."""
    fast = (before > slow).all(axis=0)
    kinetic = 0.5 * (c[0] * u**2 + c[1] * before[0] ** 2 + c[2] * before[1] ** 2)
    change = c[0] * u + c[1] * before[0] + c[2] * before[1]
    ahead = np.maximum(u, 0.0)
    force = np.where(fast, kinetic, ahead * change)
    stiffness = np.where(fast, c[0] * ahead, np.where(u > 0.0, np.maximum(change, 0.0), 0.0) + c[0] * ahead)
    return force, stiffness
