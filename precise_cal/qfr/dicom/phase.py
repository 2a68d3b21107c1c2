"""Cardiac phase as files carry it: R Wave Pointer (0028,6040), ECG curves (retired, 50xx) or waveforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.qfr.dicom.fields import numbers, text

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CURVE_GROUPS = range(0x5000, 0x5020, 2)
MAX_SAMPLES = 1_000_000
SAMPLE_TYPES = {0: "<u2", 1: "<i2", 2: "<f4", 3: "<f8", 4: "<i4"}
"""Data Value Representation (50xx,0103) of a curve to a NumPy type."""


def r_waves(ds: Dataset, frames: int) -> tuple[int, ...]:
    """Frames from 0 at which R waves were marked; pointers (from 1) outside the run are dropped."""
    return tuple(sorted({int(value) - 1 for value in numbers(ds, "RWavePointer") if 1 <= value <= frames}))


def ecg_curve(ds: Dataset) -> tuple[float, ...] | None:
    """Samples of the first ECG curve (PS3.3-2004 C.10.2), evenly spaced over the run, or None."""
    for group in CURVE_GROUPS:
        if (group, 0x0020) in ds and str(ds[group, 0x0020].value).strip() == "ECG" and (group, 0x3000) in ds:
            return _samples(ds, group)
    return _waveform(ds)


def _samples(ds: Dataset, group: int) -> tuple[float, ...] | None:
    import numpy as np

    code = ds[group, 0x0103].value if (group, 0x0103) in ds else 0
    data, kind = ds[group, 0x3000].value, SAMPLE_TYPES.get(code if isinstance(code, int) else 0)
    if not isinstance(data, bytes) or kind is None or not 16 <= len(data) <= MAX_SAMPLES:
        return None
    whole = len(data) - len(data) % np.dtype(kind).itemsize
    return tuple(np.frombuffer(data[:whole], kind).astype(float).tolist())


def _waveform(ds: Dataset) -> tuple[float, ...] | None:
    """First channel of the first group of a Waveform Sequence with 16-bit samples."""
    import numpy as np

    groups = ds.get("WaveformSequence")
    if not groups:
        return None
    first = groups[0]
    channels, data = numbers(first, "NumberOfWaveformChannels"), first.get("WaveformData")
    if text(first, "WaveformSampleInterpretation") != "SS" or not channels or not isinstance(data, bytes):
        return None
    count = int(channels[0])
    if count < 1 or not 16 * count <= len(data) <= MAX_SAMPLES * 2 * count:
        return None
    whole = len(data) - len(data) % (2 * count)
    return tuple(np.frombuffer(data[:whole], "<i2").reshape(-1, count)[:, 0].astype(float).tolist())
