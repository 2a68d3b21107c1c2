"""Which frames may be end-diastolic: by marked R waves, by the ECG in the file, or by the motion of the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from precise_cal.qfr.contour.absorbance import absorbance
from precise_cal.qfr.ecg import r_wave_times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.dicom.acquisition import Acquisition, Cine

COARSE = 4
"""Pixels are taken in blocks of this size for the motion."""
VESSEL_PX = 3.0
STILL = 0.1
"""Part of the following rise by which motion may have grown in a frame at rest (own)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame that may be end-diastolic: its number from 0, how good it is (higher is better), and why.

    ``source`` is ``r_wave``, ``ecg`` or ``motion``.
    """

    frame: int
    score: float
    source: str


def candidates(cine: Cine, mask: NDArray[np.bool_]) -> tuple[Candidate, ...]:
    """Frames to choose from, best first: the last before each R wave, else at rest before the larger motion.

    The score is the contrast of vessels in the frame, so that filled frames come first; for frames at rest, times the
    motion that follows, as a share of the largest: the heart rests also at the end of systole.
    """
    found = cine.acquisition
    if found.r_waves:
        return _ranked(cine, mask, _before(found.r_waves), "r_wave")
    if beats := _beats(found):
        return _ranked(cine, mask, _before(beats), "ecg")
    rests = dict(_at_rest(_vessels(cine, mask, range(found.frames))))
    ranked = _ranked(cine, mask, list(rests), "motion")
    weighted = [replace(one, score=one.score * rests[one.frame]) for one in ranked]
    return tuple(sorted(weighted, key=lambda one: -one.score))


def _before(frames: tuple[int, ...]) -> list[int]:
    return [max(frame - 1, 0) for frame in frames]


def _beats(found: Acquisition) -> tuple[int, ...]:
    """Frames during which an R wave begins in the ECG, which spans the run."""
    if found.ecg is None or found.times_s is None or found.frames < 2:
        return ()
    seconds = found.times_s[-1] * found.frames / (found.frames - 1)
    times = r_wave_times(np.array(found.ecg), seconds)
    return tuple(int(frame) for frame in np.clip(times / seconds * found.frames, 0, found.frames - 1))


def _ranked(cine: Cine, mask: NDArray[np.bool_], frames: list[int], source: str) -> tuple[Candidate, ...]:
    chosen = sorted(set(frames))
    filled = [float(np.percentile(picture, 98)) for picture in _vessels(cine, mask, chosen)]
    found = [Candidate(frame, score, source) for frame, score in zip(chosen, filled, strict=True)]
    return tuple(sorted(found, key=lambda one: -one.score))


def _vessels(cine: Cine, mask: NDArray[np.bool_], frames: Iterable[int]) -> Array:
    """Band-passed absorbance of frames at a coarse resolution, (frames, rows, columns)."""
    inside = _coarse(mask.astype(np.float64)) > 0.99
    sigma = VESSEL_PX / COARSE
    pictures = []
    for index in frames:
        picture = np.where(inside, _coarse(absorbance(cine.acquisition, cine.frame(index))), 0.0)
        band = gaussian_filter(picture, sigma) - gaussian_filter(picture, 3 * sigma)
        pictures.append(np.where(inside, band, 0.0))
    return np.array(pictures)


def _coarse(picture: Array) -> Array:
    """Means of blocks of pixels; what is left over at the edges is cut off."""
    rows, columns = (size // COARSE for size in picture.shape)
    cut = picture[: rows * COARSE, : columns * COARSE]
    return np.asarray(cut.reshape(rows, COARSE, columns, COARSE).mean(axis=(1, 3)))


def _at_rest(small: Array) -> list[tuple[int, float]]:
    """Last frames of rests that the larger of their two neighboring motions follows, and how large that is, 0 to 1."""
    frames = len(small)
    if frames < 5:
        return [(frames // 2, 1.0)]
    change = np.sqrt(np.mean(np.diff(small, axis=0) ** 2, axis=(1, 2)))
    motion = gaussian_filter1d(np.concatenate(([change[0]], 0.5 * (change[1:] + change[:-1]), [change[-1]])), 1.0)
    inner = np.arange(1, frames - 1)
    lows = inner[(motion[inner] <= motion[inner - 1]) & (motion[inner] < motion[inner + 1])]
    highs = np.array(
        [0, *inner[(motion[inner] >= motion[inner - 1]) & (motion[inner] > motion[inner + 1])], frames - 1]
    )
    pairs = [(low, highs[highs < low][-1], highs[highs > low][0]) for low in lows]
    kept = [(low, after) for low, before, after in pairs if motion[after] >= motion[before]]
    kept = kept or [(low, after) for low, _, after in pairs]
    span = float(np.ptp(motion)) or 1.0
    found = [(_last(motion, low, after), float(motion[after] - motion[low]) / span) for low, after in kept]
    return found or [(int(np.argmin(motion)), 1.0)]


def _last(motion: Array, low: int, high: int) -> int:
    """The last frame from ``low`` on in which the motion has hardly risen."""
    risen = motion[low : high + 1] > motion[low] + STILL * (motion[high] - motion[low])
    return int(low + np.argmax(risen) - 1)
