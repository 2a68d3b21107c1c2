"""Every threshold at, just below and just above, made from the parameters themselves."""

from __future__ import annotations

import copy
import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject

STEP = Decimal("0.00000001")
"""The finest step of a recorded decimal."""
DAY_0 = datetime.date(2026, 3, 10)
BELOW, AT, ABOVE = -1, 0, 1


@pytest.fixture(scope="module")
def value(book: Rulebook) -> Callable[[str], Any]:
    parameters: Mapping[str, Any] = book.parameters_of(book.timeline.keys[0])

    def of(name: str) -> Any:
        found = parameters[name].value
        return getattr(found, "value", found)

    return of


def _verdict(judge: Callable[[Any], Subject], document: Any, rule: str) -> str:
    return next(verdict.verdict for verdict in judge(document).verdicts if verdict.id == rule)


def _has_notice(judge: Callable[[Any], Subject], document: Any, rule: str, code: str) -> bool:
    return any(notice.rule == rule and notice.code == code for notice in judge(document).notices)


def _day(number: int) -> str:
    return str(DAY_0 + datetime.timedelta(days=number))


@pytest.mark.parametrize(("step", "verdict"), [(BELOW, "NOT_MET"), (AT, "MET"), (ABOVE, "MET")])
def test_age(
    step: int, verdict: str, screening: dict[str, Any], judge: Callable[[Any], Subject], value: Callable[[str], Any]
) -> None:
    least = value("age.min")
    screening["demographics"] = {"age_at_consent": least + step}
    assert _verdict(judge, screening, "IC-1") == verdict
    birthday = datetime.date(2026 - least, 3, 9) - datetime.timedelta(days=step)
    screening["demographics"] = {"birth_date": str(birthday)}
    assert _verdict(judge, screening, "IC-1") == verdict


@pytest.mark.parametrize(
    ("limit", "step", "verdict"),
    [
        ("vessel_diameter.min", BELOW, "NOT_MET"),
        ("vessel_diameter.min", AT, "MET"),
        ("vessel_diameter.min", ABOVE, "MET"),
        ("vessel_diameter.max", BELOW, "MET"),
        ("vessel_diameter.max", AT, "MET"),
        ("vessel_diameter.max", ABOVE, "NOT_MET"),
    ],
)
def test_diameter(
    limit: str,
    step: int,
    verdict: str,
    screening: dict[str, Any],
    judge: Callable[[Any], Subject],
    value: Callable[[str], Any],
) -> None:
    diameter = screening["lesions"][0]["reference_vessel_diameter"][0]
    diameter["value"] = f"{value(limit) + step * STEP:f}"
    assert _verdict(judge, screening, "IC-5") == verdict
    outward = BELOW if limit.endswith("min") else ABOVE
    margin = value("vessel_diameter.near_margin")
    for extra, near in ((-STEP, True), (Decimal(0), True), (STEP, False)):
        diameter["value"] = f"{value(limit) + outward * (margin + extra):f}"
        assert _has_notice(judge, screening, "IC-5", "NEAR_BOUNDARY") is near


@pytest.mark.parametrize(("step", "verdict"), [(BELOW, "NOT_MET"), (AT, "NOT_MET"), (ABOVE, "MET")])
def test_qfr(
    step: int, verdict: str, screening: dict[str, Any], judge: Callable[[Any], Subject], value: Callable[[str], Any]
) -> None:
    qfr = screening["qfr_measurements"][0]
    qfr |= {"value": f"{value('qfr.threshold') + step * STEP:f}", "reported_text": None}
    assert _verdict(judge, screening, "IC-7") == verdict
    for sign in (BELOW, ABOVE):
        for extra, near in ((-STEP, True), (Decimal(0), True), (STEP, False)):
            qfr["value"] = f"{value('qfr.threshold') + sign * (value('qfr.near_margin') + extra):f}"
            assert _has_notice(judge, screening, "IC-7", "NEAR_BOUNDARY") is near


@pytest.mark.parametrize(("step", "verdict"), [(BELOW, "NO"), (AT, "NO"), (ABOVE, "YES")])
def test_periprocedural_infarction(
    step: int, verdict: str, complete: dict[str, Any], judge: Callable[[Any], Subject], value: Callable[[str], Any]
) -> None:
    lab = complete["labs"][-1]
    lab["value"] = f"{value('pmi.multiple') * Decimal(lab['uln']['value']) + step * STEP:f}"
    assert _verdict(judge, complete, "PERI-4") == verdict


@pytest.mark.parametrize(
    ("rule", "parameter", "step", "verdict"),
    [
        (rule, parameter, step, "NO" if step == BELOW else "YES")
        for rule, parameter in (("PMI-SCAI", "pmi_scai.troponin_multiple"), ("PMI-ARC2", "pmi_arc2.multiple_alone"))
        for step in (BELOW, AT, ABOVE)
    ],
)
def test_other_definitions_of_infarction(
    rule: str,
    parameter: str,
    step: int,
    verdict: str,
    complete: dict[str, Any],
    judge: Callable[[Any], Subject],
    value: Callable[[str], Any],
) -> None:
    lab = complete["labs"][-1]
    lab["value"] = f"{value(parameter) * Decimal(lab['uln']['value']) + step * STEP:f}"
    assert _verdict(judge, complete, rule) == verdict


