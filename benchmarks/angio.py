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
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.angio.analysis import run_study
from precise_cal.qfr.angio.memory import Memory
from precise_cal.qfr.dicom.reader import read_cine
from precise_cal.qfr.study.parts import Borders, ReferenceSpec
from precise_cal.qfr.study.study import Study, read_study
from qfr_lab.simulator.studies import Plan, make_study

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.qfr.contour.segment import Contour

EDITS = 12


def measure(study: Path) -> None:
    """Runs a study three times: the first compiles, or loads what is compiled; then edits it."""
    plan = read_study(study)
    memory = Memory()
    for turn in range(3):
        decoded = _timed(lambda: [read_cine(plan.path(view)) for view in plan.views])
        memory = Memory()
        whole = _timed(lambda memory=memory: run_study(plan, memory=memory))
        label = "cold" if turn == 0 else "warm"
        wall, processor = (one - other for one, other in zip(whole, decoded, strict=True))
        print(f"{label}: {wall:.2f} s without decoding ({decoded[0]:.2f} s), processor {processor:.2f} s", flush=True)
    result = run_study(plan, memory=memory)
    print(f"frames {[view.cine.acquisition.frames for view in result.views]}, QFR {result.analysis.qfr}")
    measure_edits(plan, result.views[0].found, memory)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def measure_edits(plan: Study, contour: Contour, memory: Memory) -> None:
    """Times single edits of a study that was analyzed before, each a pin or a reference like none before."""
    pins, references = [], []
    for turn in range(EDITS):
        place = len(contour.midline) * (turn + 1) // (EDITS + 2)
        outside = tuple((1.3 * contour.left[place] - 0.3 * contour.midline[place]).tolist())
        view = plan.views[0].model_copy(update={"borders": Borders(left=(outside,))})
        pinned = plan.model_copy(update={"views": (view, *plan.views[1:])})
        pins.append(_timed(lambda pinned=pinned: run_study(pinned, memory=memory)))
        healthy = ReferenceSpec(healthy=((0.0, 8.0 + 0.1 * turn),))
        other = plan.model_copy(update={"reference": healthy})
        references.append(_timed(lambda other=other: run_study(other, memory=memory)))
    for name, times in (("pin", pins), ("reference", references)):
        wall, processor = np.median(times, axis=0)
        worst = max(one for one, _ in times)
        print(
            f"{name}: median {wall:.3f} s (worst {worst:.3f}), processor {processor:.3f} s, {len(times)} edits",
            flush=True,
        )


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall, and of all processors."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            path, _ = make_study(Path(folder), Plan(beat_mm=(3.0, -4.0, 5.0)))
            subprocess.run([sys.executable, __file__, str(path)], check=True)
