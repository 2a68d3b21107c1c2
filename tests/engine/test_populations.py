"""To which analysis populations a participant belongs: domain paper, section 5.2."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.load import load
from precise_cal.engine.rulebook.populations import names_of
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.protocol.report import Subject

COMPLETE = json.loads((bundled() / "tests" / "complete.json").read_text(encoding="utf-8"))


def judged(change: Callable[[dict[str, Any]], Any]) -> Subject:
    record = deepcopy(COMPLETE)
    change(record)
    data = json.dumps(record).encode()
    book = rulebook(bundled())
    return Checker(book).subject(book.records.read(data), data)


def ended(status: str, date: str | None) -> Callable[[dict[str, Any]], None]:
    """The participation ends early; nothing is known of what would have come after it."""

    def change(record: dict[str, Any]) -> None:
        record["disposition"] = {"status": status, "date": date}
        record["last_contact"] = None
        record["visits"] = [one for one in record["visits"] if date is not None and one["date"] <= date]
        record["qfr_measurements"] = [one for one in record["qfr_measurements"] if one["phase"] != "month_12"]

    return change


def missed(name: str) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        visit = next(one for one in record["visits"] if one["visit"] == name)
        visit.update(status="missed", date=None, mode=None)

    return change


def without_allocation(record: dict[str, Any]) -> None:
    record["randomization"] = None


CASES: dict[str, tuple[Callable[[dict[str, Any]], Any], dict[str, bool | None]]] = {
    "complete": (lambda record: None, {"ITT": True, "PP": True, "AT": True, "QFR": True}),
    "withdrew early": (ended("withdrawn", "2026-06-01"), {"ITT": True, "PP": False, "AT": True, "QFR": False}),
    "lost early": (ended("lost_to_follow_up", "2026-06-01"), {"ITT": True, "PP": False, "AT": True, "QFR": False}),
    "lost, unknown when": (ended("lost_to_follow_up", None), {"ITT": True, "PP": False, "QFR": False}),
    "withdrew on day 365": (ended("withdrawn", "2027-03-10"), {"ITT": True, "PP": True}),
    "died early": (ended("died", "2026-06-01"), {"ITT": True, "PP": True, "AT": True, "QFR": False}),
    "missed M1": (missed("M1"), {"ITT": True, "PP": True}),
    "missed M6": (missed("M6"), {"ITT": True, "PP": True}),
    "not randomized": (without_allocation, {"ITT": False, "PP": False, "AT": False, "QFR": False}),
}


@pytest.mark.parametrize(("change", "expected"), CASES.values(), ids=CASES)
def test_membership(change: Callable[[dict[str, Any]], Any], expected: dict[str, bool | None]) -> None:
    subject = judged(change)
    assert {name: subject.populations[name] for name in expected} == expected
    left = {one.population for one in subject.population_reasons}
    if subject.populations["ITT"]:
        assert left == {name for name, stays in subject.populations.items() if stays is False}


def test_withdrawal_is_a_reason_and_no_deviation() -> None:
    subject = judged(ended("withdrawn", "2026-06-01"))
    assert not [one for one in subject.deviations if one.category == "VISIT"]
    assert [one.code for one in subject.population_reasons if one.population == "PP"] == ["NO_STATUS_AT_12_MONTHS"]


def test_before_the_window_is_over_nobody_leaves() -> None:
    def early(record: dict[str, Any]) -> None:
        ended("on_study", "2026-06-01")(record)
        record["data_cutoff"] = "2026-06-02T00:00:00+08:00"

    assert judged(early).populations == {"ITT": True, "PP": True, "AT": True, "QFR": True}


def test_a_deviation_is_a_reason_of_the_populations_that_it_leaves() -> None:
    subject = judged(lambda record: record["lesions"][0].update(vessel="LAD", pci_indicated=False))
    left = {(one.population, one.code) for one in subject.population_reasons}
    assert left == {
        (name, one.code) for one in subject.deviations for name, stays in one.populations.items() if not stays
    }
    assert left


def test_a_cutoff_that_is_not_known_leaves_open_who_leaves() -> None:
    def open_(record: dict[str, Any]) -> None:
        ended("withdrawn", "2026-06-01")(record)
        record["data_cutoff"] = None

    assert judged(open_).populations["PP"] is None


def copied(tmp_path: Path, name: str, old: str, new: str) -> Path:
    for file in bundled().glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        if file.name == name:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_deviation_that_leaves_an_unknown_population_is_refused_with_its_place(tmp_path: Path) -> None:
    folder = copied(tmp_path, "events.yaml", "  - id: QFR\n    title", "  - id: QFR1\n    title")
    with pytest.raises(
        RuleFileError, match=r'deviations\.yaml:\d+:\d+: "QFR" is no population; known are ITT, PP, AT, QFR1'
    ):
        names_of(load(folder))


def test_a_population_stands_once(tmp_path: Path) -> None:
    folder = copied(tmp_path, "events.yaml", "  - id: AT\n    title", "  - id: PP\n    title")
    with pytest.raises(RuleFileError, match="the population PP is declared in another place too"):
        names_of(load(folder))


def test_without_declared_populations_those_that_deviations_leave_are_judged(tmp_path: Path) -> None:
    text = (bundled() / "events.yaml").read_text(encoding="utf-8")
    block = text[text.index("populations:\n") : text.index("# Moments that must not")]
    folder = copied(tmp_path, "events.yaml", block, "\n")
    unused = text[text.index("  - define: HasAnyQfrAtTwelveMonths") : text.index("  - define: HasQfrInWindow")]
    (folder / "events.yaml").write_text(text.replace(block, "\n").replace(unused, ""), encoding="utf-8")
    assert list(names_of(load(folder))) == ["ITT", "AT", "PP", "QFR"]
    data = json.dumps(COMPLETE).encode()
    book = rulebook(folder)
    assert Checker(book).subject(book.records.read(data), data).populations == dict.fromkeys(
        ("ITT", "AT", "PP", "QFR"), True
    )
