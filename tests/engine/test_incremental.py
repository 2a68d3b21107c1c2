"""Judging one document after another says what judging each of them anew does, whatever they have in common."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.incremental import IncrementalJudge
from precise_cal.engine.rulebook import rulebook
from precise_cal.simulate.places import leaves, put

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook

LANTERN = Path(__file__).parents[2] / "examples" / "trials" / "lantern"
ROLES = ("enrolled", "treated", "left")


@pytest.fixture(scope="module")
def lantern() -> Rulebook:
    return rulebook(LANTERN, cache=False)


def _complete() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((LANTERN / "tests" / "complete.json").read_text("utf-8"))
    return document


def _words(book: Rulebook, document: dict[str, Any]) -> dict[str, str]:
    data = json.dumps(document).encode()
    verdicts = Checker(book).subject(book.records.read(data), data).verdicts
    return {one.id: one.verdict for one in verdicts if one.id != "GATE"}


def test_what_is_kept_is_what_would_be_judged_anew(lantern: Rulebook) -> None:
    chance, judge, document = Random(3), IncrementalJudge(lantern, ROLES), _complete()
    before, seen = judge.judge(document), set()
    for _ in range(60):
        places = [place for place, value in leaves(document) if isinstance(value, str | bool) and len(place) > 1]
        place = chance.choice(places)
        field = lantern.schema.field(tuple(step for step in place if isinstance(step, str)))
        document = document if field is None or field.required else put(document, place, None)
        before = judge.judge(document, before)
        assert dict(before.words) == _words(lantern, document), place
        seen.add(before.effort)
        if len(places) < 20:
            document = _complete()
    assert 0 < min(seen - {0}) < max(seen), "some rules were kept, and some judged anew"


def test_a_rule_of_the_clock_is_judged_anew_with_another_cut_off(lantern: Rulebook) -> None:
    judge, document = IncrementalJudge(lantern, ROLES), _complete()
    before = judge.judge(document)
    path = lantern.schema.role_path("cutoff")
    assert path is not None
    earlier = put(document, path, "2026-03-03T12:00:00+02:00")
    assert dict(judge.judge(earlier, before).words) == _words(lantern, earlier)


def test_what_decides_and_what_is_missing(lantern: Rulebook) -> None:
    judge, document = IncrementalJudge(lantern, ROLES), _complete()
    here = judge.judge(document)
    name = next(one.id for one in lantern.lineup if here.words[one.id] == "MET")
    assert here.pointers(name)
    assert here.pointers("enrolled") == ()
    assert here.missing(name, frozenset({"NOT_MET", "COMPLIANT"})) >= 1, "what a rule never says is passed over"
    assert here.roles["enrolled"] is True
