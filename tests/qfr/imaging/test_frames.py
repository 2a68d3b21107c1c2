"""The frame that is analyzed: filled over the whole way, at end-diastole, fitting the clicks; a table that moves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from precise_cal.cli.main import run
from precise_cal.qfr.dicom.reader import read_cine
from precise_cal.qfr.frames.filling import fillings
from precise_cal.qfr.frames.phase import candidates
from precise_cal.qfr.front.panning import followed, table_course
from qfr_lab.simulator.dicom_file import XaTags, write_xa

MM = 0.22
SIZE, FRAMES, HZ, PERIOD = 192, 60, 20.0, 20
STOPS = np.array([[96.0, 20.0], [96.0, 100.0], [96.0, 172.0]])
FULL = 34
"""From this frame on contrast has reached the distal click."""


def contraction(frame: int) -> float:
    """Systole over 30 % of a beat, a short rest, relaxation, and a long rest to its end."""
    return float(np.interp((frame % PERIOD) / PERIOD, [0.0, 0.3, 0.4, 0.6, 1.0], [0.0, 1.0, 1.0, 0.0, 0.0]))


def film() -> np.ndarray:
    """A vessel down column 96 that beats by 4 mm to the right, and fills from above."""
    row, column = np.mgrid[0:SIZE, 0:SIZE]
    random, frames = np.random.default_rng(0), []
    behind = gaussian_filter(random.normal(0, 4, (SIZE, SIZE)), 6)
    for frame in range(FRAMES):
        away = column - 96 - 4.0 / MM * contraction(frame)
        filled = 1.0 / (1.0 + np.exp((row - 180.0 * frame / FULL) / 6.0))
        light = np.exp(-0.5 * filled * np.exp(-0.5 * (away / 5.0) ** 2) - 0.05 * behind)
        frames.append(600.0 * light + random.normal(0, 4, light.shape))
    return np.round(np.clip(frames, 0, 1023)).astype(np.uint16)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The film with R waves marked, and with nothing told."""
    folder, pixels = tmp_path_factory.mktemp("runs"), film()
    for name, waves in (("marked", (0, 20, 40, 59)), ("silent", ())):
        tags = XaTags(frame_time_ms=1000 / HZ, r_waves=waves)
        write_xa(folder / f"{name}.dcm", pixels, tags)
    return {name: folder / f"{name}.dcm" for name in ("marked", "silent")}


MASK = np.zeros((SIZE, SIZE), bool)
MASK[6:-6, 6:-6] = True


@pytest.mark.parametrize("name", ["marked", "silent"])
@pytest.mark.parametrize("clicked", [True, False])
def test_the_frame_is_filled_and_end_diastolic(runs: dict[str, Path], name: str, clicked: bool) -> None:
    found = candidates(read_cine(runs[name]), MASK, STOPS if clicked else None, MM)
    best = found[0]
    assert best.frame >= FULL
    assert contraction(best.frame) < 0.05
    assert best.filled > 0.65
    assert {one.frame for one in found if one.filled < 0.5}, "frames that are not filled are offered too, last"
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_clicks_of_a_contracted_heart_choose_a_contracted_frame(runs: dict[str, Path]) -> None:
    moved = STOPS + np.array([4.0 / MM, 0.0])
    best = candidates(read_cine(runs["silent"]), MASK, moved, MM)[0]
    assert contraction(best.frame) > 0.9
    assert best.frame >= FULL


def test_the_emptiest_part_of_the_way_counts_and_clicks_beside_the_vessel_do_not_fit() -> None:
    pictures = [-np.log(np.maximum(one.astype(float), 1.0)) for one in film()[[10, 18, 59]]]
    empty, half, full = fillings(pictures, MASK, STOPS, MM)
    assert empty.filled < half.filled < 0.5 < 0.9 < full.filled
    assert full.fits > 0.9
    assert fillings(pictures, MASK, STOPS + np.array([1.8 / MM, 0.0]), MM)[2].fits < 0.8


def pictures_of(course: np.ndarray) -> list[np.ndarray]:
    """Bones that the table moves, under a collimator that stays, with noise."""
    random = np.random.default_rng(3)
    bones = gaussian_filter(random.normal(0, 1, (256, 256)), 6) * 8
    edge = np.zeros((256, 256))
    edge[:12] = 3.0
    return [np.roll(bones, tuple(one[::-1]), (0, 1)) + edge + random.normal(0, 0.05, bones.shape) for one in course]


def test_a_table_that_moves_is_followed_and_one_that_stands_is_not() -> None:
    mask = np.zeros((256, 256), bool)
    mask[14:-6, 6:-6] = True
    moves = np.concatenate([np.zeros(10, int), np.arange(0, 60, 6), np.full(8, 56)])
    course = moves[:, None] * np.array([1, -1])
    pictures = pictures_of(course)
    found = table_course(pictures, mask, 2, MM)
    assert found is not None
    assert np.abs(found - course).max() <= 10
    back = followed(pictures, found)
    assert np.corrcoef(back[-1][80:-80, 80:-80].ravel(), back[2][80:-80, 80:-80].ravel())[0, 1] > 0.6
    assert table_course(pictures_of(np.zeros((12, 2), int)), mask, 2, MM) is None


def test_info_lists_the_candidates_and_writes_a_picture_of_each(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["qfr", "info", str(runs["marked"]), "--pictures", str(tmp_path), "--format", "json"]
    assert run(asked) == 0
    rows = json.loads(capsys.readouterr().out)["frame_candidates"]
    assert [row["frame"] for row in rows[:2]] == [39, 58]
    assert sorted(Path(row["picture"]) for row in rows) == sorted(tmp_path.iterdir())
    assert all(Path(row["picture"]).read_bytes().startswith(b"\x89PNG") for row in rows)
    assert run(asked) == 2, "nothing is written over"
    assert run(["qfr", "info", str(runs["silent"])]) == 0
    assert "candidate frame" in capsys.readouterr().out


def test_info_of_a_file_without_pixels_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from qfr_lab.simulator.dicom_file import xa_dataset

    ds = xa_dataset(np.zeros((3, 32, 32), np.uint16), XaTags())
    del ds.PixelData
    ds.save_as(tmp_path / "empty.dcm", enforce_file_format=True)
    assert run(["qfr", "info", str(tmp_path / "empty.dcm")]) == 0
    assert "NO_PIXELS: the pixels cannot be read" in capsys.readouterr().out
