"""The marched equations: against the NumPy twin, exact solutions and the known entrance flow."""

import numpy as np
import pytest

from precise_cal.qfr.core.grid import radial_nodes, radial_weights
from precise_cal.qfr.core.march import march
from precise_cal.qfr.core.resolve import lumen_pressure, march_passes
from qfr_lab.twin import march_twin

RHO, MU = 1060.0, 0.0035
NU = MU / RHO


def samples(radius_mm, length_mm=60.0, step_mm=0.2, velocity=0.35):
    x = np.arange(0.0, length_mm + step_mm / 2, step_mm)
    radius = 1e-3 * radius_mm(x)
    return 1e-3 * x, radius, np.full(x.size, velocity * np.pi * radius[0] ** 2)


def drop(x, radius, flow, density=14.0, intervals=40, nu=NU):
    _, pressure, good, _ = lumen_pressure(x, radius, flow, nu, density, intervals, 2)
    assert good == 2
    return -RHO * pressure


def cosine(at, length, depth, base=1.5):
    return lambda x: base * (1 - depth / 2 * (1 + np.cos(2 * np.pi * (x - at) / length)) * (abs(x - at) < length / 2))


def test_kernel_equals_the_dense_twin():
    x = np.concatenate((np.linspace(0.0, 6e-3, 40), np.linspace(6.1e-3, 20e-3, 110)))
    radius = 1e-3 * cosine(5.0, 8.0, 0.5)(1e3 * x)
    flow = np.linspace(2.4e-6, 2.2e-6, x.size)
    s = radial_nodes(20)
    f, phi = np.zeros((2, x.size, s.size))
    inlet = 2.0 * (1.0 - s)
    weights = 0.5 * np.diff(s)
    inlet /= np.sum(weights * (inlet[1:] + inlet[:-1]))
    f[0], phi[0, 1:] = inlet, np.cumsum(weights * (inlet[1:] + inlet[:-1]))
    phi[:, -1] = 1.0
    source = 0.3 * np.sin(300.0 * x)[:, None] * (1.0 - s)
    p = np.zeros(x.size)
    assert march(x, radius, flow, NU, radial_weights(s), source, f, phi, p, np.zeros((4, s.size))) == x.size
    profiles, pressure = march_twin(x, radius, flow, NU, s, source, inlet)
    assert (f < 0.0).any(), "the case has to hold reversed flow"
    np.testing.assert_allclose(f, profiles, atol=1e-9)
    np.testing.assert_allclose(p, pressure, rtol=1e-9, atol=1e-9 * abs(pressure).max())


def test_poiseuille_is_exact():
    x, radius, flow = samples(lambda x: 1.5 + 0.0 * x, 50.0)
    assert drop(x, radius, flow)[-1] == pytest.approx(217.7778, rel=1e-6)


@pytest.mark.parametrize("reynolds", [300.0, 800.0, 2000.0])
def test_developing_flow(reynolds):
    radius = 1.5e-3
    velocity = reynolds * NU / (2 * radius)
    length = 0.3 * reynolds * 2 * radius
    x = np.concatenate(([0.0], np.geomspace(1e-7 * length, length, 1500)))
    tube = np.full(x.size, radius)
    flow = np.full(x.size, velocity * np.pi * radius**2)
    pressure, f, _, good = march_passes(x, tube, flow, NU, 160, 1, True)
    assert good == 1
    entrance = np.interp(0.99 * 2.0, f[1:, 0], x[1:]) / (2 * radius)
    assert entrance == pytest.approx(0.057 * reynolds, rel=0.05)
    excess = (-pressure[0, -1] - 8 * NU * velocity * length / radius**2) / (velocity**2 / 2)
    assert excess == pytest.approx(1.25, abs=0.05)


def test_gentle_taper_in_creeping_flow_follows_poiseuille():
    x, radius, flow = samples(lambda x: 2.0 - x / 60.0, velocity=1e-5)
    exact = 8 * MU * flow[0] / np.pi * 0.06 / 3 * (4e-6 + 2e-6 + 1e-6) / (8e-9 * 1e-9)
    assert drop(x, radius, flow, 28.0)[-1] == pytest.approx(exact, rel=2e-3)


def test_taper_adds_the_kinetic_energy_of_parabolic_profiles():
    x, radius, flow = samples(lambda x: 2.0 - x / 60.0, velocity=0.05)
    viscous = 8 * MU * flow[0] / np.pi * 0.06 / 3 * (4e-6 + 2e-6 + 1e-6) / (8e-9 * 1e-9)
    mean = flow[0] / (np.pi * radius**2)
    assert drop(x, radius, flow)[-1] == pytest.approx(viscous + RHO * (mean[-1] ** 2 - mean[0] ** 2), rel=0.03)


def test_mass_is_conserved_also_where_flow_leaves():
    x = np.linspace(0.0, 0.06, 400)
    s = radial_nodes(40)
    _, f, _, good = march_passes(x, np.full(400, 1.5e-3), np.linspace(2.4e-6, 1.8e-6, 400), NU, 40, 2, False)
    assert good == 2
    np.testing.assert_allclose(np.sum(0.5 * np.diff(s) * (f[:, 1:] + f[:, :-1]), axis=1), 1.0, atol=1e-10)


def test_uniform_scale_changes_nothing_at_the_same_reynolds_number():
    x, radius, flow = samples(cosine(20.0, 10.0, 0.5))
    one, two = drop(x, radius, flow), drop(2.5 * x, 2.5 * radius, 2.5 * flow)
    np.testing.assert_allclose(two, one / 2.5**2, rtol=1e-6, atol=1e-6)  # the count of stations may round


def test_finer_samples_and_finer_grids_agree():
    coarse, fine = (drop(*samples(cosine(20.0, 10.0, 0.5), step_mm=step))[-1] for step in (0.25, 0.05))
    assert coarse == pytest.approx(fine, rel=3e-3)
    assert drop(*samples(cosine(20.0, 10.0, 0.5)), 42.0, 80)[-1] == pytest.approx(fine, rel=5e-3)


def test_splitting_straight_tube_changes_nothing():
    x, radius, flow = samples(cosine(20.0, 10.0, 0.5))
    middles = 0.5 * (x[1:] + x[:-1])
    more = np.sort(np.concatenate((x, middles[middles > 0.03])))
    changed = drop(more, np.interp(more, x, radius), np.full(more.size, flow[0]))
    assert changed[-1] == pytest.approx(drop(x, radius, flow)[-1], rel=1e-9)
