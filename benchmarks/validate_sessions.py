"""Films of the second simulator, on which nothing is tuned: frames, lumen, flow and QFR against what lies behind them.

``python benchmarks/validate_sessions.py [N] [--single | --frames] [--from SEED] [--films FOLDER]``: N sessions of two
views (of one with ``--single``) of the anterior descending artery of a beating tree, without a frame in STUDY.json;
every third run is panned. A frame is right where all of the path is filled and the heart is at end-diastole.
``--frames``: only these. The true QFR is the kernel's on the true lumen at the true velocities of the passages.
``--films`` keeps the films, and takes those that are there.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.angio.analysis import run_study
from precise_cal.qfr.contour.absorbance import open_field
from precise_cal.qfr.dicom.calibration import isocenter_factor
from precise_cal.qfr.dicom.reader import read_cine
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.frames.phase import candidates
from precise_cal.qfr.lumen.analysis import Settings, analyze
from precise_cal.qfr.lumen.flow import Flow, hyperemic_velocity
from precise_cal.qfr.lumen.lumen import Lumen
from precise_cal.qfr.study.study import read_study
from qfr_lab.simulator.ward.films import Behind, Plan, make_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.qfr.angio.analysis import AngioResult
    from precise_cal.qfr.study.study import Study

NAMES = ("least diameter mm", "velocity %", "QFR", "QFR of this lumen, true flow")
CUTOFF = 0.80
SAMPLES = 200


@dataclass(frozen=True)
class Row:
    """A session beside its truth.

    Frames that are right, of how many; errors as in ``NAMES``; true and found QFR, and its interval.
    """

    right: int
    frames: int
    errors: tuple[float, ...]
    qfr: tuple[float, float | None]
    interval: tuple[float, float] | None
    codes: tuple[str, ...]


@contextmanager
def session(plan: Plan, films: Path | None) -> Iterator[tuple[Study, Behind]]:
    """A session filmed into a folder that goes again, or into one that stays, where it may lie already."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) if films is None else films / f"{plan.seed}{'-single' * (plan.views == 1)}"
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / "truth.npz"
        if not kept.exists():
            behind = make_session(folder, plan)[1]
            lists = [sorted(frames) for frames in behind.usable]
            frames = np.array([(view, frame) for view, each in enumerate(lists) for frame in each]).reshape(-1, 2)
            np.savez(
                kept, arc=behind.arc_mm, diameter=behind.diameter_mm, velocities=behind.velocities_m_s, frames=frames
            )
        truth = np.load(kept)
        views = [frozenset(truth["frames"][truth["frames"][:, 0] == view, 1].tolist()) for view in range(plan.views)]
        velocities = tuple(truth["velocities"].tolist())
        yield read_study(folder / "STUDY.json"), Behind(truth["arc"], truth["diameter"], velocities, tuple(views))


def compared(study: Study, behind: Behind) -> Row:
    """What an analysis finds, against the truth."""
    result = run_study(study).with_interval(SAMPLES)
    right = sum(view.frame in usable for view, usable in zip(result.views, behind.usable, strict=True))
    found_m_s, true_m_s = _speeds(result, behind)
    flow, settings = Flow("contrast", hyperemic_velocity(true_m_s)), Settings(aortic_pressure_mmhg=95.0)
    true = analyze(Lumen(behind.arc_mm, behind.diameter_mm), flow, settings).qfr or np.nan
    found = result.analysis
    by_lumen = analyze(found.lumen, flow, settings).qfr or np.nan
    errors = (
        float(found.lumen.diameter_mm.min() - behind.diameter_mm.min()),
        100.0 * (found_m_s / true_m_s - 1.0),
        (found.qfr or np.nan) - true,
        by_lumen - true,
    )
    codes = tuple(dict.fromkeys(one.code for one in found.reasons))
    interval = None if found.interval is None else (found.interval.low, found.interval.high)
    return Row(right, len(result.views), errors, (true, found.qfr), interval, codes)


