"""Two-view studies with known lumen and flow against the kernel on the true lumen; prints a Markdown table.

``python benchmarks/validate_studies.py [N]``: angle errors up to 1°, table shift up to 5 mm, clicks within 2 px.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from precise_cal.qfr.analysis import Settings, analyze
from precise_cal.qfr.angio import run_study
from precise_cal.qfr.flow import Flow, hyperemic_velocity
from precise_cal.qfr.lumen import Lumen
from precise_cal.qfr.simulator.studies import Plan, make_study
from precise_cal.qfr.simulator.vessels import Lesion
from precise_cal.qfr.simulator.xrays import Beam
from precise_cal.qfr.study import read_study

BASE = Plan(size=384, branch=False, seed=3)
UNSUITABLE = {
    "17 degrees apart": replace(BASE, views=((-5.0, 0.0), (12.0, 5.0))),
    "overlap": replace(BASE, crossing=True),
    "7.5 frames a second": replace(BASE, frame_s=1 / 7.5),
    "filled from the start": replace(BASE, filled=True),
    "foreshortened": replace(BASE, views=((-20.0, -52.0), (25.0, -55.0))),
    "faint": replace(BASE, beam=Beam(contrast=0.05, quanta=600.0)),
}


def drawn(seed: int) -> Plan:
    """A study from random parameters."""
    random = np.random.default_rng(900 + seed)
    length, proximal = random.uniform(38, 55), random.uniform(2.6, 4.0)
    lesion = Lesion(random.uniform(0.4, 0.6) * length, random.uniform(8, 15), random.uniform(0.35, 0.65))
    velocity = random.uniform(0.1, 0.3)
    shift = random.uniform(-1.0, 1.0, 3)
    shift *= random.uniform(0.0, 5.0) / np.linalg.norm(shift)
    views = (
        (float(random.uniform(-40, -10)), float(random.uniform(-25, 25))),
        (float(random.uniform(15, 45)), float(random.uniform(-25, 25))),
    )
    return Plan(
        length_mm=length, proximal_mm=proximal, distal_mm=proximal * random.uniform(0.7, 0.9), lesions=(lesion,),
        velocity_m_s=velocity, views=views, angle_error_deg=1.0, shift_mm=tuple(shift), seed=seed,
    )  # fmt: skip


def main(number: int) -> None:
    """Runs the studies and prints what they give."""
    errors = []
    print("| study | length mm | MLD mm | velocity m/s | QFR | reasons |\n|---|---|---|---|---|---|")
    for seed in range(number):
        with tempfile.TemporaryDirectory() as folder:
            path, truth = make_study(Path(folder), drawn(seed))
            result = run_study(read_study(path))
        flow = Flow("contrast", hyperemic_velocity(truth.velocity_m_s))
        expected = analyze(Lumen(truth.arc_mm, truth.diameter_mm), flow, Settings(aortic_pressure_mmhg=95.0))
        found = result.analysis
        codes = " ".join(reason.code for reason in found.reasons)
        speeds = [front.velocity_m_s for front in result.fronts if front is not None]
        speed = float(np.mean(speeds)) if speeds else float("nan")
        qfr, true_qfr = found.qfr or float("nan"), expected.qfr or float("nan")
        row = (
            f"{found.lumen.length_mm:.1f} / {truth.arc_mm[-1]:.1f}",
            f"{found.lumen.diameter_mm.min():.2f} / {truth.diameter_mm.min():.2f}",
            f"{speed:.3f} / {truth.velocity_m_s:.3f}",
            f"{qfr:.3f} / {true_qfr:.3f}",
        )
        print("|", seed, "|", " | ".join(row), "|", codes, "|", flush=True)
        if found.qfr is not None and expected.qfr is not None:
            length = found.lumen.length_mm - truth.arc_mm[-1]
            minimum = found.lumen.diameter_mm.min() - truth.diameter_mm.min()
            errors.append((length, minimum, 100 * (speed / truth.velocity_m_s - 1), qfr - true_qfr))
    table = np.array(errors)
    mean, spread, worst = table.mean(axis=0), table.std(axis=0), np.abs(table).max(axis=0)
    print(f"analyzed {len(table)} of {number}")
    for name, k in (("length mm", 0), ("MLD mm", 1), ("velocity %", 2), ("QFR", 3)):
        print(f"{name}: mean {mean[k]:+.3f}, SD {spread[k]:.3f}, worst {worst[k]:.3f}")
    print(f"QFR mean absolute {np.abs(table[:, 3]).mean():.4f}")
    for name, plan in UNSUITABLE.items():
        with tempfile.TemporaryDirectory() as folder:
            result = run_study(read_study(make_study(Path(folder), plan)[0]))
        print(f"unsuitable, {name}: QFR {result.analysis.qfr}, {[reason.code for reason in result.analysis.reasons]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
