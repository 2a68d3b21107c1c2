"""How much deviations matter, and which populations they leave (domain paper, sections 3.3 and 5.2)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.protocol.report import Deviation, Subject

DONE = {"status": "done", "mode": "angiography", "date": "2026-12-01"}


def _deviations(judge: Callable[[Any], Subject], document: dict[str, Any], code: str) -> list[Deviation]:
    return [one for one in judge(document).deviations if one.code == code]


def _leaves(one: Deviation) -> set[str]:
    return {name for name, stays in one.populations.items() if not stays}


@pytest.fixture
def lost(complete: dict[str, Any]) -> dict[str, Any]:
    """A participant whose contacts after the first month were missed, and of whom nothing is known since."""
    document = copy.deepcopy(complete)
    document["visits"][1:] = [{"visit": "M6", "status": "missed"}, {"visit": "M12", "status": "missed"}]
    document["qfr_measurements"] = document["qfr_measurements"][:1]
    document["disposition"] = {"status": "on_study"}
    return document


def test_a_missed_contact_matters_by_its_month(lost: dict[str, Any], judge: Callable[[Any], Subject]) -> None:
    lost["visits"][0] = {"visit": "M1", "status": "missed"}
    found = {one.rule: (one.importance, _leaves(one)) for one in _deviations(judge, lost, "DV-VIS-02")}
    assert found == {
        "FU-1M": ("non-important", set()),
        "FU-6M": ("non-important", set()),
        "FU-12M": ("important", {"PP"}),
    }


def test_a_missed_contact_is_told_once(lost: dict[str, Any], judge: Callable[[Any], Subject]) -> None:
    lost["visits"] += [{"visit": "M12", "status": "missed"}, {"visit": "M6", "status": "missed"}]
    assert [one.rule for one in _deviations(judge, lost, "DV-VIS-02")] == ["FU-12M", "FU-6M"]


@pytest.mark.parametrize(
    "known",
    [
        {"disposition": {"status": "completed", "date": "2027-03-10"}},
        {"last_contact": {"date": "2027-03-10", "vital_status": "alive"}},
    ],
)
def test_a_known_status_at_one_year_stays_per_protocol(
    known: dict[str, Any], lost: dict[str, Any], judge: Callable[[Any], Subject]
) -> None:
    (missed,) = [one for one in _deviations(judge, lost | known, "DV-VIS-02") if one.rule == "FU-12M"]
    assert (missed.importance, _leaves(missed)) == ("important", set())


@pytest.mark.parametrize(
    ("date", "weight"), [("2026-12-01", ("important", {"PP"})), ("2027-04-20", ("non-important", set()))]
)
def test_an_angiography_out_of_its_window_tells_the_status_only_late(
    date: str, weight: Any, lost: dict[str, Any], judge: Callable[[Any], Subject]
) -> None:
    lost["visits"][2] = {"visit": "M12", **DONE, "date": date}
    (late,) = _deviations(judge, lost, "DV-VIS-01")
    assert (late.importance, _leaves(late)) == weight


def test_the_missing_angiography_and_qfr_are_one(
    lost: dict[str, Any], complete: dict[str, Any], judge: Callable[[Any], Subject]
) -> None:
    lost["visits"][2] = {"visit": "M12", "status": "done", "mode": "telephone", "date": "2027-03-09"}
    second = copy.deepcopy(complete["lesions"][0]) | {"lesion_id": "L2", "vessel": "RCA"}
    lost["lesions"].append(second)
    lost["qfr_measurements"].append(lost["qfr_measurements"][0] | {"vessel": "RCA"})
    verdicts = {one.id: one for one in judge(lost).verdicts}
    assert verdicts["FU-12M"].verdict == verdicts["QFR-12M"].verdict == "DEVIATION"
    assert len(verdicts["QFR-12M"].per) == 2
    (missing,) = _deviations(judge, lost, "DV-PRC-02")
    assert (missing.importance, _leaves(missing)) == ("important", {"QFR"})


@pytest.mark.parametrize(
    ("devices", "leaves"),
    [([], {"PP", "AT"}), ([{"type": "DES", "role": "crossover", "at": "2026-03-10T10:18:00+08:00"}], {"PP"})],
)
def test_a_lesion_without_any_device_is_in_no_treatment(
    devices: list[Any], leaves: set[str], complete: dict[str, Any], judge: Callable[[Any], Subject]
) -> None:
    complete["lesions"][0]["devices"] = devices
    (untreated,) = _deviations(judge, complete, "DV-TRT-01")
    assert (untreated.importance, _leaves(untreated)) == ("important", leaves)
    assert untreated.populations["ITT"]
