"""Flat pictures of straight vessels: branches, crossings and mouths whose place and width are known at a glance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Array = NDArray[np.float64]

MM = 0.2
"""Size of a pixel."""
ROW, COLUMN = np.mgrid[0:240, 0:160].astype(np.float64)
"""Of each pixel."""


def tube(at: tuple[float, float], angle_deg: float, radius: float, *, both: bool = True, density: float = 0.2) -> Array:
    """Absorption of a straight tube through a place [column, row], at an angle to the columns; or half of it."""
    along, across = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
    away = ((COLUMN - at[0]) * along - (ROW - at[1]) * across) * MM
    ahead = (COLUMN - at[0]) * across + (ROW - at[1]) * along > 0
    return np.asarray(density * 2.0 * np.sqrt(np.maximum(radius**2 - away**2, 0.0)) * (ahead | both))


def film(*others: Array, joined: Array | float = 0.0, dense: tuple[float, float] | None = None) -> Array:
    """A straight vessel of 3 mm down column 70 with a branch of the same lumen, and vessels before or behind it.

    In the ``dense`` rows it absorbs twice as much.
    """
    vessel = np.maximum(tube((70.0, 0.0), 0.0, 1.5), joined)
    if dense is not None:
        vessel = vessel * (1.0 + (abs(ROW - np.mean(dense)) < 0.5 * np.ptp(dense)))
    return np.asarray(
        gaussian_filter(vessel + sum(others), 1.1) + np.random.default_rng(0).normal(0, 0.03, vessel.shape)
    )
