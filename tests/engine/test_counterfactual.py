"""The smallest change that turns a verdict: no smaller one is among all records of a small trial."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.changing import changed
from precise_cal.engine.counterfactual import MOST, missing, turns, verdict_of
from precise_cal.engine.rulebook import rulebook
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.pointer import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.engine.counterfactual import Turn
    from precise_cal.engine.rulebook.rulebook import Rulebook

BASE = {"schema_version": "1.0", "subject": "P-1", "cutoff": "2026-03-10T12:00:00+00:00"}
FIELDS = {
    "age": {"type": "integer", "from": 0, "to": 3, "about": "age"},
    "grade": {"type": "words", "words": ["low", "middle", "high"], "about": "grade"},
    "ill": {"type": "boolean", "about": "ill"},
}
DOMAIN: dict[str, tuple[Any, ...]] = {
    "age": (None, 0, 1, 2, 3),
    "grade": (None, "low", "middle", "high"),
    "ill": (None, True, False),
    "fit": (None, True, False),
}
LOT = {"type": "text", "pattern": r"^(AB|ZZ)(123|999)$", "about": "the lot"}
NAME = {"type": "identifier", "required": True, "about": "the code"}
LIMITS = (("2026-01-01", 80), ("2026-06-01", 40))
RULES = {
    "IC-1": "age >= 2 and fit",
    "IC-2": "(age >= 2 and grade = 'high') or (ill and fit)",
    "IC-3": "if grade = 'low' then ill else (age = 1 and not ill)",
    "IC-4": "fit and ill and grade = 'middle'",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory, small_trial: Any) -> Rulebook:
    words = {"kind": "inclusion", "title": "x", "quote": "x", "source": "x"}
    record = {**small_trial.RECORD, "record": {**small_trial.RECORD["record"], **FIELDS}}
    rules = [{"id": name, **words, "met_when": text} for name, text in RULES.items()]
    folder = small_trial.folder_of(tmp_path_factory.mktemp("trial"), record=record, eligibility={"rules": rules})
    return rulebook(folder, cache=False)


def _records(seed: int, step: int) -> Iterator[dict[str, Any]]:
    every = list(product(*DOMAIN.values()))
    for values in every[seed::step]:
        yield BASE | {name: value for name, value in zip(DOMAIN, values, strict=True) if value is not None}


def _distances(book: Rulebook, record: dict[str, Any], rule: str, *, only_missing: bool) -> dict[str, int]:
    """By verdict, the fewest fields that differ in any record of the whole domain that has it."""
    found: dict[str, int] = {}
    for other in _records(0, 1):
        differ = [name for name in DOMAIN if other.get(name) != record.get(name)]
        if any(name not in other for name in differ) or (only_missing and any(name in record for name in differ)):
            continue
        said = verdict_of(book, other, rule, None)
        found[said] = min(found.get(said, 9), len(differ))
    return found


def _after(book: Rulebook, record: dict[str, Any], turn: Turn) -> dict[str, Any]:
    return changed(record, {steps_of(one.pointer): one.now for one in turn.changes}, book.schema.root)


@pytest.mark.parametrize("rule", RULES)
def test_no_smaller_change_turns_a_verdict_in_any_record_of_the_domain(book: Rulebook, rule: str) -> None:
    for record in _records(3, 17):
        found = turns(book, record, rule)
        expected = _distances(book, record, rule, only_missing=found.verdict == "UNKNOWN")
        wanted = {word: count for word, count in expected.items() if count and word != "UNKNOWN" and count <= MOST}
        assert {one.verdict: len(one.changes) for one in found.turns} == wanted, record
        for turn in found.turns:
            assert verdict_of(book, _after(book, record, turn), rule, None) == turn.verdict


def test_the_fewest_missing_data_are_those_with_which_the_rule_can_pass(book: Rulebook) -> None:
    def pointers(record: dict[str, Any], rule: str, *asked: str) -> set[str]:
        return {one.pointer for one in missing(book, record, rule, asked=asked)}

    assert pointers(BASE | {"fit": True}, "IC-1") == {"/age"}
    assert pointers(BASE, "IC-1") == {"/age", "/fit"}
    assert pointers(BASE | {"fit": True, "age": 3}, "IC-1") == set()
    assert pointers(BASE | {"fit": False}, "IC-4") == set()
    assert pointers(BASE | {"ill": True}, "IC-2", "/age", "/grade") == {"/fit"}, "fewer than what it asks for"
    assert pointers(BASE | {"ill": True}, "IC-2", "/fit") == {"/fit"}
    assert pointers(BASE, "IC-4", "/fit") == set(), "what is asked for is not enough"


@pytest.mark.parametrize("rule", RULES)
def test_no_fewer_missing_data_would_do_in_any_record_of_the_domain(book: Rulebook, rule: str) -> None:
    for record in _records(5, 13):
        if verdict_of(book, record, rule, None) == "UNKNOWN":
            fewest = _distances(book, record, rule, only_missing=True).get("MET", 0)
            for asked in ((), ("/age", "/grade", "/ill", "/fit")):
                assert len(missing(book, record, rule, asked=asked)) == (fewest if fewest <= MOST else 0), record


def test_an_instant_that_is_missing_is_tried_with_the_offset_of_the_study(tmp_path: Path, small_trial: Any) -> None:
    rule = {"id": "IC-1", "kind": "inclusion", "title": "x", "quote": "x", "source": "x"}
    small_trial.folder_of(tmp_path, eligibility={"rules": [{**rule, "met_when": "started before cutoff"}]})
    (turn, _) = turns(rulebook(tmp_path, cache=False), BASE, "IC-1").turns
    assert turn.changes[0].now.startswith("2026-03-")
    assert turn.changes[0].now.endswith("T12:00:00Z")


def test_an_event_that_nobody_saw_is_no_missing_datum(tmp_path: Path, small_trial: Any) -> None:
    rule = {"id": "IC-1", "kind": "inclusion", "title": "x", "quote": "x", "source": "x"}
    condition = "contacts C aggregate found starting null: Coalesce(found, C.status = 'done')"
    small_trial.folder_of(tmp_path, eligibility={"rules": [{**rule, "met_when": condition}]})
    trial, record = rulebook(tmp_path, cache=False), BASE | {"contacts": []}
    assert verdict_of(trial, record, "IC-1", None) == "UNKNOWN"
    assert missing(trial, record, "IC-1") == ()
    assert missing(trial, record, "IC-1", asked=("/contacts",)) == ()
    one = BASE | {"contacts": [{"visit": "W4"}]}
    assert [one.pointer for one in missing(trial, one, "IC-1")] == ["/contacts/0/status"]


def test_where_tries_run_out_it_is_said(book: Rulebook) -> None:
    found = turns(book, BASE | {"fit": False, "ill": False, "grade": "low"}, "IC-4", tries=2)
    assert (found.turns, found.searched, found.is_complete, found.tries) == ((), 0, False, 2)


def test_a_list_may_gain_an_item(tmp_path: Path, small_trial: Any) -> None:
    rule = {"id": "IC-1", "kind": "inclusion", "title": "x", "quote": "x", "source": "x"}
    condition = "contacts C aggregate found starting false: found or (C.visit = 'W4' and C.status = 'done')"
    small_trial.folder_of(tmp_path, eligibility={"rules": [{**rule, "met_when": condition}]})
    (turn,) = turns(rulebook(tmp_path, cache=False), BASE | {"contacts": []}, "IC-1").turns
    assert {one.pointer: one.now for one in turn.changes} == {"/contacts/0/visit": "W4", "/contacts/0/status": "done"}


def _small(tmp_path: Path, small_trial: Any, condition: str, **more: Any) -> Rulebook:
    parts = {**small_trial.RECORD["parts"], "Pump": {"since": {"type": "date", "about": "since when it is worn"}}}
    fields = {
        "pump": {"type": "Pump", "about": "the pump"},
        "allergies": {"type": "list of text", "about": "the allergies"},
        "age": {"type": "integer", "from": 0, "to": 120, "about": "age"},
        "dose": {"type": "decimal", "about": "dose"},
        "born": {"type": "date", "about": "birth"},
        "lot": {**LOT},
        "box": {"type": "Box", "about": "the box"},
    }
    parts["Box"] = {
        "code": NAME,
        "lot": {**LOT, "pattern": "^AB123$"},
        "side": {"type": "words", "words": ["left", "right"], "about": "side"},
    }
    record = {**small_trial.RECORD, "parts": parts, "record": {**small_trial.RECORD["record"], **fields}}
    rule = {**small_trial.CRITERION, "met_when": condition}
    return rulebook(small_trial.folder_of(tmp_path, record=record, eligibility={"rules": [rule]}, **more), cache=False)


@pytest.mark.parametrize(
    ("condition", "record", "verdict", "changes"),
    [
        ("pump is null", {}, "NOT_MET", {"/pump/since": "2026-03-09"}),
        ("exists contacts", {}, "MET", {"/contacts/0/visit": "W4"}),
        (
            "not exists (allergies A where A = 'iron')",
            {"allergies": ["pollen"]},
            "NOT_MET",
            {"/allergies/0": "iron"},
        ),
        ("allergies A aggregate no starting true: no and A != 'iron'", {}, "NOT_MET", {"/allergies/0": "iron"}),
        ("age >= 18", {"age": 33}, "NOT_MET", {"/age": 17}),
        ("age < 18 or age > 65", {"age": 64}, "MET", {"/age": 66}),
        ("born >= @1930-01-01", {"born": "1950-05-05"}, "NOT_MET", {"/born": "1929-12-31"}),
        ("lot = 'AB123'", {"lot": "ZZ999"}, "MET", {"/lot": "AB123"}),
        ("box.lot is not null and box.side = 'left'", {}, "MET", {"/box/lot": "AB123", "/box/side": "left"}),
    ],
)
def test_what_is_there_and_the_nearest_value_turn_a_verdict(
    tmp_path: Path, small_trial: Any, condition: str, record: dict[str, Any], verdict: str, changes: dict[str, Any]
) -> None:
    found = turns(_small(tmp_path, small_trial, condition), BASE | record, "IC-1")
    assert {one.verdict: {c.pointer: c.now for c in one.changes} for one in found.turns}[verdict] == changes


def test_limits_of_each_edition_are_tried(tmp_path: Path, small_trial: Any) -> None:
    """A participant is judged by the limit of then, however far off that of today is."""
    values = [{"since": day, "value": value, "status": "assumed", "why": "x"} for day, value in LIMITS]
    limit = {"id": "oldest.age", "meaning": "x", "type": "integer", "values": values}
    book = _small(tmp_path, small_trial, "age <= oldest.age", protocol={"parameters": [limit]})
    (turn,) = turns(book, BASE | {"age": 33, "started": "2026-01-20T10:00:00+00:00"}, "IC-1").turns
    assert [(one.pointer, one.now) for one in turn.changes] == [("/age", 81)]


def test_numbers_of_a_record_are_exact_in_a_command(tmp_path: Path, small_trial: Any, precise: Any) -> None:
    book = _small(tmp_path, small_trial, "dose > 2.50")
    file = tmp_path / "one.json"
    file.write_text(json.dumps(BASE)[:-1] + ', "dose": 2.50}', "utf-8")
    said = precise("explain", file, "IC-1", "--flip", "--trial", book.folder)
    assert said.out.splitlines()[-2:] == ["MET with:", "  /dose: 2.51 for 2.50"]


def test_the_command_prints_verdict_reasons_and_turns(tmp_path: Path, book: Rulebook, precise: Any) -> None:
    file = tmp_path / "record.json"
    file.write_text(json.dumps(BASE | {"fit": False, "age": 3}), "utf-8")
    said = precise("explain", file, "IC-1", "--flip", "--trial", book.folder)
    assert said.status == 0
    assert said.out.splitlines()[0] == "IC-1: NOT_MET: x"
    assert said.out.splitlines()[-2:] == ["MET with:", "  /fit: true for false"]
    file.write_text(json.dumps(BASE | {"fit": False, "age": 1}), "utf-8")
    few = precise("explain", file, "IC-1", "--flip", "--trial", book.folder, "--tries", "1")
    assert few.status == 3
    assert few.out.splitlines()[-1] == "no other verdict by up to 0 facts (1 records were judged)"
    assert "no such rule" in precise("explain", file, "IC-9", "--trial", book.folder).err


def test_a_record_that_cannot_be_read_is_told(book: Rulebook) -> None:
    with pytest.raises(PreciseError):
        turns(book, {"subject": 1}, "IC-1")


def test_a_name_that_the_record_has_elsewhere_is_tried(tmp_path: Path, small_trial: Any) -> None:
    fields = {"partner": {"type": "identifier", "about": "x"}, "partner_again": {"type": "identifier", "about": "x"}}
    record = {**small_trial.RECORD, "record": {**small_trial.RECORD["record"], **fields}}
    rule = {"id": "IC-1", "kind": "inclusion", "title": "x", "quote": "x", "source": "x"}
    eligibility = {"rules": [{**rule, "met_when": "partner = partner_again"}]}
    small_trial.folder_of(tmp_path, record=record, eligibility=eligibility)
    found = turns(rulebook(tmp_path, cache=False), BASE | {"partner": "P-7"}, "IC-1").turns
    assert {one.verdict: one.changes[0].now for one in found}["MET"] == "P-7"
