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
SAME_MM = 1.5
"""Periodic to this root mean square, or to half the typical motion, or not taken as such (own)."""
LEAST_PAIRS = 4
"""Pairs of alike filled frames that must be there to tell the breath (own)."""
BEFORE_S = 0.35
"""How long before an R wave the heart counts as at its end-diastole (own)."""


def by_other_beats(course: Array, filled: NDArray[np.bool_], alike: Sequence[Array], times_s: Array) -> Array:
    """Expected displacement (frames, 2) of frames that are not filled; NaN where no other beat tells.

    Args:
        course: (frames, 2) displacements found so far.
        filled: (frames,) True where the frame shows the vessel, so that its displacement counts.
        alike: For each frame, times at which the heart stood alike.
        times_s: (frames,) time of each frame.
    """
    known = np.flatnonzero(filled)
    expected = np.full(course.shape, np.nan)
    if len(known) < 4:
        return expected
    spacing = 1.5 * float(np.median(np.diff(times_s)))
    at = [_seen(times, times_s[known], spacing) for times in alike]
    drift = _drift(course, known, at, times_s)
    for index in np.flatnonzero(~filled).tolist():
        if len(at[index]):
            there = _interpolated(course, known, at[index], times_s) - drift * (at[index] - times_s[index])[:, None]
            expected[index] = there.mean(axis=0)
    return expected


def _seen(times: Array, known_s: Array, spacing: float) -> Array:
    """Those times that have a filled frame near."""
    return times[[bool(np.min(np.abs(known_s - time)) <= spacing) for time in times]] if len(times) else times


def _interpolated(course: Array, known: NDArray[np.int64], at: Array, times_s: Array) -> Array:
    return np.stack([np.interp(at, times_s[known], course[known, axis]) for axis in (0, 1)], axis=1)


def _drift(course: Array, known: NDArray[np.int64], at: list[Array], times_s: Array) -> Array:
    """Velocity (2,) of the breath: how far alike filled frames lie apart, over the time between them."""
    slopes = [
        (_interpolated(course, known, at[index], times_s) - course[index]) / (at[index] - times_s[index])[:, None]
        for index in known.tolist()
        if len(at[index])
    ]
    return np.asarray(np.median(np.concatenate(slopes), axis=0)) if len(slopes) >= LEAST_PAIRS else np.zeros(2)


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


def period_of(course_mm: Array, filled: NDArray[np.bool_], times_s: Array) -> float | None:
    """The shift in time in seconds at which the filled part of a course fits itself best, where it fits."""
    known = np.flatnonzero(filled)
    if len(known) < 4:
        return None
    course, times = course_mm[known], times_s[known]
    shifts = np.arange(PERIOD_S[0], min(PERIOD_S[1], 0.8 * (times[-1] - times[0])), 0.01)
    if not len(shifts):
        return None
    misses = np.array([_miss(course, times, shift) for shift in shifts])
    typical = float(np.sqrt(np.mean(np.var(course, axis=0))))
    best = int(np.argmin(misses))
    return float(shifts[best]) if misses[best] <= max(SAME_MM, 0.5 * typical) else None


def _miss(course: Array, times_s: Array, shift: float) -> float:
    earlier = times_s[times_s + shift <= times_s[-1]]
    pairs = [
        np.interp(earlier + shift, times_s, course[:, axis]) - np.interp(earlier, times_s, course[:, axis])
        for axis in (0, 1)
    ]
    return float(np.sqrt(np.mean([np.var(pair) for pair in pairs])))
