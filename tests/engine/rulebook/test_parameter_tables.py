"""A parameter may be a table: each row has its own quote, status and history, and a key without a row has no value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

TABLE = """
  - id: troponin.limit
    meaning: the upper limit of normal
    type: quantity
    unit: ng/L
    by: [assay, sex]
    lookup: TroponinLimit
    rows:
      - key: [hs-TnT 5.0, female]
        values:
          - {since: 2026-02-01, value: "9", status: registry, quote: "9 ng/L"}
          - {since: 2026-06-01, value: "10", status: assumed, why: a test}
      - {key: [hs-TnT 5.0, male], values: [{since: 2026-02-01, value: "16", status: assumed, why: a test}]}
"""
RULE = """rules:
  - id: EX-11
    kind: exclusion
    title: Troponin above the limit
    quote: nothing
    source: a test
    present_when: |
      labs L aggregate found starting false: found or L.quantity > TroponinLimit(L.assay, demographics.sex)
"""


def _with_table(folder: Path, old: str = "", new: str = "") -> Path:
    """The bundled trial with a table, and a criterion that reads it."""
    protocol, eligibility = folder / "protocol.yaml", folder / "eligibility.yaml"
    text = protocol.read_text("utf-8")
    protocol.write_text(text.replace("\nparameters:\n", f"\nparameters:{TABLE.replace(old, new, 1)}", 1), "utf-8")
    rules = eligibility.read_text("utf-8")
    eligibility.write_text(rules.replace("\nrules:\n", f"\n{RULE}", 1), "utf-8")
    return folder


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory, copy_rules: Callable[[Path], Path]) -> Rulebook:
    return rulebook(_with_table(copy_rules(tmp_path_factory.mktemp("table"))), cache=False)


@pytest.mark.parametrize(
    ("assay", "sex", "value", "on", "verdict"),
    [
        ("hs-TnT 5.0", "female", "9", "2026-03-10", "ABSENT"),
        ("hs-TnT 5.0", "female", "9.1", "2026-03-10", "PRESENT"),
        ("hs-TnT 5.0", "female", "9.1", "2026-07-10", "ABSENT"),
        ("hs-TnT 5.0", "male", "9.1", "2026-03-10", "ABSENT"),
        ("another", "male", "9.1", "2026-03-10", "UNKNOWN"),
        (None, "male", "9.1", "2026-03-10", "UNKNOWN"),
        ("hs-TnT 5.0", None, "9.1", "2026-03-10", "UNKNOWN"),
    ],
)
def test_read_by_key(
    assay: str | None, sex: str | None, value: str, on: str, verdict: str, book: Rulebook, screening: dict[str, Any]
) -> None:
    screening["demographics"]["sex"] = sex
    screening["procedure"]["started_at"] = f"{on}T09:00:00+08:00"
    screening["data_cutoff"] = f"{on}T12:00:00+08:00"
    screening["labs"] = [{"test": "ctnt", "value": value, "unit": "ng/L", "assay": assay}]
    data = json.dumps(screening).encode()
    subject = Checker(book).subject(book.records.read(data), data)
    found = next(one for one in subject.verdicts if one.id == "EX-11")
    assert found.verdict == verdict
    limit = "10 ng/L" if on > "2026-06" else "9 ng/L"
    status = "assumed" if on > "2026-06" else "registry"
    assert [(one.id, one.value, one.status) for one in found.parameters] == [
        ("troponin.limit.hs-TnT 5.0, female", limit, status),
        ("troponin.limit.hs-TnT 5.0, male", "16 ng/L", "assumed"),
    ]


def test_a_case_may_vary_a_row(book: Rulebook) -> None:
    written, book = book, book.varied({"troponin.limit.hs-TnT 5.0, male": "20"})
    assert [name for name, rule in book.rules.items() if rule is not written.rules[name]] == ["EX-11"]
    parameters = book.parameters_of(book.timeline.keys[0])
    assert parameters["troponin.limit.hs-TnT 5.0, male"].used.value == "20 ng/L"
    assert parameters["troponin.limit.hs-TnT 5.0, female"].used.value == "9 ng/L"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("    lookup: TroponinLimit\n", "", "the name of its function (lookup)"),
        ("[hs-TnT 5.0, male]", "[hs-TnT 5.0, female]", "the row hs-TnT 5.0, female stands twice"),
        ("[hs-TnT 5.0, male]", "hs-TnT 5.0", "a row has one word for each of assay, sex"),
        ("[hs-TnT 5.0, male]", '[hs-TnT 5.0, "ma\'le"]', "a key has neither quotes nor backslashes"),
        ('value: "16"', 'value: "many"', "should be a number in quotes"),
        ("lookup: TroponinLimit", "lookup: IsOneOf", "IsOneOf"),
        ("lookup: TroponinLimit", "lookup: Unused", "TroponinLimit"),
    ],
)
def test_refused(old: str, new: str, problem: str, rules_copy: Path) -> None:
    with pytest.raises(RuleFileError) as refused:
        rulebook(_with_table(rules_copy, old, new), cache=False)
    assert problem in str(refused.value)
