"""Rules as FHIR R5 and USDM v4: every criterion with its clause and its condition, and nothing that leads nowhere."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.exchange.publish import as_fhir, as_usdm
from precise_cal.exchange.publish.usdm import CONDITION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

CRITERIA = ("inclusion", "exclusion")


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within a document."""
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(one)
    if isinstance(value, dict):
        yield value


def test_fhir_has_each_criterion_with_clause_and_condition(book: Rulebook) -> None:
    bundle = json.loads(json.dumps(as_fhir(book)))
    study, variable, library = (one["resource"] for one in bundle["entry"])
    assert [one["resourceType"] for one in (study, variable, library)] == [
        "ResearchStudy",
        "EvidenceVariable",
        "Library",
    ]
    assert study["recruitment"]["eligibility"]["reference"] == bundle["entry"][1]["fullUrl"]
    assert len({one["fullUrl"] for one in bundle["entry"]}) == len(bundle["entry"])
    rules = [one for one in book.latest.rules if one.kind in CRITERIA]
    found = {one["linkId"]: one for one in variable["characteristic"]}
    assert [*found] == [one.rule.id for one in rules]
    for one in rules:
        told = found[one.rule.id]
        assert told["description"] == one.rule.quote
        assert told["exclude"] is (one.kind == "exclusion")
        assert told["definitionExpression"]["language"] == "text/cql"
        assert told["definitionExpression"]["expression"] in {
            each.code.text.strip() for each in one.conditions.values()
        }
    text = base64.b64decode(library["content"][0]["data"]).decode()
    assert all(f'define "{name}":' in text for name in book.latest.environment.definition_sources)


def test_usdm_has_each_criterion_once_and_every_reference_leads_somewhere(book: Rulebook) -> None:
    document = json.loads(json.dumps(as_usdm(book)))
    (version,) = document["study"]["versions"]
    (design,) = version["studyDesigns"]
    objects = [one for one in parts(document["study"]) if one.get("id")]
    ids = {one["id"] for one in objects}
    assert len(ids) == len(objects), "each object has an identifier of its own"
    assert all(one.get("instanceType") for one in objects)
    items = {one["id"]: one for one in version["eligibilityCriterionItems"]}
    rules = {one.rule.id: one for one in book.latest.rules if one.kind in CRITERIA}
    assert [one["identifier"] for one in design["eligibilityCriteria"]] == [*rules]
    for one in design["eligibilityCriteria"]:
        assert items[one["criterionItemId"]]["text"] == rules[one["identifier"]].rule.quote
        assert one["extensionAttributes"][0]["url"] == CONDITION
    for one in parts(document["study"]):
        for key, value in one.items():
            if key.endswith("Id") and value is not None and key != "extensionId":
                assert value in ids, (key, value)
            if key.endswith("Ids"):
                assert {*value} <= ids, key
    assert {one["armId"] for one in design["studyCells"]} == {one["id"] for one in design["arms"]}


@pytest.mark.parametrize("form", ["fhir", "usdm"])
def test_another_trial_is_published_by_its_files_alone(
    form: str, small_trial: Any, tmp_path: Path, precise: Callable[..., Any]
) -> None:
    folder = small_trial.folder_of(tmp_path / "trial")
    said = precise("rules", "publish", "--format", form, "--trial", folder)
    assert said.status == 0, said.err
    document = json.loads(said.out)
    texts = [one.get("linkId") or one.get("identifier") for one in parts(document)]
    assert "IC-1" in texts
    assert "QFR" not in said.out


def test_a_file_is_never_written_over_and_a_wrong_format_is_told(tmp_path: Path, precise: Callable[..., Any]) -> None:
    out = tmp_path / "rules.json"
    assert precise("rules", "publish", "--format", "usdm", "--out", out).status == 0
    assert json.loads(out.read_text("utf-8"))["usdmVersion"] == "4.0"
    assert precise("rules", "publish", "--format", "usdm", "--out", out).status == 2
    said = precise("rules", "publish", "--format", "xml")
    assert (said.status, '--format "xml": should be fhir or usdm' in said.err) == (2, True)
