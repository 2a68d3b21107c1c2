"""A branch that leaves within a lesion lies over it; one that leaves elsewhere, or is narrow, does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from precise_cal.qfr.angio.at_lesions import tell_hidden
from precise_cal.qfr.contour.covered import NARROW as NARROW_SHARE
from precise_cal.qfr.contour.leaving import Vessel, branches
from precise_cal.qfr.contour.pinned import pinned
from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.contour.throat import BESIDE_MM
from precise_cal.qfr.lumen.analysis import Analysis, Remark
from precise_cal.qfr.lumen.lesions import Lesion
from precise_cal.qfr.study.answers import BY_EYE
from precise_cal.qfr.study.parts import Answer
from qfr_lab.simulator.flat import COLUMN, MM, ROW, tube

if TYPE_CHECKING:
    from precise_cal.qfr.angio.analysis import AngioResult

OPEN_MM = 0.5
"""Standard deviation that leaves open on which side of the cutoff the example lies."""
MASK = np.zeros(ROW.shape, bool)
MASK[5:-5, 5:-5] = True


def drawn(branch: np.ndarray | float = 0.0, least: float = 1.0) -> np.ndarray:
    """A vessel of 3 mm with a lesion of 10 mm about row 120, and a branch."""
    away = np.minimum(abs(ROW - 120.0) * MM / 5.0, 1.0)
    radius = 0.5 * (3.0 - (3.0 - least) * (1.0 - away**2) ** 2)
    vessel = 0.4 * np.sqrt(np.maximum(radius**2 - ((COLUMN - 70.0) * MM) ** 2, 0.0))
    noise = np.random.default_rng(0).normal(0, 0.02, ROW.shape)
    return np.asarray(gaussian_filter(np.maximum(vessel, branch), 1.1) + noise)


def ball(row: float, radius: float) -> np.ndarray:
    """The mouth of a branch: it begins on the axis."""
    return np.asarray(0.4 * np.sqrt(np.maximum(radius**2 - ((COLUMN - 70) ** 2 + (ROW - row) ** 2) * MM**2, 0.0)))


def outlined(picture: np.ndarray) -> Contour:
    return outline(picture, MASK, np.array([[70.0, 20.0], [70.0, 220.0]]), MM, densitometry=True)


WIDE = np.maximum(tube((70.0, 120.0), 50.0, 1.0, both=False), ball(120.0, 1.0))
ELSEWHERE = np.maximum(tube((70.0, 170.0), 50.0, 1.0, both=False), ball(170.0, 1.0))
NARROW = np.maximum(tube((70.0, 120.0), 50.0, 0.35, both=False), ball(120.0, 0.35))


def test_a_wide_branch_at_the_throat_hides_one_border_and_the_other_tells_the_diameter() -> None:
    beside_it = np.maximum(tube((70.0, 116.0), 50.0, 1.0, both=False), ball(116.0, 1.0))
    contour = outlined(drawn(beside_it))
    assert contour.diameter_mm.min() == pytest.approx(1.0, abs=0.25)  # 1.6 to 2 mm with the branch
    rows = contour.midline[contour.covered, 1]
    assert rows.min() < 120.0 < rows.max()
    assert rows.max() - rows.min() < 45.0
    assert contour.spread_mm[contour.covered].min() >= BESIDE_MM
    throat = int(np.argmin(abs(contour.midline[:, 1] - 120.0)))
    (told,) = tell_hidden((Lesion(throat - 40, throat, throat + 40),), contour.covered[None])
    assert told.code in BY_EYE
    assert tell_hidden((Lesion(160, 170, 180),), contour.covered[None]) == []


def test_a_hidden_border_gives_no_number_that_may_lie_on_either_side(result: AngioResult) -> None:
    told = (Remark("BRANCH_IN_LESION", "a border is hidden"), Remark("CUTOFF_IN_INTERVAL", "open"))

    views = tuple(
        replace(view, contour=replace(view.contour, covered=np.ones(len(view.contour.covered), bool)))
        for view in result.views
    )

    def judged(spread_mm: float, answers: dict[str, Answer]) -> Analysis:
        found = replace(result.analysis, notices=told)
        study = result.study.model_copy(update={"answers": answers})
        spread = np.full(len(result.spread_mm), spread_mm)
        return replace(result, analysis=found, study=study, views=views, spread_mm=spread).with_interval(0).analysis

    open_side, sure = judged(OPEN_MM, {}), judged(0.02, {})
    assert (open_side.qfr, [one.code for one in open_side.reasons]) == (None, ["BRANCH_IN_LESION"])
    assert open_side.notices == ()
    assert (sure.qfr, sure.reasons, sure.notices) == (result.analysis.qfr, (), told)
    accepted = judged(OPEN_MM, {"BRANCH_IN_LESION": Answer(answer="accept", by="A. Reader")})
    assert accepted.qfr == result.analysis.qfr
    assert "accepted by A. Reader" in accepted.notices[-1].text


@pytest.mark.parametrize(
    "picture",
    [drawn(), drawn(ELSEWHERE), drawn(NARROW), drawn(WIDE, 3.0)],
    ids=["none", "elsewhere", "narrow", "healthy"],
)
def test_nothing_covers_other_vessels(picture: np.ndarray) -> None:
    assert not outlined(picture).covered.any()


def test_borders_that_a_person_sets_count() -> None:
    picture = drawn(WIDE)
    found = outlined(picture)
    low, high = np.flatnonzero(found.covered)[[0, -1]]
    rows = found.midline[[low, (low + high) // 2, high], 1]
    pins = {side: tuple((70.0 + sign * 3.5, float(row)) for row in rows) for side, sign in (("left", 1), ("right", -1))}
    contour = pinned(picture, found, pins, MM, densitometry=True).contour
    assert not contour.covered.any()


@pytest.mark.parametrize(
    ("branch", "least", "told"),
    [(WIDE, 1.0, True), (WIDE, 2.8, False), (NARROW, 1.0, False), (ELSEWHERE, 1.0, False), (0.0, 1.0, False)],
    ids=["wide", "no lesion", "narrow", "elsewhere", "none"],
)
def test_a_wide_branch_at_a_throat_is_told_where_the_outline_does_not_widen(
    branch: np.ndarray | float, least: float, told: bool
) -> None:
    rows = np.arange(20.0, 221.0)
    away = np.minimum(abs(rows - 120.0) * MM / 5.0, 1.0)
    radius = 0.5 * (3.0 - (3.0 - least) * (1.0 - away**2) ** 2) / MM
    vessel = Vessel(np.stack([np.full(len(rows), 70.0), rows], axis=1), radius, radius, NARROW_SHARE * 1.5 / MM)
    hidden = branches(drawn(branch, least), vessel, MM)[1]
    assert hidden[95:106].any() == told
    assert not hidden[:70].any()
    assert not hidden[130:].any()
