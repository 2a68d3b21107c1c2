"""Makes ``contour/blur_table.py``: what traced borders measure on simulated profiles of known diameter.

Run ``python benchmarks/make_blur_table.py > precise_cal/qfr/contour/blur_table.py`` after a change of the border search
(weight, filter). Profiles are noise-free chords folded with the simulator's line spread function, which is no Gaussian.
"""

from __future__ import annotations

import numpy as np

from precise_cal.qfr.contour.borders import borders
from qfr_lab.simulator.xrays import spread

DIAMETERS = (0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 1.8, 2.3, 3.0, 4.0, 5.0, 6.0)
BLURS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
STEP_MM, FINE_MM = 0.055, 0.005


def traced(diameter: float, blur: float) -> float:
    """Distance of the traced borders of one profile in mm."""
    x = np.arange(-6.0, 6.0 + FINE_MM / 2, FINE_MM)
    chord = 2.0 * np.sqrt(np.maximum((0.5 * diameter) ** 2 - x**2, 0.0))
    blurred = np.convolve(chord, spread(blur, FINE_MM), mode="same")
    samples = np.arange(-80, 81) * STEP_MM
    profile = np.interp(samples, x, blurred)
    left, right = borders(np.tile(profile, (9, 1)), STEP_MM)
    return float((right - left)[4] * STEP_MM)


def main() -> None:
    """Prints the module."""
    print('"""Traced against true diameter; written by benchmarks/make_blur_table.py, do not edit."""\n')
    print(f"DIAMETERS_MM = {DIAMETERS}\nBLURS_MM = {BLURS}\nTRACED_MM = (")
    for blur in BLURS:
        row = np.maximum.accumulate([traced(diameter, blur) for diameter in DIAMETERS])
        print("    (" + ", ".join(f"{value:.3f}" for value in row) + "),")
    print(')\n"""Rows: blurs; columns: true diameters."""')


main()
