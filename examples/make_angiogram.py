"""Makes ``examples/angiogram``: two simulated views of one artery with a lesion, and the STUDY.json for them.

``python examples/make_angiogram.py [FOLDER]`` prints what the analysis should find. The films are small (256², 8 bits,
JPEG Baseline, as on many discs); nothing of them comes from a patient. The simulator is not installed with the
package: this runs from a checkout, after ``python -m pip install -e .``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from qfr_lab.simulator.compress import compress
from qfr_lab.simulator.studies import Plan, Truth, make_study
from qfr_lab.simulator.vessels import Lesion
from qfr_lab.simulator.xrays import Beam

JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
PLAN = Plan(
    length_mm=44.0,
    proximal_mm=3.2,
    distal_mm=2.7,
    lesions=(Lesion(22.0, 9.0, 0.55),),
    velocity_m_s=0.12,
    beam=Beam(bits=8, quanta=6000.0),
    size=256,
    seed=4,
)


def make(folder: Path) -> Truth:
    """Writes the study into a folder that is there; returns its truth."""
    study, truth = make_study(folder, PLAN)
    for view in sorted(study.parent.glob("view-*.dcm")):
        compress(view, JPEG_BASELINE, quality=88)
    return truth


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "angiogram"
    target.mkdir(exist_ok=True)
    found = make(target)
    narrowest, usual = found.diameter_mm.min(), np.percentile(found.diameter_mm, 80)
    print(f"length {found.arc_mm[-1]:.1f} mm, minimal lumen diameter {narrowest:.2f} of {usual:.2f} mm, "
          f"contrast velocity {found.velocity_m_s:.3f} m/s")  # fmt: skip
