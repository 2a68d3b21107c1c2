"""Which frames are filled and end-diastolic: by marked R waves, the ECG in the file, or motion; and by contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from precise_cal.qfr.contour.absorbance import absorbance
from precise_cal.qfr.frames.ecg import r_wave_times
from precise_cal.qfr.frames.filling import fillings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.dicom.acquisition import Acquisition, Cine

COARSE = 4
"""Pixels are taken in blocks of this size for the motion."""
VESSEL_PX = 3.0
ENOUGH = 0.85
"""A way is filled from this share on (own)."""
USUAL_MM = 0.22
"""Size of a pixel where the file tells none: to find ridges it need not be exact (own)."""
STILL = 0.1
"""Part of the following rise by which motion may have grown in a frame at rest (own)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame that may be end-diastolic: its number from 0, how good it is (higher is better), and why.

    Attributes:
        frame: Its number from 0.
        score: Filling, times how surely the heart is at end-diastole, times how well clicks fit where there are any.
        source: ``r_wave``, ``ecg`` or ``motion``.
        filled: How far contrast fills the emptiest part of the way between clicks, else all vessels, 0 to 1.
    """

    frame: int
    score: float
    source: str
    filled: float


def candidates(
    cine: Cine, mask: NDArray[np.bool_], stops: Array | None = None, mm_per_pixel: float | None = None
) -> tuple[Candidate, ...]:
    """Frames to choose from, best first: the last before each R wave, else the last of each rest of the heart.

    The heart rests longer, and before the larger motion, at the end of diastole than at the end of systole. Of these
    frames those come first that contrast fills, and, where points are given, in which a filled vessel lies at them.

    Args:
        cine: The run.
        mask: Open field.
        stops: (k, 2) points [column, row] on the vessel, of a frame that is not known; all vessels count without them.
        mm_per_pixel: Size of a pixel, for points.
    """
    found = cine.acquisition
    if found.r_waves:
        source, frames = "r_wave", dict.fromkeys(_before(found.r_waves), 1.0)
    elif waves := beats(found):
        source, frames = "ecg", dict.fromkeys(_before(waves), 1.0)
    else:
        source, frames = "motion", dict(rests(cine, mask))
    chosen = sorted(frames)
    if stops is None:
        filled, fits = _filled(cine, mask, chosen), [1.0] * len(chosen)
    else:
        pictures = [absorbance(found, cine.frame(frame)) for frame in chosen]
        seen = fillings(pictures, mask, stops, mm_per_pixel or USUAL_MM)
        filled, fits = [one.filled for one in seen], [one.fits for one in seen]
    ranked = [
        Candidate(frame, min(share / ENOUGH, 1.0) ** 2 * fit * frames[frame], source, share)
        for frame, share, fit in zip(chosen, filled, fits, strict=True)
    ]
    return tuple(sorted(ranked, key=lambda one: -one.score))


def _filled(cine: Cine, mask: NDArray[np.bool_], frames: list[int]) -> list[float]:
    """Area of what stands out like a vessel in each frame, as a share of the most."""
    bands = _vessels(cine, mask, frames)
    bright = 0.4 * float(np.percentile(bands, 99.5))
    area = np.count_nonzero(bands > max(bright, 1e-9), axis=(1, 2)).astype(float)
    return [float(one) / max(float(area.max()), 1.0) for one in area]


def _before(frames: tuple[int, ...]) -> list[int]:
    return [max(frame - 1, 0) for frame in frames]


def beats(found: Acquisition) -> tuple[int, ...]:
    """Frames during which an R wave begins, by the ECG, which spans the run; none without one."""
    if found.ecg is None or found.times_s is None or found.frames < 2:
        return ()
    seconds = found.times_s[-1] * found.frames / (found.frames - 1)
    times = r_wave_times(np.array(found.ecg), seconds)
    return tuple(int(frame) for frame in np.clip(times / seconds * found.frames, 0, found.frames - 1))


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


def rests(cine: Cine, mask: NDArray[np.bool_]) -> list[tuple[int, float]]:
    """Last frames of rests of the heart, by motion alone, and how much speaks for the end of diastole, 0 to 1."""
    return _at_rest(_vessels(cine, mask, range(cine.acquisition.frames)))


def _at_rest(small: Array) -> list[tuple[int, float]]:
    """Last frames of rests, and how much speaks for the end of diastole, 0 to 1: how long it is, and what follows."""
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
    rests = [(low, highs[highs < low][-1], highs[highs > low][0]) for low in lows]
    span = float(np.ptp(motion)) or 1.0
    found = []
    for low, before, after in rests:
        last, first = _last(motion, low, after), _first(motion, low, before)
        follows = float(motion[after] - motion[low]) / span
        found.append((last, follows * (last - first + 1.0)))
    most = max((weight for _, weight in found), default=1.0)
    return [(frame, weight / most) for frame, weight in found] or [(int(np.argmin(motion)), 1.0)]


def _last(motion: Array, low: int, high: int) -> int:
    """The last frame from ``low`` on in which the motion has hardly risen."""
    risen = motion[low : high + 1] > motion[low] + STILL * (motion[high] - motion[low])
    return int(low + np.argmax(risen) - 1)


def _first(motion: Array, low: int, high: int) -> int:
    """The first frame, back from ``low``, in which the motion has hardly been larger."""
    risen = motion[high : low + 1][::-1] > motion[low] + STILL * (motion[high] - motion[low])
    return int(low - np.argmax(risen) + 1)
