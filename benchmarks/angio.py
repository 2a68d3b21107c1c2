"""Time and memory from two decoded 512² views to QFR, warm: contours, 3D, contrast front, pressure; and of an edit.

``python benchmarks/angio.py [STUDY.json]``: without a study, one of a beating vessel is made first. Decoding is timed
apart and is not part of the figure; the peak memory is that of the whole process, with both runs decoded.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from precise_cal.qfr.angio import run_study
from precise_cal.qfr.dicom.reader import read_cine
from precise_cal.qfr.memory import Memory
from precise_cal.qfr.simulator.studies import Plan, make_study
from precise_cal.qfr.study import Borders, ReferenceSpec, Study, read_study

PINS = 12


def measure(study: Path) -> None:
    """Runs a study three times: the first compiles, or loads what is compiled."""
    plan = read_study(study)
    for turn in range(3):
        begin = time.perf_counter()
        for view in plan.views:
            read_cine(plan.path(view))
        decoded = time.perf_counter()
        result = run_study(plan)
        done = time.perf_counter()
        frames = [view.cine.acquisition.frames for view in result.views]
        net = done - decoded - (decoded - begin)
        label = "cold" if turn == 0 else "warm"
        told = f"{label}: {net:.2f} s without decoding ({decoded - begin:.2f} s), frames {frames}"
        print(f"{told}, QFR {result.analysis.qfr}", flush=True)
    measure_edits(plan)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def measure_edits(plan: Study) -> None:
    """Times single edits of a study that was analyzed before, each a pin, a reference or a front like none before."""
    memory = Memory()
    contour = run_study(plan, memory=memory).views[0].found
    pins, references = [], []
    for turn in range(PINS):
        place = len(contour.midline) * (turn + 1) // (PINS + 2)
        outside = tuple((1.3 * contour.left[place] - 0.3 * contour.midline[place]).tolist())
        view = plan.views[0].model_copy(update={"borders": Borders(left=(outside,))})
        pins.append(_seconds(plan.model_copy(update={"views": (view, *plan.views[1:])}), memory))
        healthy = ReferenceSpec(healthy=((0.0, 8.0 + 0.1 * turn),))
        references.append(_seconds(plan.model_copy(update={"reference": healthy}), memory))
    for name, times in (("pin", pins), ("reference", references)):
        print(f"{name}: median {np.median(times):.3f} s, worst {max(times):.3f} s of {len(times)}", flush=True)


def _seconds(plan: Study, memory: Memory) -> float:
    begin = time.perf_counter()
    run_study(plan, memory=memory)
    return time.perf_counter() - begin


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            path, _ = make_study(Path(folder), Plan(beat_mm=(3.0, -4.0, 5.0)))
            subprocess.run([sys.executable, __file__, str(path)], check=True)
