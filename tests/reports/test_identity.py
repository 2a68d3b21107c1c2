"""Ids and fingerprints of findings, which stored decisions hold on to: neither may change from version to version."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook.reading import allocation_rules
from precise_cal.reports.identity import findings, masked_findings, masked_queries, queries
from precise_cal.reports.public import Mask, public_deviation, public_query, public_subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject


@pytest.fixture(scope="module")
def mask(book: Rulebook) -> Mask:
    return Mask(allocation_rules(book), book.schema.revealing)


@pytest.fixture
def subject(complete: dict[str, Any], judge: Callable[[Any], Subject]) -> Subject:
    """A participant with several deviations and questions."""
    complete["lesions"][0]["reference_vessel_diameter"][0]["value"] = "2.20"
    complete["lesions"].append(json.loads(json.dumps(complete["lesions"][0])) | {"lesion_id": "L2"})
    complete["renal"] = None
    complete["visits"] = None
    return judge(complete)


def digest(*content: Any) -> str:
    return sha256(json.dumps(content).encode()).hexdigest()[:16]


def test_a_fingerprint_is_made_of_what_a_reviewer_saw_in_this_order(subject: Subject, mask: Mask) -> None:
    public = public_subject(subject, mask)
    because = {one.id: [[why.pointer, why.observed, why.required] for why in one.because] for one in public.verdicts}
    shown = [public_deviation(one, mask) for one in subject.deviations]
    expected = [digest(one.importance, one.occurred_at, one.decode, because.get(one.rule)) for one in shown]
    found = findings(subject, mask)
    assert len(found) > 1
    assert any(because.get(one.rule) for one in shown)
    assert [one.fingerprint for one in found] == expected
    assert [one.deviation for one in found] == list(subject.deviations)
    asked = queries(subject, mask)
    assert len(asked) > 1
    assert [one.fingerprint for one in asked] == [
        digest(one.ask, one.pointer) for one in (public_query(query, mask) for query in subject.queries)
    ]


def test_an_id_is_participant_code_rule_and_item(subject: Subject, mask: Mask) -> None:
    names = [one.id for one in findings(subject, mask)]
    assert len(set(names)) == len(names)
    assert all(name.startswith(f"{subject.subject_id} DV-") for name in names)
    told = {" ".join(name.split()[1:3]) for name in names}
    kept = {one.id for one in public_subject(subject, mask).verdicts}
    assert {f"{one.code} {one.rule}" for one in subject.deviations if one.rule in kept} <= told
    asked = [one.id for one in queries(subject, mask)]
    assert len(set(asked)) == len(asked)
    about = {f"{subject.subject_id} Q {one.rule} {one.pointer}".strip() for one in subject.queries}
    assert about & set(asked)


def test_masked_lists_stand_in_the_order_of_what_is_shown(subject: Subject, mask: Mask) -> None:
    kept, asked = findings(subject, mask), queries(subject, mask)
    shown = masked_findings(reversed(kept), mask)
    assert {one.id for one in shown} == {one.id for one in kept}
    assert [(one.deviation.code, one.id) for one in shown] == sorted((one.deviation.code, one.id) for one in shown)
    placeless = replace(asked[0], query=replace(asked[0].query, rule="A", pointer=""))
    told = masked_queries([placeless, *asked], mask)
    order = [(not one.query.pointer, one.query.rule) for one in told]
    assert order == sorted(order)
    assert order[-1] == (True, "A")
