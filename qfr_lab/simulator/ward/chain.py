"""The imaging chain: spectrum, focal spot with two peaks, scatter, glare, lag, quanta, and what a vendor does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import convolve1d, gaussian_filter, gaussian_filter1d, zoom

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SPECTRUM = ((0.55, 0.31), (0.45, 0.19))
"""Share of the beam and attenuation of undiluted contrast in 1/mm."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Optics and electronics.

    Attributes:
        quanta: In a pixel without object.
        iodine: Factor on the contrast.
        scatter: Scatter-to-primary ratio.
        spot_mm: Distance of the two peaks of the focal spot, in the plane of the isocenter.
        detector_mm: Standard deviation of the detector's blur, in the same plane.
        lag: Share of the last frame that stays.
        sharpen: Gain of the edge enhancement.
        curve: ``LIN``, ``LUT`` (8 bits behind a modality look-up table) or ``DISP``.
    """

    quanta: float
    iodine: float
    scatter: float
    spot_mm: float
    detector_mm: float
    lag: float
    sharpen: float
    curve: str


def blurred(primary: Array, chain: Chain, step_mm: float) -> Array:
    """The primary picture behind focal spot and detector; ``step_mm`` is a sample in the plane of the isocenter."""
    x = np.arange(-6, 7) * step_mm
    peaks = sum(np.exp(-0.5 * ((x - side * 0.5 * chain.spot_mm) / 0.07) ** 2) for side in (-1.0, 1.0))
    seen = convolve1d(primary, peaks / peaks.sum(), axis=1, mode="nearest")
    seen = gaussian_filter1d(seen, 0.12 / step_mm, axis=0, mode="nearest")
    return np.asarray(gaussian_filter(seen, chain.detector_mm / step_mm, mode="nearest"))


def exposed(
    contrast: Array, behind: Array, chain: Chain, step_mm: float, fine: int, random: np.random.Generator
) -> Array:
    """Detected light per pixel, relative to the beam without object.

    Args:
        contrast: Undiluted contrast in mm, (rows · fine, columns · fine).
        behind: Attenuation of everything else, (rows, columns).
        chain: Optics.
        step_mm: A ray's spacing in the plane of the isocenter.
        fine: Rays per pixel and axis.
        random: Source of the noise.
    """
    primary = np.asarray(sum(share * np.exp(-mu * chain.iodine * contrast) for share, mu in SPECTRUM))
    rows, columns = behind.shape
    primary = blurred(primary, chain, step_mm).reshape(rows, fine, columns, fine).mean(axis=(1, 3)) * np.exp(-behind)
    small = primary[::8, ::8]
    pixels = 8.0 * step_mm * fine
    wide = 0.6 * gaussian_filter(small, 45.0 / pixels, mode="nearest") + 0.4 * gaussian_filter(small, 12.0 / pixels)
    scattered = zoom(wide, (rows / wide.shape[0], columns / wide.shape[1]), order=1)
    mean = (primary + chain.scatter * scattered) / (1.0 + chain.scatter)
    mean = 0.97 * mean + 0.03 * float(mean.mean())
    counts = random.poisson(chain.quanta * mean)
    return np.asarray(gaussian_filter(counts - chain.quanta * mean, 0.45) / chain.quanta + mean)


def written(light: Array, chain: Chain) -> NDArray[np.uint16]:
    """Stored pixel values of a frame."""
    seen = np.clip(light / 0.9, 1e-4, 1.0)
    if chain.sharpen:
        seen = np.clip(seen + chain.sharpen * (seen - gaussian_filter(seen, 1.5)), 1e-4, 1.0)
    if chain.curve == "LUT":
        return np.asarray(np.searchsorted(lookup(), 4095.0 * seen).clip(0, 255), np.uint16)
    if chain.curve == "DISP":
        return np.asarray(
            np.round(255.0 * (1.12 / (1.0 + np.exp(-5.0 * (seen - 0.42))) - 0.06).clip(0.0, 1.0)), np.uint16
        )
    return np.asarray(np.round(4095.0 * seen), np.uint16)


def lookup() -> NDArray[np.uint16]:
    """The table from 8 stored bits to light of 12 bits."""
    return np.asarray(np.round(4022.0 * (np.linspace(0.12, 1.0, 256) ** 2.2)), np.uint16)


def chest(size: int, random: np.random.Generator) -> tuple[Array, Array]:
    """What lies behind and before the heart, (size, size): what is still, and a diaphragm that the breath moves."""
    row, column = np.mgrid[0:size, 0:size] / size
    still = 0.25 * gaussian_filter(random.normal(size=(size, size)), size / 14.0) * size / 30.0
    spine, lean = random.uniform(0.1, 0.9), random.uniform(-0.3, 0.3)
    away = (column - spine - lean * (row - 0.5)) / 0.07
    still += 0.5 * np.exp(-(away**4)) * (1.0 + 0.25 * np.sign(np.sin(2.0 * np.pi * 6.5 * row)) * np.exp(-(away**2)))
    for _ in range(4):
        height, curve = random.uniform(0.0, 1.0), random.uniform(-0.6, 0.6)
        rib = np.abs(row - height - curve * (column - 0.5) ** 2 - 0.15 * column) / 0.022
        still += 0.16 * np.clip(1.4 - rib, 0.0, 1.0)
    still += 0.6 * np.exp(-((np.hypot(row - 0.5, column - 0.5) / 0.45) ** 6))
    for _ in range(3):
        at, width = random.uniform(0.2, 0.8, 2), 0.02
        still += 0.25 * (np.abs(np.hypot(row - at[0], (column - at[1]) * 0.7) - width) < 0.0025)
    moving = 0.7 / (1.0 + np.exp(-(row - random.uniform(0.78, 0.95) - 0.2 * (column - 0.3) ** 2) / 0.008))
    return gaussian_filter(still, 0.7), gaussian_filter(moving, 0.7)
