"""A run: tubes in front of a gantry while a bolus passes, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qfr_lab.simulator.raytrace import trace
from qfr_lab.simulator.vessels import Tube
from qfr_lab.simulator.xrays import Beam, anatomy, display, expose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qfr_lab.simulator.bolus import Bolus
    from qfr_lab.simulator.gantry import Gantry


@dataclass(frozen=True, slots=True)
class Run:
    """What is filmed and how.

    Attributes:
        tubes: The main vessel first, then what else is there (side branches, catheter).
        gantry: C-arm.
        beam: Imaging chain.
        bolus: Injection; None for vessels that are full all the time.
        frames: Number of frames.
        frame_s: Time from frame to frame.
        beat_mm: Amplitude in mm of the motion with the heart beat, along (x, y, z).
        drift_mm_s: Motion with the breath in mm a second, along (x, y, z).
        background: Strength of the anatomy, 0 for none.
        fine: Rays per pixel and axis.
        seed: Seed of anatomy and noise.
    """

    tubes: tuple[Tube, ...]
    gantry: Gantry
    beam: Beam = field(default_factory=Beam)
    bolus: Bolus | None = None
    frames: int = 1
    frame_s: float = 1.0 / 15.0
    beat_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    drift_mm_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    background: float = 1.0
    fine: int = 2
    seed: int = 0


def film(run: Run) -> NDArray[np.uint16]:
    """The frames of a run, (frames, rows, columns)."""
    random = np.random.default_rng(run.seed)
    size, gantry = run.gantry.size, run.gantry
    behind = anatomy(size, random, run.background) if run.background else np.zeros((size, size), np.float32)
    still = [trace(tube, gantry, run.fine) for tube in run.tubes] if not any((*run.beat_mm, *run.drift_mm_s)) else None
    frames = np.empty((run.frames, size, size), np.uint16)
    for index in range(run.frames):
        time = index * run.frame_s
        crossings = still or [trace(_moved(tube, run, time), gantry, run.fine) for tube in run.tubes]
        crossed = np.zeros((size * run.fine,) * 2, np.float32)
        for tube, (lengths, places) in zip(run.tubes, crossings, strict=True):
            crossed += _contrast(run, tube, lengths, places, time)
        magnification = gantry.detector_mm / gantry.source_mm
        quanta = expose(crossed, behind, run.beam, gantry.pixel_mm, magnification, run.fine, random)
        frames[index] = display(quanta, run.beam)
    return frames


def beat(time: float, heart_hz: float) -> float:
    """Displacement of the heart from end-diastole, 0 to 1: at rest before the next R wave."""
    phase = (time * heart_hz) % 1.0
    return float(0.5 * (1.0 - np.cos(2.0 * np.pi * phase / 0.75))) if phase < 0.75 else 0.0


def _moved(tube: Tube, run: Run, time: float) -> Tube:
    heart = run.bolus.heart_hz if run.bolus else 1.1
    shift = np.asarray(run.beat_mm) * beat(time, heart) + np.asarray(run.drift_mm_s) * time
    return Tube(tube.points + shift, tube.radii, tube.filling, tube.constant, tube.origin)


def _contrast(
    run: Run, tube: Tube, lengths: NDArray[np.float32], places: NDArray[np.float32], time: float
) -> NDArray[np.float32]:
    """Undiluted contrast in mm along each ray: crossed length times concentration there."""
    if not tube.filling or run.bolus is None:
        share = 1.0 if tube.filling else tube.constant
        return np.asarray(share * lengths.sum(axis=2), np.float32)
    main = run.tubes[0]
    before = np.interp(tube.origin, main.arc_mm, main.volume_mm3) if tube is not main else 0.0
    along = run.bolus.concentration(before + tube.volume_mm3, time)
    total = np.zeros(lengths.shape[:2], np.float32)
    rows, columns = np.nonzero(lengths.any(axis=2))
    part = lengths[rows, columns] * np.interp(places[rows, columns], tube.arc_mm, along)
    total[rows, columns] = part.sum(axis=1)
    return total
