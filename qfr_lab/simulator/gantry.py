"""The simulated C-arm: two rotations of a source and a detector about the isocenter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gantry:
    """Where source and detector stand.

    Attributes:
        primary_deg: LAO positive.
        secondary_deg: Cranial positive.
        source_mm: Source to isocenter.
        detector_mm: Source to detector.
        pixel_mm: Pixel of the detector (square).
        size: Rows and columns.
        shift_mm: Where the patient has moved since the first run (the table), 3 components.
    """

    primary_deg: float
    secondary_deg: float
    source_mm: float = 750.0
    detector_mm: float = 1050.0
    pixel_mm: float = 0.308
    size: int = 512
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def axes(self) -> tuple[Array, Array, Array]:
        """Column direction, row direction and the direction to the detector.

        With the gantry at rest the detector is in front of the chest (−y in LPS), columns run to the
        patient's left and rows to the feet. The arc then turns about the long axis and tilts about the
        turned column axis.
        """
        turn = _about(np.array([0.0, 0.0, 1.0]), np.deg2rad(self.primary_deg))
        columns = turn @ np.array([1.0, 0.0, 0.0])
        tilt = _about(columns, -np.deg2rad(self.secondary_deg)) @ turn
        return columns, tilt @ np.array([0.0, 0.0, -1.0]), tilt @ np.array([0.0, -1.0, 0.0])

    def rays(self) -> tuple[Array, Array, Array, Array]:
        """Source, center of the first pixel, and the steps from pixel to pixel along columns and rows."""
        columns, rows, out = self.axes
        center = out * (self.detector_mm - self.source_mm)
        half = 0.5 * (self.size - 1) * self.pixel_mm
        first = center - half * (columns + rows)
        return -self.source_mm * out, first, columns * self.pixel_mm, rows * self.pixel_mm

    def shadow(self, points: Array) -> Array:
        """Where points (n, 3) throw their shadow, (n, 2) column and row: what clicks are made from."""
        source, first, step_column, step_row = self.rays()
        away = points + np.asarray(self.shift_mm) - source
        out = self.axes[2]
        hit = source + away * (self.detector_mm / (away @ out))[:, None]
        scale = self.pixel_mm**2
        return np.stack([(hit - first) @ step_column / scale, (hit - first) @ step_row / scale], axis=1)


def _about(axis: Array, angle: float) -> Array:
    """Rotation matrix about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross)
