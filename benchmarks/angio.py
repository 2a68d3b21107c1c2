"""Time and memory from two decoded 512² views to QFR, warm: contours, 3D, contrast front, pressure.

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

from precise_cal.qfr.angio import run_study
from precise_cal.qfr.dicom.reader import read_cine
from precise_cal.qfr.simulator.studies import Plan, make_study
from precise_cal.qfr.study import read_study


def measure(study: Path) -> None:
    """Runs a study three times: the first compiles, or loads what is compiled."""
    plan = read_study(study)
    for turn in range(3):
        begin = time.perf_counter()
        for view in plan.views:
            read_cine(view.file)
        decoded = time.perf_counter()
        result = run_study(plan)
        done = time.perf_counter()
        frames = [view.cine.acquisition.frames for view in result.views]
        net = done - decoded - (decoded - begin)
        label = "cold" if turn == 0 else "warm"
        told = f"{label}: {net:.2f} s without decoding ({decoded - begin:.2f} s), frames {frames}"
        print(f"{told}, QFR {result.analysis.qfr}", flush=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            path, _ = make_study(Path(folder), Plan(beat_mm=(3.0, -4.0, 5.0)))
            subprocess.run([sys.executable, __file__, str(path)], check=True)
