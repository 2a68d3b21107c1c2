"""Both engines against a naive evaluator of the plain data, on random rule files and facts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from precise_cal.engine.chaining import Derivation, Fact, compile_consequences

pytest.importorskip("durable", reason="durable-rules does not run on this Python", exc_type=ImportError)

LAYERS = ("seen", "held", "first", "second", "third")
"""Kinds of random rule files; the first two are given, and rules conclude later kinds from earlier ones."""

WORDS = ("YES", "NO", "true", "null", "nan", "SITE08-5798", "SITE47-9360")
_TYPES: dict[str, Any] = {
    "word": list(WORDS),
    "flag": "boolean",
    "count": {"integer": [-2, 2]},
    "who": "identifier",
}
_VALUES = {
    "word": st.sampled_from(WORDS),
    "flag": st.booleans(),
    "count": st.integers(-2, 2),
    "who": st.sampled_from(("SITE08-5798", "SITE47-9360", "inf", "x")),
}
_FACTS = {
    name: {"given": name in LAYERS[:2], "fields": {f"{field}?": held for field, held in _TYPES.items()}}
    for name in LAYERS
}


@st.composite
def _conditions(draw: st.DrawFn) -> dict[str, Any]:
    fields = draw(st.lists(st.sampled_from(sorted(_TYPES)), unique=True, max_size=3))
    conditions: dict[str, Any] = {}
    for field in fields:
        values = draw(st.lists(_VALUES[field], min_size=1, max_size=3, unique=True))
        only = values[0] if len(values) == 1 else values
        excluding = draw(st.booleans()) and not (field == "flag" and len(values) == 2)
        conditions[field] = {"not": only} if excluding else only
    return conditions


@st.composite
def _template(draw: st.DrawFn) -> dict[str, Any]:
    fields = draw(st.lists(st.sampled_from(sorted(_TYPES)), unique=True, max_size=4))
    return {field: {"copy": field} if draw(st.booleans()) else draw(_VALUES[field]) for field in fields}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A random rule file; its first rule copies every field, so that every condition can be met."""
    everything = {field: {"copy": field} for field in _TYPES}
    rules: list[dict[str, Any]] = [
        {"id": "copy", "when": {LAYERS[0]: {}}, "then": [{kind: everything} for kind in LAYERS[2:]]}
    ]
    for number in range(draw(st.integers(1, 12))):
        source = draw(st.integers(0, len(LAYERS) - 2))
        targets = st.sampled_from(LAYERS[max(source + 1, 2) :])
        then = draw(st.lists(st.tuples(targets, _template()), min_size=1, max_size=2))
        rules.append(
            {
                "id": f"rule-{number}",
                "when": {LAYERS[source]: draw(_conditions())},
                "then": [{kind: body} for kind, body in then],
            }
        )
    return {"facts": _FACTS, "rules": rules}


def fact_lists() -> st.SearchStrategy[list[Fact]]:
    """Lists of given facts of the random vocabulary."""
    attributes = st.fixed_dictionaries({}, optional=_VALUES)
    return st.lists(st.builds(Fact, st.sampled_from(LAYERS[:2]), attributes), max_size=8)


def naive(document: dict[str, Any], given: list[Fact]) -> set[tuple[Fact, str, Fact]]:
    """All (fact, rule, parent), by trying every rule of the plain data on every fact until nothing is new."""
    facts, steps = set(given), set[tuple[Fact, str, Fact]]()
    while True:
        before = len(steps)
        for rule in document["rules"]:
            ((kind, wanted),) = rule["when"].items()
            for fact in [fact for fact in facts if fact.kind == kind]:
                fields = dict(fact.attributes)
                if all(_meets(fields, name, want) for name, want in wanted.items()):
                    steps |= {(_conclude(entry, fields), rule["id"], fact) for entry in rule["then"]}
        facts |= {fact for fact, _, _ in steps}
        if len(steps) == before:
            return steps


def _meets(fields: dict[str, Any], name: str, want: Any) -> bool:
    if name not in fields:
        return False
    if isinstance(want, dict):
        excluded = want["not"] if isinstance(want["not"], list) else [want["not"]]
        return fields[name] not in excluded
    return fields[name] in (want if isinstance(want, list) else [want])


def _conclude(entry: dict[str, Any], fields: dict[str, Any]) -> Fact:
    ((kind, body),) = entry.items()
    filled = {}
    for name, value in body.items():
        if not isinstance(value, dict):
            filled[name] = value
        elif value["copy"] in fields:
            filled[name] = fields[value["copy"]]
    return Fact(kind, filled)


@settings(max_examples=150, deadline=None)
@given(documents(), fact_lists(), st.randoms(use_true_random=False))
def test_engines_agree(document: dict[str, Any], facts: list[Fact], order: Any) -> None:
    plain = compile_consequences(document, engine="plain")
    durable = compile_consequences(document, engine="durable")
    derivations = plain.run(facts)
    assert {(step.fact, step.rule_id, step.parent) for step in derivations} == naive(document, facts)
    assert len(set(derivations)) == len(derivations)
    assert durable.run(facts) == derivations
    shuffled = [*facts, *facts[:2]]
    order.shuffle(shuffled)
    assert plain.run(shuffled) == derivations
    assert durable.run(shuffled) == derivations
    assert_causes_come_first(derivations)


def assert_causes_come_first(derivations: tuple[Derivation, ...]) -> None:
    last = {step.fact: number for number, step in enumerate(derivations)}
    for number, step in enumerate(derivations):
        assert last.get(step.parent, -1) < number
