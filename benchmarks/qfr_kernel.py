"""How fast the kernel is, beside the NumPy twin and svzerod (pip install svzerod pandas), in one run.

python benchmarks/qfr_kernel.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.core import closed
from precise_cal.qfr.core.grid import radial_nodes
from precise_cal.qfr.core.resolve import lumen_pressure, march_passes
from precise_cal.qfr.lumen.analysis import analyze
from precise_cal.qfr.lumen.lumen import Lumen
from precise_cal.qfr.lumen.uncertainty import with_interval
from qfr_lab.twin import march_twin

if TYPE_CHECKING:
    from collections.abc import Callable

S = np.arange(0.0, 60.01, 0.2)
DIAMETER = 3.0 - 0.75 * (1.0 + np.cos(2.0 * np.pi * (S - 25.0) / 10.0)) * (np.abs(S - 25.0) < 5.0)
NU = 0.0035 / 1060.0


def median_ms(work: Callable[[], object], repeats: int) -> float:
    """Median time of a call in ms, after one call to warm up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def svzerod_ms(flow: float) -> float | None:
    """A stenosed vessel through svzerod, in ms; None where it is not installed."""
    try:
        import svzerod
    except ModuleNotFoundError:
        return None
    vessel = {"R_poiseuille": 4.2e8, "L": 0.0, "C": 0.0, "stenosis_coefficient": 1.451099e14}
    config = {
        "simulation_parameters": {"number_of_cardiac_cycles": 2, "number_of_time_pts_per_cardiac_cycle": 5},
        "boundary_conditions": [
            {"bc_name": "IN", "bc_type": "FLOW", "bc_values": {"Q": [flow, flow], "t": [0.0, 1.0]}},
            {"bc_name": "OUT", "bc_type": "RESISTANCE", "bc_values": {"R": 4e9, "Pd": 0.0}},
        ],
        "vessels": [
            {
                "boundary_conditions": {"inlet": "IN", "outlet": "OUT"},
                "vessel_id": 0,
                "vessel_length": 0.015,
                "vessel_name": "lesion",
                "zero_d_element_type": "BloodVessel",
                "zero_d_element_values": vessel,
            }
        ],
        "junctions": [],
    }
    return median_ms(lambda: svzerod.Solver(config).run(), 50)


def process_s() -> float:
    """The whole process with a warm compile cache, in s."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lumen.csv"
        rows = "".join(f"{s:.4f},{d:.6f}\n" for s, d in zip(S, DIAMETER, strict=True))
        file.write_text("s_mm,diameter_mm\n" + rows)
        command = [sys.executable, "-m", "precise_cal", "qfr", "lumen", str(file)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            return float("nan")
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        return time.perf_counter() - start


def main() -> None:
    """Print all figures as JSON."""
    x, radius = 1e-3 * S, 5e-4 * DIAMETER
    flow = np.full(S.size, 0.35 * np.pi * radius[0] ** 2)
    kernel = median_ms(lambda: lumen_pressure(x, radius, flow, NU, 14.0, 40, 2), 100)
    march = median_ms(lambda: march_passes(x, radius, flow, NU, 40, 1, False), 20)
    s = radial_nodes(40)
    inlet = 2.0 * (1.0 - s)
    inlet /= np.sum(0.5 * np.diff(s) * (inlet[1:] + inlet[:-1]))
    twin = median_ms(lambda: march_twin(x, radius, flow, NU, s, np.zeros((x.size, s.size)), inlet), 2)
    lumen = Lumen(S, DIAMETER)
    found = analyze(lumen)
    narrow, wide, rate = float(np.pi * radius.min() ** 2), float(np.pi * radius[0] ** 2), float(flow[0])
    figures: dict[str, float | None] = {
        "kernel, one 60 mm vessel with a lesion, ms": kernel,
        "analysis: vessel, healthy vessel, error estimate, ms": median_ms(lambda: analyze(lumen), 50),
        "one march on the samples, kernel, ms": march,
        "one march on the samples, NumPy twin, ms": twin,
        "twin / kernel": twin / march,
        "svzerod, one stenosed vessel (closed formula in a network), ms": svzerod_ms(rate),
        "Poiseuille on 301 samples, us": 1e3 * median_ms(lambda: closed.poiseuille(x, radius, flow, 0.0035), 500),
        "Young-Tsai, us": 1e3 * median_ms(lambda: closed.young_tsai(0.01, narrow, wide, rate, 1060.0, 0.0035), 500),
        "Huo-Kassab, us": 1e3 * median_ms(lambda: closed.huo_kassab(0.01, narrow, wide, rate, 1060.0, 0.0035), 500),
        "Monte Carlo, 1000 samples, two threads, s": 1e-3 * median_ms(lambda: with_interval(found, samples=1000), 2),
        "precise qfr lumen, whole process, s": process_s(),
    }
    sys.stdout.write(json.dumps({name: value and round(value, 4) for name, value in figures.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
