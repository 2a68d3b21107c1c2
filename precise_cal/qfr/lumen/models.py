"""Pressure models by name, each from samples of lumen and flow to the drop along the vessel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from precise_cal.language.catalog import message
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.lumen.lesions import Lesion

RESOLVED: Final = "rns"
CLOSED: Final = ("poiseuille", "gould-kirkeeide", "young-tsai", "huo-kassab")
MODELS: Final = (RESOLVED, "rnsp", *CLOSED)
GRIDS: Final = ((14.0, 40), (20.0, 48), (28.0, 56), (40.0, 64))  # stations to a unit of demand, intervals across
SHARES: Final = (1.0, 0.5, 0.25, 0.1)  # of the second-order terms that a second march takes
OTHERS: Final = (0.5, 2.0, 1.5, 0.75)  # stations of the grids that one is compared with, as shares of its own
EASED: Final = (math.inf, 2.0, 1.0, 0.5, 0.25)  # dR/dx at which a lumen may widen
QUICK_GRID: Final = (8.0, 24)
QUICK_WAYS: Final = ((1.0, math.inf), (0.25, math.inf), (0.1, 1.0), (0.1, 0.25))  # share and slope, one after the other
ITERATION_SHARE: Final = 0.15  # own: a third march changes the drop by at most this share of what the second changed
EXTRAPOLATED: Final = 0.10  # own: and terms taken in part and extrapolated are off by this share of what was not taken


@dataclass(frozen=True, slots=True)
class Fluid:
    """Density in kg/m³ and viscosity in Pa s."""

    density_kg_m3: float = 1060.0
    viscosity_pa_s: float = 0.0035

    def __post_init__(self) -> None:
        for name, low, high in (("density_kg_m3", 900.0, 1300.0), ("viscosity_pa_s", 5e-4, 0.05)):
            if not low <= getattr(self, name) <= high:
                raise QfrError(
                    message(
                        "{ $name }: { $getattr }; from { $low } to { $high } is wanted",
                        name=name,
                        getattr=f"{getattr(self, name):g}",
                        low=f"{low:g}",
                        high=f"{high:g}",
                    )
                )


@dataclass(frozen=True, slots=True)
class Tube:
    """Samples in SI units: position and radius in m, flow in m³/s, each of shape (n,), and the lesions among them."""

    x: Array
    radius: Array
    flow: Array
    lesions: tuple[Lesion, ...] = ()


@dataclass(frozen=True, slots=True)
class Drop:
    """Static pressure drop in Pa from the first sample to each, shape (n,), and the numerical error of the last one.

    Attributes:
        pascal: The drop.
        error_pascal: Its numerical error at the last sample.
        stations: Of the grid.
        marches: How many converged: 2 with the second-order terms, 1 without.
        share: Of the second-order terms that the second march took; the rest is extrapolated.
        steepest: Largest dR/dx of the lumen as it was solved: infinite where nothing was eased.
    """

    pascal: Array
    error_pascal: float = 0.0
    stations: int = 0
    marches: int = 0
    share: float = 1.0
    steepest: float = math.inf


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
    raise QfrError(
        message("model { $model }: unknown; wanted one of { $models }", model=f"{model!r}", models=", ".join(MODELS))
    )


def resolvable(tube: Tube) -> bool:
    """Whether stations, as many as may be, resolve the samples as they are."""
    from precise_cal.qfr.core.resolve import resolved

    return bool(resolved(tube.x, tube.radius, tube.flow, GRIDS[0][0])[0].size)


def quick_drop(tube: Tube, fluid: Fluid, marches: int = 2) -> float:
    """Total drop in Pa on a coarse grid, for many samples; NaN where it does not converge."""
    from precise_cal.qfr.core.resolve import lumen_pressure

    nu = fluid.viscosity_pa_s / fluid.density_kg_m3
    for share, steepest in QUICK_WAYS:
        first, last, good, _ = lumen_pressure(tube.x, tube.radius, tube.flow, nu, *QUICK_GRID, marches, share, steepest)
        if good == marches:
            return float(-fluid.density_kg_m3 * (first[-1] + (last[-1] - first[-1]) / share))
    return float("nan")


def _resolved(tube: Tube, fluid: Fluid, marches: int) -> Drop | None:
    """The first way on which every march converges; else the first on which the uncorrected one does.

    Ways are tried in a fixed order: grids; then a part of the second-order terms, extrapolated to all of them, as the
    drop is close to linear in them; then a lumen that widens less steeply, as a separated jet hardly sees the wall.
    None at once where the samples tell no lumen: what eases them would invent one.
    """
    fallback = None
    if not resolvable(tube):
        return None
    for steepest in EASED:
        for share in SHARES[: 1 if marches == 1 else None]:
            for density, intervals in GRIDS if steepest == math.inf and share == 1.0 else GRIDS[::2]:
                found = _solved(tube, fluid, marches, (density, intervals), share, steepest)
                if found is not None and found.marches == marches:
                    return found
                fallback = fallback or found
    return fallback


def _solved(
    tube: Tube, fluid: Fluid, marches: int, grid: tuple[float, int], share: float, steepest: float
) -> Drop | None:
    """The drop in one way, or None where no march converges."""
    from precise_cal.qfr.core.resolve import lumen_pressure

    nu, rho, (density, intervals) = fluid.viscosity_pa_s / fluid.density_kg_m3, fluid.density_kg_m3, grid
    samples = (tube.x, tube.radius, tube.flow, nu)
    first, last, good, stations = lumen_pressure(*samples, density, intervals, marches, share, steepest)
    if good == 0:
        return None
    error = _grid_error(samples, first[-1], grid, steepest)
    final = first + (last - first) / share
    error += (ITERATION_SHARE + EXTRAPOLATED * (1.0 - share)) * abs(final[-1] - first[-1])
    if steepest < math.inf:
        gentler, _, eased, _ = lumen_pressure(*samples, density, intervals, 1, 1.0, 0.5 * steepest)
        error += abs(gentler[-1] - first[-1]) if eased else abs(first[-1])
    return Drop(-rho * final, rho * float(error), stations, good, share, steepest)


def _grid_error(
    samples: tuple[Array, Array, Array, float], drop: float, grid: tuple[float, int], steepest: float
) -> float:
    """What the grid leaves open of a drop over density: from another grid, as errors fall with its square.

    All of the drop where no other grid converges.
    """
    from precise_cal.qfr.core.resolve import lumen_pressure

    for factor in OTHERS:
        other, _, good, _ = lumen_pressure(*samples, factor * grid[0], grid[1], 1, 1.0, steepest)
        if good:
            return float(abs(drop - other[-1]) / abs(factor**-2 - 1.0))
    return abs(drop)


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
