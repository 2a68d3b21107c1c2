"""Pressure models by name, each from samples of lumen and flow to the drop along the vessel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.lesions import Lesion

RESOLVED: Final = "rns"
CLOSED: Final = ("poiseuille", "gould-kirkeeide", "young-tsai", "huo-kassab")
MODELS: Final = (RESOLVED, "rnsp", *CLOSED)
GRIDS: Final = (
    (14.0, 40),
    (20.0, 48),
    (10.0, 32),
    (28.0, 56),
    (40.0, 64),
)  # stations to a unit of demand, intervals across
QUICK_GRID: Final = (8.0, 24)
ITERATION_SHARE: Final = 0.15  # own: a third march changes the drop by at most this share of what the second changed


@dataclass(frozen=True, slots=True)
class Fluid:
    """Density in kg/m³ and viscosity in Pa s."""

    density_kg_m3: float = 1060.0
    viscosity_pa_s: float = 0.0035

    def __post_init__(self) -> None:
        for name, low, high in (("density_kg_m3", 900.0, 1300.0), ("viscosity_pa_s", 5e-4, 0.05)):
            if not low <= getattr(self, name) <= high:
                raise QfrError(f"{name}: {getattr(self, name):g}; from {low:g} to {high:g} is wanted")


@dataclass(frozen=True, slots=True)
class Tube:
    """Samples in SI units: position and radius in m, flow in m³/s, each of shape (n,), and the lesions among them."""

    x: Array
    radius: Array
    flow: Array
    lesions: tuple[Lesion, ...] = ()


@dataclass(frozen=True, slots=True)
class Drop:
    """Static pressure drop in Pa from the first sample to each, shape (n,), and the numerical error of the last one."""

    pascal: Array
    error_pascal: float = 0.0
    stations: int = 0
    marches: int = 0


def pressure_drop(model: str, tube: Tube, fluid: Fluid) -> Drop | None:
    """The drop by a model of ``MODELS``; None where the resolved model does not converge.

    Raises:
        QfrError: no model has this name.
    """
    if model == RESOLVED:
        return _resolved(tube, fluid, 2)
    if model == "rnsp":
        return _resolved(tube, fluid, 1)
    if model in CLOSED:
        return Drop(_closed(model, tube, fluid))
    raise QfrError(f"model {model!r}: unknown; wanted one of {', '.join(MODELS)}")


def quick_drop(tube: Tube, fluid: Fluid, marches: int = 2) -> float:
    """Total drop in Pa on a coarse grid, for many samples; NaN where it does not converge."""
    from precise_cal.qfr.core.resolve import lumen_pressure

    nu = fluid.viscosity_pa_s / fluid.density_kg_m3
    _, pressure, good, _ = lumen_pressure(tube.x, tube.radius, tube.flow, nu, *QUICK_GRID, marches)
    return float(-fluid.density_kg_m3 * pressure[-1]) if good > 0 else float("nan")


def _resolved(tube: Tube, fluid: Fluid, marches: int) -> Drop | None:
    """The first grid on which every march converges; else the first on which the uncorrected one does."""
    from precise_cal.qfr.core.resolve import lumen_pressure

    nu, rho = fluid.viscosity_pa_s / fluid.density_kg_m3, fluid.density_kg_m3
    fallback = None
    for density, intervals in GRIDS:
        first, last, good, stations = lumen_pressure(tube.x, tube.radius, tube.flow, nu, density, intervals, marches)
        if good == 0:
            continue
        coarse, _, once, _ = lumen_pressure(tube.x, tube.radius, tube.flow, nu, density / 2.0, intervals, 1)
        grid = abs(first[-1] - coarse[-1]) / 3.0 if once else abs(first[-1])
        found = Drop(-rho * last, rho * float(grid + ITERATION_SHARE * abs(last[-1] - first[-1])), stations, good)
        if good == marches:
            return found
        fallback = fallback or found
    return fallback


def _closed(model: str, tube: Tube, fluid: Fluid) -> Array:
    """Poiseuille flow through the actual lumen.

    Each lesion adds a loss that grows from the throat to the lesion's end.

    Where the formula brings its own viscous part (Young–Tsai, Huo–Kassab), that replaces Poiseuille flow
    over the lesion.
    """
    from precise_cal.qfr.core import closed

    viscous = closed.poiseuille(tube.x, tube.radius, tube.flow, fluid.viscosity_pa_s)
    drop = viscous.copy()
    for lesion in tube.lesions:
        loss = _lesion_loss(model, tube, lesion, fluid, viscous)
        start = lesion.throat if model == "gould-kirkeeide" else lesion.first
        ramp = (
            (tube.x - tube.x[start]) / (tube.x[lesion.last] - tube.x[start])
            if lesion.last > start
            else 1.0 * (tube.x > tube.x[start])
        )
        drop += loss * np.clip(ramp, 0.0, 1.0)
    return drop


def _lesion_loss(model: str, tube: Tube, lesion: Lesion, fluid: Fluid, viscous: Array) -> float:
    """Loss in Pa of one lesion beyond Poiseuille flow through its actual lumen."""
    from precise_cal.qfr.core import closed

    throat, rho, mu = lesion.throat, fluid.density_kg_m3, fluid.viscosity_pa_s
    area, behind = (np.pi * tube.radius[k] ** 2 for k in (throat, lesion.last))
    length, flow = tube.x[lesion.last] - tube.x[lesion.first], tube.flow[throat]
    formulas: dict[str, Callable[[], float]] = {
        "poiseuille": lambda: 0.0,
        "gould-kirkeeide": lambda: closed.expansion(area, behind, flow, rho, 1.0),
        "young-tsai": lambda: closed.young_tsai(length, area, behind, flow, rho, mu) - replaced,
        "huo-kassab": lambda: closed.huo_kassab(length, area, behind, flow, rho, mu) - replaced,
    }
    replaced = float(viscous[lesion.last] - viscous[lesion.first])
    return float(formulas[model]())