def _speeds(result: AngioResult, behind: Behind) -> tuple[float, float]:
    """Velocity found, and the true one of the same passages; each run has its own, and they are weighted alike."""
    timed = [
        (front, true) for front, true in zip(result.fronts, behind.velocities_m_s, strict=True) if front is not None
    ]
    if not timed:
        return np.nan, float(np.mean(behind.velocities_m_s))
    weights = [1.0 / max(front.error_percent, 0.5) ** 2 for front, _ in timed]
    found = np.average([front.velocity_m_s for front, _ in timed], weights=weights)
    return float(found), float(np.average([true for _, true in timed], weights=weights))


def frames_only(plans: list[Plan], films: Path | None) -> None:
    """Which frame is chosen in each run, with the clicks and without them."""
    counts = np.zeros(3, int)
    for plan in plans:
        with session(plan, films) as (study, behind):
            for spec, usable in zip(study.views, behind.usable, strict=True):
                cine = read_cine(study.path(spec))
                factor, mask = isocenter_factor(cine.acquisition), open_field(cine)
                stops = np.array(spec.stops, dtype=np.float64)
                chosen = [
                    candidates(cine, mask, points, None if factor is None else factor[0])[0] for points in (stops, None)
                ]
                right = [one.frame in usable for one in chosen]
                counts += [1, *right]
                told = ", ".join(
                    f"{one.frame} by {one.source}{'' if good else ' WRONG'}"
                    for one, good in zip(chosen, right, strict=True)
                )
                print(f"{plan.seed} {spec.file}: {told}; right are {sorted(usable)}", flush=True)
    print(f"\nof {counts[0]} runs the frame is right in {counts[1]} with the clicks, in {counts[2]} without them")


def whole(plans: list[Plan], films: Path | None) -> None:
    """Runs the sessions and prints what they give."""
    print(
        "| session | frames | least diameter mm | velocity % | QFR found / true | interval | reasons |\n"
        "|---|---|---|---|---|---|---|"
    )
    rows: list[Row] = []
    for plan in plans:
        with session(plan, films) as (study, behind):
            try:
                row = compared(study, behind)
            except QfrError as error:
                print(f"| {plan.seed} | no result: {error} |", flush=True)
                continue
        rows.append(row)
        qfr = "-" if row.qfr[1] is None else f"{row.qfr[1]:.3f}"
        errors = f"{row.errors[0]:+.2f} | {row.errors[1]:+.1f}"
        interval = "" if row.interval is None else f"{row.interval[0]:.2f} to {row.interval[1]:.2f}"
        told = f"{plan.seed} | {row.right} of {row.frames} | {errors} | {qfr} / {row.qfr[0]:.3f} | {interval}"
        print(f"| {told} | {' '.join(row.codes)} |", flush=True)
    kept = [row for row in rows if row.qfr[1] is not None]
    right, frames = sum(row.right for row in rows), sum(row.frames for row in rows)
    print(f"\nframes right {right} of {frames}; analyzed {len(kept)} of {len(plans)}")
    if not kept:
        return
    covered = [row.interval[0] <= row.qfr[0] <= row.interval[1] for row in kept if row.interval is not None]
    print(f"the interval holds the true QFR in {sum(covered)} of {len(covered)}")
    passes = sum(row.qfr[0] <= CUTOFF < (row.qfr[1] or 0.0) for row in kept)
    print(f"false passes at {CUTOFF}: {passes}\n\n| error | n | mean | SD | mean absolute | worst |")
    print("|---|---|---|---|---|---|")
    for name, column in zip(NAMES, np.array([row.errors for row in kept]).T, strict=True):
        x = column[np.isfinite(column)]
        print(
            f"| {name} | {len(x)} | {x.mean():+.3f} | {x.std():.3f} | {np.abs(x).mean():.3f} | {np.abs(x).max():.3f} |"
        )


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Films of the second simulator against their truth.")
    asked.add_argument("number", nargs="?", type=int, default=14)
    asked.add_argument("--from", dest="first", type=int, default=0)
    asked.add_argument("--films", type=Path)
    asked.add_argument("--single", action="store_true")
    asked.add_argument("--frames", action="store_true")
    given = asked.parse_args()
    seeds = range(given.first, given.first + given.number)
    chosen = [Plan(seed, views=1 if given.single else 2, pans=seed % 3 == 0) for seed in seeds]
    (frames_only if given.frames else whole)(chosen, given.films)
