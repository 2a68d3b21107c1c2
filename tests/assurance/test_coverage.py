"""What cases and records have decided of the atoms of a small trial."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from precise_cal.assurance.coverage import Given, coverage
from precise_cal.engine.rulebook import rulebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

FIELDS = {"age": {"type": "integer", "about": "age"}, "visits": {"type": "list of Contact", "about": "the contacts"}}
SEEN = "V.status = 'done' and V.mode is not null"
RULES: dict[str, Any] = {
    "definitions": [
        {"define": "IsGrown", "means": "whether", "as": "age >= 18"},
        {"define": "IsOlder", "means": "whether", "operands": {"than": "Integer"}, "as": "age > than"},
        {"define": "WasSeen", "means": "whether", "as": f"exists (visits V where {SEEN})"},
    ],
    "rules": [
        {
            "id": "IC-1",
            "kind": "inclusion",
            "title": "x",
            "quote": "x",
            "source": "x",
            "met_when": "IsGrown and (fit or not IsOlder(60)) is true",
            "notices": [{"code": "SEEN", "text": "seen", "when": "WasSeen"}],
        },
        {"id": "EX-1", "kind": "exclusion", "title": "x", "quote": "x", "source": "x", "present_when": "withdrew"},
    ],
}


@pytest.fixture
def folder(tmp_path: Path, small_trial: Any) -> Path:
    """A trial with two criteria, three definitions and a notice."""
    record = {**small_trial.RECORD, "record": {**small_trial.RECORD["record"], **FIELDS}}
    small_trial.folder_of(tmp_path, record=record, eligibility=RULES)
    return tmp_path


def _decided(book: Rulebook, *records: dict[str, Any], only: str | None = None) -> dict[str, tuple[int, int, int]]:
    data = [json.dumps({"schema_version": "1.0", "subject": "P-1", **one}).encode() for one in records]
    found = coverage(book, [Given(book.records.read(one)) for one in data], only and frozenset({only}))
    return {one.atom.text: (one.true, one.false, one.unknown) for one in found.atoms}


def test_every_atom_is_counted_by_what_it_was(folder: Path) -> None:
    book = rulebook(folder, cache=False)
    grown, child, unknown = {"age": 70, "fit": False}, {"age": 7, "fit": True}, {"withdrew": True}
    assert _decided(book, grown, child, unknown) == {
        "age >= 18": (1, 1, 1),
        "age > than": (1, 0, 1),
        "fit": (0, 1, 1),
        "V.status = 'done'": (0, 0, 0),
        "V.mode is not null": (0, 0, 0),
        f"exists (visits V where {SEEN})": (0, 3, 0),
        "withdrew": (1, 0, 2),
    }


def test_what_is_not_looked_at_is_not_decided(folder: Path) -> None:
    book = rulebook(folder, cache=False)
    seen = _decided(book, {"age": 7, "visits": [{"status": "missed", "mode": "clinic"}]})
    assert seen["fit"] == (0, 0, 0), "a child is refused whether fit or not"
    assert (seen["V.status = 'done'"], seen["V.mode is not null"]) == ((0, 1, 0), (0, 0, 0))


def test_atoms_of_one_rule_are_those_that_it_rests_on(folder: Path) -> None:
    assert set(_decided(rulebook(folder, cache=False), {"withdrew": True}, only="EX-1")) == {"withdrew"}


def test_a_record_counts_once_for_each_value_of_an_atom(folder: Path) -> None:
    visits = [{"status": "missed"}, {"status": "done"}, {"status": "done"}]
    seen = _decided(rulebook(folder, cache=False), {"age": 20, "visits": visits})
    assert (seen["V.status = 'done'"], seen["V.mode is not null"]) == ((1, 1, 0), (0, 1, 0))


def test_the_command_shows_what_records_and_cases_have_not_decided(folder: Path, precise: Callable[..., Any]) -> None:
    (folder / "tests").mkdir()
    (folder / "tests" / "good.json").write_text(
        json.dumps({"schema_version": "1.0", "subject": "P-1", "age": 20, "fit": True, "withdrew": False}), "utf-8"
    )
    cases = {"EX-1": [{"case": "stays", "from": "good", "expect": "ABSENT"}]}
    (folder / "tests" / "cases.yaml").write_text(yaml.safe_dump(cases), "utf-8")
    assert precise("check", folder / "tests" / "good.json", "--trial", folder).status == 0, (
        "rules are kept, without trees"
    )
    said = precise("rules", "coverage", "--trial", folder, "--rule", "EX-1")
    assert said.status == 0
    assert "EX-1: 0 of 1 atoms decided both ways, 1 one way, 0 never" in said.out
    assert "eligibility.yaml:" in said.out
    assert "EX-1: withdrew: 0 true, 1 false, 0 unknown\n1 records decided 0 of 1 atoms both ways" in said.out
    said = precise("rules", "coverage", "--trial", folder, folder / "tests" / "good.json", "--format", "json")
    found = json.loads(said.out)
    assert (found["records"], len(found["rules"])) == (1, 2)
    (atom,) = [one for one in found["atoms"] if one["text"] == "withdrew"]
    assert (atom["file"], atom["true"], atom["false"]) == ("eligibility.yaml", 0, 1)
    assert precise("rules", "coverage", "--trial", folder, "--format", "xml").status == 2
    assert precise("rules", "coverage", "--trial", folder, folder / "none.json").status == 2
