"""Samples that tell no lumen are refused by name and at once, whatever they would ask for."""

import time

import numpy as np
import pytest

from precise_cal.qfr.core.grid import MOST_STATIONS
from precise_cal.qfr.core.resolve import lumen_pressure, resolved
from precise_cal.qfr.lumen.analysis import analyze
from precise_cal.qfr.lumen.lumen import Lumen
from precise_cal.qfr.lumen.uncertainty import with_interval

NU = 0.0035 / 1060.0


def uneven(seed: int) -> Lumen:
    """251 stations at uneven places, each with a noise of 0.29 mm: what lies between them would close."""
    random = np.random.default_rng(seed)
    s = np.sort(random.uniform(0.0, random.uniform(20.0, 60.0), 251))
    s = s[np.concatenate(([True], np.diff(s) > 1e-3))]
    return Lumen(s, np.maximum(2.2 + 0.29 * random.standard_normal(s.size), 0.5))


@pytest.mark.parametrize("seed", [1, 87])
def test_noise_between_uneven_samples_is_refused_by_name(seed: int) -> None:
    lumen = uneven(seed)
    assert (
        resolved(1e-3 * lumen.position_mm, 5e-4 * lumen.diameter_mm, np.full(lumen.position_mm.size, 2e-6), 14.0)[
            0
        ].size
        == 0
    )
    begin = time.process_time()
    found = analyze(lumen)
    assert time.process_time() - begin < 2.0
    assert found.qfr is None
    assert [reason.code for reason in found.reasons] == ["LUMEN_NOT_RESOLVED"]
    assert with_interval(found).interval is None


def test_a_vessel_of_no_width_asks_for_no_memory() -> None:
    """A reference of a nanometer along a meter would take 10¹⁰ places."""
    s = np.linspace(0.0, 1000.0, 50)
    found = analyze(Lumen(s, np.full(50, 3.0), np.full(50, 1e-6)))
    assert [reason.code for reason in found.reasons] == ["LUMEN_NOT_RESOLVED"]


def test_more_stations_than_may_be_give_no_pressure_and_no_crash() -> None:
    x = 1e-3 * np.linspace(0.0, 100.0, 1000)
    radius = np.full(1000, 1.5e-3)
    flow = np.full(1000, 2e-6)
    for density in (1e7, np.inf, np.nan):
        first, last, good, stations = lumen_pressure(x, radius, flow, NU, density, 24, 2)
        assert (good, stations) == (0, 0)
        assert not first.any()
        assert not last.any()


def test_a_smooth_vessel_of_a_meter_is_resolved_on_the_finest_grid() -> None:
    x = np.linspace(0.0, 1.0, 2001)
    stations = resolved(x, 1e-3 * (1.5 - 0.5 * x), np.full(x.size, 2e-6), 80.0)[0]
    assert 1000 < stations.size <= MOST_STATIONS
