"""The synthetic trial: the same from the same seed, valid by the contract, and with everything in it."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook.load import records_of
from precise_cal.rules import bundled
from precise_cal.simulate import cohort, plan_of_the_bundled_trial
from precise_cal.simulate.plans.precise_cal import DEPARTURES, MISTAKES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject

read_record = records_of(bundled()).read


@pytest.fixture(scope="module")
def whole() -> tuple[dict[str, Any], ...]:
    return cohort(656, 1)


@pytest.fixture(scope="module")
def subjects(whole: tuple[dict[str, Any], ...], book: Rulebook) -> list[Subject]:
    checker = Checker(book)
    data = [json.dumps(record).encode() for record in whole]
    return [checker.subject(read_record(one), one) for one in data]


def test_a_seed_decides_everything() -> None:
    assert cohort(40, 7) == cohort(40, 7)
    assert cohort(40, 7) != cohort(40, 8)


def test_the_records_of_a_seed_stay_what_they_are() -> None:
    text = "".join(f"{json.dumps(record)}\n" for record in cohort(300, 7))
    assert sha256(text.encode()).hexdigest() == "ceb4f31c0effd4c340564ef58ed67f85c95192af3eb886ec40c95c9f821016dd"


def test_the_plan_has_a_share_for_every_departure_and_mistake_that_the_code_knows() -> None:
    settings = plan_of_the_bundled_trial().settings
    assert set(settings["departures"]) == set(DEPARTURES)
    assert {name for one in settings["mistakes"] for name in one} == set(MISTAKES)
    assert set(settings["screening"]["reasons"]) <= set(DEPARTURES)


def test_every_code_that_a_record_can_show_occurs(subjects: list[Subject], book: Rulebook) -> None:
    found = Counter(one.code for subject in subjects for one in subject.deviations)
    never = {"DV-RND-03", "DV-SAF-01", "DV-TRT-05", "DV-PRC-03"}
    assert set(book.deviations.taxonomy) - set(found) == never, "seen by the gate, not drawn, or of rules that are off"
    assert max(found.values()) < 0.2 * len(subjects)


def test_rates_are_plausible(whole: tuple[dict[str, Any], ...], subjects: list[Subject]) -> None:
    randomized = {record["subject_id"] for record in whole if record["randomization"]}
    words = Counter(
        (one.id, one.verdict) for subject in subjects if subject.subject_id in randomized for one in subject.verdicts
    )
    assert 0.85 < len(randomized) / len(whole) < 0.95
    assert 0.1 < sum(bool(subject.deviations) for subject in subjects) / len(randomized) < 0.4
    assert 0.04 < words["MACE-1", "YES"] / (words["MACE-1", "YES"] + words["MACE-1", "NO"]) < 0.25
    assert 0.04 < words["PERI-4", "YES"] / len(randomized) < 0.2
    assert all(words[rule, "CANNOT_ASSESS"] for rule in ("PERI-4", "MACE-1"))
    assert {subject.gate.decision for subject in subjects} == {"ALLOW", "REFUSE", "INCOMPLETE"}


def test_arms_are_balanced_within_sites(whole: tuple[dict[str, Any], ...]) -> None:
    arms = Counter((record["site_id"], record["randomization"]["arm"]) for record in whole if record["randomization"])
    for site in {site for site, _ in arms}:
        assert abs(arms[site, "DCB"] - arms[site, "DES"]) <= 3


def test_nothing_is_known_after_the_cut_off(whole: tuple[dict[str, Any], ...]) -> None:
    for record in whole:
        known = [visit["date"] for visit in record["visits"]] + [event["onset"] for event in record["events"]]
        known += [one["acquired_at"] for one in record["qfr_measurements"]]
        assert all(one is None or one <= record["data_cutoff"] for one in known), record["subject_id"]


def test_two_analysts_make_mistakes_of_their_own_kind(whole: tuple[dict[str, Any], ...]) -> None:
    qfr = [one for record in whole for one in record["qfr_measurements"] if one["value"] != one["reported_text"]]
    labs = [lab for record in whole for lab in record["labs"]]
    assert qfr
    assert any(lab["unit"] is None for lab in labs)
    assert any(lab["unit"] == "ng/mL" for lab in labs)
    assert any(len(record["consent"]["signed_at"] or "") == 10 for record in whole)


def test_command_writes_lines_and_never_over_a_file(precise: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    assert precise("simulate", "--participants", "5", "--seed", "2", "--out", path).status == 0
    assert [json.loads(line)["subject_id"] for line in path.read_text("utf-8").splitlines()] == [
        record["subject_id"] for record in cohort(5, 2)
    ]
    said = precise("simulate", "--participants", "5", "--out", path)
    assert (said.status, "--force" in said.err) == (2, True)
    assert precise("simulate", "--participants", "5", "--seed", "2").out == path.read_text("utf-8")
    assert precise("simulate", "--participants", "0").status == 2
    assert precise("simulate", "--participants", "2", "--cutoff", "2027-01-01").status == 0
    said = precise("simulate", "--participants", "2", "--cutoff", "2027-01-01T10:00:00")
    assert said.status == 2
    assert "offset" in said.err
