"""Write docs/validation.md: every model beside CFD, case by case, and beside the laboratories of the FDA nozzle.

    python benchmarks/validate_qfr.py ../shared/science/cfd ../shared/science/fda-nozzle docs/validation.md

The first folder holds reference.csv, profiles.csv and lumen/CASE.csv, the second se-wall-pressure.csv.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from precise_cal.qfr.lumen.analysis import Analysis, Settings, analyze
from precise_cal.qfr.lumen.flow import given_flow
from precise_cal.qfr.lumen.lumen import Lumen, read_lumen
from precise_cal.qfr.lumen.models import MODELS, Fluid

FDA_PLACES = (-90.32, -62.685, -40.0, 0.0, 0.05, 32.0)
FDA_RADII = (6.0, 6.0, 2.0, 2.0, 6.0, 6.0)
FDA_ENDS = ("-90.32", "0.0", "32.0")


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


def laboratories(folder: Path) -> dict[int, dict[str, list[float]]]:
    """Drops in Pa from -90.32 mm to the throat's end and to +32 mm, by Reynolds number, of each laboratory."""
    taps: dict[tuple[int, str], dict[str, float]] = {}
    with (folder / "se-wall-pressure.csv").open() as file:
        for row in csv.DictReader(file):
            taps.setdefault((int(row["Re"]), row["lab"]), {})[str(float(row["z_mm"]))] = float(row["pressure_Pa"])
    drops_by: dict[int, dict[str, list[float]]] = {}
    for (reynolds, _), found in sorted(taps.items()):
        if all(place in found for place in FDA_ENDS):
            for end in FDA_ENDS[1:]:
                drops_by.setdefault(reynolds, {}).setdefault(end, []).append(found[FDA_ENDS[0]] - found[end])
    return drops_by


def nozzle(reynolds: float, model: str = "rns") -> tuple[Analysis, float, float]:
    """The FDA nozzle at a throat Reynolds number: the analysis, and its drops to the throat's end and to +32 mm."""
    s = np.arange(FDA_PLACES[0], FDA_PLACES[-1] + 0.01, 0.08)
    lumen = Lumen(s, 2.0 * np.interp(s, FDA_PLACES, FDA_RADII), np.full(s.size, 12.0))
    settings = Settings(model=model, flow_law="constant", fluid=Fluid(density_kg_m3=1056.0))
    velocity = reynolds / 500.0 * 5.20624e-6 / (np.pi * 6e-3**2)
    found = analyze(lumen, given_flow(velocity), settings)
    assert found.drop is not None
    return found, float(np.interp(0.0, s, found.drop.pascal)), float(found.drop.pascal[-1])


def fda_lines(folder: Path) -> list[str]:
    """The FDA nozzle by this kernel beside the laboratories, one line a Reynolds number."""
    lines = []
    for reynolds, measured in laboratories(folder).items():
        found, throat, total = nozzle(float(reynolds))
        assert found.drop is not None
        cells = []
        for end in FDA_ENDS[1:]:
            values = measured[end]
            cells.append(f"{np.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})")
        laboratories_total = float(np.median(measured["32.0"]))
        codes = ", ".join(f"`{one.code}`" for one in found.notices if one.code != "RECOVERY_CUT") or "–"
        lines.append(
            f"| {reynolds} | {len(measured['32.0'])} | {cells[0]} | {throat:,.0f} | {cells[1]} "
            f"| {total:,.0f} ± {found.drop.error_pascal:,.1f} | {100.0 * (total / laboratories_total - 1.0):+.1f} "
            f"| {codes} |"
        )
    return lines


def formula_lines() -> list[str]:
    """The FDA nozzle at 500 by every model."""
    return [f"| {model} | {nozzle(500.0, model)[2]:.1f} |" for model in MODELS]


HEAD = """# Validation of the pressure models

Written by `benchmarks/validate_qfr.py`; do not edit. Signed error in % of the total static drop against
axisymmetric steady Navier–Stokes (FreeFem++, P2/P1, uncertainty 0.15 % or 0.7 Pa), at the station where the
pressure has recovered. The last column is the largest error of `rns` along the vessel, in % of the drop.
Closed formulas get the lesions that the program finds (edges at 5 % stenosis), in the actual lumen.
"""
FDA = """## FDA nozzle, sudden expansion

Wall pressures in Pa from -90.32 mm to the end of the throat (0) and to +32 mm, ρ 1056 kg/m³, μ 0.0035 Pa s: median of
the laboratories and their range, beside `rns` with its numerical error. Nothing is tuned to any of them. Reynolds
number of the throat; "off": `rns` against the median at +32 mm.

| Re | laboratories | to the throat, measured | `rns` | to +32 mm, measured | `rns` | off, % | notices |
|---|---|---|---|---|---|---|---|
"""
NOTE = """
The flow is taken as laminar at every Reynolds number; `NOT_LAMINAR` names where it would not stay so. The
laboratories differ behind the throat by more than a jet that does not mix and one that does (Borda–Carnot), which are
a fifth of the dynamic pressure in the throat apart. At 500 three CFD computations have 308.4 (the project's), 315 and
335 Pa (two published OpenFOAM runs): the median of the laboratories lies above all of them, and one's throat taps
imply a recovery that the momentum balance does not allow. At 500 by every model:

| model | Pa |
|---|---|
"""
FORMULAS = "Papers and equations of the closed formulas stand in `precise_cal/qfr/core/closed.py`."


def page(folder: Path, nozzles: Path) -> str:
    """The whole page."""
    lines, errors, worst = case_rows(folder)
    largest, median = max(errors, key=abs), np.median(errors)
    summary = (
        f"`rns`: worst {largest:+.2f} %, median {median:+.2f} %, profile within {max(worst):.2f} % of the drop, "
        f"{len(errors)} cases.\nIts equations hold no fitted coefficient; its grid was chosen by convergence."
    )
    table = ["| case | CFD, Pa | " + " | ".join(MODELS) + " | profile |", "|---|---|" + "---|" * (len(MODELS) + 1)]
    measured = FDA + "\n".join(fda_lines(nozzles)) + "\n" + NOTE + "\n".join(formula_lines())
    return "\n".join([HEAD, *table, *lines, "", summary, "", measured, "", FORMULAS, ""])


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(page(Path(sys.argv[1]), Path(sys.argv[2])), encoding="utf-8")
