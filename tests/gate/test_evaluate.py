"""What the gate finds by the rules that it reads alone is what all rules find."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from precise_cal.engine.check import Checker
from precise_cal.gate.request import request_of
from precise_cal.protocol.temporal import DateTime
from precise_cal.protocol.verdicts import CRITERIA

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook

PARTICIPANTS = sorted((Path(__file__).parents[2] / "examples" / "participants").glob("*.json"))


@pytest.mark.parametrize("path", PARTICIPANTS, ids=lambda path: path.stem)
def test_rules_that_the_gate_does_not_read_change_nothing_of_it(book: Rulebook, path: Path) -> None:
    data = path.read_bytes()
    record, checker = book.records.read(data), Checker(book, DateTime.parse("2026-12-01T00:00:00.000Z"))
    subject, gate = checker.subject(record, data), checker.gate(record)
    read = [one for one in subject.verdicts if one.kind in CRITERIA or one.id in book.required_by_gate]
    assert gate.gate == subject.gate
    assert [*gate.verdicts] == read
    ids = {one.id for one in read}
    assert [one for one in gate.notices if one.rule in ids] == [one for one in subject.notices if one.rule in ids]
    assert [one for one in gate.queries if one.rule in ids] == [one for one in subject.queries if one.rule in ids]


def test_a_request_names_site_participant_and_version_of_the_record(book: Rulebook) -> None:
    data = PARTICIPANTS[0].read_bytes()
    asked, document = request_of(book, data), json.loads(data)
    assert document["site_id"]
    assert (asked.site_id, asked.subject_id) == (document["site_id"], document["subject_id"])
    assert asked.protocol_version == (document.get("protocol_version") or "")
