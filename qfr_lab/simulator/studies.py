"""Whole studies with known truth: two runs, a STUDY.json with rough clicks, and what lies behind them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from qfr_lab.simulator.bolus import Bolus
from qfr_lab.simulator.dicom_file import XaTags, write_xa
from qfr_lab.simulator.gantry import Gantry
from qfr_lab.simulator.runs import Run, beat, film
from qfr_lab.simulator.turned import Turned
from qfr_lab.simulator.vessels import Lesion, Tube, epicardial_line, side_branch, tapered_radius
from qfr_lab.simulator.xrays import Beam

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CLICKED_FROM, CLICKED_TO = 10, -11
"""Stations (0.25 mm apart) that the clicks at the ends mean."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a study is made of.

    Attributes:
        length_mm: Length of the vessel.
        proximal_mm: Diameter at its beginning.
        distal_mm: Diameter at its end.
        lesions: Its lesions.
        velocity_m_s: Mean velocity of the contrast.
        views: Primary and secondary angle of each view.
        angle_error_deg: Largest error of the angles written in the files.
        shift_mm: Movement of the table before the second run.
        click_px: Largest error of a click, in each direction.
        frame_s: Time from frame to frame.
        beam: Imaging chain.
        background: Strength of the anatomy.
        branch: A side branch leaves a third of the way down.
        crossing: Another vessel of the same size runs over the lesion in both views.
        filled: The vessel is full from the first frame on.
        beat_mm: Amplitude of the motion with the heart beat, along (x, y, z).
        drift_mm_s: Motion with the breath in mm a second, along (x, y, z).
        pulsation: Amplitude of the flow relative to its mean.
        dispersion_s: Standard deviation that the front gains for each second of travel.
        turned: How the picture of each view is stored.
        size: Rows and columns.
        seed: Seed of everything that is drawn.
    """

    length_mm: float = 45.0
    proximal_mm: float = 3.2
    distal_mm: float = 2.5
    lesions: tuple[Lesion, ...] = (Lesion(24.0, 11.0, 0.5),)
    velocity_m_s: float = 0.18
    views: tuple[tuple[float, float], ...] = ((-30.0, 10.0), (25.0, -15.0))
    angle_error_deg: float = 0.0
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    click_px: float = 2.0
    frame_s: float = 1.0 / 15.0
    beam: Beam = field(default_factory=Beam)
    background: float = 1.0
    branch: bool = True
    crossing: bool = False
    filled: bool = False
    beat_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    drift_mm_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    pulsation: float = 0.0
    dispersion_s: float = 0.05
    turned: tuple[Turned | None, ...] = (None, None)
    size: int = 512
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Truth:
    """What lies behind a study, between the clicked ends.

    Attributes:
        arc_mm: Arc length from the clicked proximal end.
        diameter_mm: True diameters.
        velocity_m_s: Velocity of the front in its passage: the length between the clicked ends over the time it takes.
        mean_velocity_m_s: The same at the mean flow: what many passages at all times of the beat would give.
        points: (k, 3) the whole center line, beyond the clicked ends too, as it lies in the first view.
        along_mm: (k,) its arc length.
        arrival_s: (k,) when the middle of the front arrives there.
    """

    arc_mm: NDArray[np.float64]
    diameter_mm: NDArray[np.float64]
    velocity_m_s: float
    mean_velocity_m_s: float
    points: NDArray[np.float64]
    along_mm: NDArray[np.float64]
    arrival_s: NDArray[np.float64]


def make_study(folder: Path, plan: Plan) -> tuple[Path, Truth]:
    """Films a study and writes its files into a folder.

    Returns:
        The path of STUDY.json, and the truth.
    """
    random = np.random.default_rng(plan.seed)
    main = _main_vessel(plan, random)
    bolus, frames = _timed(plan, main)
    analyzed = _at_rest(frames - 2, plan, bolus)
    views: list[dict[str, Any]] = []
    for index, (primary, secondary) in enumerate(plan.views):
        shift = plan.shift_mm if index else (0.0, 0.0, 0.0)
        gantry = Gantry(primary, secondary, size=plan.size, shift_mm=shift)
        run = Run(
            _scene(plan, main, gantry), gantry, plan.beam, None if plan.filled else bolus, frames, plan.frame_s,
            plan.beat_mm, plan.drift_mm_s, plan.background, seed=plan.seed * 7 + index,
        )  # fmt: skip
        name = f"view-{'ab'[index]}.dcm"
        turned = plan.turned[index]
        pictures = film(run) if turned is None else turned.pictures(film(run))
        write_xa(folder / name, pictures, _tags(plan, gantry, random, index))
        views.append(_clicks(plan, main, gantry, random, name, analyzed, turned or Turned()))
    study = {"vessel": "LAD", "views": views, "flow": {"method": "contrast"},
             "aortic_pressure": {"value": "95", "unit": "mm[Hg]"}}  # fmt: skip
    path = folder / "STUDY.json"
    path.write_text(json.dumps(study, indent=1) + "\n", encoding="utf-8")
    return path, _truth(main, bolus, _drifted(plan, main, analyzed))


def truth_of(plan: Plan) -> Truth:
    """The truth of a study, which need not be filmed for it."""
    main = _main_vessel(plan, np.random.default_rng(plan.seed))
    bolus, frames = _timed(plan, main)
    return _truth(main, bolus, _drifted(plan, main, _at_rest(frames - 2, plan, bolus)))


def _timed(plan: Plan, main: Tube) -> tuple[Bolus, int]:
    """The bolus, and how many frames see it pass."""
    flow = main.volume_mm3[-1] / (plan.length_mm / (1000.0 * plan.velocity_m_s))
    bolus = Bolus(flow, start_s=0.35, pulsation=plan.pulsation, dispersion_s=plan.dispersion_s)
    seconds = 0.35 + plan.length_mm / (1000.0 * plan.velocity_m_s) + 0.7
    return bolus, int((seconds + (1.0 / bolus.heart_hz if any(plan.beat_mm) else 0.0)) / plan.frame_s) + 2


def _at_rest(last: int, plan: Plan, bolus: Bolus) -> int:
    """The last frame in which the heart stands still, from ``last`` backwards."""
    if not any(plan.beat_mm):
        return last
    return max(index for index in range(last + 1) if beat(index * plan.frame_s, bolus.heart_hz) == 0.0)


def _main_vessel(plan: Plan, random: np.random.Generator) -> Tube:
    line = epicardial_line(plan.length_mm, random.uniform(0.006, 0.016), random.uniform(2.0, 5.0))
    arc = np.linspace(0.0, plan.length_mm, len(line))
    moved = line + random.uniform(-12.0, 12.0, 3)
    return Tube(moved, tapered_radius(arc, plan.proximal_mm, plan.distal_mm, plan.lesions))


def _scene(plan: Plan, main: Tube, gantry: Gantry) -> tuple[Tube, ...]:
    """The main vessel and what else is there."""
    start = main.points[0] + np.linspace(0.0, 1.0, 120)[:, None] * np.array([-15.0, 4.0, 45.0])
    scene = [main, Tube(start, np.full(120, 0.9), filling=False, constant=0.35)]
    if plan.branch:
        scene.append(side_branch(main, plan.length_mm / 3.0, np.array([1.0, -0.3, -0.9]), 25.0, 0.5 * plan.proximal_mm))
    if plan.crossing:
        middle = main.points[int(plan.lesions[0].center_mm / 0.25)]
        along = np.gradient(main.points, axis=0)[int(plan.lesions[0].center_mm / 0.25)]
        out = gantry.axes[2]
        across = np.cross(along, out)
        across = 0.35 * across / np.linalg.norm(across) + along / np.linalg.norm(along)
        line = middle + 18.0 * out + np.linspace(-18.0, 18.0, 145)[:, None] * across
        scene.append(Tube(line, np.full(145, 0.5 * plan.proximal_mm)))
    return tuple(scene)


def _tags(plan: Plan, gantry: Gantry, random: np.random.Generator, index: int) -> XaTags:
    wrong = random.uniform(-plan.angle_error_deg, plan.angle_error_deg, 2)
    turned = plan.turned[index]
    return XaTags(
        primary_deg=gantry.primary_deg + wrong[0],
        secondary_deg=gantry.secondary_deg + wrong[1],
        sid_mm=gantry.detector_mm,
        sod_mm=gantry.source_mm,
        spacing_mm=gantry.pixel_mm,
        frame_time_ms=1000.0 * plan.frame_s,
        relationship=plan.beam.relationship,
        bits=plan.beam.bits,
        rotation_deg=None if turned is None else turned.rotation_deg,
        flip=None if turned is None else turned.flip,
        seed=plan.seed * 10 + index,
    )


def _clicks(
    plan: Plan, main: Tube, gantry: Gantry, random: np.random.Generator, name: str, frame: int, turned: Turned
) -> dict[str, Any]:
    shadow = gantry.shadow(_drifted(plan, main, frame))
    middle = len(shadow) // 2

    def click(station: int, size: float) -> list[float]:
        point = turned.points(shadow[[station]] + random.uniform(-size, size, 2), plan.size)[0]
        return [round(float(value), 1) for value in point]

    return {
        "file": name,
        "frame": frame,
        "proximal": click(CLICKED_FROM, plan.click_px),
        "distal": click(CLICKED_TO, plan.click_px),
        "through": [click(middle, plan.click_px)],
        "anchor": click(int(len(shadow) / 3), 0.5 * plan.click_px),
    }


def _drifted(plan: Plan, main: Tube, frame: int) -> NDArray[np.float64]:
    """The center line as it lies in the analyzed frame."""
    return np.asarray(main.points + np.asarray(plan.drift_mm_s) * frame * plan.frame_s)


def _truth(main: Tube, bolus: Bolus, lying: NDArray[np.float64]) -> Truth:
    part = slice(CLICKED_FROM, len(main.radii) + CLICKED_TO + 1)
    arc, volume, arrival = main.arc_mm[part], main.volume_mm3[part], bolus.arrival(main.volume_mm3)
    passage, mean = arrival[part][-1] - arrival[part][0], (volume[-1] - volume[0]) / bolus.flow_mm3_s
    length = 1e-3 * float(arc[-1] - arc[0])
    diameter = 2.0 * main.radii[part]
    return Truth(arc - arc[0], diameter, length / passage, length / mean, lying, main.arc_mm, arrival)
