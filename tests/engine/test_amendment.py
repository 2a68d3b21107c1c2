"""An amendment holds from its day on; another trial is another folder of files, and no code."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AMENDMENT = """      - since: 2026-03-10
        value: "3.5"
        status: confirmed
        confirmed: {by: the sponsor, on: 2026-03-01, document: Amendment 1}
"""
DIAMETER = 'values:\n      - {since: 2026-02-01, value: "2.25", status: registry'


@pytest.fixture(scope="module")
def amended(tmp_path_factory: pytest.TempPathFactory, copy_rules: Callable[[Path], Path]) -> Path:
    """The bundled rules, the least diameter raised to 3.5 mm from 10 March 2026."""
    folder = copy_rules(tmp_path_factory.mktemp("amended"))
    file = folder / "protocol.yaml"
    text = file.read_text("utf-8")
    assert DIAMETER in text
    file.write_text(text.replace(DIAMETER, DIAMETER.replace("values:\n", f"values:\n{AMENDMENT}")), "utf-8")
    return folder


def _verdict(precise: Callable[..., Any], rules: Path, document: Any, *options: str) -> tuple[str, str, str]:
    said = precise("check", "-", "--rules", rules, "--format", "json", *options, stdin=json.dumps(document).encode())
    verdict = next(one for one in json.loads(said.out)["subjects"][0]["verdicts"] if one["id"] == "IC-5")
    least = next(one for one in verdict["parameters"] if one["id"] == "vessel_diameter.min")
    return verdict["verdict"], least["value"], least["status"]


BEFORE, AFTER = ("MET", "2.25 mm", "registry"), ("NOT_MET", "3.5 mm", "confirmed")


@pytest.mark.parametrize(
    ("randomized_at", "expected"),
    [
        ("2026-03-09T23:59:59+08:00", BEFORE),
        ("2026-03-10T00:00:00+08:00", AFTER),
        ("2026-03-09T16:00:00Z", AFTER),
        ("2026-03-09T15:59:59Z", BEFORE),
        ("2026-03-11", AFTER),
    ],
)
def test_the_day_of_randomization_governs(
    randomized_at: str, expected: tuple[str, ...], amended: Path, complete: dict[str, Any], precise: Callable[..., Any]
) -> None:
    complete["randomization"]["at"] = randomized_at
    assert _verdict(precise, amended, complete) == expected


def test_before_randomization_the_cutoff_governs(
    amended: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    assert _verdict(precise, amended, screening) == AFTER
    assert _verdict(precise, amended, screening, "--now", "2026-03-09T12:00:00+08:00") == BEFORE
    screening["data_cutoff"] = "2026-03-09T12:00:00+08:00"
    assert _verdict(precise, amended, screening) == BEFORE


def test_participants_of_both_editions_in_one_run(
    amended: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    early = screening | {"subject_id": "S0", "data_cutoff": "2026-03-09T12:00:00+08:00"}
    lines = "\n".join(json.dumps(one) for one in (screening, early, screening))
    said = precise("check", "-", "--rules", amended, "--format", "json", stdin=lines.encode())
    words = [
        next(one["verdict"] for one in subject["verdicts"] if one["id"] == "IC-5")
        for subject in json.loads(said.out)["subjects"]
    ]
    assert words == ["NOT_MET", "MET", "NOT_MET"]


def test_amended_rules_are_other_rules(amended: Path, screening: dict[str, Any], precise: Callable[..., Any]) -> None:
    stdin = json.dumps(screening).encode()
    runs = [precise("check", "-", *rules, "--format", "json", stdin=stdin) for rules in ([], ["--rules", amended])]
    first, second = (json.loads(run.out)["protocol"]["sha256"] for run in runs)
    assert first != second


LITTLE_TRIAL = {
    "protocol.yaml": """
        study:
          id: NCT99999999
          title: A trial of visits
          short_title: LITTLE
          version: "1"
          source: written for a test
          sponsor: nobody
          utc_offset: "-05:00"
        scopes:
          - id: contact
            title: every contact
            word: visit
            variable: contact
            items: visits
            key: contact.visit
            member_when: contact.status = 'done'
            ask: which contacts took place
            field: visits
        parameters:
          - id: means.allowed
            meaning: how a contact may take place
            type: words
            words: [telephone, clinic, angiography]
            values:
              - {since: 2026-01-01, value: [clinic], status: assumed, why: a test}
    """,
    "eligibility.yaml": """
        definitions:
          - define: IsFrench
            means: whether the site is one of the French ones
            as: StartsWith(site_id, 'FR')
        rules:
          - id: IN-A
            kind: inclusion
            title: French site
            quote: at a French site
            source: a test
            met_when: IsFrench
          - id: EX-A
            kind: exclusion
            title: Contact by other means
            quote: otherwise than in the clinic
            source: a test
            for_each: contact
            present_when: not (contact.mode in means.allowed)
    """,
}


@pytest.fixture
def little_trial(tmp_path: Path) -> Path:
    """Rules of another trial, with its own scope, parameter and definitions."""
    for name, text in LITTLE_TRIAL.items():
        (tmp_path / name).write_text(textwrap.dedent(text), "utf-8")
    return tmp_path


VISITS = [
    {"visit": "M1", "status": "done", "mode": "clinic"},
    {"visit": "M6", "status": "done", "mode": "telephone"},
    {"visit": "M12", "status": "missed", "mode": "telephone"},
]


@pytest.mark.parametrize(
    ("change", "words", "per", "status"),
    [
        ({"site_id": "FR01", "visits": VISITS[::2]}, ("MET", "ABSENT", "ALLOW"), {"M1": "ABSENT"}, 0),
        ({"site_id": "FR01", "visits": VISITS}, ("MET", "PRESENT", "REFUSE"), {"M1": "ABSENT", "M6": "PRESENT"}, 1),
        ({"site_id": "DE01", "visits": VISITS[:1]}, ("NOT_MET", "ABSENT", "REFUSE"), {"M1": "ABSENT"}, 1),
        ({"visits": VISITS[:1]}, ("UNKNOWN", "ABSENT", "INCOMPLETE"), {"M1": "ABSENT"}, 3),
        ({"site_id": "FR01"}, ("MET", "UNKNOWN", "INCOMPLETE"), {}, 3),
    ],
)
def test_another_trial(
    change: dict[str, Any],
    words: tuple[str, ...],
    per: dict[str, str],
    status: int,
    little_trial: Path,
    precise: Callable[..., Any],
) -> None:
    record = {"schema_version": "1.0", "subject_id": "S1", "study_id": "NCT99999999"} | change
    said = precise("check", "-", "--rules", little_trial, "--format", "json", stdin=json.dumps(record).encode())
    (subject,) = json.loads(said.out)["subjects"]
    assert tuple(verdict["verdict"] for verdict in subject["verdicts"]) == words
    assert {item["key"]: item["verdict"] for item in subject["verdicts"][1]["per"]} == per
    assert {query["rule"] for query in subject["queries"]} == {
        verdict["id"] for verdict in subject["verdicts"] if verdict["verdict"] == "UNKNOWN"
    }
    assert said.status == status


def test_another_trial_refuses_records_of_this_one(
    little_trial: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    said = precise("check", "-", "--rules", little_trial, stdin=json.dumps(screening).encode())
    assert said.status == 2
    assert "NCT99999999" in said.err