@pytest.mark.parametrize(
    ("index", "rule", "group"), [(0, "FU-1M", "visit_m1"), (1, "FU-6M", "visit_m6"), (2, "FU-12M", "visit_m12")]
)
def test_visit_window(
    index: int,
    rule: str,
    group: str,
    complete: dict[str, Any],
    judge: Callable[[Any], Subject],
    value: Callable[[str], Any],
) -> None:
    first = value(f"{group}.day") - value(f"{group}.minus")
    last = value(f"{group}.day") + value(f"{group}.plus")
    expected = {
        first - 1: "DEVIATION",
        first: "COMPLIANT",
        first + 1: "COMPLIANT",
        last - 1: "COMPLIANT",
        last: "COMPLIANT",
        last + 1: "DEVIATION",
    }
    for day, verdict in expected.items():
        document = copy.deepcopy(complete)
        document["visits"][index]["date"] = _day(day)
        assert (day, _verdict(judge, document, rule)) == (day, verdict)


@pytest.mark.parametrize(("step", "verdict"), [(BELOW, "YES"), (AT, "YES"), (ABOVE, "NO")])
def test_mace_horizon(
    step: int, verdict: str, complete: dict[str, Any], judge: Callable[[Any], Subject], value: Callable[[str], Any]
) -> None:
    day = value("mace.horizon") + step
    complete["events"] = [
        {"event_id": "E1", "type": "tlr", "onset": _day(day), "lesion_id": "L1", "adjudication": "confirmed"}
    ]
    assert _verdict(judge, complete, "MACE-1") == verdict


@pytest.mark.parametrize(("step", "verdict"), [(BELOW, "NOT_DUE"), (AT, "NOT_DUE"), (ABOVE, "NO")])
def test_mace_is_due_after_the_horizon(
    step: int, verdict: str, complete: dict[str, Any], judge: Callable[[Any], Subject], value: Callable[[str], Any]
) -> None:
    complete["data_cutoff"] = f"{_day(value('mace.horizon') + step)}T12:00:00+08:00"
    assert _verdict(judge, complete, "MACE-1") == verdict


@pytest.mark.parametrize(("step", "verdict"), [(BELOW, "PRESENT"), (AT, "PRESENT"), (ABOVE, "ABSENT")])
def test_surgery(
    step: int, verdict: str, screening: dict[str, Any], judge: Callable[[Any], Subject], value: Callable[[str], Any]
) -> None:
    limit = DAY_0.replace(month=DAY_0.month + int(value("surgery.within"))) + datetime.timedelta(days=step)
    screening["planned_surgery"] = {"planned": True, "date": str(limit), "interferes_with_antiplatelet": True}
    assert _verdict(judge, screening, "EX-6") == verdict


@pytest.mark.parametrize(("step", "verdict"), [(BELOW, "PRESENT"), (AT, "PRESENT"), (ABOVE, "ABSENT")])
def test_stemi(
    step: int, verdict: str, screening: dict[str, Any], judge: Callable[[Any], Subject], value: Callable[[str], Any]
) -> None:
    screening["presentation"]["stemi_onset"] = _day(-int(value("stemi.lookback")) - step)
    assert _verdict(judge, screening, "EX-1") == verdict


@pytest.mark.parametrize(("step", "is_raised"), [(BELOW, False), (AT, True), (ABOVE, True)])
def test_severe_arc(
    step: int, is_raised: bool, screening: dict[str, Any], judge: Callable[[Any], Subject], value: Callable[[str], Any]
) -> None:
    arc = {"value": f"{value('calcification.severe_arc') + step * STEP:f}", "unit": "deg"}
    screening["lesions"][0]["calcification"] = {"cag_grade": "mild", "ivus_arc": arc}
    assert _has_notice(judge, screening, "IC-2", "SUMMARY_CONFLICT") is is_raised


@pytest.mark.parametrize(("step", "is_raised"), [(BELOW, True), (AT, False), (ABOVE, False)])
def test_low_stenosis(
    step: int, is_raised: bool, screening: dict[str, Any], judge: Callable[[Any], Subject], value: Callable[[str], Any]
) -> None:
    limit = value("indication.low_stenosis") + step * STEP
    screening["lesions"][0]["diameter_stenosis"] = {"value": f"{limit:f}", "unit": "%"}
    assert _has_notice(judge, screening, "IC-4", "LOW_STENOSIS") is is_raised


@pytest.mark.parametrize(("step", "verdict"), [(BELOW, "NO"), (AT, "YES"), (ABOVE, "YES")])
def test_side_branch(
    step: int, verdict: str, complete: dict[str, Any], judge: Callable[[Any], Subject], value: Callable[[str], Any]
) -> None:
    size = {"value": f"{value('side_branch.min_diameter') + step * STEP:f}", "unit": "mm"}
    branch = {
        "reference_diameter": size,
        "timi_pre": value("side_branch.timi_before"),
        "timi_final": value("side_branch.timi_lost"),
    }
    complete["periprocedural"]["side_branches"] = [branch]
    assert _verdict(judge, complete, "PERI-1") == verdict
    assert _has_notice(judge, complete, "PERI-1", "SMALL_SIDE_BRANCH") is (step == BELOW)
    branch["timi_pre"] -= 1
    assert _verdict(judge, complete, "PERI-1") == "NO"


def test_flow_that_restricts(
    complete: dict[str, Any], judge: Callable[[Any], Subject], value: Callable[[str], Any]
) -> None:
    after_balloon = complete["lesions"][0]["assessments"][1]
    for step, verdict in ((BELOW, "DEVIATION"), (AT, "NOT_APPLICABLE")):
        after_balloon |= {"dissection": "C", "timi": value("bailout.flow_below") + step}
        assert _verdict(judge, complete, "BAILOUT-1") == verdict
