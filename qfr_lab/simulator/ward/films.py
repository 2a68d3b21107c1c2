"""Whole sessions: one or two runs of a tree, a STUDY.json with rough clicks, and what lies behind them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qfr_lab.simulator.gantry import Gantry
from qfr_lab.simulator.ward.archive import Told, save
from qfr_lab.simulator.ward.chain import Chain, chest, exposed, written
from qfr_lab.simulator.ward.heart import Injection, Motion, Rhythm, Stream, rhythm, stream
from qfr_lab.simulator.ward.shadow import contrast_mm
from qfr_lab.simulator.ward.tree import STEP_MM, Branch, Narrowing, left_tree
from qfr_lab.simulator.ward.views import working_views

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FINE = 2
CURVES = ("LIN", "LUT", "LIN", "DISP", "LIN")
"""Pixels of each archive."""
USABLE, FILLED = 0.2, 0.8
"""A frame is usable where the heart is contracted by at most this share, and all of the path is filled to at least this
share of what it is filled to at most."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a session is made of; all else is drawn from its seed.

    Attributes:
        seed: Of everything that is drawn.
        views: How many runs, 1 or 2.
        pans: Whether the table moves once the vessel is filled.
        frame: Whether the study names the frame; otherwise the program chooses.
        size: Rows and columns.
    """

    seed: int
    views: int = 2
    pans: bool = False
    frame: bool = False
    size: int = 512


@dataclass(frozen=True, slots=True)
class Behind:
    """What lies behind a session, between the clicked ends.

    Attributes:
        arc_mm: (n,) arc length from the clicked proximal end.
        diameter_mm: (n,) of the circle of the same area.
        velocities_m_s: Length over the time of the front's passage in each run, whose injections fall on other beats.
        usable: For each view the frames in which the path is filled and the heart at end-diastole.
    """

    arc_mm: Array
    diameter_mm: Array
    velocities_m_s: tuple[float, ...]
    usable: tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True)
class _Scene:
    """A heart before the injection of one run."""

    tree: list[Branch]
    beats: Rhythm
    motion: Motion
    flow: Stream
    gantry: Gantry
    times: Array
    table: Array
    path: slice


def make_session(folder: Path, plan: Plan) -> tuple[Path, Behind]:
    """Films a session and writes its files into a folder.

    Returns:
        The path of STUDY.json, and the truth.
    """
    random = np.random.default_rng(61_000 + plan.seed)
    lesion = Narrowing(
        random.uniform(16, 34), random.uniform(8, 18), random.uniform(0.42, 0.68), random.uniform(1.0, 1.15)
    )
    tree = left_tree(random, lesion)
    first, last = _clicked(lesion, len(tree[1].points), random)
    archive, angles = int(random.integers(5)), working_views(tree, slice(first, last + 1), random)
    chain = _chain(random, archive)
    motion = Motion(random.uniform(0.06, 0.13), random.uniform(4, 10), random.uniform(2, 6), random.uniform(0, 2.5),
                    random.uniform(3, 5))  # fmt: skip
    speed = random.uniform(0.12, 0.28)
    views: list[dict[str, Any]] = []
    usable: list[frozenset[int]] = []
    passages = []
    for index in range(plan.views):
        scene = _scene(plan, tree, motion, speed, angles[index], index, slice(first, last + 1), random)
        name = f"run-{'ab'[index]}.dcm"
        told = Told(_told(angles[index], random), scene.beats.waves_s, tuple(scene.times.tolist()))
        save(folder / name, _film(scene, chain, random), archive, scene.gantry, told, plan.seed * 10 + index)
        good = _usable(scene)
        usable.append(frozenset(good))
        views.append(_view(scene, name, good[len(good) // 3] if good else 0, plan, random))
        arrival = scene.flow.arrival(1)
        passages.append(arrival[last] - arrival[first])
    study = {"vessel": "LAD", "views": views, "flow": {"method": "contrast"},
             "aortic_pressure": {"value": "95", "unit": "mm[Hg]"}}  # fmt: skip
    path = folder / "STUDY.json"
    path.write_text(json.dumps(study, indent=1) + "\n", encoding="utf-8")
    arc = tree[1].arc_mm[first : last + 1]
    velocities = tuple(1e-3 * float(arc[-1] - arc[0]) / float(passage) for passage in passages)
    return path, Behind(arc - arc[0], 2.0 * tree[1].radius_mm[first : last + 1], velocities, tuple(usable))


def _clicked(lesion: Narrowing, points: int, random: np.random.Generator) -> tuple[int, int]:
    """Points of the artery that the clicks at the ends mean: behind the fork, and beyond the lesion."""
    proximal = random.uniform(4.0, max(lesion.center_mm - 0.5 * lesion.length_mm - 5.0, 4.5))
    distal = lesion.center_mm + 0.5 * lesion.length_mm + random.uniform(8.0, 20.0)
    return int(proximal / STEP_MM), min(int(distal / STEP_MM), points - 12)


def _chain(random: np.random.Generator, archive: int) -> Chain:
    return Chain(
        quanta=random.uniform(1200, 4000), iodine=random.uniform(0.7, 1.2), scatter=random.uniform(0.3, 0.9),
        spot_mm=random.uniform(0.12, 0.3), detector_mm=random.uniform(0.10, 0.2), lag=random.uniform(0.0, 0.12),
        sharpen=float(random.choice([0.0, 0.4])), curve=CURVES[archive],
    )  # fmt: skip


def _told(angles: tuple[float, float], random: np.random.Generator) -> tuple[float, float]:
    """Angles as the gantry shows them: rounded, and up to 0.7° off."""
    wrong = random.uniform(-0.7, 0.7, 2)
    return round(angles[0] + wrong[0], 1), round(angles[1] + wrong[1], 1)


def _scene(
    plan: Plan, tree: list[Branch], motion: Motion, speed: float, angles: tuple[float, float], index: int, path: slice,
    random: np.random.Generator,
) -> _Scene:  # fmt: skip
    system = ((1060.0, 765.0), (1010.0, 720.0), (1100.0, 785.0))[plan.seed % 3]
    shift = tuple(float(value) for value in random.uniform(-2.5, 2.5, 3) * index)
    gantry = Gantry(angles[0] + random.uniform(-4, 4), angles[1] + random.uniform(-4, 4), system[1], system[0],
                    142.0 / plan.size, plan.size, (shift[0], shift[1], shift[2]))  # fmt: skip
    rate = float(random.choice([15.0, 15.0, 25.0]))
    shot = Injection(random.uniform(0.5, 1.1), random.uniform(0.15, 0.35), random.uniform(1.6, 2.6), 0.9, speed)
    seconds = shot.start_s + shot.length_s + random.uniform(0.8, 1.4)
    count = int(seconds * rate)
    times = (np.arange(count) + 0.06 * np.sin(np.arange(count))) / rate
    beats = rhythm(random, seconds + 1.0)
    flow = stream(tree, beats, shot, seconds + 1.0)
    begins = shot.start_s + 0.75 * shot.length_s
    moved = random.uniform(-1, 1, 2) * plan.pans * np.array([1.0, 1.6])
    table = np.clip(times - begins, 0.0, 0.7)[:, None] / 0.7 * 18.0 * np.sign(moved) * (np.abs(moved) > 0)
    return _Scene(tree, beats, motion, flow, gantry, times - times[0], table, path)


def _film(scene: _Scene, chain: Chain, random: np.random.Generator) -> NDArray[np.uint16]:
    """The frames of a run."""
    gantry, size = scene.gantry, scene.gantry.size
    still, moving = chest(size, random)
    columns, rows, _ = gantry.axes
    step = gantry.pixel_mm / FINE * gantry.source_mm / gantry.detector_mm
    catheter = _catheter(scene.tree)
    frames = np.empty((len(scene.times), size, size), np.uint16)
    before: Array | None = None
    for index, time in enumerate(scene.times.tolist()):
        lines, table = _lying(scene, time), scene.table[index, 0] * columns + scene.table[index, 1] * rows
        shares = scene.flow.filling(time)
        contrast = contrast_mm(
            (*scene.tree, catheter), [line + table for line in (*lines, catheter.points)],
            [*shares, np.full(len(catheter.points), 0.15 + 0.75 * float(shares[0][0]))], gantry, FINE,
        )  # fmt: skip
        pan = np.round(scene.table[index] / step / FINE).astype(int)
        breath = round(2.0 * scene.motion.breath_mm * np.sin(2.0 * np.pi * time / scene.motion.breath_s) / step / FINE)
        behind = np.roll(still, (pan[1], pan[0]), (0, 1)) + np.roll(moving, (pan[1] + breath, pan[0]), (0, 1))
        light = exposed(contrast, behind, chain, step, FINE, random)
        before = light if before is None else (1.0 - chain.lag) * light + chain.lag * before
        frames[index] = written(_collimated(before), chain)
    return frames


def _collimated(light: Array) -> Array:
    """Corners and one edge covered by blades, with soft edges."""
    row, column = np.mgrid[0 : len(light), 0 : len(light)] / len(light)
    corner = np.abs(row - 0.5) + np.abs(column - 0.5)
    return np.asarray(light / (1.0 + np.exp((corner - 0.88) / 0.004)) / (1.0 + np.exp((0.025 - row) / 0.004)))


def _lying(scene: _Scene, time: float) -> list[Array]:
    """Where the points of each branch lie at a time."""
    squeezed = scene.beats.contraction(time)
    return [scene.motion.moved(branch.points, squeezed, time) for branch in scene.tree]


def _catheter(tree: list[Branch]) -> Branch:
    """A catheter of 6 F lumen that comes down the aorta and ends in the stem; it stays where it is."""
    tip = tree[0].points[0]
    share = np.linspace(0.0, 1.0, 90)[:, None]
    line = tip + share * np.array([-16.0, 10.0, 0.0]) * np.sin(np.pi * share) + share * np.array([-12.0, 6.0, 60.0])
    return Branch(line[::-1].copy(), np.full(len(line), 0.9), np.ones(len(line)), -1, 0)


def _usable(scene: _Scene) -> list[int]:
    """Frames in which all of the path is filled, the heart is at end-diastole, and the table stands still."""
    filled = np.array([scene.flow.filling(time)[1][scene.path].min() for time in scene.times])
    enough = filled >= FILLED * filled.max()
    rest = np.array([scene.beats.contraction(time) <= USABLE and not 0.1 < scene.beats.phase(time) < 0.6
                     for time in scene.times])  # fmt: skip
    moves = np.linalg.norm(np.gradient(scene.table, axis=0), axis=1) > 0.1
    return [int(frame) for frame in np.flatnonzero(enough & rest & ~moves)]


def _view(scene: _Scene, name: str, frame: int, plan: Plan, random: np.random.Generator) -> dict[str, Any]:
    """A view of STUDY.json, with clicks as a hand sets them in the frame."""
    table = scene.table[frame, 0] * scene.gantry.axes[0] + scene.table[frame, 1] * scene.gantry.axes[1]
    lines = _lying(scene, float(scene.times[frame]))
    shadow = scene.gantry.shadow(lines[1] + table)
    middle = (scene.path.start + scene.path.stop) // 2

    def click(point: Array, size: float) -> list[float]:
        return [round(float(value), 1) for value in point + random.uniform(-size, size, 2)]

    return {
        "file": name,
        "frame": frame if plan.frame else None,
        "proximal": click(shadow[scene.path.start], 2.5),
        "distal": click(shadow[scene.path.stop - 1], 2.5),
        "through": [click(shadow[middle], 2.5)],
        "anchor": click(shadow[0], 1.5),
    }
