"""Bias and spread of contours on simulated vessels; prints Markdown tables.

``python benchmarks/validate_contours.py WHAT [SEEDS]``, where WHAT is

- ``plain``: vessels of one caliber and nothing else in the picture, one condition changed at a time;
- ``beside``: the same calibers below a stretch of 2.5 mm, as a narrow vessel has a wider one before it;
- ``catheter``: narrow vessels of one caliber whose blur is taken from the catheter in the picture;
- ``lesions``, ``display``: drawn lesions in linear pixels, and behind a display curve (the sets for tuning);
- ``held_back``: drawn lesions from wider ranges; never looked at while tuning;
- ``jitter``: clicks moved by 5 px;
- ``faint``: contrast taken away until the vessel is lost.

Truth never reaches the analysis: clicks are true points with a random error, vessels are turned and shifted at random,
and every picture goes through the display chain of the simulator.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.errors import QfrError
from qfr_lab.simulator.gantry import Gantry
from qfr_lab.simulator.runs import Run, film
from qfr_lab.simulator.vessels import Lesion, Tube, epicardial_line, tapered_radius
from qfr_lab.simulator.xrays import Beam

Array = NDArray[np.float64]
PIXEL = 0.308 * 750 / 1050
SIZE = 320
LENGTH = 40.0
WIDE_MM, WIDE_TO, NARROW_FROM = 2.5, 13.0, 17.0
"""Caliber before a narrow stretch, where it ends, and where the narrow stretch begins, in mm of arc."""
BASE = Beam()
CONDITIONS: dict[str, dict[str, object]] = {
    "base": {},
    "blur 0.3 mm": {"blur_mm": 0.3},
    "blur 0.8 mm": {"blur_mm": 0.8},
    "1000 quanta": {"quanta": 1000.0},
    "scatter 0": {"scatter": 0.0},
    "scatter 1.5": {"scatter": 1.5},
    "contrast 0.3": {"contrast": 0.3},
    "contrast 1": {"contrast": 1.0},
    "background × 2": {},
    "DISP, enhanced": {"relationship": "DISP", "enhancement": 0.5},
}
HEADER = (
    "| D mm | {} | N | bias | SD | worst vessel | resolved, bias ± SD | error/spread | blur | contrast/noise | lost |\n"
    + "|---" * 11 + "|"
)  # fmt: skip
LOST_MM, LOST_SHARE = 1.0, 0.1
"""A vessel is lost where the midline leaves it by more than 1 mm over more than a tenth of its length."""


@dataclass(frozen=True)
class Case:
    """One vessel in one picture."""

    proximal: float
    distal: float
    lesions: tuple[Lesion, ...] = ()
    beam: Beam = BASE
    background: float = 1.0
    stretch: float = 0.0
    catheter: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Found:
    """A contour beside the truth at its stations; ``arc`` counts from the proximal end of the vessel."""

    contour: Contour
    truth: Array
    arc: Array
    away: Array

    @property
    def error(self) -> Array:
        """Diameter minus truth."""
        return np.asarray(self.contour.diameter_mm - self.truth)

    @property
    def lost(self) -> bool:
        """Whether the midline left the vessel."""
        return bool(np.mean(self.away > LOST_MM) > LOST_SHARE)


def vessel(case: Case) -> Tube:
    """The tube of a case, turned and shifted in the plane of the picture."""
    line = epicardial_line(LENGTH, 0.012, 2.0)
    arc = np.linspace(0.0, LENGTH, len(line))
    radius = tapered_radius(arc, case.proximal, case.distal, case.lesions)
    if case.stretch:
        radius = 0.5 * np.interp(arc, [WIDE_TO, NARROW_FROM], [WIDE_MM, case.stretch])
    random = np.random.default_rng(500 + case.seed)
    angle, shift = random.uniform(-np.pi, np.pi), random.uniform(-4.0, 4.0, 2)
    turned = np.stack(
        [
            line[:, 0] * np.cos(angle) + line[:, 2] * np.sin(angle) + shift[0],
            line[:, 1],
            line[:, 2] * np.cos(angle) - line[:, 0] * np.sin(angle) + shift[1],
        ],
        axis=1,
    )
    return Tube(turned, radius)


def catheter() -> Tube:
    """A 6 F catheter full of diluted contrast, in a corner of the picture."""
    place = np.linspace(-14.0, 14.0, 113)[:, None] * np.array([0.8, 0.0, 0.6]) + np.array([-18.0, 5.0, 22.0])
    return Tube(place, np.full(113, 1.0), filling=False, constant=0.5)


def picture(case: Case, tube: Tube, gantry: Gantry) -> Array:
    """Absorbance of the filmed case: −ln of linear pixels, the other way round for others."""
    tubes = (tube, catheter()) if case.catheter else (tube,)
    run = Run(tubes, gantry, case.beam, background=case.background, fine=3, seed=case.seed)
    frame = film(run)[0].astype(float)
    return -np.log(np.maximum(frame, 1.0)) if case.beam.relationship == "LIN" else 1.0 - frame / frame.max()


def measured(case: Case, clicks: Array | None = None) -> Found:
    """The contour of a case; ``clicks`` moves the three points by so many pixels, (3, 2)."""
    tube, gantry = vessel(case), Gantry(0.0, 0.0, size=SIZE)
    seen, mask = picture(case, tube, gantry), np.zeros((SIZE, SIZE), bool)
    mask[6:-6, 6:-6] = True
    return outlined(case, tube, gantry, seen, mask, clicks)


def outlined(
    case: Case, tube: Tube, gantry: Gantry, seen: Array, mask: NDArray[np.bool_], clicks: Array | None
) -> Found:
    """The contour of a filmed case."""
    shadow, linear = gantry.shadow(tube.points), case.beam.relationship != "DISP"
    moved = np.random.default_rng(1000 + case.seed).uniform(-2.0, 2.0, (3, 2)) if clicks is None else clicks
    blur = None
    if case.catheter:
        ends = gantry.shadow(catheter().points)[[12, -13]]
        blur = outline(seen, mask, ends, PIXEL, densitometry=linear).blur
    contour = outline(seen, mask, shadow[[8, 80, -9]] + moved, PIXEL, densitometry=linear, blur=blur)
    apart = np.linalg.norm(contour.midline[:, None] - shadow[None], axis=2)
    nearest = np.argmin(apart, axis=1)
    return Found(contour, 2.0 * tube.radii[nearest], tube.arc_mm[nearest], apart.min(axis=1) * PIXEL)


def sweep(diameters: tuple[float, ...], seeds: int, *, beside: bool = False, known: bool = False) -> None:
    """Calibers under one condition after the other."""
    print(HEADER.format("condition"))
    for diameter in diameters:
        for name, change in CONDITIONS.items():
            cases = [
                Case(diameter, diameter, (), replace(BASE, **change), 2.0 if "background" in name else 1.0,
                     diameter if beside else 0.0, known, seed)
                for seed in range(seeds)
            ]  # fmt: skip
            row(cases, f"{diameter}", name)


def row(cases: list[Case], *labels: str) -> None:
    """One row: errors of all stations of all cases, and of the resolved ones; lost vessels are counted apart."""
    errors, resolved, surprise, blurs, clear, lost = [], [], [], [], [], 0
    for case in cases:
        try:
            found = measured(case)
        except QfrError:
            lost += 1
            continue
        if found.lost:
            lost += 1
            continue
        there = found.arc > NARROW_FROM + 1.0 if case.stretch else np.ones(len(found.arc), bool)
        errors.append(found.error[there])
        resolved.append(~found.contour.unresolved[there])
        surprise.append(found.error[there] / found.contour.spread_mm[there])
        blurs.append(found.contour.blur.mean)
        clear.append(float(np.median(found.contour.contrast_to_noise[there])))
    if not errors:
        print("|", " | ".join(labels), f"| {len(cases)} |" + " - |" * 7, f"{lost} |")
        return
    every, means = np.concatenate(errors), np.array([error.mean() for error in errors])
    sure = every[np.concatenate(resolved)]
    told = f"{100 * len(sure) / len(every):.0f} % {sure.mean():+.3f} ± {sure.std():.3f}" if len(sure) else "0 %"
    print("|", " | ".join(labels), f"| {len(cases)} | {every.mean():+.3f} | {every.std():.3f} |",
          f"{means[np.argmax(np.abs(means))]:+.3f} | {told} | {np.sqrt(np.mean(np.concatenate(surprise) ** 2)):.2f} |",
          f"{np.mean(blurs):.2f} | {np.mean(clear):.1f} | {lost} |", flush=True)  # fmt: skip


def lesion_cases(seeds: int, *, wide: bool, relationship: str = "LIN") -> list[Case]:
    """Vessels with one lesion, parameters drawn; ``wide`` is the set that was held back."""
    random = np.random.default_rng(77 if wide else 7)
    low, high = (0.0, 1.0) if wide else (0.25, 0.75)

    def draw(first: float, last: float) -> float:
        return float(random.uniform(first + low * (last - first), first + high * (last - first)))

    cases = []
    for seed in range(seeds):
        beam = Beam(
            quanta=draw(1000, 8000), contrast=draw(0.3, 1.0), scatter=draw(0.0, 1.5), blur_mm=draw(0.3, 0.8),
            enhancement=draw(0.0, 0.3), relationship=relationship,
        )  # fmt: skip
        lesion = Lesion(draw(12, 28), draw(6, 16), draw(0.25, 0.75), draw(0.0, 0.6))
        proximal = draw(2.0, 4.5)
        distal = proximal * draw(0.65, 0.95)
        cases.append(Case(proximal, distal, (lesion,), beam, draw(0.3, 1.5), seed=seed + 1000 * wide))
    return cases


def sweep_lesions(cases: list[Case], name: str) -> None:
    """Minimal lumen diameter and stenosis of drawn lesions, and the error of all stations."""
    minimal, stenosis, every, small, surprise, unsure, lost = [], [], [], [], [], 0, 0
    for case in cases:
        try:
            found = measured(case)
        except QfrError as error:
            found, lost = None, lost + 1
            print("refused:", case, error)
        if found is None or found.lost:
            lost += found is not None
            continue
        truth, diameter = found.truth, found.contour.diameter_mm
        at = int(np.argmin(truth))
        near = slice(max(at - 12, 0), at + 13)
        error = float(diameter[near].min() - truth[near].min())
        if abs(error) > 0.15:
            print(f"far off: {error:+.2f} of {truth.min():.2f} mm", case)
        minimal.append(error)
        surprise.append(error / found.contour.spread_mm[at])
        unsure += bool(found.contour.unresolved[at])
        small.append(truth.min() < 1.0)
        stenosis.append(
            100 * (truth[near].min() / np.percentile(truth, 85) - diameter[near].min() / np.percentile(diameter, 85))
        )
        every.append(found.error)
    errors, below, stations = np.array(minimal), np.array(small), np.concatenate(every)
    print(f"{name}: N={len(cases)} lost={lost}; MLD bias {errors.mean():+.3f} SD {errors.std():.3f} "
          f"worst 5 % {np.percentile(np.abs(errors), 95):.3f} mm (below 1 mm, N={below.sum()}: "
          f"{errors[below].mean():+.3f} ± {errors[below].std():.3f}); %DS bias {np.mean(stenosis):+.2f} "
          f"SD {np.std(stenosis):.2f}; all stations {stations.mean():+.3f} ± {stations.std():.3f} mm; MLD error/spread "
          f"{np.sqrt(np.mean(np.square(surprise))):.2f}, unresolved at the MLD {unsure}")  # fmt: skip


def sweep_jitter(seeds: int) -> None:
    """Spread of the minimal lumen diameter over clicks moved by 5 px in any direction."""
    spreads = []
    for case in lesion_cases(seeds, wide=False):
        tube, gantry = vessel(case), Gantry(0.0, 0.0, size=SIZE)
        seen, mask = picture(case, tube, gantry), np.zeros((SIZE, SIZE), bool)
        mask[6:-6, 6:-6] = True
        values = []
        for clicks in range(8):
            angle = np.random.default_rng(clicks).uniform(0.0, 2.0 * np.pi, 3)
            moved = 5.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
            values.append(outlined(case, tube, gantry, seen, mask, moved).contour.diameter_mm.min())
        spreads.append(float(np.std(values)))
    print(f"jitter 5 px, N={seeds} × 8: SD of MLD, mean {np.mean(spreads):.3f}, worst {np.max(spreads):.3f} mm")


def sweep_faint(seeds: int) -> None:
    """Contrast taken away step by step."""
    print(HEADER.format("contrast"))
    for diameter in (1.0, 2.0, 3.0):
        for contrast in (0.6, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05):
            beam = replace(BASE, contrast=contrast, quanta=2000.0)
            row([Case(diameter, diameter, beam=beam, seed=seed) for seed in range(seeds)],
                f"{diameter}", f"{contrast}")  # fmt: skip


NARROW, ALL = (0.5, 0.7, 1.0), (0.5, 0.7, 1.0, 1.4, 1.9, 3.0, 5.0)
SWEEPS = {
    "plain": lambda seeds: sweep(ALL, seeds),
    "beside": lambda seeds: sweep((*NARROW, 1.4), seeds, beside=True),
    "catheter": lambda seeds: sweep(NARROW, seeds, known=True),
    "lesions": lambda seeds: sweep_lesions(lesion_cases(seeds, wide=False), "lesions, tuning set"),
    "display": lambda seeds: sweep_lesions(lesion_cases(seeds, wide=False, relationship="DISP"), "display curve"),
    "held_back": lambda seeds: sweep_lesions(lesion_cases(seeds, wide=True), "lesions, held back"),
    "jitter": sweep_jitter,
    "faint": sweep_faint,
}

if __name__ == "__main__":
    what, number = (sys.argv[1:] + ["plain", "6"][len(sys.argv) - 1 :])[:2]
    SWEEPS[what](int(number))
