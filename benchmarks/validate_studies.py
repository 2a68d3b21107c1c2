"""Two-view studies with known lumen and flow against the kernel on the true lumen; prints Markdown.

``python benchmarks/validate_studies.py [N] [--wide | --tuning]``: N studies with angle errors up to 1°, the table
moved by up to 5 mm and clicks within 2 px. ``--wide``: the held-back set, on which nothing is tuned: beating and
breathing vessels, pulsatile flow, 12.5 to 30 frames a second, all pixel curves, sharpened edges, more and less blur,
scatter, contrast, noise and anatomy. ``--tuning``: as wide, from other seeds, for tuning. ``--unsuitable``: only the
studies that must be refused, which the first set ends with too.

Contrast velocity is compared three times: with the front between the true places that were clicked; between the places
of the true vessel nearest to the ends found, which leaves out the clicks' share; and with the mean flow, which one
passage cannot tell, as it falls into a part of the beat.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.angio.analysis import AngioResult, run_study
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.lumen.analysis import Settings, analyze
from precise_cal.qfr.lumen.flow import Flow, hyperemic_velocity
from precise_cal.qfr.lumen.lumen import Lumen
from precise_cal.qfr.study.study import read_study
from qfr_lab.simulator.studies import Plan, Truth, make_study
from qfr_lab.simulator.vessels import Lesion
from qfr_lab.simulator.xrays import Beam

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = Plan(size=384, branch=False, seed=3)
UNSUITABLE = {
    "17° apart": (replace(BASE, views=((-5.0, 0.0), (12.0, 5.0))), "ANGLE_TOO_SMALL"),
    "another vessel over the lesion in both views": (replace(BASE, crossing=True), "OVERLAP"),
    "foreshortened in both views": (replace(BASE, views=((-20.0, -52.0), (25.0, -55.0))), "FORESHORTENED"),
    "7.5 frames a second": (replace(BASE, frame_s=1 / 7.5), "FRAME_RATE_TOO_LOW"),
    "filled from the first frame": (replace(BASE, filled=True), "NO_CONTRAST_FRONT"),
    "contrast creeps": (replace(BASE, velocity_m_s=0.03), "SLOW_FLOW"),
    "faint": (replace(BASE, beam=Beam(contrast=0.05, quanta=600.0)), "LOW_CONTRAST"),
    "ostial lesion": (replace(BASE, lesions=(Lesion(3.0, 9.0, 0.5),)), "LESION_AT_PROXIMAL_END"),
}
COLUMNS = (
    "length mm",
    "length between the ends found mm",
    "MLD mm",
    "velocity %",
    "velocity between the ends found %",
    "the same in its standard errors",
    "velocity against the mean flow %",
    "QFR",
    "QFR of this lumen, true flow",
)


def drawn(seed: int) -> Plan:
    """A study as the methods were tuned on."""
    random = np.random.default_rng(900 + seed)
    length, proximal = random.uniform(38, 55), random.uniform(2.6, 4.0)
    lesion = Lesion(random.uniform(0.4, 0.6) * length, random.uniform(8, 15), random.uniform(0.35, 0.65))
    velocity = random.uniform(0.1, 0.3)
    views = (
        (float(random.uniform(-40, -10)), float(random.uniform(-25, 25))),
        (float(random.uniform(15, 45)), float(random.uniform(-25, 25))),
    )
    return Plan(
        length_mm=length, proximal_mm=proximal, distal_mm=proximal * random.uniform(0.7, 0.9), lesions=(lesion,),
        velocity_m_s=velocity, views=views, angle_error_deg=1.0, shift_mm=_shift(random), seed=seed,
    )  # fmt: skip


def held_back(seed: int) -> Plan:
    """A study on whose like nothing is tuned: wider in every way."""
    return _wider(drawn(5000 + seed), np.random.default_rng(70_000 + seed))


def tuning(seed: int) -> Plan:
    """A study as wide as those held back, from other seeds: what is tuned is tuned here."""
    return _wider(drawn(20_000 + seed), np.random.default_rng(90_000 + seed))


def _wider(plan: Plan, random: np.random.Generator) -> Plan:
    beam = Beam(
        quanta=random.uniform(1500, 6000), contrast=random.uniform(0.4, 0.9), scatter=random.uniform(0.2, 1.2),
        blur_mm=random.uniform(0.3, 0.7), enhancement=random.choice([0.0, 0.27]),
        relationship=str(random.choice(["LIN", "LOG", "DISP"])), bits=int(random.choice([8, 10, 12])),
    )  # fmt: skip
    lesion = replace(plan.lesions[0], stenosis=random.uniform(0.3, 0.7), length_mm=random.uniform(6, 20))
    return replace(
        plan, lesions=(lesion,), beam=beam, velocity_m_s=random.uniform(0.08, 0.35),
        frame_s=1.0 / random.uniform(12.5, 30.0), beat_mm=tuple(random.uniform(-8, 8, 3)),
        drift_mm_s=tuple(random.uniform(-2, 2, 3)), pulsation=random.uniform(0.0, 0.6),
        dispersion_s=random.uniform(0.02, 0.15), background=random.uniform(0.5, 1.5),
    )  # fmt: skip


def _shift(random: np.random.Generator) -> tuple[float, float, float]:
    shift = random.uniform(-1.0, 1.0, 3)
    x, y, z = shift * random.uniform(0.0, 5.0) / np.linalg.norm(shift)
    return float(x), float(y), float(z)


@dataclass(frozen=True)
class Compared:
    """A result beside its truth: found and true values, and the errors in the order of ``COLUMNS``."""

    values: tuple[str, ...]
    errors: tuple[float, ...]
    codes: tuple[str, ...]
    refused: bool


def compared(result: AngioResult, truth: Truth) -> Compared:
    """What an analysis found, against the kernel on the true lumen at the true flow."""
    found, settings = result.analysis, Settings(aortic_pressure_mmhg=95.0)
    flow = Flow("contrast", hyperemic_velocity(truth.velocity_m_s))
    true_qfr = analyze(Lumen(truth.arc_mm, truth.diameter_mm), flow, settings).qfr or np.nan
    qfr, by_lumen = found.qfr or np.nan, analyze(found.lumen, flow, settings).qfr or np.nan
    timed = [front for front in result.fronts if front is not None]
    weights = [1.0 / max(front.error_percent, 0.5) ** 2 for front in timed]
    speed = float(np.average([one.velocity_m_s for one in timed], weights=weights)) if timed else np.nan
    length, minimum = found.lumen.length_mm, found.lumen.diameter_mm.min()
    first, last = _ends(result, truth)
    passage = 1e-3 * (truth.along_mm[last] - truth.along_mm[first]) / (truth.arrival_s[last] - truth.arrival_s[first])
    off = 100.0 * (speed / passage - 1.0)
    values = (
        f"{length:.1f} / {truth.arc_mm[-1]:.1f}",
        f"{minimum:.2f} / {truth.diameter_mm.min():.2f}",
        f"{speed:.3f} / {truth.velocity_m_s:.3f} / {truth.mean_velocity_m_s:.3f}",
        f"{qfr:.3f} / {true_qfr:.3f}",
    )
    errors = (
        length - truth.arc_mm[-1],
        length - (truth.along_mm[last] - truth.along_mm[first]),
        minimum - truth.diameter_mm.min(),
        100.0 * (speed / truth.velocity_m_s - 1.0),
        off,
        off * float(np.sqrt(np.sum(weights))) if timed else np.nan,
        100.0 * (speed / truth.mean_velocity_m_s - 1.0),
        qfr - true_qfr,
        by_lumen - true_qfr,
    )
    return Compared(values, errors, tuple(dict.fromkeys(one.code for one in found.reasons)), found.qfr is None)


def _ends(result: AngioResult, truth: Truth) -> tuple[int, int]:
    """The points of the true vessel nearest to the ends found."""
    if result.reconstruction is None:
        raise ValueError("a study of two views expected")
    ends = result.reconstruction.points[[0, -1]]
    first, last = (int(np.argmin(np.linalg.norm(truth.points - end, axis=1))) for end in ends)
    return first, last


def ran(plan: Plan) -> tuple[AngioResult, Truth]:
    """A study made and analyzed."""
    with tempfile.TemporaryDirectory() as folder:
        path, truth = make_study(Path(folder), plan)
        return run_study(read_study(path)), truth


def suitable(number: int, plan_of: Callable[[int], Plan]) -> None:
    """Runs the studies and prints what they give."""
    print("found / true\n\n| study | length mm | MLD mm | velocity m/s | QFR | reasons |\n|---|---|---|---|---|---|")
    rows: list[Compared] = []
    for seed in range(number):
        try:
            rows.append(compared(*ran(plan_of(seed))))
        except QfrError as error:
            print(f"| {seed} | no result: {error} |", flush=True)
            continue
        print(f"| {seed} | {' | '.join(rows[-1].values)} | {' '.join(rows[-1].codes)} |", flush=True)
    kept = [row for row in rows if not row.refused]
    print(f"\nanalyzed {len(kept)} of {number}\n")
    print("| error | n | mean | SD | mean absolute | worst |\n|---|---|---|---|---|---|")
    for name, column in zip(COLUMNS, np.array([row.errors for row in kept]).T, strict=True):
        x = column[np.isfinite(column)]
        print(
            f"| {name} | {len(x)} | {x.mean():+.3f} | {x.std():.3f} | {np.abs(x).mean():.3f} | {np.abs(x).max():.3f} |"
        )


def unsuitable() -> None:
    """Runs the studies that must be refused and prints with which codes they are."""
    print("\n| unsuitable | expected | refused with |\n|---|---|---|")
    for name, (plan, code) in UNSUITABLE.items():
        result, _ = ran(plan)
        codes = list(dict.fromkeys(reason.code for reason in result.analysis.reasons))
        named = code in codes or (code == "OVERLAP" and {"OVERLAP_AT_LESION", "CALIBRATIONS_DIFFER"} & set(codes))
        right = result.analysis.qfr is None and named
        print(f"| {name} | {code} | {' '.join(codes)} | {'' if right else 'WRONG'}", flush=True)


if __name__ == "__main__":
    count = next((int(text) for text in sys.argv[1:] if text.isdigit()), 24)
    if "--unsuitable" not in sys.argv:
        suitable(count, held_back if "--wide" in sys.argv else tuning if "--tuning" in sys.argv else drawn)
    if "--wide" not in sys.argv and "--tuning" not in sys.argv:
        unsuitable()
