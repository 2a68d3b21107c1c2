"""``precise_cal.qfr`` from Python: names, light import, what a session looks like."""

import subprocess
import sys

import numpy as np
import pytest

from precise_cal import qfr

S = np.arange(0.0, 60.01, 0.25)


def test_every_name_is_there_and_no_other():
    for name in qfr.__all__:
        assert getattr(qfr, name) is not None
    assert set(qfr.__all__) <= set(dir(qfr))
    assert set(qfr.__all__) == set(qfr._HOME)
    with pytest.raises(AttributeError, match="no attribute 'magic'"):
        qfr.magic  # noqa: B018


def test_import_is_light():
    code = "import sys, precise_cal.qfr; print([m for m in ('numpy', 'numba', 'scipy', 'pydicom') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_session_from_arrays_to_residual():
    lumen = qfr.Lumen(S, 3.0 - 1.4 * np.exp(-(((S - 25.0) / 4.0) ** 2)))
    found = qfr.analyze(lumen, qfr.given_flow(0.35), qfr.Settings(aortic_pressure_mmhg=95.0))
    assert 0.5 < found.qfr < 1.0
    assert found.qfr_along.shape == found.drop.pascal.shape == S.shape
    assert found.qfr < qfr.treat(found, found.lesions[0]).qfr <= 1.005
    assert qfr.as_data(found)["qfr"] == pytest.approx(found.qfr, abs=1e-6)


def test_contrast_velocity():
    assert qfr.contrast_velocity_flow(0.2) == qfr.Flow("contrast", qfr.hyperemic_velocity(0.2))
    for velocity in (0.0, -0.1, float("nan"), 1.0):
        with pytest.raises(qfr.QfrError, match="contrast velocity"):
            qfr.contrast_velocity_flow(velocity)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: qfr.Lumen(S, np.full(S.size, 60.0)), "sample 0: 60 mm; .* up to 50"),
        (lambda: qfr.Lumen(100.0 * S, np.full(S.size, 3.0)), "6000 mm long; up to 1000"),
        (lambda: qfr.SideBranch(10.0, float("nan")), "side branch at 10 mm: diameter nan"),
        (lambda: qfr.step_down(qfr.Lumen(S, 0 * S + 3.0), (), inlet_mm=-1.0), "inlet diameter: -1 mm"),
        (lambda: qfr.fit_taper(qfr.Lumen(S, 0 * S + 3.0), ((9.0, 5.0),)), "healthy segment 9:5"),
        (lambda: qfr.with_interval(qfr.analyze(qfr.Lumen(S, 0 * S + 3.0)), samples=10**6), "from 20 to 10000"),
    ],
)
def test_what_cannot_be_used_is_told(make, message):
    with pytest.raises(qfr.QfrError, match=message):
        make()
