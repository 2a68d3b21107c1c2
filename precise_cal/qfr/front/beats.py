"""Where the vessel lies in frames that do not show it, from the beats that do.

With R waves, frames at the same time after one are alike; without, the motion of the filled frames is looked at for a
period of its own. The breath moves the heart on from beat to beat, which the filled frames tell too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

PERIOD_S = (0.4, 1.5)
"""Heart beats that are looked for: 40 to 150 a minute."""
ALIKE, LEAST_OF_ALL = 0.68, 0.85
"""Motion is periodic where it differs after a period by at most the one share of itself, and the other share of how
much it differs after other times: what has no period differs by some 0.7 at any time (own)."""
LEAST_PAIRS = 6
"""Pairs of alike filled frames that must be there to tell a period or the breath (own)."""
LEAST_KNOWN = 4
"""Filled frames that a course must have (own)."""
UNEVEN_S = 0.15
"""By so much the heart may be ahead or behind of where it was in another beat, as beats are not equally long (own)."""
NEAR = 5
"""So many filled frames next to one that is not tell how far the heart has moved on between two beats (own)."""
BEFORE_S = 0.35
"""How long before an R wave the heart counts as at its end-diastole (own)."""


def by_other_beats(course: Array, filled: NDArray[np.bool_], alike: Sequence[Array], times_s: Array) -> Array:
    """Expected displacements (k, frames, 2) of frames that are not filled; NaN where no other beat tells.

    They are those of the nearest other beat, moved by what lies between both beats where both are filled, as breath and
    table move the heart on. Beats are not equally long: the vessel may be as far in its course as a little earlier or
    later in the other one.

    Args:
        course: (frames, 2) displacements found so far.
        filled: (frames,) True where the frame shows the vessel, so that its displacement counts.
        alike: For each frame, times at which the heart stood alike.
        times_s: (frames,) time of each frame.
    """
    known, frame_s = np.flatnonzero(filled), float(np.median(np.diff(times_s)))
    steps = int(UNEVEN_S / frame_s)
    expected = np.full((2 * steps + 1, *course.shape), np.nan)
    if len(known) < LEAST_KNOWN:
        return expected
    there = [_there(course, known, times, now, times_s) for times, now in zip(alike, times_s, strict=True)]
    moved_on = course[known] - np.array(there)[known]
    both = np.isfinite(moved_on[:, 0])
    if np.count_nonzero(both) < LEAST_KNOWN:
        return expected
    for row, shift in zip(expected, frame_s * np.arange(-steps, steps + 1), strict=True):
        for index in np.flatnonzero(~filled).tolist():
            near = np.argsort(np.abs(known[both] - index), kind="stable")[:NEAR]
            other = _there(course, known, alike[index] + shift, times_s[index], times_s)
            row[index] = other + np.median(moved_on[both][near], axis=0)
    return expected


def _there(course: Array, known: NDArray[np.int64], alike: Array, now_s: float, times_s: Array) -> Array:
    """Displacement (2,) at that time near which a filled frame is, and which is nearest to now; NaN without one."""
    spacing = 1.5 * float(np.median(np.diff(times_s)))
    seen = [time for time in alike.tolist() if np.min(np.abs(times_s[known] - time)) <= spacing]
    if not seen:
        return np.full(2, np.nan)
    at = min(seen, key=lambda time: abs(time - now_s))
    return np.array([np.interp(at, times_s[known], course[known, axis]) for axis in (0, 1)])


def alike_by_r_waves(times_s: Array, waves: Sequence[int]) -> list[Array]:
    """Times at the same distance from another R wave, for each frame."""
    at_wave = times_s[list(waves)]
    return [np.unique(np.concatenate([_after(time, at_wave), _before(time, at_wave)])) for time in times_s]


def _after(time: float, waves: Array) -> Array:
    """The same time after other R waves, where the next one has not come yet."""
    passed = waves[waves <= time]
    if not len(passed):
        return np.zeros(0)
    since = time - passed[-1]
    ends = np.append(waves[1:], np.inf)
    return np.asarray(waves[(waves != passed[-1]) & (waves + since < ends)] + since)


def _before(time: float, waves: Array) -> Array:
    """The same time before other R waves, shortly before one."""
    coming = waves[waves > time]
    if not len(coming) or coming[0] - time > BEFORE_S:
        return np.zeros(0)
    return np.asarray(waves[waves != coming[0]] - (coming[0] - time))


def alike_by_period(times_s: Array, period: float | None) -> list[Array]:
    """Times whole periods away, for each frame; none without a period."""
    if period is None:
        return [np.zeros(0) for _ in times_s]
    turns = period * np.array([turn for turn in range(-20, 21) if turn])
    return [time + turns for time in times_s]


def period_of(courses_mm: Array, filled: NDArray[np.bool_], times_s: Array) -> float | None:
    """The shift in time in seconds after which all courses together move alike, where they do.

    Motion from frame to frame is compared, as breath and table move the heart on from beat to beat, and by its size
    rather than its square, as single frames may be followed wrongly.

    Args:
        courses_mm: (frames, pieces, 2) displacements found so far.
        filled: (frames, pieces) True where they count.
        times_s: (frames,) time of each frame.
    """
    counted, steps = filled[1:] & filled[:-1], np.diff(courses_mm, axis=0)
    known = [(piece, np.flatnonzero(counted[:, piece])) for piece in range(filled.shape[1])]
    moved = [(steps[at, piece], times_s[1:][at]) for piece, at in known if len(at) >= LEAST_KNOWN]
    if not moved:
        return None
    spacing = 1.5 * float(np.median(np.diff(times_s)))
    shifts = np.arange(PERIOD_S[0], min(PERIOD_S[1], 0.8 * max(float(np.ptp(times)) for _, times in moved)), 0.01)
    differ = np.array([_differ(moved, shift, spacing) for shift in shifts])
    if not np.isfinite(differ).any():
        return None
    best = int(np.nanargmin(differ))
    periodic = differ[best] <= min(ALIKE, LEAST_OF_ALL * float(np.nanmedian(differ)))
    return float(shifts[best]) if periodic else None


def _differ(moved: list[tuple[Array, Array]], shift: float, spacing: float) -> float:
    """How far motion differs from that a shift later, as a share of both; NaN where too few frames are seen."""
    apart, size = 0.0, 0.0
    for steps, times in moved:
        later = times + shift
        seen = np.min(np.abs(later[:, None] - times), axis=1) <= spacing
        if np.count_nonzero(seen) >= LEAST_PAIRS:
            then = np.stack([np.interp(later[seen], times, steps[:, axis]) for axis in (0, 1)], axis=1)
            apart += float(np.sum(np.abs(then - steps[seen])))
            size += float(np.sum(np.abs(then) + np.abs(steps[seen])))
    return apart / size if size else np.nan
