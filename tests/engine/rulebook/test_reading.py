"""What rules read: which of them tell the allocation."""

from __future__ import annotations

import shutil

import pytest

from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.reading import allocation_rules
from precise_cal.rules import bundled

TELLING = {"ARM-1", "BAILOUT-1"}
DEFINITIONS = {
    "is_balloon": "randomization.arm = 'DCB'",
    "x": "y",
    "y": "z",
    "z": "randomization.arm is null",
    "arm": "randomization.at",
}
FUNCTIONS = {
    "arm_of": ("who.arm is not null", "{who: Randomization}"),
    "is_of": ("D.type = w", "{D: Device, w: String}"),
    "stents": ("D.type in {'DES', 'BMS'}", "{D: Device}"),
}


def _of_lesions(condition: str) -> str:
    return f"lesions L aggregate found starting false: found or ({condition})"


def _of_devices(condition: str) -> str:
    return _of_lesions(f"L.devices D aggregate one starting false: one or {condition}")


MASKED = [
    "randomization.arm is not null",
    "randomization ~ null",
    "is_balloon",
    "x",
    "arm_of(randomization)",
    _of_devices("D.type = 'DES'"),
    _of_devices("is_of(D, 'DES')"),
    _of_devices("stents(D)"),
    _of_lesions("exists (L.assessments A where A.phase = 'after_des')"),
    _of_lesions("exists (L.assessments A where EndsWith(A.phase, 'dcb'))"),
]
SHOWN = [
    "randomization.at is not null",
    "randomization is null",
    "study_id = 'DES' and arm is null",
    _of_lesions("exists L.devices"),
    _of_devices("D.type is not null"),
    _of_lesions("exists (L.assessments A where A.timi < 3)"),
    _of_lesions("exists (L.assessments A where A.phase = 'final')"),
]
BESIDE = [
    "notices:\n      - {code: NEW, text: new, when: is_balloon}",
    "queries:\n      - {when: is_balloon, field: labs, ask: new}",
    "findings:\n      - {code: VISIT_M1_NOT_DONE, when: renal.on_dialysis, done: is_balloon}",
]
"""What a rule says beside its verdict."""


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> tuple[frozenset[str], frozenset[str]]:
    """The rules that tell the allocation once there are others, when compiled and from the cache."""
    folder = tmp_path_factory.mktemp("rules") / "rules"
    shutil.copytree(bundled(), folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    definitions = [f'  - {{define: {name}, means: new, as: "{body}"}}\n' for name, body in DEFINITIONS.items()]
    definitions += [
        f'  - {{define: {name}, means: new, operands: {operands}, as: "{body}"}}\n'
        for name, (body, operands) in FUNCTIONS.items()
    ]
    rules = [_rule(f"NEW-{n}", condition) for n, condition in enumerate([*MASKED, *SHOWN])]
    rules += [_rule(f"BESIDE-{n}", "renal.on_dialysis", f"    {extra}\n") for n, extra in enumerate(BESIDE)]
    file = folder / "events.yaml"
    text = file.read_text("utf-8")
    text = text.replace("definitions:\n", f"definitions:\n{''.join(definitions)}", 1)
    file.write_text(text.replace("\nrules:\n", f"\nrules:\n{''.join(rules)}", 1), "utf-8")
    return allocation_rules(rulebook(folder, cache=False)), allocation_rules(rulebook(folder))


def _rule(identifier: str, condition: str, extra: str = "") -> str:
    return (
        f"  - id: {identifier}\n    kind: outcome\n    title: new\n    quote: new\n    source: new\n"
        f'    occurred_when: "{condition}"\n{extra}'
    )


@pytest.mark.parametrize("number", range(len(MASKED)), ids=MASKED)
def test_what_reads_the_arm_or_compares_with_its_name_is_masked(
    masked: tuple[frozenset[str], frozenset[str]], number: int
) -> None:
    assert f"NEW-{number}" in masked[0]


@pytest.mark.parametrize("number", range(len(SHOWN)), ids=SHOWN)
def test_what_does_neither_is_shown(masked: tuple[frozenset[str], frozenset[str]], number: int) -> None:
    assert f"NEW-{number + len(MASKED)}" not in masked[0]


@pytest.mark.parametrize("number", range(len(BESIDE)), ids=BESIDE)
def test_whatever_a_rule_says_beside_its_verdict_counts(
    masked: tuple[frozenset[str], frozenset[str]], number: int
) -> None:
    assert f"BESIDE-{number}" in masked[0]


def test_nothing_else_is_masked_and_a_cached_rulebook_says_the_same(
    masked: tuple[frozenset[str], frozenset[str]],
) -> None:
    assert {one for one in masked[0] if not one.startswith(("NEW-", "BESIDE-"))} == TELLING
    assert masked[1] == masked[0]
