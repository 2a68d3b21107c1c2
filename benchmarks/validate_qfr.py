"""Write docs/validation.md: every model beside CFD, case by case.

    python benchmarks/validate_qfr.py ../shared/science/cfd docs/validation.md

The folder holds reference.csv, profiles.csv and lumen/CASE.csv.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from precise_cal.qfr.analysis import Settings, analyze
from precise_cal.qfr.flow import given_flow
from precise_cal.qfr.lumen import Lumen, read_lumen
from precise_cal.qfr.models import MODELS, Fluid

FDA_PLACES = (-90.3, -62.685, -40.0, 0.0, 0.05, 32.0)
FDA_RADII = (6.0, 6.0, 2.0, 2.0, 6.0, 6.0)
FDA_VELOCITY = 5.20624e-6 / (np.pi * 6e-3**2)


def drops(lumen: Lumen, velocity: float, fluid: Fluid) -> dict[str, np.ndarray]:
    """Drop along the lumen in Pa by every model, at constant flow; models that need a lesion get the lesions found."""
    found = {}
    for model in MODELS:
        settings = Settings(model=model, flow_law="constant", fluid=fluid)
        analysis = analyze(lumen, given_flow(velocity), settings)
        if analysis.drop is not None:
            found[model] = analysis.drop.pascal
    return found


def case_rows(folder: Path) -> tuple[list[str], list[float], list[float]]:
    """Table lines, errors of rns and its worst errors along the vessel, in %."""
    with (folder / "profiles.csv").open() as file:
        points = list(csv.DictReader(file))
    lines, errors, worst = [], [], []
    with (folder / "reference.csv").open() as file:
        for case in csv.DictReader(file):
            name, total = case["case"], float(case["dP_Pa"])
            lumen = read_lumen(folder / "lumen" / f"{name}.csv")
            by_model = drops(lumen, float(case["v_in_m_s"]), Fluid())
            own = np.array([(float(p["x_mm"]), -float(p["p_Pa"])) for p in points if p["case"] == name])
            ours = np.interp(own[:, 0] - float(case["x_up_mm"]), lumen.position_mm, by_model["rns"])
            errors.append(100.0 * (by_model["rns"][-1] / total - 1.0))
            worst.append(100.0 * float(np.abs(ours - own[:, 1]).max()) / total)
            cells = [f"{100.0 * (by_model[model][-1] / total - 1.0):+.2f}" for model in MODELS]
            lines.append(f"| {name} | {total:.1f} | {' | '.join(cells)} | {worst[-1]:.2f} |")
    return lines, errors, worst


def fda_lines() -> list[str]:
    """The FDA nozzle by every model."""
    s = np.arange(FDA_PLACES[0], FDA_PLACES[-1] + 0.01, 0.1)
    lumen = Lumen(s, 2.0 * np.interp(s, FDA_PLACES, FDA_RADII), np.full(s.size, 12.0))
    found = drops(lumen, FDA_VELOCITY, Fluid(density_kg_m3=1056.0))
    return [f"| {model} | {values[-1]:.1f} |" for model, values in found.items()]


HEAD = """# Validation of the pressure models

Written by `benchmarks/validate_qfr.py`; do not edit. Signed error in % of the total static drop against
axisymmetric steady Navier–Stokes (FreeFem++, P2/P1, uncertainty 0.15 % or 0.7 Pa), at the station where the
pressure has recovered. The last column is the largest error of `rns` along the vessel, in % of the drop.
Closed formulas get the lesions that the program finds (edges at 5 % stenosis), in the actual lumen.
"""
FDA = """## FDA nozzle, throat Reynolds number 500

Drop from −90.3 to +32 mm; ρ 1056 kg/m³, μ 0.0035 Pa s, Q 5.20624e-6 m³/s. CFD: 308.4 Pa (the project's), 315
and 335 Pa (two published OpenFOAM runs). Experiment of one laboratory: 353 ± 13 Pa, doubtful, because its
throat taps imply a recovery that the momentum balance does not allow. Nothing is tuned to any of them.
"""
FORMULAS = "Papers and equations of the closed formulas stand in `precise_cal/qfr/core/closed.py`."


def page(folder: Path) -> str:
    """The whole page."""
    lines, errors, worst = case_rows(folder)
    largest, median = max(errors, key=abs), np.median(errors)
    summary = (
        f"`rns`: worst {largest:+.2f} %, median {median:+.2f} %, profile within {max(worst):.2f} % of the drop, "
        f"{len(errors)} cases.\nIts equations hold no fitted coefficient; its grid was chosen by convergence."
    )
    table = ["| case | CFD, Pa | " + " | ".join(MODELS) + " | profile |", "|---|---|" + "---|" * (len(MODELS) + 1)]
    nozzle = ["| model | Pa |", "|---|---|", *fda_lines()]
    return "\n".join([HEAD, *table, *lines, "", summary, "", FDA, *nozzle, "", FORMULAS, ""])


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(page(Path(sys.argv[1])), encoding="utf-8")
