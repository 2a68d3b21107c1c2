"""A verdict tells what decided it; what is unknown is asked for, and asked for where it is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.protocol.report import Subject, Verdict


def _verdict(subject: Subject, rule: str) -> Verdict:
    return next(verdict for verdict in subject.verdicts if verdict.id == rule)


def test_a_failing_atom_is_told_as_recorded(screening: dict[str, Any], judge: Callable[[Any], Subject]) -> None:
    diameter = {"value": "0.2249", "unit": "cm", "method": "qca"}
    screening["lesions"][0]["reference_vessel_diameter"] = [diameter]
    (because,) = _verdict(judge(screening), "IC-5").because
    assert because.pointer == "/lesions/0/reference_vessel_diameter/0"
    assert because.observed == "0.2249 cm"
    assert because.required == "2.25 mm to 4.0 mm"
    assert because.item == "L1"


@pytest.mark.parametrize(
    ("rule", "change", "pointers"),
    [
        ("EX-2", {"renal": None}, {"/renal/dialysis_required", "/renal/on_dialysis"}),
        ("EX-2", {"renal": {"on_dialysis": False}}, {"/renal/dialysis_required"}),
        ("EX-7", {"antiplatelet": None}, {"/antiplatelet/dual_therapy_tolerated"}),
        (
            "EX-9",
            {"investigator": {"can_adhere_to_follow_up": True, "participation_risky": False}},
            {"/investigator/can_follow_protocol"},
        ),
        ("EX-10", {"other_trial": {"participating": True, "interventional": True}}, {"/other_trial/coronary_device"}),
        ("IC-2", {"lesions": None}, {"/lesions"}),
        ("IC-7", {"qfr_measurements": None}, {"/qfr_measurements"}),
    ],
)
def test_queries_name_what_would_decide(
    rule: str, change: Any, pointers: set[str], screening: dict[str, Any], judge: Callable[[Any], Subject]
) -> None:
    subject = judge(screening | change)
    assert _verdict(subject, rule).verdict == "UNKNOWN"
    assert {query.pointer for query in subject.queries if query.rule == rule} == pointers
    assert all(query.ask for query in subject.queries)


def test_no_undecided_rule_is_silent(judge: Callable[[Any], Subject]) -> None:
    """An empty record leaves everything open, and everything open asks for something."""
    subject = judge({"schema_version": "1.0", "subject_id": "S1"})
    asked = {query.rule for query in subject.queries}
    undecided = {one.id for one in subject.verdicts if one.verdict in ("UNKNOWN", "CANNOT_ASSESS")}
    assert undecided <= asked
    assert {one.verdict for one in subject.verdicts if one.kind in ("inclusion", "exclusion")} == {"UNKNOWN"}
    assert subject.gate.decision == "INCOMPLETE"
    assert subject.deviations == ()


def test_pointers_stand_in_the_record(complete: dict[str, Any], judge: Callable[[Any], Subject]) -> None:
    for verdict in judge(complete).verdicts:
        for because in verdict.because:
            value: Any = complete
            for name in because.pointer.split("/")[1:]:
                value = value[int(name)] if isinstance(value, list) else (value or {}).get(name)


def test_an_unknown_cutoff_is_unknown(
    screening: dict[str, Any], complete: dict[str, Any], precise: Callable[..., Any]
) -> None:
    for document in (screening, complete):
        document["data_cutoff"] = None
        said = precise("check", "-", "--format", "json", stdin=json.dumps(document).encode())
        assert (said.status, said.err) == (3, "")
        words = {one["verdict"] for one in json.loads(said.out)["subjects"][0]["verdicts"]}
        assert words.isdisjoint({"NOT_MET", "PRESENT", "DEVIATION"})


@pytest.mark.parametrize(
    ("condition", "observed"),
    [
        ("Count(contacts) >= 2", "2"),
        ("exists contacts", "2 recorded"),
        ("not (exists contacts)", "2 recorded"),
        ("not (exists (contacts C where C.visit is null and C.date is null))", "none"),
        ("kit is null", None),
    ],
)
def test_what_is_there_is_not_told_to_be_unknown(
    tmp_path: Path, small_trial: Any, condition: str, observed: str | None
) -> None:
    """A list that was counted, or a part that was asked for: what a reason shows of it is what is recorded."""
    parts = {"Pump": {"since": {"type": "date", "about": "since when"}}, **small_trial.RECORD["parts"]}
    more = {name: {"type": "Pump", "about": name} for name in ("pump", "kit")}
    record = {**small_trial.RECORD, "parts": parts, "record": {**small_trial.RECORD["record"], **more}}
    rules = {"rules": [small_trial.CRITERION | {"met_when": condition}]}
    book = rulebook(small_trial.folder_of(tmp_path, record=record, eligibility=rules), cache=False)
    contacts = [{"visit": "W4", "date": "2026-01-01"}, {"status": "done", "date": "2026-02-01"}]
    person = {"schema_version": "1.0", "subject": "A", "pump": {"since": "2026-01-01"}, "contacts": contacts}
    data = json.dumps(person).encode()
    subject = Checker(book).subject(book.records.read(data), data)
    assert {one.observed for one in subject.verdicts[0].because} == {observed}
