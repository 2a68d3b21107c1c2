"""From lumen to QFR: healthy vessels, lesions, refusals, CFD, fuzzed lumens, uncertainty."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from precise_cal import qfr
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.lumen.analysis import Interval, Settings, analyze, treat
from precise_cal.qfr.lumen.flow import contrast_flow, given_flow, hyperemic_velocity
from precise_cal.qfr.lumen.lumen import Lumen, read_lumen
from precise_cal.qfr.lumen.models import MODELS
from precise_cal.qfr.lumen.reference import SideBranch, fit_taper, mother_diameter, step_down
from precise_cal.qfr.lumen.result import as_data, as_text
from precise_cal.qfr.lumen.uncertainty import Errors, tell_cutoff, with_interval

CFD = Path(os.environ.get("PRECISE_SHARED", Path(__file__).parents[4] / "shared")) / "science" / "cfd"
S = np.arange(0.0, 60.01, 0.2)


def stenosed(depth, at=25.0, length=10.0, diameter=3.0, s=S):
    return diameter * (1 - depth / 2 * (1 + np.cos(2 * np.pi * (s - at) / length)) * (abs(s - at) < length / 2))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("taper", [0.0, 0.02])
def test_healthy_vessel_has_qfr_one(model, taper):
    lumen = Lumen(S, 3.0 - taper * S)
    found = analyze(lumen, settings=Settings(model=model), reference_mm=lumen.diameter_mm)
    assert found.qfr == 1.0
    assert found.lesions == ()


def test_lesion_is_found_measured_and_treated():
    found = analyze(Lumen(S, stenosed(0.5)))
    (lesion,) = as_data(found)["lesions"]
    assert lesion["mld_mm"] == pytest.approx(1.5, abs=1e-3)
    assert lesion["reference_mm"] == pytest.approx(3.0, abs=0.02)
    assert lesion["diameter_stenosis_percent"] == pytest.approx(50.0, abs=0.5)
    assert lesion["start_mm"] > 20.0
    assert lesion["end_mm"] < 30.0
    assert lesion["qfr_loss"] == pytest.approx(1 - found.qfr, abs=3e-3)
    assert treat(found, found.lesions[0]).qfr == pytest.approx(1.0, abs=1e-3)


def test_serial_lesions_and_narrower_lumen_lose_more():
    losses = [1 - analyze(Lumen(S, stenosed(depth))).qfr for depth in (0.3, 0.4, 0.5, 0.6)]
    assert losses == sorted(losses)
    two = analyze(Lumen(S, stenosed(0.5) + stenosed(0.5, 45.0) - 3.0))
    assert len(two.lesions) == 2
    assert 1 - two.qfr > 1.5 * losses[2]


@pytest.mark.parametrize(
    ("depth", "velocity", "code"),
    [(0.85, 0.35, "OCCLUSIVE_LUMEN"), (0.95, 0.35, "STENOSIS_TOO_SEVERE"), (0.75, 0.5, "NON_PHYSICAL_RATIO")],
)
def test_what_cannot_be_is_refused_with_a_reason(depth, velocity, code):
    found = analyze(Lumen(S, stenosed(depth)), given_flow(velocity))
    assert found.qfr is None
    assert code in [reason.code for reason in found.reasons]
    assert as_data(found)["analyzable"] is False


def test_wider_than_its_reference_is_refused():
    found = analyze(Lumen(S, np.full(S.size, 3.0)), reference_mm=np.full(S.size, 2.5))
    assert [reason.code for reason in found.reasons] == ["RATIO_ABOVE_ONE"]


def test_fast_flow_and_cut_recovery_are_flagged():
    found = analyze(Lumen(S, stenosed(0.5, 52.0)), given_flow(0.6))
    assert {notice.code for notice in found.notices} == {"REYNOLDS_UNCHECKED", "RECOVERY_CUT"}


def test_flow_follows_the_reference_or_stays():
    lumen = Lumen(S, 3.0 - 0.02 * S)
    follows = analyze(lumen, reference_mm=lumen.diameter_mm).drop.pascal[-1]
    stays = analyze(lumen, settings=Settings(flow_law="constant"), reference_mm=lumen.diameter_mm).drop.pascal[-1]
    assert 0 < follows < stays


def test_contrast_flow():
    for cfv, hfv in [(0.05, 0.1752), (0.14, 0.2988), (0.20, 0.3728), (0.35, 0.5286)]:
        assert hyperemic_velocity(cfv) == pytest.approx(hfv, abs=6e-5)
    assert contrast_flow(60.0, 4.5, 15.0).velocity_m_s == pytest.approx(hyperemic_velocity(0.2))
    with pytest.raises(QfrError, match="does not move"):
        hyperemic_velocity(0.0)


def test_branch_laws_and_step_down():
    assert mother_diameter(2.7, 2.23, "murray") == pytest.approx(3.134, abs=1e-3)
    assert mother_diameter(2.7, 2.23, "huo-kassab") == pytest.approx(3.338, abs=1e-3)
    assert mother_diameter(2.7, 2.23, "finet") == pytest.approx(3.343, abs=1e-3)
    lumen = Lumen(S, np.where(S < 30.0, 3.338, 2.7))
    reference = step_down(lumen, (SideBranch(30.0, 2.23),))
    assert reference[[0, -1]] == pytest.approx((3.338, 2.7), abs=2e-3)
    assert analyze(lumen, reference_mm=reference).qfr == pytest.approx(1.0, abs=5e-3)


def test_taper_is_fitted_beside_lesions_and_noise():
    noise = np.random.default_rng(3).normal(0.0, 0.05, S.size)
    line = 3.2 - 0.01 * S
    assert fit_taper(Lumen(S, line * stenosed(0.5) / 3.0 + noise)) == pytest.approx(line, abs=0.08)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("s,d\n0,3\n", r":1: header"),
        ("s_mm,diameter_mm\n0,3\n1,x\n2,3\n", r":3: diameter_mm: 'x' is not a number"),
        ("s_mm,diameter_mm\n0,3\n1\n2,3\n", r":3: 1 fields"),
        ("s_mm,diameter_mm\n0,3\n0,3\n2,3\n", "positions must rise"),
        ("s_mm,diameter_mm\n0,3\n1,-3\n2,3\n", "above 0"),
        ("s_mm,diameter_mm\n0,3\n1,nan\n2,3\n", "not a finite number"),
        ("s_mm,diameter_mm\n0,3\n1,3\n", "2 samples"),
    ],
)
def test_bad_csv_is_told_with_its_place(tmp_path, content, message):
    file = tmp_path / "lumen.csv"
    file.write_text(content)
    with pytest.raises(QfrError, match=message):
        read_lumen(file)


COPIED = [  # facts of the project's own CFD: lesion depth, length in mm, velocity, drop in Pa, from −3 mm to x_rec
    (0.3, 15.0, 0.35, 10.5, 78.948, 519.55),
    (0.5, 10.0, 0.35, 8.0, 112.108, 1193.68),
    (0.6, 8.0, 0.35, 7.0, 139.455, 2571.68),
    (0.7, 15.0, 0.25, 10.5, 132.672, 4997.38),
]


@pytest.mark.parametrize(("depth", "length", "velocity", "up", "down", "pascal"), COPIED)
def test_cfd_numbers(depth, length, velocity, up, down, pascal):
    x = np.arange(-up, down + 0.05, 0.1)
    lumen = Lumen(x, stenosed(depth, 0.0, length, s=x))
    found = analyze(lumen, given_flow(velocity), Settings(flow_law="constant"))
    assert found.drop.pascal[-1] == pytest.approx(pascal, rel=0.01)


@pytest.mark.realdata
@pytest.mark.skipif(not CFD.is_dir(), reason=f"{CFD} is absent: CFD cases are not part of the repository")
def test_every_cfd_case():
    with (CFD / "reference.csv").open() as file:
        cases = list(csv.DictReader(file))
    with (CFD / "profiles.csv").open() as file:
        profiles = list(csv.DictReader(file))
    errors = []
    for case in cases:
        lumen = read_lumen(CFD / "lumen" / f"{case['case']}.csv")
        found = analyze(lumen, given_flow(float(case["v_in_m_s"])), Settings(flow_law="constant"))
        total = float(case["dP_Pa"])
        errors.append(found.drop.pascal[-1] / total - 1.0)
        points = np.array([(float(p["x_mm"]), -float(p["p_Pa"])) for p in profiles if p["case"] == case["case"]])
        ours = np.interp(points[:, 0] - float(case["x_up_mm"]), lumen.position_mm, found.drop.pascal)
        assert np.abs(ours - points[:, 1]).max() < 0.07 * total, case["case"]
    assert np.abs(errors).max() < 0.03
    assert abs(np.median(errors)) < 0.015


def rough_lumen(count, length, diameter, noise, dips, seed):
    random = np.random.default_rng(seed)
    s = np.sort(random.uniform(0.0, length, count)) + 1e-3 * np.arange(count)
    d = np.full(count, diameter) + random.normal(0.0, noise, count)
    for at, width, depth, sharp in dips:
        away = np.abs(s - at * length) / (width * length)
        d *= 1.0 - depth * np.where(away < 1.0, 1.0 if sharp else 0.5 * (1 + np.cos(np.pi * away)), 0.0)
    return Lumen(s, np.clip(d, 0.05, None))


ROUGH = st.builds(
    rough_lumen,
    st.one_of(st.integers(3, 12), st.integers(3, 600), st.integers(600, 5000)),
    st.floats(0.5, 120.0),
    st.floats(1.0, 4.5),
    st.floats(0.0, 0.4),
    st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.01, 0.4), st.floats(0.0, 0.97), st.booleans()), max_size=3),
    st.integers(0, 2**32 - 1),
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(ROUGH, st.floats(0.05, 0.8), st.sampled_from(("reference", "constant")))
def test_any_lumen_gives_a_result_or_a_reason(lumen, velocity, law):
    check_result_or_reason(lumen, velocity, law)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(ROUGH, st.floats(0.05, 0.8), st.sampled_from(("reference", "constant")))
def test_many_lumens_give_a_result_or_a_reason(lumen, velocity, law):
    check_result_or_reason(lumen, velocity, law)


def check_result_or_reason(lumen, velocity, law):
    """A number within its limits, or none and why."""
    found = analyze(lumen, given_flow(velocity), Settings(flow_law=law))
    assert (found.qfr is None) == bool(found.reasons)
    if found.qfr is not None:
        assert np.isfinite(found.qfr_along).all()
        assert 0.2 <= found.qfr <= 1.005
    as_text(as_data(found))


def test_interval_holds_the_value_and_repeats():
    found = analyze(Lumen(S, stenosed(0.58, length=15.0)))
    first, second = (with_interval(found, samples=200).interval for _ in range(2))
    assert first == second
    assert first.low < found.qfr < first.high
    assert first.grid_error < 0.005
    assert 0.1 < first.high - first.low < 0.35
    assert [name for name, _ in first.shares][:2] in (["contour", "flow"], ["flow", "contour"])


def test_an_interval_ends_where_no_pressure_is_left():
    """Of a tight lesion whose outline may be much off, some flows that are drawn would use up more than there is."""
    found = analyze(Lumen(S, stenosed(0.64, length=15.0)))
    interval = with_interval(found, samples=200, contour_mm=np.full(S.size, 0.2)).interval
    assert interval.low == 0.0 < found.qfr < interval.high < 1.0


def test_without_errors_the_interval_closes():
    none = Errors(0.0, 5.0, 0.0, 0.0, 0.0, 0.0)
    found = with_interval(analyze(Lumen(S, stenosed(0.5))), none, samples=20)
    numerical = as_data(found)["numerical_error_Pa"] / found.settings.aortic_pressure_pascal
    assert found.interval.high - found.interval.low < 2.0 * numerical < 2e-3
    assert found.interval.low == pytest.approx(found.qfr, abs=numerical)


def test_interpreted_kernel_equals_the_compiled_one():
    call = "qfr.pressure_drop('poiseuille', qfr.Tube(1e-3 * s, 1e-3 + 0 * s, 1e-6 + 0 * s), qfr.Fluid()).pascal[-1]"
    s = np.linspace(0.0, 2.0, 9)
    compiled = float(eval(call, {"qfr": qfr, "s": s}))
    code = f"import numpy as np; from precise_cal import qfr; s = np.linspace(0.0, 2.0, 9); print(repr(float({call})))"
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert float(printed.stdout) == pytest.approx(compiled, rel=1e-14)
    assert compiled == pytest.approx(8 * 0.0035 * 1e-6 * 2e-3 / (np.pi * 1e-12), rel=1e-12)


def test_the_mouth_of_a_branch_behind_a_lesion_is_no_healthy_vessel() -> None:
    """The outline bulges by a third over 3 mm behind a lesion; a reference through it made the lesion ostial."""
    s = np.arange(0.0, 37.0, 0.25)
    healthy = 3.3 - 0.02 * s
    lumen = healthy * (1.0 - 0.6 * np.exp(-(((s - 19.0) / 3.0) ** 2)))
    lumen = np.where(np.abs(s - 28.5) < 2.0, 1.33 * lumen, lumen)
    reference = fit_taper(Lumen(s, lumen))
    np.testing.assert_allclose(reference, healthy, atol=0.15)
    (lesion,) = analyze(Lumen(s, lumen), given_flow(0.3)).lesions
    assert 12.0 < s[lesion.first] < 16.0


def test_an_interval_that_holds_the_cutoff_is_told() -> None:
    ends = ((0.7, 0.9), (0.81, 0.9), (0.7, 0.8), (0.8, 0.9))
    told = [[one.code for one in tell_cutoff(Interval(0.95, *pair, 0.5, (), 100, 0.0))] for pair in ends]
    assert told == [["CUTOFF_IN_INTERVAL"], [], [], ["CUTOFF_IN_INTERVAL"]]
