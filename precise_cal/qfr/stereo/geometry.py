"""The C-arm as a perspective camera, and back from two of them to space.

Patient coordinates are LPS in mm with the isocenter at the origin; pixels are [column, row] from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.language.catalog import message
from precise_cal.qfr.dicom.acquisition import UPRIGHT, Turn
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.dicom.acquisition import Acquisition, Angles


@dataclass(frozen=True, slots=True)
class CArm:
    """One view.

    Attributes:
        angles: Positioner angles; the detector stands in their direction (PS3.3 C.8.7.5).
        source_mm: Source to isocenter.
        detector_mm: Source to detector.
        spacing_mm: Row and column spacing at the detector.
        center: Column and row to which the isocenter projects.
        turn: How the picture lies on the detector.
    """

    angles: Angles
    source_mm: float
    detector_mm: float
    spacing_mm: tuple[float, float]
    center: tuple[float, float]
    turn: Turn = UPRIGHT

    @property
    def frame(self) -> Array:
        """(3, 3): unit vectors along columns, along rows, and from the isocenter to the detector."""
        a, b = np.deg2rad(self.angles.primary), np.deg2rad(self.angles.secondary)
        across = np.array([np.cos(a), np.sin(a), 0.0])
        down = np.array([np.sin(a) * np.sin(b), -np.cos(a) * np.sin(b), -np.cos(b)])
        out = np.array([np.sin(a) * np.cos(b), -np.cos(a) * np.cos(b), np.sin(b)])
        for _ in range(self.turn.clockwise_deg // 90):
            across, down = -down, across
        return np.array([-across if self.turn.flipped else across, down, out])

    @property
    def source(self) -> Array:
        """(3,) position of the X-ray source."""
        return np.asarray(-self.source_mm * self.frame[2])

    @property
    def mm_per_pixel(self) -> float:
        """Size of a pixel in the plane of the isocenter (mean of rows and columns)."""
        return float(np.mean(self.spacing_mm) * self.source_mm / self.detector_mm)

    def project(self, points: Array) -> Array:
        """Pixels (n, 2) of points (n, 3)."""
        u, v, d = self.frame
        scale = self.detector_mm / (self.source_mm + points @ d)
        column = self.center[0] + scale * (points @ u) / self.spacing_mm[1]
        row = self.center[1] + scale * (points @ v) / self.spacing_mm[0]
        return np.stack([column, row], axis=-1)

    def directions(self, pixels: Array) -> Array:
        """Unit vectors (n, 3) from the source through pixels (n, 2)."""
        u, v, d = self.frame
        across = ((pixels[..., 0] - self.center[0]) * self.spacing_mm[1])[..., None] * u
        down = ((pixels[..., 1] - self.center[1]) * self.spacing_mm[0])[..., None] * v
        away = across + down + self.detector_mm * d
        return np.asarray(away / np.linalg.norm(away, axis=-1, keepdims=True))

    def magnification(self, points: Array) -> Array:
        """Detector mm per mm in space at points (n, 3), for lengths parallel to the detector."""
        return np.asarray(self.detector_mm / (self.source_mm + points @ self.frame[2]))


def c_arm(found: Acquisition, *, flip: bool = False) -> CArm:
    """The view of an acquisition, with the isocenter in the middle of the frame.

    Args:
        found: What the file says.
        flip: Turn the signs of both angles, for files whose signs contradict their picture.

    Raises:
        QfrError: angles, distances or spacing are missing.
    """
    distance = found.distances
    source = distance.to_isocenter or distance.to_object
    if found.angles is None or distance.to_detector is None or source is None or found.detector_spacing_mm is None:
        missing = [
            name
            for name, value in (
                ("positioner angles", found.angles),
                ("source-to-detector distance", distance.to_detector),
                ("source-to-isocenter distance", source),
                ("pixel spacing at the detector", found.detector_spacing_mm),
            )
            if value is None
        ]
        raise QfrError(message("the geometry of the view is unknown: { $missing } missing", missing=", ".join(missing)))
    center = (0.5 * (found.columns - 1), 0.5 * (found.rows - 1))
    angles = found.angles.flipped() if flip else found.angles
    return CArm(angles, source, distance.to_detector, found.detector_spacing_mm, center, found.turn or UPRIGHT)


def angle_between(first: CArm, second: CArm) -> float:
    """Angle in degrees between the central rays of two views, 0 to 90 (opposite views see the same)."""
    cosine = abs(float(first.frame[2] @ second.frame[2]))
    return float(np.rad2deg(np.arccos(min(cosine, 1.0))))


def triangulate(first: CArm, second: CArm, a: Array, b: Array, offset: Array | None = None) -> tuple[Array, Array]:
    """Points closest to pairs of rays, and how far the rays of each pair miss each other.

    Args:
        first: View A.
        second: View B.
        a: (n, 2) pixels in A.
        b: (n, 2) pixels in B.
        offset: (3,) displacement in mm of the patient in B against A.

    Returns:
        Points (n, 3) in mm in the patient as in A, and gaps (n,) in mm.
    """
    shift = np.zeros(3) if offset is None else offset
    p, q = first.directions(a), second.directions(b)
    between = second.source - shift - first.source
    cosine = np.sum(p * q, axis=-1)
    along_p, along_q = p @ between, q @ between
    sine2 = np.maximum(1.0 - cosine**2, 1e-12)
    s = (along_p - cosine * along_q) / sine2
    t = (cosine * along_p - along_q) / sine2
    x, y = first.source + s[..., None] * p, first.source + between + t[..., None] * q
    return 0.5 * (x + y), np.linalg.norm(x - y, axis=-1)


def epipolar_gap(first: CArm, second: CArm, a: Array, b: Array, offset: Array) -> Array:
    """Signed distance in mm between each ray of A (n) and each ray of B (m), (n, m): 0 where they meet."""
    p, q = first.directions(a), second.directions(b)
    normal = np.cross(p[:, None, :], q[None, :, :])
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    return np.asarray(normal @ (second.source - offset - first.source))
