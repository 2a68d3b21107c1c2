"""Repeatability on real films: every click moved by up to 3 px, again and again.

``python benchmarks/validate_clicks.py FOLDER [N]``: FOLDER holds ``rca-96frames.dcm`` and ``lca-75frames.dcm``, which
are not part of the repository. Prints the standard deviation of least diameter, length and QFR, by contrast flow.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from precise_cal.qfr.angio.analysis import run_study
from precise_cal.qfr.study.study import read_study

MOVED_PX = 3.0
FILMS: dict[str, dict[str, Any]] = {
    "RCA": {
        "file": "rca-96frames.dcm", "frame": 75, "proximal": [150, 148], "through": [[110, 215]], "distal": [222, 348],
        "catheter": {"outer_diameter_mm": 2.0, "from": [258, 30], "to": [243, 95]},
    },
    "LAD": {"file": "lca-75frames.dcm", "frame": 30, "proximal": [385, 139], "through": [], "distal": [466, 395]},
}  # fmt: skip
"""One view each; the catheter's points stay where they are."""
ANSWERS = {code: {"answer": "accept"} for code in ("PIXEL_SIZE_UNSURE", "FRONT_UNCERTAIN")}


def moved(view: dict[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """The view with its clicks moved."""

    def click(point: list[float]) -> list[float]:
        return [float(value) for value in np.array(point) + random.uniform(-MOVED_PX, MOVED_PX, 2)]

    clicks = {name: click(view[name]) for name in ("proximal", "distal")}
    return {**view, **clicks, "through": [click(point) for point in view["through"]]}


def repeated(name: str, folder: Path, number: int) -> None:
    """Runs a film so many times and prints what changes."""
    rows, refused = [], 0
    for seed in range(number):
        view = moved(FILMS[name], np.random.default_rng(seed))
        view["file"] = str(folder / view["file"])
        study = {"vessel": name, "views": [view], "flow": {"method": "contrast"}, "answers": ANSWERS}
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "STUDY.json"
            path.write_text(json.dumps(study))
            found = run_study(read_study(path)).analysis
        refused += found.qfr is None
        qfr = np.nan if found.qfr is None else found.qfr
        rows.append((float(found.lumen.diameter_mm.min()), float(found.lumen.length_mm), qfr))
    table = np.array(rows)
    parts = [
        f"{what} {np.nanmean(column):.3f} ± {np.nanstd(column):.4f}"
        for what, column in zip(("least diameter mm", "length mm", "QFR"), table.T, strict=True)
    ]
    print(f"{name}, {number} times: {', '.join(parts)}; refused {refused}", flush=True)


if __name__ == "__main__":
    for film in FILMS:
        repeated(film, Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8)
