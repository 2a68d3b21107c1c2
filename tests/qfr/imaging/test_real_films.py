"""Real films: the four views of a static phantom and a right coronary artery. Skipped where the data is absent."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from precise_cal.qfr.angio import run_study
from precise_cal.qfr.contour.absorbance import absorbance, open_field
from precise_cal.qfr.contour.curve import even
from precise_cal.qfr.contour.segment import outline
from precise_cal.qfr.dicom.reader import read_cine, read_header
from precise_cal.qfr.geometry import c_arm
from precise_cal.qfr.phase import candidates
from precise_cal.qfr.stereo.lumen3d import Reconstruction, reconstruct
from precise_cal.qfr.study import read_study

SHARED = Path(os.environ.get("PRECISE_SHARED", Path(__file__).parents[4] / "shared")) / "data"
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not (SHARED / "xa-phantom").is_dir(), reason=f"no phantom films in {SHARED}"),
]
CLICKS: list[tuple[int, int, list[tuple[int, int]], list[tuple[int, int]]]] = [
    (1, 2, [(150, 210), (137, 310), (154, 413)], [(337, 210), (266, 312), (196, 405)]),
    (1, 2, [(86, 180), (101, 135), (136, 120)], [(150, 183), (145, 144), (167, 127)]),
    (1, 3, [(222, 189), (258, 206), (298, 218)], [(305, 135), (327, 164), (350, 195)]),
    (1, 3, [(149, 211), (139, 313), (152, 412)], [(252, 135), (199, 256), (166, 381)]),
    (1, 3, [(85, 180), (101, 137), (141, 119)], [(96, 160), (98, 124), (137, 115)]),
    (1, 4, [(305, 185), (357, 187), (407, 179)], [(317, 190), (358, 173), (400, 146)]),
    (1, 4, [(88, 174), (103, 134), (140, 119)], [(97, 214), (106, 170), (142, 153)]),
    (2, 3, [(338, 209), (262, 314), (193, 408)], [(250, 135), (199, 260), (162, 384)]),
    (2, 3, [(218, 187), (188, 197), (162, 200)], [(149, 141), (119, 155), (105, 167)]),
    (2, 3, [(155, 197), (145, 149), (168, 127)], [(98, 169), (93, 132), (131, 114)]),
    (2, 4, [(217, 190), (192, 196), (172, 198)], [(147, 254), (121, 254), (107, 244)]),
    (2, 4, [(150, 180), (146, 142), (169, 125)], [(96, 214), (103, 172), (137, 152)]),
    (3, 4, [(251, 133), (215, 116), (177, 126)], [(247, 310), (212, 271), (176, 255)]),
    (3, 4, [(153, 138), (128, 151), (109, 162)], [(150, 254), (126, 253), (108, 244)]),
]
"""Rough clicks on tubes that are filled, free of other tubes and foreshortened by less than 35 % in both views."""


ROUGH_TURN, ROUGH_SHIFT = (-0.0788, -1.5614, 0.0389), (-7.23, -22.66, 13.37)
"""From the authors' scanner to the isocenter, roughly: where the rigid alignment starts."""


def true_lines() -> np.ndarray:
    """Points every 0.1 mm on the authors' center lines, roughly in place."""
    lines = (SHARED / "xa-phantom" / "Centerlines.vtk").read_text().splitlines()
    at = {line.split()[0]: number for number, line in enumerate(lines) if line[:1].isalpha()}
    points = np.array(" ".join(lines[at["POINTS"] + 1 : at["CELLS"]]).split(), float).reshape(-1, 3)
    tokens = [int(token) for token in " ".join(lines[at["CELLS"] + 1 : at["CELL_TYPES"]]).split()]
    placed = Rotation.from_rotvec(ROUGH_TURN).apply(points - points.mean(axis=0)) + ROUGH_SHIFT
    branches = []
    while tokens:
        branches.append(even(placed[tokens[1 : 1 + tokens[0]]], 0.1))
        tokens = tokens[1 + tokens[0] :]
    return np.concatenate(branches)


