"""How the vessel moves, what contrast it shows, when the front arrives: on pictures and maps of known truth."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from precise_cal.qfr.front.beats import alike_by_period, alike_by_r_waves, by_other_beats, period_of
from precise_cal.qfr.front.chain import chain, course, marginals
from precise_cal.qfr.front.contrast import contrast_map
from precise_cal.qfr.front.fit import find_front
from precise_cal.qfr.front.motion import _alike, displacements

ARC = np.arange(0.0, 50.0, 0.5)
AREA = np.pi / 4.0 * (3.0 - 1.5 * np.exp(-(((ARC - 25.0) / 5.0) ** 2))) ** 2


def arriving(speed_mm_s: float) -> np.ndarray:
    """Arrival times of plug flow through the lumen, at this mean speed."""
    volume = np.concatenate(([0.0], np.cumsum(0.5 * (AREA[1:] + AREA[:-1]) * np.diff(ARC))))
    return 0.4 + volume / volume[-1] * ARC[-1] / speed_mm_s


def seen(past: np.ndarray) -> np.ndarray:
    """What absorbance shows of a front, in units of its plateau: light behind the contrast, a third of it scatter."""
    absorbed = -np.log(np.exp(-0.65 * ndtr(past)) * 2.0 / 3.0 + 1.0 / 3.0)
    return absorbed / -np.log(np.exp(-0.65) * 2.0 / 3.0 + 1.0 / 3.0)


@pytest.mark.parametrize("speed", [80.0, 200.0, 350.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_known_front_is_timed(speed: float, seed: int) -> None:
    times = np.arange(30) / 15.0
    clean = seen((times[:, None] - arriving(speed)) / 0.08)
    noisy = clean + np.random.default_rng(seed).normal(0, 0.03, clean.shape)
    front = find_front(noisy, times, ARC, AREA, len(times) - 1)
    assert front is not None
    assert front.velocity_m_s == pytest.approx(speed / 1000, rel=0.03)
    np.testing.assert_allclose(front.fitted_s, arriving(speed), atol=0.01)
    assert front.error_percent < 10.0


def test_the_standard_error_tells_how_far_times_lie_apart() -> None:
    times, found = np.arange(20) / 12.5, []
    for seed in range(12):
        random = np.random.default_rng(seed)
        noise = np.repeat(random.normal(0, 0.06, (20, 13)), 8, axis=1)[:, :100]
        found.append(
            find_front(seen((times[:, None] - arriving(200.0)) / 0.08) + noise, times, ARC, AREA, len(times) - 1)
        )
    fronts = [front for front in found if front is not None]
    assert len(fronts) == 12
    spread = 100.0 * np.std([front.velocity_m_s for front in fronts]) / 0.2
    assert 0.5 * spread < np.mean([front.error_percent for front in fronts]) < 4.0 * spread


@pytest.mark.parametrize("until_mm", [3.0, 12.0])
def test_a_vessel_that_lies_there_before_is_not_timed(until_mm: float) -> None:
    """What lies upstream is filled before, and comes to lie over the beginning where the motion is not known."""
    times = np.arange(30) / 15.0
    strength = seen((times[:, None] - arriving(200.0)) / 0.08)
    early = (times[:, None] > 0.2) & (times[:, None] < 0.45) & (until_mm > ARC)
    front = find_front(np.where(early, 1.5, strength), times, ARC, AREA, len(times) - 1)
    assert front is not None
    assert front.velocity_m_s == pytest.approx(0.2, rel=0.05)
    assert np.isnan(front.arrival_s[until_mm > ARC]).all()


def test_where_something_else_lay_before_no_arrival_is_told() -> None:
    """A shadow as dense as the vessel that comes to lie over a fifth of it for some frames, and goes."""
    times = np.arange(40) / 15.0
    arrival = arriving(150.0) + 0.8
    strength = seen((times[:, None] - arrival) / 0.08)
    before = (times[:, None] > 0.25) & (times[:, None] < 0.75) & (ARC > 14.0) & (ARC < 24.0)
    front = find_front(np.where(before, 0.9, strength), times, ARC, AREA, len(times) - 1)
    assert front is not None
    assert front.told < 0.8
    assert front.error_percent < 8.0
    assert front.velocity_m_s == pytest.approx(0.15, rel=0.03)


def test_a_front_that_widens_is_not_timed_too_early() -> None:
    """A front of twice the width at the end crosses half of what is seen earlier there, not half of what flows."""
    times = np.arange(40) / 15.0
    wide = 0.08 * (1.0 + ARC / ARC[-1])
    front = find_front(seen((times[:, None] - arriving(250.0)) / wide), times, ARC, AREA, len(times) - 1)
    assert front is not None
    assert front.velocity_m_s == pytest.approx(0.25, rel=0.02)


def test_branches_may_take_their_share() -> None:
    times = np.arange(30) / 15.0
    flow = 1.0 - 0.4 * ARC / ARC[-1]
    slope = AREA / flow
    arrival = 0.4 + np.concatenate(([0.0], np.cumsum(0.5 * (slope[1:] + slope[:-1]) * np.diff(ARC)))) / 1500.0
    front = find_front(seen((times[:, None] - arrival) / 0.08), times, ARC, AREA, len(times) - 1)
    assert front is not None
    assert front.fitted_s[-1] - front.fitted_s[0] == pytest.approx(arrival[-1] - arrival[0], rel=0.03)


def test_noise_and_standing_contrast_have_no_front() -> None:
    random, times = np.random.default_rng(0), np.arange(30) / 15.0
    assert find_front(random.normal(size=(30, 100)), times, ARC, AREA, len(times) - 1) is None
    at_once = (times > 1.0)[:, None] + random.normal(0, 0.02, (30, 100))
    assert find_front(at_once, times, ARC, AREA, len(times) - 1) is None
    backwards = seen((times[:, None] - arriving(200.0)[::-1]) / 0.08)
    assert find_front(backwards, times, ARC, AREA, len(times) - 1) is None


def test_frames_are_alike_at_the_same_time_after_an_r_wave() -> None:
    times = np.arange(40) / 10.0
    alike = alike_by_r_waves(times, (5, 15, 30))
    np.testing.assert_allclose(alike[7], [1.7, 3.2])
    np.testing.assert_allclose(alike[22], [1.2, 3.7])
    np.testing.assert_allclose(alike[28], [0.3, 1.3, 3.0 + 1.3])
    assert alike[0].size == 0


@pytest.mark.parametrize("waves", [(5, 17, 29), (5,), ()])
def test_frames_are_alike_by_r_waves_where_several_are_marked_and_else_by_the_motion(waves: tuple[int, ...]) -> None:
    times = np.arange(40) / 15.0
    path = 5.0 * np.stack([np.sin(2 * np.pi * times / 0.8), np.cos(2 * np.pi * times / 0.8)], axis=1)[:, None]
    filled = (times > 0.9)[:, None]
    run: Any = SimpleNamespace(times_s=times, waves=waves)
    by_motion = alike_by_period(times, period_of(path, filled, times))
    expected = alike_by_r_waves(times, waves) if len(waves) > 1 else by_motion
    for one, other in zip(_alike(run, path, filled), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_period_is_found_and_fills_what_is_not_seen() -> None:
    times = np.arange(40) / 15.0
    path = 5.0 * np.stack([np.sin(2 * np.pi * times / 0.8), np.cos(2 * np.pi * times / 0.8)], axis=1)
    filled = times > 0.9
    period = period_of(path[:, None], filled[:, None], times)
    assert period == pytest.approx(0.8, abs=0.02)
    expected = by_other_beats(np.where(filled[:, None], path, 0.0), filled, alike_by_period(times, period), times)
    np.testing.assert_allclose(expected[len(expected) // 2, 2:14], path[2:14], atol=1.0)
    assert np.isnan(expected[:, filled]).all()
    wandering = np.random.default_rng(0).normal(0, 5, (40, 12, 2))
    assert period_of(wandering, np.repeat(filled[:, None], 12, axis=1), times) is None


def test_a_breath_hides_no_period_and_moves_what_is_expected() -> None:
    times = np.arange(40) / 15.0
    path = 5.0 * np.stack([np.sin(2 * np.pi * times / 0.8), np.cos(2 * np.pi * times / 0.8)], axis=1)
    path += np.outer(times, [6.0, -4.0])
    filled = times > 0.9
    period = period_of(path[:, None], filled[:, None], times)
    assert period == pytest.approx(0.8, abs=0.03)
    expected = by_other_beats(np.where(filled[:, None], path, 0.0), filled, alike_by_period(times, period), times)
    np.testing.assert_allclose(expected[len(expected) // 2, 4:14], path[4:14], atol=1.5)


def test_a_shorter_beat_lies_among_what_is_expected() -> None:
    """The first beat is 0.1 s shorter than the others: the vessel is there where it was a little earlier or later."""
    times = np.arange(45) / 15.0
    phase = np.where(times < 0.9, times / 0.9, 1.0 + (times - 0.9) / 1.0)
    path = np.stack([8.0 * np.exp(-(((phase % 1.0) - 0.5) ** 2) / 0.01), np.zeros(45)], axis=1)
    filled = times > 0.75
    expected = by_other_beats(np.where(filled[:, None], path, 0.0), filled, alike_by_period(times, 1.0), times)
    middle = expected[len(expected) // 2]
    moving = np.flatnonzero(~filled & np.isfinite(expected[..., 0]).all(axis=0))
    assert np.max(np.abs(middle - path)[moving]) > 3.0
    assert np.max(np.min(np.linalg.norm(expected - path, axis=2)[:, moving], axis=0)) < 2.0


def test_a_chain_is_the_cheapest_of_all() -> None:
    """Against every chain of three pieces on a grid of 3 by 3."""
    cost = np.random.default_rng(3).random((3, 3, 3))
    grid = np.array([(row, column) for row in range(3) for column in range(3)])
    totals = {}
    for one, two, three in np.ndindex(9, 9, 9):
        a, b, c = grid[one], grid[two], grid[three]
        alone = cost[0, *a] + cost[1, *b] + cost[2, *c]
        if max(np.abs(a - b).max(), np.abs(b - c).max()) <= 1:
            totals[one, two, three] = alone + 0.2 * float(np.sum((a - b) ** 2) + np.sum((b - c) ** 2))
    best = min(totals, key=lambda key: totals[key])
    assert chain(cost, 0.2, 1).tolist() == grid[list(best)].tolist()
    for piece, each in enumerate(marginals(cost, 0.2, 1)):
        for place, (row, column) in enumerate(grid):
            least = min(total for key, total in totals.items() if key[piece] == place)
            assert each[row, column] == pytest.approx(least)
    assert course(cost, 0.2, 1).tolist() == grid[list(best)].tolist()


def beating(front_at: np.ndarray, bend: float = 0.0) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Pictures of a vessel that moves by up to 16 pixels and fills from above; its line, its displacements.

    ``bend``: pixels by which its middle moves more than its ends.
    """
    rows = np.arange(40.0, 161.0)
    line = np.stack([100.0 + 14.0 * np.sin((rows - 40.0) / 35.0), rows], axis=1)
    grid = np.stack(np.meshgrid(np.arange(200.0), np.arange(200.0)), axis=-1)
    beat = 0.5 * (1.0 - np.cos(2.0 * np.pi * np.arange(len(front_at)) / 14.0))
    bowed = np.stack([bend * np.sin(np.pi * np.arange(len(line)) / len(line)), np.zeros(len(line))], axis=1)
    moved = beat[:, None, None] * (np.array([16.0, -8.0]) + bowed)
    random, pictures = np.random.default_rng(1), []
    for shift, front in zip(moved, front_at, strict=True):
        picture = random.normal(0, 0.03, (200, 200))
        for point, along in zip(line + shift, np.arange(len(line)), strict=True):
            if along <= front:
                r, c = int(point[1]), int(point[0])
                box = (slice(max(r - 6, 0), r + 7), slice(max(c - 6, 0), c + 7))
                away = np.linalg.norm(grid[box] - point, axis=-1)
                picture[box] = np.maximum(picture[box], np.exp(-0.5 * (away / 2.0) ** 2))
        pictures.append(picture)
    return pictures, line, moved


