"""Nodes across the tube and stations along it."""

from __future__ import annotations

import numpy as np

from precise_cal.qfr._types import Array
from precise_cal.qfr.core.accelerate import jit

@jit
def radial_nodes(intervals: int) -> Array:
    """Nodes in s = (r/R)² from axis to wall, shape (intervals + 1,); finer towards the wall: s = 1 − (1 − t)^1.5."""
    t = np.linspace(0.0, 1.0, intervals + 1)
    return 1.0 - (1.0 - t) ** 1.5


@jit
def radial_weights(s: Array) -> Array:
    """Weights on unequal intervals, shape (5, intervals); rows: interval outward of node j; first derivative by the inner and
    by the outer neighbor (times their difference from node j); ∂/∂s(s ∂/∂s) by the inner and by the outer neighbor.

    The derivative vanishes by symmetry of use at the axis, where nothing crosses s = 0.
    """
    weights = np.zeros((5, s.size - 1))
    weights[0] = s[1:] - s[:-1]
    weights[4, 0] = 1.0 / weights[0, 0]
    for j in range(1, s.size - 1):
        inner, outer = weights[0, j - 1], weights[0, j]
        both = inner + outer
        weights[1, j] = -outer / (inner * both)
        weights[2, j] = inner / (outer * both)
        weights[3, j] = (s[j - 1] + s[j]) / (inner * both)
        weights[4, j] = (s[j] + s[j + 1]) / (outer * both)
    return weights
