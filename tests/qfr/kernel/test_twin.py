"""The marched equations beside their dense twin where Newton's method has to begin again."""

import numpy as np
import pytest

from precise_cal.qfr.core.grid import radial_nodes, radial_weights
from precise_cal.qfr.core.march import march
from qfr_lab.twin import march_twin

NU = 0.0035 / 1060.0


@pytest.mark.slow
def test_kernel_equals_the_dense_twin_in_strongly_reversed_flow():
    """Throat Reynolds number 1,200 before a short, steep widening."""
    x = np.linspace(0.0, 14e-3, 150)
    throat = 0.3 * (1.0 + np.cos(2.0 * np.pi * (x - 5e-3) / 6e-3)) * (np.abs(x - 5e-3) < 3e-3)
    radius = 2e-3 * (1.0 - throat)
    flow = np.full(x.size, 0.4 * np.pi * radius[0] ** 2)
    s = radial_nodes(20)
    f, phi = np.zeros((2, x.size, s.size))
    weights = 0.5 * np.diff(s)
    inlet = 2.0 * (1.0 - s)
    inlet /= np.sum(weights * (inlet[1:] + inlet[:-1]))
    f[0], phi[0, 1:] = inlet, np.cumsum(weights * (inlet[1:] + inlet[:-1]))
    phi[:, -1] = 1.0
    source, p = np.zeros_like(f), np.zeros(x.size)
    assert march(x, radius, flow, NU, radial_weights(s), source, f, phi, p, np.zeros((4, s.size))) == x.size
    assert f.min() < -0.5, "the case has to hold strongly reversed flow"
    profiles, pressure = march_twin(x, radius, flow, NU, s, source, inlet)
    np.testing.assert_allclose(f, profiles, atol=1e-6)
    np.testing.assert_allclose(p, pressure, rtol=1e-6, atol=1e-6 * abs(pressure).max())
