"""What is generated stands as it would be generated now, and what is quoted stands in the record."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from precise_cal.engine.rulebook import rulebook
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "maker"),
    [
        ("rules.md", "make_rules.py"),
        ("assumptions.md", "make_rules.py"),
        ("traceability.md", "make_rules.py"),
        ("record.md", "make_dictionary.py"),
        ("study-form.md", "make_dictionary.py"),
    ],
)
def test_generated_pages_are_current(name: str, maker: str, program: Callable[[str], Any]) -> None:
    made = program(f"docs/{maker}").pages()[name]
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == made, f"run python docs/{maker}"


@pytest.mark.slow
def test_the_table_of_coverage_is_current(program: Callable[[str], Any]) -> None:
    """It judges every case: half a minute on a busy machine."""
    made = program("docs/make_coverage.py").pages()["coverage.md"]
    assert (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8") == made, "run python docs/make_coverage.py"


def test_the_dictionary_says_of_each_field_who_reads_it_and_whether_it_is_masked() -> None:
    rows = (ROOT / "docs" / "record.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows if row.startswith("| ")]
    by_name = {row[0]: row for row in cells if len(row) == 6}
    assert "[EX-6](rules.md#ex-6)" in by_name["interferes_with_antiplatelet"][4]
    assert [by_name[name][5] for name in ("arm", "gate_decision_id", "dissection")] == ["yes", "", "yes"]
    assert by_name["diameter_stenosis"][2] == "value and unit, like `%`, 0 to 100"


def test_schemas_beside_the_rules_are_current(program: Callable[[str], Any]) -> None:
    for name, schema in program("docs/make_schemas.py").schemas().items():
        written = json.loads((bundled() / "schema" / f"{name}.json").read_text(encoding="utf-8"))
        assert written == schema, "run python docs/make_schemas.py"


def test_examples_are_current(program: Callable[[str], Any]) -> None:
    examples = program("examples/make_participants.py")
    assert len(examples.EXAMPLES) >= 12
    for name in examples.EXAMPLES:
        file = ROOT / "examples" / "participants" / f"{name}.json"
        assert json.loads(file.read_text(encoding="utf-8")) == examples.make(name), (
            "run python examples/make_participants.py"
        )


def table() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs" / "traceability.yaml").read_text(encoding="utf-8"))
    return rows


def test_traceability_names_rules_that_exist_and_every_one_of_them(program: Callable[[str], Any]) -> None:
    book = rulebook(bundled())
    known = {rule.rule.id for rule in book.edition(None).rules if rule.kind != "side_finding"}
    named = {rule for row in program("docs/make_rules.py").traced(table(), book) for rule in row.get("rules", [])}
    assert named == known
    assert all(("rules" in row) is not ("none" in row) for row in table())


def test_every_sentence_of_the_record_is_traced(index: ModuleType) -> None:
    """What the table says is verbatim; and no sentence of the record's substance is left over."""
    marked = index.INDEX.read_text(encoding="utf-8").split()
    words = [word.rstrip("|") for word in marked]
    for row in table():
        assert index.places(row["says"], words), row["says"]
    first = index.places("The goal of this clinical trial", words)[0]
    last = index.places("Collaborators and Investigators", words)[-1]
    left = [word if first <= place < last and not word.endswith("|") else None for place, word in enumerate(marked)]
    for quote in sorted([*(row["says"] for row in table()), *HEADINGS], key=len, reverse=True):
        length = len(index.digests(quote))
        for place in index.places(quote, words):
            left[place : place + length] = [None] * length
    runs = [list(run) for is_left, run in groupby(range(len(left)), lambda place: left[place] is not None) if is_left]
    assert [run for run in runs if len(run) > 3] == []


HEADINGS = (
    "The main questions it aims to answer are:",
    "Study Overview Detailed Description",
    "Study Type Interventional Enrollment (Estimated)",
    (
        "Contacts and Locations This section provides the contact details for those conducting the study, and"
        " information on where this study is being conducted."
    ),
    (
        "Study Contact Study Locations Participation Criteria Researchers look for people who fit a certain "
        "description, called eligibility criteria."
    ),
    "Some examples of these criteria are a person's general health condition or prior treatments.",
    "Eligibility Criteria Ages Eligible for Study",
    "Accepts Healthy Volunteers No Description Inclusion Criteria:",
    "Exclusion Criteria:",
    (
        "Study Plan This section provides details of the study plan, including how the study is designed and "
        "what the study is measuring."
    ),
    "How is the study designed?",
    "Design Details",
    "Arms and Interventions Participant Group / Arm Intervention / Treatment",
    "Experimental: Drug coated balloon",
    "Active Comparator: Drug eluting stent",
    "What is the study measuring?",
    "Primary Outcome Measures Outcome Measure Time Frame",
    "Secondary Outcome Measures Outcome Measure Time Frame",
    "One year after treatement.",
    "From treatment to hospital discharge",
    "one year after treatment",
)
"""Headings and sentences of the registry's own form, which say nothing about this trial."""
