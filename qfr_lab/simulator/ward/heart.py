"""Heart beat, breath, table, and the flow of contrast through a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from qfr_lab.simulator.ward.tree import MURRAY, axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qfr_lab.simulator.ward.tree import Branch

    Array = NDArray[np.float64]

KNOTS = (0.0, 0.08, 0.33, 0.42, 0.58, 0.84, 0.95, 1.0)
SQUEEZED = (0.0, 0.12, 0.97, 1.0, 0.22, 0.10, 0.0, 0.0)
"""How far the heart is contracted at shares of a beat from the R wave: systole, relaxation, diastasis, atrial kick."""
DIASTOLIC = ((0.0, 0.45), (0.35, 0.45), (0.45, 1.6), (0.75, 1.25), (1.0, 0.9))
"""Flow relative to a mean of about 1, at shares of a beat."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """R waves in seconds; the first lies before the run, the last behind it."""

    waves_s: tuple[float, ...]

    def phase(self, time: float) -> float:
        """Share of the beat that has passed, 0 to 1."""
        index = int(np.searchsorted(self.waves_s, time, side="right")) - 1
        start, end = self.waves_s[index], self.waves_s[index + 1]
        return float((time - start) / (end - start))

    def contraction(self, time: float) -> float:
        """0 at end-diastole, 1 at end-systole."""
        return float(np.interp(self.phase(time), KNOTS, SQUEEZED))


def rhythm(random: np.random.Generator, seconds: float) -> Rhythm:
    """Beats of 0.72 to 1.05 s, each up to 5 % off."""
    period = random.uniform(0.72, 1.05)
    waves = [-random.uniform(0.1, 1.0) * period]
    while waves[-1] < seconds + 0.1:
        waves.append(waves[-1] + period * random.uniform(0.95, 1.05))
    return Rhythm((waves[0] - period, *waves, waves[-1] + period))


@dataclass(frozen=True, slots=True)
class Motion:
    """How the heart moves: share that it shrinks, twist, shift to the apex, breath and its period in seconds."""

    shrink: float
    twist_deg: float
    shift_mm: float
    breath_mm: float
    breath_s: float

    def moved(self, points: Array, contraction: float, time: float) -> Array:
        """Points (n, 3) as they lie at a time."""
        angle = np.deg2rad(self.twist_deg) * contraction
        axis = -axes()[2]
        turned = points * np.cos(angle) + np.cross(axis, points) * np.sin(angle)
        turned += np.outer(points @ axis, axis) * (1.0 - np.cos(angle))
        breath = self.breath_mm * np.sin(2.0 * np.pi * time / self.breath_s)
        moved = (1.0 - self.shrink * contraction) * turned + self.shift_mm * contraction * axis
        return np.asarray(moved + breath * np.array([0.0, 0.25, -1.0]))


@dataclass(frozen=True, slots=True)
class Injection:
    """Contrast at the inlet: when it comes, rise, duration and fall in seconds; velocity in the stem in m/s."""

    start_s: float
    rise_s: float
    length_s: float
    fall_s: float
    velocity_m_s: float


@dataclass(frozen=True, slots=True)
class Stream:
    """The pulsating stream through a tree: a clock that runs with the flow, and how late each place is on it."""

    times_s: Array
    clock: Array
    late: tuple[Array, ...]
    injection: Injection

    def filling(self, time: float) -> list[Array]:
        """Concentration (n,) along each branch."""
        now, shot = float(np.interp(time, self.times_s, self.clock)), self.injection
        found = []
        for late in self.late:
            entered = np.interp(now - late, self.clock, self.times_s)
            travel = np.maximum(time - entered, 0.0)
            rise = ndtr((entered - shot.start_s) / (0.4 * shot.rise_s + 0.06 * travel))
            fall = np.clip((entered - shot.start_s - shot.length_s) / shot.fall_s, 0.0, None)
            found.append(np.asarray(rise * np.exp(-fall)))
        return found

    def arrival(self, branch: int) -> Array:
        """(n,) when half of the rise arrives at each point of a branch."""
        start = float(np.interp(self.injection.start_s, self.times_s, self.clock))
        return np.asarray(np.interp(start + self.late[branch], self.clock, self.times_s))


def stream(tree: Sequence[Branch], beats: Rhythm, injection: Injection, seconds: float) -> Stream:
    """The stream: branches share the flow by the power of their diameters, which then runs on without them."""
    times = np.arange(-4.0, seconds + 1.0, 0.002)
    inside = np.clip(times, beats.waves_s[0] + 1e-6, beats.waves_s[-1] - 1e-6)
    speed = np.interp([beats.phase(time) for time in inside], *np.array(DIASTOLIC).T)
    clock = np.cumsum(speed) * 0.002
    flow0 = injection.velocity_m_s * 1000.0 * np.pi * tree[0].radius_mm[0] ** 2
    flows: list[Array] = []
    late: list[Array] = []
    for number, branch in enumerate(tree):
        flow = np.full(len(branch.points), flow0 if branch.parent < 0 else _share(tree, number, flows))
        for other in tree[number + 1 :]:
            if other.parent == number and number != 0:
                here = other.at
                ratio = other.radius_mm[0] ** MURRAY
                flow[here:] *= 1.0 - ratio / (ratio + _healthy(branch)[here] ** MURRAY)
        flows.append(flow)
        area = np.pi * branch.radius_mm**2
        steps = np.diff(branch.arc_mm) * 0.5 * (area[1:] / flow[1:] + area[:-1] / flow[:-1])
        before = 0.0 if branch.parent < 0 else float(late[branch.parent][branch.at])
        late.append(before + np.concatenate(([0.0], np.cumsum(steps))))
    return Stream(times, clock, tuple(late), injection)


def _healthy(branch: Branch) -> Array:
    return np.linspace(branch.radius_mm[0], branch.radius_mm[-1], len(branch.radius_mm))


def _share(tree: Sequence[Branch], number: int, flows: Sequence[Array]) -> float:
    """Flow into a branch: of the two daughters of the stem by their diameters, of others what leaves their parent."""
    branch = tree[number]
    own = branch.radius_mm[0] ** MURRAY
    if branch.parent == 0:
        both = sum(one.radius_mm[0] ** MURRAY for one in tree if one.parent == 0)
        return float(flows[0][-1] * own / both)
    parent = tree[branch.parent]
    before = float(flows[branch.parent][max(branch.at - 1, 0)])
    return float(before * own / (own + _healthy(parent)[branch.at] ** MURRAY))
