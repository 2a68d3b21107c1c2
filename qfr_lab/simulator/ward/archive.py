"""Files as five archives write them: each header lies in its own way, and tells what it must in another place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from qfr_lab.simulator.dicom_file import XaTags, xa_dataset
from qfr_lab.simulator.ward.chain import lookup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import FileDataset

    from qfr_lab.simulator.gantry import Gantry

ECG_HZ = 300.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a file may tell of its run: angles as the gantry shows them, R waves in seconds, time of each frame."""

    angles_deg: tuple[float, float]
    waves_s: tuple[float, ...]
    times_s: tuple[float, ...]


def save(path: Path, pixels: NDArray[Any], archive: int, gantry: Gantry, told: Told, seed: int) -> None:
    """Writes a run.

    Args:
        path: The file.
        pixels: (frames, rows, columns) stored values.
        archive: 0 to 4; 0, 2 and 4 hold 12 bits linear, 1 a look-up table, 3 display values.
        gantry: C-arm.
        told: What else may be told.
        seed: For the UIDs.
    """
    bits = 8 if archive in {1, 3} else 12
    step = 1000.0 * float(np.mean(np.diff(told.times_s)))
    tags = XaTags(
        *told.angles_deg, sid_mm=gantry.detector_mm, sod_mm=gantry.source_mm, spacing_mm=gantry.pixel_mm,
        frame_time_ms=step, relationship="LIN", bits=bits, manufacturer="WARD", seed=seed,
    )  # fmt: skip
    ds = xa_dataset(pixels, tags)
    ARCHIVES[archive](ds, gantry, told)
    ds.save_as(path, enforce_file_format=True)


def _display(ds: FileDataset, gantry: Gantry, _: Told) -> None:
    """Display values of 8 bits, the field of view in place of a spacing, no phase at all."""
    del ds.ImagerPixelSpacing
    ds.PixelIntensityRelationship = "DISP"
    ds.FieldOfViewDimensions = [round(gantry.size * gantry.pixel_mm)] * 2
    ds.Manufacturer = "GE MEDICAL SYSTEMS"


def _table(ds: FileDataset, _: Gantry, told: Told) -> None:
    """A look-up table that declares 8 bits, and an ECG curve of the retired groups."""
    item = Dataset()
    item.add_new(0x00283002, "US", [256, 0, 8])
    item.add_new(0x00283006, "US", lookup().tolist())
    ds.ModalityLUTSequence = Sequence([item])
    ds.PixelIntensityRelationship = "LOG"
    ds.Manufacturer = "Philips Medical Systems"
    curve = ecg(told)
    ds.add_new(0x50000005, "US", 2)
    ds.add_new(0x50000010, "US", len(curve))
    ds.add_new(0x50000020, "CS", "ECG")
    ds.add_new(0x50000103, "US", 0)
    ds.add_new(0x50003000, "OW", curve.tobytes())


def _placeholder(ds: FileDataset, gantry: Gantry, told: Told) -> None:
    """A spacing of 1 × 1 mm beside a field of view, and a waveform."""
    ds.ImagerPixelSpacing = ["1", "1"]
    ds.PixelSpacing = ["1", "1"]
    ds.FieldOfViewDimensions = [round(gantry.size * gantry.pixel_mm)] * 2
    curve = ecg(told)
    group = Dataset()
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = 1, len(curve)
    group.SamplingFrequency, group.WaveformBitsAllocated = str(ECG_HZ), 16
    group.WaveformSampleInterpretation = "SS"
    group.WaveformData = curve.tobytes()
    ds.WaveformSequence = Sequence([group])


def _siemens(ds: FileDataset, gantry: Gantry, told: Told) -> None:
    """Source to patient in place of source to isocenter, the isocenter in a private element, R waves marked."""
    ds.Manufacturer = "Siemens"
    ds.DistanceSourceToPatient = str(gantry.source_mm - 35.0)
    block = ds.private_block(0x0021, "SIEMENS SMS-AX  ACQ 1.0", create=True)
    block.add_new(0x17, "SL", round(gantry.source_mm))
    inside = [wave for wave in told.waves_s if 0.0 <= wave < told.times_s[-1]]
    ds.RWavePointer = [int(np.searchsorted(told.times_s, wave, side="right")) for wave in inside]


def _vector(ds: FileDataset, gantry: Gantry, told: Told) -> None:
    """Uneven frame times in a vector, distances in centimeters, an intensifier size that is a diagonal, no phase."""
    del ds.FrameTime
    ds.FrameTimeVector = [f"{value:.6g}" for value in (0.0, *(1000.0 * np.diff(told.times_s)))]
    ds.FrameIncrementPointer = 0x00181065
    ds.DistanceSourceToDetector, ds.DistanceSourceToPatient = (
        f"{gantry.detector_mm / 10:g}",
        f"{gantry.source_mm / 10:g}",
    )
    ds.IntensifierSize = f"{gantry.size * gantry.pixel_mm * 2**0.5:.0f}"


ARCHIVES: tuple[Callable[[FileDataset, Gantry, Told], None], ...] = (_placeholder, _table, _siemens, _display, _vector)
"""By number; what a film of each holds as pixels stands in :func:`save`."""


def ecg(told: Told) -> NDArray[np.int16]:
    """Samples over the run: P, QRS and T waves at the R waves."""
    seconds = told.times_s[-1] * len(told.times_s) / (len(told.times_s) - 1)
    times = np.arange(round(ECG_HZ * seconds)) / ECG_HZ
    curve = 12.0 * np.sin(2.0 * np.pi * 0.3 * times)
    for wave in told.waves_s:
        for size, center, width in (
            (60, -0.16, 0.025),
            (-80, 0.012, 0.008),
            (900, 0.03, 0.010),
            (-200, 0.055, 0.010),
            (160, 0.30, 0.05),
        ):
            curve = curve + size * np.exp(-0.5 * ((times - wave - center) / width) ** 2)
    return np.asarray(np.round(curve + np.random.default_rng(1).normal(0.0, 6.0, len(times))), "<i2")
