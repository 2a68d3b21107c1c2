"""Bias and spread of contours on simulated vessels; prints a Markdown table.

``python benchmarks/validate_contours.py [tubes|lesions|held_back|jitter] [SEEDS]``. Truth never reaches the
analysis: clicks are true ends with a random error, and every picture goes through the display chain of the simulator.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import numpy as np

from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.simulator.gantry import Gantry
from precise_cal.qfr.simulator.runs import Run, film
from precise_cal.qfr.simulator.vessels import Lesion, Tube, epicardial_line, tapered_radius
from precise_cal.qfr.simulator.xrays import Beam

PIXEL = 0.308 * 750 / 1050
BASE = Beam()


@dataclass(frozen=True)
class Case:
    """One vessel in one picture."""

    proximal: float
    distal: float
    lesions: tuple[Lesion, ...] = ()
    beam: Beam = BASE
    background: float = 1.0
    click: float = 2.0
    seed: int = 0


def vessel(case: Case) -> Tube:
    """The tube of a case."""
    line = epicardial_line(40.0, 0.012, 2.0)
    arc = np.linspace(0.0, 40.0, len(line))
    return Tube(line, tapered_radius(arc, case.proximal, case.distal, case.lesions))


def measured(case: Case, clicks: int | None = None) -> tuple[Contour, Tube, np.ndarray]:
    """The contour, the truth, and the true diameters at the contour's stations."""
    tube, gantry = vessel(case), Gantry(0.0, 0.0, size=320)
    frame = film(Run((tube,), gantry, case.beam, background=case.background, fine=3, seed=case.seed))[0]
    random = np.random.default_rng(1000 + case.seed if clicks is None else clicks)
    shadow = gantry.shadow(tube.points)
    stops = shadow[[8, 80, -9]] + random.uniform(-case.click, case.click, (3, 2))
    linear = case.beam.relationship == "LIN"
    picture = -np.log(np.maximum(frame.astype(float), 1.0)) if linear else 1.0 - frame / float(frame.max())
    mask = np.zeros(frame.shape, bool)
    mask[6:-6, 6:-6] = True
    found = outline(picture, mask, stops, PIXEL, densitometry=linear)
    nearest = np.argmin(np.linalg.norm(found.midline[:, None] - shadow[None], axis=2), axis=1)
    return found, tube, 2.0 * tube.radii[nearest]


def sweep_tubes(seeds: int) -> None:
    """Plain tubes, one factor at a time."""
    changes = {
        "base": {},
        "blur 0.3": {"blur_mm": 0.3},
        "blur 0.8": {"blur_mm": 0.8},
        "quanta 1000": {"quanta": 1000.0},
        "scatter 1.5": {"scatter": 1.5},
        "contrast 0.3": {"contrast": 0.3},
        "contrast 1": {"contrast": 1.0},
        "DISP, enhanced": {"relationship": "DISP", "enhancement": 0.5},
    }
    print("| D mm | condition | N | bias | SD | traced bias | blur | failed |\n|---|---|---|---|---|---|---|---|")
    for diameter in (0.5, 0.7, 1.0, 1.4, 1.9, 3.0, 5.0):
        for name, change in changes.items():
            row([Case(diameter, diameter, beam=replace(BASE, **change), seed=seed) for seed in range(seeds)],
                f"{diameter}", name)  # fmt: skip


def row(cases: list[Case], *labels: str) -> None:
    """One row: errors of all stations of all cases, failures counted apart."""
    errors, traced, blurs, failed = [], [], [], 0
    for case in cases:
        try:
            found, _, truth = measured(case)
        except QfrError:
            failed += 1
            continue
        away = found.diameter_mm - truth
        if abs(np.median(away)) > 0.5:
            failed += 1
            continue
        errors.append(away)
        traced.append(found.traced_mm - truth)
        blurs.append(found.blur_mm)
    if not errors:
        print("|", " | ".join(labels), f"| {len(cases)} | - | - | - | - | {failed} |")
        return
    every = np.concatenate(errors)
    print("|", " | ".join(labels), f"| {len(cases)} | {every.mean():+.3f} | {every.std():.3f} |",
          f"{np.concatenate(traced).mean():+.3f} | {np.mean(blurs):.2f} | {failed} |", flush=True)  # fmt: skip


def lesion_cases(seeds: int, *, wide: bool) -> list[Case]:
    """Vessels with one lesion, parameters drawn; ``wide`` is the set that was held back."""
    random = np.random.default_rng(77 if wide else 7)
    low, high = (0.0, 1.0) if wide else (0.25, 0.75)

    def draw(first: float, last: float) -> float:
        return float(random.uniform(first + low * (last - first), first + high * (last - first)))

    cases = []
    for seed in range(seeds):
        beam = Beam(
            quanta=draw(1000, 8000), contrast=draw(0.3, 1.0), scatter=draw(0.0, 1.5), blur_mm=draw(0.3, 0.8),
            enhancement=draw(0.0, 0.3),
        )  # fmt: skip
        lesion = Lesion(draw(12, 28), draw(6, 16), draw(0.25, 0.75), draw(0.0, 0.6))
        proximal = draw(2.0, 4.5)
        cases.append(Case(proximal, proximal * draw(0.65, 0.95), (lesion,), beam, draw(0.3, 1.5), seed=seed))
    return cases


def sweep_lesions(seeds: int, *, wide: bool) -> None:
    """Minimal lumen diameter and stenosis of drawn lesions."""
    minimal, stenosis, failed = [], [], 0
    for case in lesion_cases(seeds, wide=wide):
        found, _, truth = measured(case)
        at = int(np.argmin(truth))
        near = slice(max(at - 12, 0), at + 13)
        error = float(found.diameter_mm[near].min() - truth[near].min())
        if abs(error) > 0.5:
            failed += 1
            print("failed:", case, f"{error:+.2f}")
            continue
        minimal.append(error)
        reference = np.percentile(truth, 85)
        stenosis.append(
            100 * (truth[near].min() / reference - found.diameter_mm[near].min() / np.percentile(found.diameter_mm, 85))
        )
    print(f"lesions ({'held back' if wide else 'tuning'}) N={seeds} failed={failed}: MLD bias {np.mean(minimal):+.3f} "
          f"SD {np.std(minimal):.3f} worst 5 % {np.percentile(np.abs(minimal), 95):.3f} mm; "
          f"%DS bias {np.mean(stenosis):+.2f} SD {np.std(stenosis):.2f}")  # fmt: skip


def sweep_jitter(seeds: int) -> None:
    """Spread of the minimal lumen diameter over clicks moved by up to 5 px."""
    spreads = []
    for case in lesion_cases(seeds, wide=False):
        values = [measured(replace(case, click=5.0), clicks)[0].diameter_mm.min() for clicks in range(8)]
        spreads.append(float(np.std(values)))
    print(f"jitter 5 px, N={seeds} × 8: SD of MLD, mean {np.mean(spreads):.3f}, worst {np.max(spreads):.3f} mm")


if __name__ == "__main__":
    what, number = (sys.argv[1:] + ["tubes", "3"][len(sys.argv) - 1 :])[:2]
    if what == "tubes":
        sweep_tubes(int(number))
    elif what == "jitter":
        sweep_jitter(int(number))
    else:
        sweep_lesions(int(number), wide=what == "held_back")
