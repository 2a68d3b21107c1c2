"""Cardiac phase as files carry it: R Wave Pointer (0028,6040), ECG curves (retired, 50xx) or waveforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.qfr.dicom.fields import numbers, positive, text

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CURVE_GROUPS = range(0x5000, 0x5020, 2)
MAX_SAMPLES = 1_000_000
SAME_SPAN = 0.1
"""Share by which the span of a waveform may differ from that of the run."""
SAMPLE_TYPES = {0: "<u2", 1: "<i2", 2: "<f4", 3: "<f8", 4: "<i4"}
"""Data Value Representation (50xx,0103) of a curve to a NumPy type."""


def r_waves(ds: Dataset, frames: int) -> tuple[int, ...]:
    """Frames from 0 at which R waves were marked; pointers (from 1) outside the run are dropped."""
    return tuple(sorted({int(value) - 1 for value in numbers(ds, "RWavePointer") if 1 <= value <= frames}))


def ecg_curve(ds: Dataset, seconds: float | None) -> tuple[float, ...] | None:
    """Samples of the first ECG curve (PS3.3-2004 C.10.2) or waveform, evenly spaced over the run, or None.

    Args:
        ds: Data set.
        seconds: Duration of the run; a waveform that tells another one is left out, as its beginning is unknown.
    """
    for group in CURVE_GROUPS:
        if (group, 0x0020) in ds and str(ds[group, 0x0020].value).strip() == "ECG" and (group, 0x3000) in ds:
            return _samples(ds, group)
    return _waveform(ds, seconds)


def _samples(ds: Dataset, group: int) -> tuple[float, ...] | None:
    import numpy as np

    code = ds[group, 0x0103].value if (group, 0x0103) in ds else 0
    data, kind = ds[group, 0x3000].value, SAMPLE_TYPES.get(code if isinstance(code, int) else 0)
    if not isinstance(data, bytes) or kind is None or not 16 <= len(data) <= MAX_SAMPLES:
        return None
    whole = len(data) - len(data) % np.dtype(kind).itemsize
    return tuple(np.frombuffer(data[:whole], kind).astype(float).tolist())


def _waveform(ds: Dataset, seconds: float | None) -> tuple[float, ...] | None:
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
    whole, rate = len(data) - len(data) % (2 * count), positive(first, "SamplingFrequency")
    if rate is None or seconds is None or abs(whole / (2 * count) / rate - seconds) > SAME_SPAN * seconds:
        return None
    return tuple(np.frombuffer(data[:whole], "<i2").reshape(-1, count)[:, 0].astype(float).tolist())
