"""End-diastolic candidates: from marks, from the ECG that a file carries, from motion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from precise_cal.qfr.dicom.reader import read_cine, read_header
from precise_cal.qfr.frames.ecg import r_wave_times
from precise_cal.qfr.frames.phase import candidates
from qfr_lab.simulator.dicom_file import XaTags, xa_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom.dataset import Dataset

FRAMES, HZ = 60, 30.0
BEATS_S = (0.43, 1.30, 1.75)


def ecg(beats: tuple[float, ...], samples: int, seconds: float, width: float = 0.012) -> np.ndarray:
    """R waves with T waves after them, on a wandering line with noise."""
    t = np.linspace(0, seconds, samples, endpoint=False)
    wave = 8 * np.sin(3 * t) + np.random.default_rng(2).normal(0, 0.8, samples)
    for beat in beats:
        wave += 90 * np.exp(-0.5 * ((t - beat) / width) ** 2) + 18 * np.exp(-0.5 * ((t - beat - 0.25) / 0.05) ** 2)
    return wave


@pytest.mark.parametrize(("samples", "width"), [(400, 0.012), (2400, 0.012), (2400, 0.04)])
def test_r_waves_are_found_in_an_ecg(samples: int, width: float) -> None:
    found = r_wave_times(ecg(BEATS_S, samples, 2.0, width), 2.0)
    assert len(found) == 3
    assert np.all(np.array(BEATS_S) - found < 3.2 * width + 0.02)
    assert np.all(np.array(BEATS_S) - found > 0)


@pytest.mark.parametrize("wave", [np.zeros(500), np.ones(40), np.arange(50.0)])
def test_a_flat_or_coarse_ecg_tells_no_beat(wave: np.ndarray) -> None:
    assert not r_wave_times(wave, 2.0).size


def beating() -> np.ndarray:
    """A line that the heart moves, faster in systole, and not at all from 0.75 of a beat on; two beats of 30 frames."""
    row, column = np.mgrid[0:96, 0:96]
    frames = []
    for index in range(FRAMES):
        phase = (index / 30.0) % 1.0
        turn = phase / 0.3 if phase < 0.3 else max(0.75 - phase, 0.0) / 0.45
        moved = 9.0 * (0.5 - 0.5 * np.cos(np.pi * turn))
        line = 1 - 0.3 * np.exp(-0.5 * ((column - 48 - moved + 0.2 * row) / 2.0) ** 2)
        frames.append(800 * line)
    return np.round(frames).astype(np.uint16)


def saved(tmp_path: Path, **tags: object) -> tuple[Path, Dataset]:
    return tmp_path / "run.dcm", xa_dataset(beating(), XaTags(frame_time_ms=1000 / HZ, **tags))  # type: ignore[arg-type]


def from_file(path: Path, ds: Dataset) -> Iterator[tuple[int, str]]:
    ds.save_as(path, enforce_file_format=True)
    cine = read_cine(path)
    mask = np.ones((96, 96), bool)
    return ((one.frame, one.source) for one in candidates(cine, mask))


def test_marked_r_waves_come_first(tmp_path: Path) -> None:
    assert sorted(from_file(*saved(tmp_path, r_waves=(29, 0)))) == [(0, "r_wave"), (28, "r_wave")]


def test_an_ecg_curve_is_used(tmp_path: Path) -> None:
    path, ds = saved(tmp_path)
    curve = ecg((0.98,), 2400, 2.0)
    ds.add_new(0x50000020, "CS", "ECG")
    ds.add_new(0x50000103, "US", 1)
    ds.add_new(0x50003000, "OW", np.round(curve).astype("<i2").tobytes())
    assert list(from_file(path, ds)) in ([(27, "ecg")], [(28, "ecg")])


@pytest.mark.parametrize(("rate", "told"), [(1000.0, True), (250.0, False)])
def test_a_waveform_must_span_the_run(tmp_path: Path, rate: float, told: bool) -> None:
    from pydicom.dataset import Dataset

    path, ds = saved(tmp_path)
    group = Dataset()
    group.NumberOfWaveformChannels, group.WaveformSampleInterpretation, group.SamplingFrequency = 1, "SS", rate
    group.add_new(0x54001010, "OW", np.zeros(2000, "<i2").tobytes())
    ds.WaveformSequence = [group]
    ds.save_as(path, enforce_file_format=True)
    found = read_header(path).ecg
    assert (found is not None and len(found) == 2000) is told


def test_without_either_the_last_frames_at_rest_are_offered(tmp_path: Path) -> None:
    found = list(from_file(*saved(tmp_path)))
    assert {source for _, source in found} == {"motion"}
    assert 25 <= found[0][0] <= 31
