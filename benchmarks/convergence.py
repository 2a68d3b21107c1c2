"""How often the flow equations converge, on smooth lesions and on random lumens with noise.

python benchmarks/convergence.py [RANDOM_LUMENS_PER_NOISE]

Smooth: cosine, Gaussian and blunt lesions of 30 to 75 % and 2 to 20 mm in vessels of 2.25 to 4 mm, up to a throat
Reynolds number of 2,000. Random: 3 to 5,000 irregular samples, 20 to 120 mm, none to three dips of up to 70 % each
that may overlap, half of them with sudden steps, 0.1 to 0.5 m/s, independent noise on every sample.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.lumen.analysis import Analysis, analyze
from precise_cal.qfr.lumen.flow import given_flow
from precise_cal.qfr.lumen.lumen import Lumen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

S = np.arange(0.0, 80.01, 0.1)
MOST_REYNOLDS, NU_MM2_S = 2000.0, 0.0035 / 1060.0 * 1e6
CODES = ("NOT_CONVERGED", "SECOND_ORDER_FAILED", "SECOND_ORDER_EXTRAPOLATED", "EXPANSION_EASED")


def shapes(length: float) -> dict[str, np.ndarray]:
    """Lesions of height 1 in the middle of a third of the vessel, by name."""
    x = S - 25.0
    return {
        "cosine": 0.5 * (1.0 + np.cos(2.0 * np.pi * x / length)) * (np.abs(x) < length / 2.0),
        "gauss": np.exp(-((3.0 * x / length) ** 2)),
        "blunt": 0.5 * (np.tanh((x + length / 2.0) / 0.4) - np.tanh((x - length / 2.0) / 0.4)),
    }


def smooth_lesions() -> Iterator[tuple[Lumen, float]]:
    """Lumens and velocities in m/s."""
    grid = itertools.product((2.25, 3.0, 4.0), (0.3, 0.4, 0.5, 0.6, 0.7, 0.75), (2.0, 4.0, 8.0, 20.0), (0.2, 0.35, 0.5))
    for diameter, depth, length, velocity in grid:
        if 1e3 * velocity * diameter / NU_MM2_S / (1.0 - depth) > MOST_REYNOLDS:
            continue
        for shape in shapes(length).values():
            yield Lumen(S, diameter * (1.0 - depth * shape / shape.max()), np.full(S.size, diameter)), velocity


def random_lumens(count: int, noise_mm: float, seed: int = 7) -> Iterator[tuple[Lumen, float]]:
    """Lumens and velocities in m/s."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        length = random.uniform(20.0, 120.0)
        s = np.sort(random.uniform(0.0, length, int(np.exp(random.uniform(np.log(3.0), np.log(5000.0))))))
        s = s[np.concatenate(([True], np.diff(s) > 1e-3))]
        if s.size < 3:
            continue
        d = random.uniform(2.0, 4.5) * (1.0 - random.uniform(0.0, 0.3) * s / length)
        for _dip in range(random.integers(0, 4)):
            at, wide = random.uniform(0.0, length), random.uniform(1.0, 10.0)
            d *= 1.0 - random.uniform(0.1, 0.7) * np.exp(-(((s - at) / wide) ** 2))
        if random.random() < 0.5:
            d[s > random.uniform(0.0, length)] *= random.uniform(0.7, 1.0)
        yield Lumen(s, np.maximum(d + noise_mm * random.standard_normal(s.size), 0.3)), random.uniform(0.1, 0.5)


def counted(cases: Iterable[tuple[Lumen, float]]) -> str:
    """One line of figures: how many were attempted, what was said of them, the slowest."""
    codes: Counter[str] = Counter()
    lumens = attempted = 0
    slowest = 0.0
    for lumen, velocity in cases:
        begin = time.perf_counter()
        found: Analysis = analyze(lumen, given_flow(velocity))
        slowest, lumens = max(slowest, time.perf_counter() - begin), lumens + 1
        said = {one.code for one in (*found.reasons, *found.notices)}
        attempted += not said & {"OCCLUSIVE_LUMEN", "STENOSIS_TOO_SEVERE"}
        codes.update(said)
    shares = " | ".join(f"{codes[code]} ({100.0 * codes[code] / max(attempted, 1):.1f} %)" for code in CODES)
    return f"{lumens} | {attempted} | {shares} | {slowest:.1f} s"


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    print("| lumens | | attempted | " + " | ".join(f"`{code}`" for code in CODES) + " | slowest |")
    print("|---|---|---|" + "---|" * (len(CODES) + 1))
    print(f"| smooth lesions | {counted(smooth_lesions())} |")
    for noise in (0.0, 0.05, 0.1, 0.3):
        print(f"| random, noise {noise:g} mm | {counted(random_lumens(size, noise))} |", flush=True)