def aligned(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Distances to ``target`` after rigid alignment (iterated closest points, without scale)."""
    tree = cKDTree(target)
    moved = points
    for _ in range(60):
        goal = target[tree.query(moved)[1]]
        a, b = moved - moved.mean(axis=0), goal - goal.mean(axis=0)
        u, _, vt = np.linalg.svd(a.T @ b)
        turn = vt.T @ np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))]) @ u.T
        moved = a @ turn.T + goal.mean(axis=0)
    return tree.query(moved)[0]


@pytest.fixture(scope="module")
def rebuilt() -> dict[tuple[int, int], list[Reconstruction]]:
    views = {}
    for number in range(1, 5):
        cine = read_cine(SHARED / "xa-phantom" / f"IM{number}.dcm")
        mean = cine.pixels.astype(np.float32).mean(axis=0)
        views[number] = (c_arm(cine.acquisition), absorbance(cine.acquisition, mean), open_field(cine))
    found: dict[tuple[int, int], list[Reconstruction]] = {pair: [] for pair in combinations(range(1, 5), 2)}
    none = (np.zeros((0, 2)), np.zeros((0, 2)))
    for first, second, *clicks in CLICKS:
        arms = (views[first][0], views[second][0])
        contours = [
            outline(*views[number][1:], np.array(points, float), views[number][0].mm_per_pixel, densitometry=False)
            for number, points in zip((first, second), clicks, strict=True)
        ]
        factors = (arms[0].mm_per_pixel, arms[1].mm_per_pixel)
        found[first, second].append(reconstruct(arms, (contours[0], contours[1]), none, factors))
    return found


def test_every_pair_of_views_rebuilds_the_phantom(rebuilt: dict[tuple[int, int], list[Reconstruction]]) -> None:
    target = true_lines()
    for pair, branches in rebuilt.items():
        assert branches, pair
        points = np.concatenate([branch.points for branch in branches])
        assert aligned(points, target).mean() < 1.0, pair


def test_calibers_agree_between_views(rebuilt: dict[tuple[int, int], list[Reconstruction]]) -> None:
    differences = [
        float(abs(np.diff(np.median(branch.widths_mm, axis=1))[0]))
        for branches in rebuilt.values()
        for branch in branches
    ]
    assert max(differences) < 0.15, differences


RCA = SHARED / "xa-cine" / "rca-96frames.dcm"


def frames_by(**left_out: object) -> list[int]:
    """Candidates of the right coronary artery, best first, without some of what the file tells."""
    cine = read_cine(RCA)
    cine = replace(cine, acquisition=replace(cine.acquisition, **left_out))  # type: ignore[arg-type]
    return [one.frame for one in candidates(cine, open_field(cine))]


@pytest.mark.parametrize("left_out", [{}, {"r_waves": ()}], ids=["marks", "ecg"])
def test_end_diastole_of_the_right_coronary_artery(left_out: dict[str, object]) -> None:
    frames = frames_by(**left_out)
    waves = read_header(RCA).r_waves
    assert len(frames) == len(waves) == 3
    for wave in waves:
        assert any(0 <= wave - frame <= 2 for frame in frames)


def test_motion_alone_ranks_the_three_ends_of_diastole_first() -> None:
    """The atrium moves this artery before the R wave: rests end up to six frames (0.2 s) earlier."""
    first = sorted(frames_by(r_waves=(), ecg=None)[:3])
    assert all(-1 <= wave - frame <= 6 for wave, frame in zip(read_header(RCA).r_waves, first, strict=True))


def test_contrast_of_the_right_coronary_artery_runs_at_a_plausible_speed(tmp_path: Path) -> None:
    view = {
        "file": str(RCA), "frame": None, "proximal": [190, 138], "through": [[110, 215]], "distal": [222, 348],
        "catheter": {"outer_diameter_mm": 2.0, "from": [258, 30], "to": [243, 95]},
    }  # fmt: skip
    (tmp_path / "s.json").write_text(json.dumps({"vessel": "RCA", "views": [view], "flow": {"method": "contrast"}}))
    result = run_study(read_study(tmp_path / "s.json"))
    front = result.fronts[0]
    assert front is not None
    assert 0.1 < front.velocity_m_s < 0.4
    assert result.views[0].calibration.source == "catheter"
