"""Sudden widenings, up to where the flow would not stay laminar: a result with its error."""

import math

import numpy as np
import pytest

from precise_cal.qfr.lumen.models import Fluid, Tube, pressure_drop

S = np.arange(0.0, 80.01, 0.1)


@pytest.mark.parametrize("reynolds", [200.0, 500.0, 1000.0, 2000.0, 5000.0])
def test_a_sudden_widening_has_a_result_with_its_error(reynolds):
    """Behind a throat of a third of the diameter: not below friction and Bernoulli, not above them without recovery."""
    radius = 1e-3 * np.interp(S, (20.0, 25.0, 45.0, 45.05), (6.0, 2.0, 2.0, 6.0))
    fluid = Fluid()
    flow = reynolds * math.pi * 4e-3 * fluid.viscosity_pa_s / (4.0 * fluid.density_kg_m3)
    drop = pressure_drop("rns", Tube(1e-3 * S, radius, np.full(S.size, flow)), fluid)
    assert drop is not None
    dynamic = 0.5 * fluid.density_kg_m3 * (flow / (math.pi * 4e-6)) ** 2
    throat = float(np.interp(45.0, S, drop.pascal))
    assert (
        dynamic
        < throat
        < 2.4 * dynamic + 8.0 * math.pi * fluid.viscosity_pa_s * 0.02 * flow / (math.pi * 4e-6) ** 2 * 1.5
    )
    recovered = throat - float(drop.pascal[-1])
    assert -0.02 * dynamic < recovered < 0.4 * dynamic
    assert drop.error_pascal < 0.05 * drop.pascal[-1]
    assert (drop.steepest < math.inf) == (reynolds >= 2000.0)
