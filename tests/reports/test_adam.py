"""ADaM: participants, deviations and times to events, as the findings have them."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import pyreadstat
import pytest

from precise_cal.protocol.verdicts import YES
from precise_cal.reports.adam import adam_files
from precise_cal.reports.ledger import Entry, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def shown(records: list[dict[str, Any]], trial: Callable[..., Any]) -> Any:
    """A trial in which every deviation is confirmed."""
    values = {"Decision": "confirmed", "Decided by": "Dr Li", "Decided on": "2028-01-10"}
    found = trial(records, unmasked=True).findings
    entries = [Entry("Deviations", one.id, 1, one.fingerprint, values, "", "", "") for _, one in found]
    return trial(records, Ledger(tuple(entries)), unmasked=True)


@pytest.fixture(scope="module")
def made(shown: Any) -> dict[str, bytes]:
    return {name: make() for name, make in adam_files(shown, "category").items() if name != "define.xml"}


def rows(made: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    content = json.loads(made[f"{name}.json"])
    names = [column["name"] for column in content["columns"]]
    return [dict(zip(names, row, strict=True)) for row in content["rows"]]


def test_there_is_one_record_for_each_participant(made: dict[str, bytes], shown: Any) -> None:
    subjects = rows(made, "adsl")
    assert [row["SUBJID"] for row in subjects] == sorted(case.id for case in shown.cases)
    by_id = {case.id: case for case in shown.cases}
    for row in subjects:
        case = by_id[row["SUBJID"]]
        assert row["RANDFL"] == ("Y" if case.randomized else "N")
        assert row["PPROTFL"] == ("Y" if case.randomized and not case.leaves("PP") else "N")
        assert (row["TRT01P"] in ("Drug coated balloon", "Drug eluting stent")) == case.randomized
    assert {row["PPROTFL"] for row in subjects} == {"Y", "N"}


def test_dates_are_those_of_sas_in_transport_files(made: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "adsl.xpt"
    path.write_bytes(made["adsl.xpt"])
    frame, meta = pyreadstat.read_xport(str(path))
    told = [row["TRTSDT"] and datetime.date.fromisoformat(row["TRTSDT"]) for row in rows(made, "adsl")]
    assert [None if one != one else one for one in frame.TRTSDT] == told
    assert any(told)
    assert meta.original_variable_types["TRTSDT"].startswith("DATE9")


def test_every_confirmed_deviation_stands_with_what_it_leaves(made: dict[str, bytes], shown: Any) -> None:
    found = {(case.id, one.deviation.code, one.importance == "important") for case, one in shown.findings}
    told = {(row["SUBJID"], row["DVREFID"], row["IMPORTFL"] == "Y") for row in rows(made, "addv")}
    assert told == found


def test_times_to_events_are_those_of_the_outcomes(made: dict[str, bytes], shown: Any) -> None:
    by_id = {case.id: case for case in shown.cases}
    events = rows(made, "adtte")
    named = {"MACE1": "MACE-1", "THROMB1": "THROMB-1", "PERI4": "PERI-4"}
    assert {row["PARAMCD"] for row in events} == {*named}
    for row in events:
        happened = by_id[row["SUBJID"]].verdict(named[row["PARAMCD"]]).verdict == YES
        assert row["CNSR"] == (0 if happened else 1)
        start, at = (datetime.date.fromisoformat(row[name]) for name in ("STARTDT", "ADT"))
        assert row["AVAL"] == (at - start).days >= 0
        assert bool(row["CNSDTDSC"]) is not happened
    assert {row["CNSR"] for row in events} == {0, 1}
    assert {row["SUBJID"] for row in events} <= {case.id for case in shown.cases if case.randomized}


def test_masked_nobody_is_told_apart(records: list[dict[str, Any]], trial: Callable[..., Any]) -> None:
    masked = {name: make() for name, make in adam_files(trial(records), "category").items() if name.endswith(".json")}
    assert {row["TRT01P"] for row in rows(masked, "adsl")} <= {"ALLOCATION MASKED", "SCREEN FAILURE", "NOT ASSIGNED"}
    assert "addv.json" not in masked, "nothing is confirmed"