@pytest.mark.parametrize(("bend", "waves"), [(0.0, ()), (8.0, ()), (0.0, (0, 14, 28))])
def test_a_vessel_is_followed_and_its_front_seen_while_it_beats_and_bends(bend: float, waves: tuple[int, ...]) -> None:
    front_at = np.clip((np.arange(40) - 6.0) * 15.0, -1.0, 999.0)
    pictures, line, moved = beating(front_at, bend)
    times = np.arange(40) / 15.0
    found = displacements(pictures, times, waves, 28, line, 5.0, 0.25)
    assert found.shape == (40, len(line), 2)
    np.testing.assert_allclose(found[14:, :, 0], moved[14:, :, 0], atol=9.0)
    strength, places = contrast_map(pictures, 28, found, line, 5.0, 0.25)
    arc = places * 0.25
    front = find_front(strength, times, arc, np.ones_like(arc), len(times) - 1)
    assert front is not None
    assert front.velocity_m_s == pytest.approx(15.0 * 0.25 * 15.0 / 1000.0, rel=0.06)


def test_what_is_brighter_than_the_vessel_was_does_not_count_as_contrast() -> None:
    """The edge of the open field that comes to lie over the vessel when the table moves."""
    _, column = np.mgrid[0:120, 0:80].astype(float)
    vessel = np.exp(-0.5 * ((column - 40.0) / 3.0) ** 2)
    line = np.stack([np.full(100, 40.0), np.arange(10.0, 110.0)], axis=1)
    pictures = [0.0 * vessel, vessel, vessel + 8.0 * (column > 40.0)]
    strength, _ = contrast_map(pictures, 1, np.zeros((3, 100, 2)), line, 8.0, 0.25)
    assert strength[0].max() < 0.1 * strength[1].min()
    assert strength[2].max() < 1.7 * strength[1].max()
