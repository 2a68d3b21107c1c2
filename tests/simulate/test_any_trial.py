"""Participants of any trial folder: valid, each verdict of each criterion among them, some allowed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cli.simulate_trial import trial_of
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.simulate.change import Changer
from precise_cal.simulate.draw import Drawer
from precise_cal.simulate.participants import participants
from precise_cal.simulate.places import at, beside, leaves, places, put, without
from precise_cal.simulate.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.simulate.participants import Made


@pytest.fixture(scope="module")
def other_book(other_trial: Path) -> Rulebook:
    return rulebook(other_trial, cache=False)


@pytest.fixture(scope="module")
def made(other_book: Rulebook) -> Made:
    return participants(trial_of(other_book), Plan.model_validate({}), 60, 1)


@pytest.fixture(scope="module")
def words(made: Made, other_book: Rulebook) -> dict[str, set[str]]:
    """What each rule says of them; reading them shows that they are valid."""
    found, checker = defaultdict(set), Checker(other_book)
    for record in made.records:
        data = json.dumps(record).encode()
        subject = checker.subject(other_book.records.read(data), data)
        for verdict in subject.verdicts:
            found[verdict.id].add(verdict.verdict)
    return found


def test_each_verdict_of_each_criterion_occurs(words: dict[str, set[str]], made: Made, other_book: Rulebook) -> None:
    for rule in other_book.edition(None).rules:
        if rule.kind == "inclusion":
            assert words[rule.rule.id] == {"MET", "NOT_MET", "UNKNOWN"}
        elif rule.kind == "exclusion":
            assert words[rule.rule.id] == {"ABSENT", "PRESENT", "UNKNOWN"}
    assert words["GATE"] == {"ALLOW", "REFUSE", "INCOMPLETE"}
    assert (made.missed, made.is_any_allowed) == ((("ADH-1", "NOT_DUE"),), True), "it has nothing after its cut-off"


def test_rules_of_conduct_are_kept_and_broken(words: dict[str, set[str]], other_book: Rulebook) -> None:
    for rule in other_book.edition(None).rules:
        if rule.kind == "conduct":
            assert {"COMPLIANT", "DEVIATION"} <= words[rule.rule.id], rule.rule.id


def test_a_few_participants_share_the_verdicts_among_them(other_book: Rulebook) -> None:
    few = participants(trial_of(other_book), Plan.model_validate({}), 8, 3)
    checker = Checker(other_book)
    said = defaultdict(set)
    for record in few.records:
        data = json.dumps(record).encode()
        for verdict in checker.subject(other_book.records.read(data), data).verdicts:
            said[verdict.id].add(verdict.verdict)
    assert said["GATE"] == {"ALLOW", "REFUSE", "INCOMPLETE"}
    criteria = [rule.rule.id for rule in other_book.edition(None).rules if rule.kind in ("inclusion", "exclusion")]
    assert sum(len(said[rule]) == 3 for rule in criteria) > len(criteria) / 2


@pytest.mark.parametrize(("limits", "days"), [((0, 0), {0}), ((-3, 0), {-3, -2, -1, 0}), ((0, 2), {0, 1, 2})])
def test_a_moment_comes_as_long_after_another_as_the_plan_says(
    limits: tuple[int, int], days: set[int], other_book: Rulebook
) -> None:
    low, high = limits
    values = {"first_dose_at": {"after": "allocation.at", "from": low, "to": high}}
    drawer = Drawer(trial_of(other_book), Plan.model_validate({"values": values}), Random(1))
    record = {"allocation": {"at": "2026-03-10T12:00:00+01:00"}, "first_dose_at": "2026-03-01T12:00:00+01:00"}
    drawn = [datetime.fromisoformat(drawer.planned(record)["first_dose_at"]) for _ in range(40)]
    assert {(one - datetime.fromisoformat("2026-03-10T12:00:00+01:00")).days for one in drawn} == days


def test_a_place_is_given_what_may_stand_there(other_book: Rulebook) -> None:
    """A text for a text, a moment for a moment: every change of one place leaves a record that can be read."""
    drawer = Drawer(trial_of(other_book), Plan.model_validate({}), Random(1))
    changer, record = Changer(drawer, frozenset()), drawer.record(drawer.first_day)
    other_book.records.record(record)
    for place, _ in leaves(record):
        for _ in range(3):
            other_book.records.record(changer.at(record, place, None, null=0))


def test_a_seed_decides_whatever_the_order_of_sets_is(other_trial: Path) -> None:
    command = [sys.executable, "-m", "precise_cal", "simulate", "--trial", other_trial, "--participants", "6"]
    runs = [
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0].count(b"\n") == 6


def test_the_gate_allows_one_of_them(precise: Callable[..., Any], other_trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "trial.jsonl"
    assert precise("simulate", "--trial", other_trial, "--participants", "6", "--out", out).status == 0
    statuses, as_of = [], ("--as-of", "2028-06-01T00:00:00+02:00")
    for line in out.read_text("utf-8").splitlines():
        (tmp_path / "one.json").write_text(line, "utf-8")
        said = precise("gate", tmp_path / "one.json", "--trial", other_trial, *as_of, "--format", "json")
        statuses.append((said.status, json.loads(said.out)["decision"]))
        if statuses[-1][1] == "ALLOW":
            break
    assert (3, "ALLOW") in statuses, "3 is the exit status of an ALLOW that nothing recorded"


def test_nothing_is_known_after_the_cut_off(precise: Callable[..., Any], other_trial: Path) -> None:
    arguments = ("--participants", "6", "--cutoff", "2026-06-01T00:00:00+02:00")
    said = precise("simulate", "--trial", other_trial, *arguments)
    assert said.status == 0
    times = re.findall(r'"(20\d\d-\d\d-\d\d)', said.out)
    assert times
    assert max(times) <= "2026-06-01"


WRONG = {
    "plann: precise_cal": 'did you mean "plan"?',
    "plan: precise": "there is no such plan; known are precise_cal",
    "plan: precise_cal\nsettings: {first_day: 2026-02-09}": 'the key "enrollment_days" is missing',
    "values: {person.sexx: {weights: {male: 1}}}": 'did you mean "person.sex"?',
    "values: {person.sex: {weights: {man: 1}}}": "man is no word of this field",
    "values: {first_dose_at: {after: allocation.on, from: 0, to: 1}}": 'did you mean "allocation.at"?',
    "values: {person.sex: {after: allocation.at, from: 0, to: 1}}": "`after` is for dates and instants",
    "values: {contacts: {each: [W4], of: names}}": 'did you mean "name"?',
    "values: {contacts: {each: [W5], of: name}}": "W5 is no word of name",
    "values: {vitals: {items: [1, 2]}}": "`items` is for lists",
    "values: {labs.value: {mean: 1}}": "`mean` and `sd` belong together",
    "verdicts: {IC-33: {MET: 0.1}}": 'did you mean "IC-3"?',
    "verdicts: {IC-3: {PRESENT: 0.1}}": "IC-3 never says PRESENT",
    "shares: {enrolled: 0.9, refused: 0.2}": "more than 1 together",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_plan_is_told_with_its_place(text: str, other_copy: Path, precise: Callable[..., Any]) -> None:
    (other_copy / "simulate.yaml").write_text(f"{text}\n", "utf-8")
    for command in (("simulate", "--participants", "1"), ("rules", "lint")):
        said = precise(*command, "--trial", other_copy)
        assert (said.status, WRONG[text] in said.err, "simulate.yaml:" in said.err) == (2, True, True), said.err


def test_places_of_a_record(book: Rulebook) -> None:
    fields = dict(book.schema.walk())
    record = {"lesions": [{"devices": [{"at": "x"}]}, {"devices": []}], "randomization": None}
    assert places(record, ("lesions", "devices", "at"), fields) == [
        ("lesions", 0, "devices", 0, "at"),
        ("lesions", 1, "devices"),
    ]
    assert places(record, ("randomization", "at"), fields) == [("randomization",)]
    assert places(record, ("consent", "written"), fields) == [("consent", "written")]
    assert at(put(record, ("lesions", 1, "devices", 0, "at"), "y"), ("lesions", 1, "devices", 0, "at")) == "y"
    assert at(record, ("lesions", 1, "devices", 0, "at")) is None, "no record is changed"
    assert without(record, ("lesions", 0))["lesions"] == [{"devices": []}]
    assert beside(("lesions", 1, "devices", 0, "at"), ("lesions", "vessel")) == ("lesions", 1, "vessel")
    assert beside(("visits", 2, "date"), ("procedure", "started_at")) == ("procedure", "started_at")
