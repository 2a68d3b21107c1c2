"""Real films: the four views of a static phantom. Skipped where the data is absent."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from scipy.ndimage import binary_fill_holes
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from precise_cal.qfr.contour.absorbance import absorbance, open_field
from precise_cal.qfr.contour.curve import even
from precise_cal.qfr.contour.segment import outline
from precise_cal.qfr.dicom.reader import read_cine
from precise_cal.qfr.stereo.geometry import CArm, c_arm, epipolar_gap, triangulate
from precise_cal.qfr.stereo.lumen3d import Reconstruction, reconstruct
from precise_cal.qfr.stereo.match import matched

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


Clicks = list[tuple[float, float]]
MAIN: dict[int, dict[int, Clicks]] = {
    2: {1: [(176, 215), (192, 187), (204, 162)], 2: [(367, 230), (361, 200), (357, 187), (347, 181), (332, 165)],
        3: [(289, 155), (284, 130), (279, 114)], 4: [(284, 310), (282, 270), (275, 225)]},
    3: {1: [(167, 243), (153, 213), (140, 186)], 2: [(358, 237), (334, 212), (305, 190)],
        3: [(272, 157), (250, 139), (222, 121)], 4: [(270, 338), (248, 308), (228, 284)]},
    4: {1: [(100, 187), (115, 180), (129, 174)], 2: [(268, 180), (233, 185), (198, 197)],
        3: [(195, 123), (167, 134), (138, 149)], 4: [(190, 254), (164, 251), (135, 251)]},
}  # fmt: skip
"""Rough clicks along the tube that runs through each junction, in each view."""
SIDE: dict[int, dict[int, Clicks]] = {
    2: {1: [(203, 183), (222, 189)], 3: [(290, 124), (305, 137)], 4: [(290, 266), (308, 262)]},
    3: {1: [(147, 214), (137, 232)], 2: [(329, 217), (316, 233)], 3: [(243, 141), (231, 155)],
        4: [(242, 311), (228, 321)]},
    4: {4: [(167, 245), (174, 229)]},
}  # fmt: skip
"""Rough clicks on the beginning of the tube that leaves there, where its shadow is long enough to give an axis."""
END_ON = {(2, 2): (352.0, 184.5), (4, 2): (232.5, 186.0), (4, 3): (167.0, 135.0)}
"""Where that tube comes towards the eye: the dark spot that it makes, or where it darkens the other, by hand.

Junction 4 shows nothing of itself in view 1, where all three tubes lie in one line.
"""
OFFSET_BY = 3
"""The main tube there is clear in all views: with the junctions it tells the offset between two of them."""
BRANCHES = {2: (1, 4, 3), 3: (2, 5, 6), 4: (5, 8, 7)}
"""The authors' branches that come to a junction, go on from it, and leave there."""


def authors_branches() -> list[np.ndarray]:
    """The authors' center lines, a point every 0.1 mm, roughly in place."""
    lines = (SHARED / "xa-phantom" / "Centerlines.vtk").read_text().splitlines()
    at = {line.split()[0]: number for number, line in enumerate(lines) if line[:1].isalpha()}
    points = np.array(" ".join(lines[at["POINTS"] + 1 : at["CELLS"]]).split(), float).reshape(-1, 3)
    tokens = [int(token) for token in " ".join(lines[at["CELLS"] + 1 : at["CELL_TYPES"]]).split()]
    placed = Rotation.from_rotvec(ROUGH_TURN).apply(points - points.mean(axis=0)) + ROUGH_SHIFT
    branches = []
    while tokens:
        branches.append(even(placed[tokens[1 : 1 + tokens[0]]], 0.1))
        tokens = tokens[1 + tokens[0] :]
    return branches


