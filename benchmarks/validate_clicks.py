"""Repeatability on real films: every click moved by up to 3 px, again and again.

``python benchmarks/validate_clicks.py FOLDER [N]``: FOLDER holds ``rca-96frames.dcm``, ``lca-75frames.dcm`` and
``lca-two-views-jpg``, which are not part of the repository. Prints mean and standard deviation of least diameter,
length, contrast velocity and QFR, and what refused.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from precise_cal.qfr.angio.analysis import run_study
from precise_cal.qfr.study.study import read_study
from qfr_lab.jpeg_runs import save_jpeg_run

MOVED_PX = 3.0
CATHETER_RIGHT = {"outer_diameter_mm": 2.0, "from": [258, 30], "to": [243, 95]}
CATHETER_LEFT = {"outer_diameter_mm": 2.0, "from": [60, 42], "to": [110, 80]}
PINS = {"left": [[468.0, 287.0], [466.6, 293.2]], "right": [[462.3, 293.5]]}
"""At the neck of the anterior descending artery, where another branch runs beside it; looked at."""
FILMS: dict[str, dict[str, Any]] = {
    "RCA": {"vessel": "RCA", "flow": {"method": "contrast"}, "views": [
        {"file": "rca-96frames.dcm", "frame": 75, "proximal": [150, 148], "through": [[110, 215]],
         "distal": [222, 348], "catheter": CATHETER_RIGHT}]},
    "LAD": {"vessel": "LAD", "flow": {"method": "contrast"}, "answers": ("OVERLAP_AT_LESION", "FRONT_UNCERTAIN"),
            "views": [
        {"file": "lca-75frames.dcm", "frame": 30, "proximal": [350, 118], "through": [[400, 155], [440, 200]],
         "distal": [476, 345], "catheter": CATHETER_LEFT, "borders": PINS}]},
    "LAD, two views": {"vessel": "LAD", "flow": {"method": "fixed"}, "views": [
        {"file": "proj0.dcm", "frame": 17, "proximal": [115, 81], "through": [[150, 79], [170, 80], [200, 78]],
         "distal": [278, 62]},
        {"file": "proj1.dcm", "frame": 19, "proximal": [213, 195], "through": [[214, 170], [211, 146], [210, 125]],
         "distal": [200, 80]}]},
}  # fmt: skip
"""Catheter and pins stay where they are."""


def moved(view: dict[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """The view with its clicks moved."""

    def click(point: list[float]) -> list[float]:
        return [float(value) for value in np.array(point) + random.uniform(-MOVED_PX, MOVED_PX, 2)]

    clicks = {name: click(view[name]) for name in ("proximal", "distal")}
    return {**view, **clicks, "through": [click(point) for point in view["through"]]}


def once(film: dict[str, Any], folder: Path, files: Path, seed: int) -> tuple[tuple[float, ...], list[str]]:
    """Least diameter, length, contrast velocity and QFR, and the reasons against one."""
    random = np.random.default_rng(seed)
    views = [moved(view, random) for view in film["views"]]
    for view in views:
        here = folder / view["file"]
        view["file"] = str(here if here.exists() else files / view["file"])
    answers = {code: {"answer": "accept"} for code in film.get("answers", ())}
    path = files / "STUDY.json"
    path.write_text(json.dumps({**film, "views": views, "answers": answers}))
    result = run_study(read_study(path))
    lumen, qfr = result.analysis.lumen, result.analysis.qfr
    fronts = [front.velocity_m_s for front in result.fronts if front is not None]
    row = (
        float(lumen.diameter_mm.min()),
        lumen.length_mm,
        fronts[0] if fronts else np.nan,
        np.nan if qfr is None else qfr,
    )
    return row, [reason.code for reason in result.analysis.reasons]


def repeated(name: str, folder: Path, number: int) -> None:
    """Runs a film so many times and prints what changes."""
    rows, codes, refused = [], Counter[str](), 0
    with tempfile.TemporaryDirectory() as place:
        files = Path(place)
        for run in sorted((folder / "lca-two-views-jpg").glob("proj*")):
            save_jpeg_run(run, files / f"{run.name}.dcm")
        for seed in range(number):
            row, reasons = once(FILMS[name], folder, files, seed)
            rows.append(row)
            codes.update(reasons)
            refused += bool(reasons)
    parts = []
    for what, column in zip(
        ("least diameter mm", "length mm", "contrast velocity m/s", "QFR"), np.array(rows).T, strict=True
    ):
        x = column[np.isfinite(column)]
        if len(x):
            parts.append(f"{what} {x.mean():.3f} ± {x.std():.4f} ({x.min():.3f} to {x.max():.3f}, n {len(x)})")
    print(f"{name}, {number} times: {', '.join(parts)}; refused {refused} {dict(codes) or ''}", flush=True)


if __name__ == "__main__":
    for film in FILMS:
        repeated(film, Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8)
