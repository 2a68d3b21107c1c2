"""Which frames may be end-diastolic: from R waves where the file marks them, else from the motion of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from precise_cal.qfr.contour.absorbance import absorbance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.dicom.acquisition import Cine

COARSE = 4
"""Pixels are taken in blocks of this size for the motion."""
VESSEL_PX = 3.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame that may be end-diastolic: its number from 0, how good it is (higher is better), and why."""

    frame: int
    score: float
    source: str


def candidates(cine: Cine, mask: NDArray[np.bool_]) -> tuple[Candidate, ...]:
    """Frames to choose from, best first: at or one before each R wave, else at rest before the larger motion.

    The score is the contrast of vessels in the frame, so that filled frames come first.
    """
    small = _vessels(cine, mask)
    filled = np.array([float(np.percentile(picture, 98)) for picture in small])
    if cine.acquisition.r_waves:
        frames = [max(frame - 1, 0) for frame in cine.acquisition.r_waves]
        return _ranked(frames, filled, "r_wave")
    return _ranked(_at_rest(small), filled, "motion")


def _ranked(frames: list[int], filled: Array, source: str) -> tuple[Candidate, ...]:
    found = [Candidate(frame, float(filled[frame]), source) for frame in sorted(set(frames))]
    return tuple(sorted(found, key=lambda one: -one.score))


def _vessels(cine: Cine, mask: NDArray[np.bool_]) -> Array:
    """Band-passed absorbance of all frames at a coarse resolution, (frames, rows, columns)."""
    coarse = []
    for index in range(cine.acquisition.frames):
        picture = np.where(mask, absorbance(cine.acquisition, cine.frame(index)), 0.0)
        band = gaussian_filter(picture, VESSEL_PX) - gaussian_filter(picture, 3 * VESSEL_PX)
        coarse.append(np.where(mask, band, 0.0)[::COARSE, ::COARSE])
    return np.array(coarse)


def _at_rest(small: Array) -> list[int]:
    """Minima of the motion between frames that come before the larger of their two neighboring maxima."""
    frames = len(small)
    if frames < 5:
        return [frames // 2]
    change = np.sqrt(np.mean(np.diff(small, axis=0) ** 2, axis=(1, 2)))
    motion = gaussian_filter1d(np.concatenate(([change[0]], 0.5 * (change[1:] + change[:-1]), [change[-1]])), 1.0)
    inner = np.arange(1, frames - 1)
    minima = inner[(motion[inner] <= motion[inner - 1]) & (motion[inner] < motion[inner + 1])]
    maxima = np.array(
        [0, *inner[(motion[inner] >= motion[inner - 1]) & (motion[inner] > motion[inner + 1])], frames - 1]
    )
    chosen = []
    for minimum in minima:
        before, after = maxima[maxima < minimum][-1], maxima[maxima > minimum][0]
        if motion[after] >= motion[before]:
            chosen.append(int(minimum))
    return chosen or [int(minimum) for minimum in minima] or [int(np.argmin(motion))]