def straight(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A point of the straight line through points, and its direction."""
    middle = points.mean(axis=0)
    return middle, np.linalg.svd(points - middle)[2][0]


def authors_junction(junction: int) -> np.ndarray:
    """Where the axis of the tube that leaves, straight from 2 to 8 mm off, meets that of the main tube."""
    lines = authors_branches()
    before, after, leaving = (lines[k] for k in BRANCHES[junction])
    main = even(np.concatenate([before[-100:-20], after[20:100]]), 0.1)
    point, along = straight(leaving[20:81])
    return main[np.linalg.norm(np.cross(main - point, along), axis=1).argmin()]


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


View = tuple[CArm, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def views() -> dict[int, View]:
    """C-arm, picture and open field of each view."""
    found = {}
    for number in range(1, 5):
        cine = read_cine(SHARED / "xa-phantom" / f"IM{number}.dcm")
        mean = cine.pixels.astype(np.float32).mean(axis=0)
        found[number] = (c_arm(cine.acquisition), absorbance(cine.acquisition, mean), open_field(cine))
    return found


@pytest.fixture(scope="module")
def rebuilt(views: dict[int, View]) -> dict[tuple[int, int], list[Reconstruction]]:
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


@pytest.mark.slow
def test_every_pair_of_views_rebuilds_the_phantom(rebuilt: dict[tuple[int, int], list[Reconstruction]]) -> None:
    target = np.concatenate(authors_branches())
    for pair, branches in rebuilt.items():
        assert branches, pair
        points = np.concatenate([branch.points for branch in branches])
        assert aligned(points, target).mean() < 1.0, pair


def axis(view: View, clicks: Clicks) -> np.ndarray:
    """The center line of a tube; tubes are always full here, so that dark ones look like holes in the open field."""
    arm, picture, field = view
    points = np.array(clicks, float)
    return outline(picture, binary_fill_holes(field), points, arm.mm_per_pixel, densitometry=False).midline


def crossing(line: np.ndarray, height: np.ndarray) -> np.ndarray:
    """(1, 2) the one place of a line at which a height above something passes zero."""
    (before,) = np.flatnonzero(np.diff(np.sign(height)))
    share = height[before] / (height[before] - height[before + 1])
    return line[[before]] + share * (line[[before + 1]] - line[[before]])


def seen(view: View, main: np.ndarray, junction: int, number: int) -> np.ndarray | None:
    """(1, 2) where the tube that leaves meets the axis of the main tube in a view; None where it cannot be seen."""
    if (junction, number) in END_ON:
        return main[[np.linalg.norm(main - END_ON[junction, number], axis=1).argmin()]]
    if number not in SIDE[junction]:
        return None
    point, along = straight(axis(view, SIDE[junction][number]))
    return crossing(main, (main - point) @ np.array([-along[1], along[0]]))


class Shadow(NamedTuple):
    """What a view shows of a junction."""

    main: np.ndarray
    junction: np.ndarray | None


Shadows = Callable[[int, int], Shadow]
"""By junction and view."""


@pytest.fixture(scope="module")
def shadows(views: dict[int, View]) -> Shadows:
    @cache
    def shadow(junction: int, view: int) -> Shadow:
        main = axis(views[view], MAIN[junction][view])
        return Shadow(main, seen(views[view], main, junction, view))

    return shadow


def placed(arms: tuple[CArm, CArm], pair: tuple[int, int], shadows: Shadows) -> dict[int, np.ndarray]:
    """Junctions in space from two views. One that a view hides lies where the ray of the other meets the main tube."""
    pixels = {junction: [shadows(junction, k).junction for k in pair] for junction in MAIN}
    both = [points for points in pixels.values() if all(point is not None for point in points)]
    anchors = np.concatenate([points[0] for points in both]), np.concatenate([points[1] for points in both])
    offset = matched(*arms, *(shadows(OFFSET_BY, k).main for k in pair), anchors).offset_mm
    found = {}
    for junction, (first, second) in pixels.items():
        if first is None:
            main = shadows(junction, pair[0]).main
            first = crossing(main, epipolar_gap(*arms, main, second, offset)[:, 0])  # noqa: PLW2901
        found[junction] = triangulate(*arms, first, second, offset)[0][0]
    return found


FIRST, *OTHERS = combinations(range(1, 5), 2)


@pytest.mark.parametrize("pair", [FIRST, *(pytest.param(pair, marks=pytest.mark.slow) for pair in OTHERS)])
def test_junctions_lie_as_far_apart_as_on_the_authors_center_lines(
    views: dict[int, View], shadows: Shadows, pair: tuple[int, int]
) -> None:
    found = placed((views[pair[0]][0], views[pair[1]][0]), pair, shadows)
    for one, other in combinations(found, 2):
        true = float(np.linalg.norm(authors_junction(one) - authors_junction(other)))
        assert float(np.linalg.norm(found[one] - found[other])) == pytest.approx(true, abs=2.4), (one, other)


@pytest.mark.slow
def test_calibers_agree_between_views(rebuilt: dict[tuple[int, int], list[Reconstruction]]) -> None:
    differences = [
        float(abs(np.diff(np.median(branch.widths_mm, axis=1))[0]))
        for branches in rebuilt.values()
        for branch in branches
    ]
    assert np.median(differences) < 0.06
    assert max(differences) < 0.18, differences
