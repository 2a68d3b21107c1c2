"""What follows from a lesion's facts, in both engines; which facts are refused."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from precise_cal.engine import chaining
from precise_cal.engine.chaining import (
    ConsequenceError,
    Consequences,
    Derivation,
    Fact,
    chain_to,
    compile_consequences,
)

COLLIDING = ("SITE08-5798", "SITE47-9360")
"""Two identifiers with the same 32-bit FNV-1a hash, the only thing durable-rules compares session ids by."""


@pytest.fixture(params=["plain", "durable"])
def engine(request: pytest.FixtureRequest) -> Any:
    if request.param == "durable" and not chaining.engine_name().startswith("durable-rules"):
        pytest.skip("durable-rules does not run on this Python")
    return request.param


@pytest.fixture
def consequences(engine: Any, bailout: dict[str, Any]) -> Consequences:
    return compile_consequences(bailout, engine=engine)


def lesion(subject: str = "ZS01-001", **fields: Any) -> Fact:
    plain = {"subject": subject, "lesion": "L1", "arm": "DCB", "flow_limiting": "NO", "des": False}
    return Fact("lesion", plain | fields)


def test_chain_is_told(consequences: Consequences) -> None:
    cause = lesion(flow_limiting="YES")
    duty = Fact("duty", {"subject": "ZS01-001", "lesion": "L1", "act": "implant_des", "done": False})
    deviation = Fact("deviation", {"subject": "ZS01-001", "lesion": "L1", "code": "DV-TRT-02"})
    importance = Fact("importance", {"subject": "ZS01-001", "code": "DV-TRT-02", "level": "important"})
    steps = (
        Derivation(duty, "bailout", cause),
        Derivation(deviation, "duty-undone", duty),
        Derivation(importance, "important", deviation),
    )
    assert consequences.run([cause]) == steps
    assert chain_to(steps[-1], steps) == steps
    assert chain_to(steps[0], steps) == steps[:1]


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({}, []),
        ({"flow_limiting": "UNKNOWN"}, []),
        ({"flow_limiting": "YES", "arm": "DES"}, []),
        ({"flow_limiting": "YES", "des": True}, ["bailout"]),
        ({"flow_limiting": "YES", "timi": 0}, ["bailout", "duty-undone", "important"]),
    ],
)
def test_rules_fire(consequences: Consequences, fields: dict[str, Any], rules: list[str]) -> None:
    assert [step.rule_id for step in consequences.run([lesion(**fields)])] == rules


def test_nothing_follows_from_nothing(consequences: Consequences) -> None:
    assert consequences.run([]) == ()


def test_order_of_facts_does_not_matter(consequences: Consequences) -> None:
    facts = [lesion(lesion=f"L{number}", flow_limiting="YES") for number in range(3)]
    runs = {consequences.run(order) for order in itertools.permutations(facts)}
    assert len(runs) == 1


def test_colliding_identifiers_stay_apart(consequences: Consequences) -> None:
    first, second = COLLIDING
    guilty, compliant = lesion(first, flow_limiting="YES"), lesion(second)
    alone = consequences.run([guilty])
    assert {step.fact.get("subject") for step in alone} == {first}
    assert consequences.run([compliant]) == ()
    assert consequences.run([guilty, compliant]) == alone
    both = consequences.run([guilty, lesion(second, flow_limiting="YES")])
    assert len(both) == 2 * len(alone)


def test_rules_beyond_one_ruleset(engine: Any, bailout: dict[str, Any]) -> None:
    """A chain through 200 rules, more than one ruleset of durable-rules may hold."""
    steps = 200
    step_fields = {"fields": {"number": {"integer": [0, steps]}}}
    rules = [
        {"id": f"step-{n}", "when": {"step": {"number": n}}, "then": [{"step": {"number": n + 1}}]}
        for n in range(steps)
    ]
    start = {"id": "start", "when": {"lesion": {"arm": "DCB"}}, "then": [{"step": {"number": 0}}]}
    document = {"facts": bailout["facts"] | {"step": step_fields}, "rules": [*rules, start]}
    found = compile_consequences(document, engine=engine).run([lesion()])
    assert [step.rule_id for step in found] == ["start", *(f"step-{n}" for n in range(steps))]
    assert len(chain_to(found[-1], found)) == steps + 1


@pytest.mark.parametrize(
    ("attributes", "fault"),
    [
        ({"value": None}, "None is no word"),
        ({"value": 0.88}, "0.88 is no word"),
        ({"value": float("nan")}, "nan is no word"),
        ({"value": "0.88"}, "'0.88' is no word"),
        ({"value": "12"}, "'12' is no word"),
        ({"value": "2026-03-10"}, "is no word"),
        ({"value": "free text"}, "is no word"),
        ({"value": ""}, "is no word"),
        ({"value": "x" * 201}, "201 characters, 200 at most"),
        ({"value": 32_768}, "no small integer"),
        ({"value": ["YES"]}, "is no word"),
        ({"value": {"a": "b"}}, "is no word"),
        ({"id": "A1"}, "keeps for itself"),
        ({"sid": "A1"}, "keeps for itself"),
        ({"$and": "A1"}, "is no name"),
        ({"a.b": "A1"}, "is no name"),
        ({f"f{n}": True for n in range(65)}, "65 fields, 64 at most"),
    ],
)
def test_facts_outside_the_guarded_form(attributes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConsequenceError, match=fault):
        Fact("lesion", attributes)


@pytest.mark.parametrize(
    ("fact", "fault"),
    [
        (Fact("vessel", {}), "no such kind; there are"),
        (Fact("duty", {}), "only rules conclude"),
        (lesion(colour="red"), "no field 'colour'"),
        (lesion(arm="BMS"), "'BMS' is not one of DCB, DES"),
        (lesion(des="YES"), "'YES' is not true or false"),
        (lesion(des=1), "1 is not true or false"),
        (lesion(timi=True), "True is not an integer from 0 to 3"),
        (lesion(timi=4), "4 is not an integer from 0 to 3"),
        (lesion(lesion=True), "True is not a word"),
        (
            Fact("lesion", {"arm": "DCB", "des": True, "flow_limiting": "NO"}),
            "field lesion, subject is missing",
        ),
    ],
)
def test_facts_outside_the_vocabulary(consequences: Consequences, fact: Fact, fault: str) -> None:
    with pytest.raises(ConsequenceError, match=fault):
        consequences.run([lesion(), fact])


def test_a_fact_is_shown_readably() -> None:
    assert str(Fact("duty", {"done": False, "act": "implant_des"})) == "duty(act=implant_des, done=false)"
