"""Names of rule files and within them: what would be missed, or mean two things, is refused."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.cql.compile import compile_expression, evaluate, explain
from precise_cal.engine.cql.environment import DefinitionSource, Environment, FunctionSource
from precise_cal.engine.cql.parser.words import KEYWORDS, RESERVED
from precise_cal.engine.cql.state import State
from precise_cal.engine.record_types import classes_of, record_type
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.load import records_of
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORD = record_type(records_of(bundled()).schema, 480)
OURS = ("units", "compiled", "s", "r", "m", "q", "k0", "v1", "x3", "key", "hit", "evaluate", "new", "Atom", "cast", "_")
"""Names that the engine and the code that it writes use themselves."""


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("event.yaml", "events.yaml"),
        ("Events.YAML", "events.yaml"),
        ("events.yml", "events.yaml"),
        ("eligibilty.yaml", "eligibility.yaml"),
        ("deviation.yaml", "deviations.yaml"),
        ("protocol-2.yaml", "protocol.yaml"),
    ],
)
def test_a_misnamed_file_names_the_nearest_known_one(
    rules_copy: Path, wrong: str, nearest: str, precise: Callable[..., Any]
) -> None:
    (rules_copy / wrong).write_text("rules: []\n", "utf-8")
    said = precise("rules", "list", "--rules", rules_copy)
    assert (said.status, said.out) == (2, "")
    assert f'{rules_copy / wrong}: is no file of a trial folder; did you mean "{nearest}"?' in said.err


def test_a_rule_file_under_another_name_is_not_left_out(
    rules_copy: Path, precise: Callable[..., Any], tmp_path: Path, screening: dict[str, Any]
) -> None:
    import json

    file = tmp_path / "patient.json"
    file.write_text(json.dumps(screening), "utf-8")
    assert precise("check", file, "--rules", rules_copy).status in (0, 3)
    (rules_copy / "events.yaml").rename(rules_copy / "event.yaml")
    said = precise("check", file, "--rules", rules_copy)
    assert (said.status, 'did you mean "events.yaml"?' in said.err) == (2, True)


@pytest.mark.parametrize("name", ["site.yaml", "notes.yaml"])
def test_a_file_that_is_not_read_is_told(rules_copy: Path, name: str) -> None:
    (rules_copy / name).write_text("a: 1\n", "utf-8")
    with pytest.raises(RuleFileError, match=rf"{name}: (this version reads no {name}|is no file of a trial folder)"):
        rulebook(rules_copy)


def test_other_kinds_of_files_may_stand_beside_the_rules(rules_copy: Path) -> None:
    (rules_copy / "README.md").write_text("rules", "utf-8")
    assert rulebook(rules_copy).days == ()


CLASHES = {
    "renal": "hides the record's field renal",
    "lesions": "hides the record's field lesions",
    "last_contact": "hides the record's field last_contact",
    "qfr": "has the name of a group of parameters at",
    "lesion": "has the name of a scope variable at",
    "ConsentDay": "has the name of a definition at",
    "from": "is a word of the rule language",
    "null": "is a word of the rule language",
    "true": "is a word of the rule language",
    "day": "is a word of the rule language",
}
FUNCTIONS = {"Count": "hides the function of that name", "Abs": "hides the function of that name", "if": "is a word"}


def test_every_name_that_would_mean_two_things_is_refused_at_once(rules_copy: Path) -> None:
    file = rules_copy / "events.yaml"
    added = [f"  - {{define: {name!r}, means: new, as: 'true'}}\n" for name in CLASHES]
    added += [f"  - {{define: {name}, means: new, operands: {{a: String}}, as: a}}\n" for name in FUNCTIONS]
    added += ["  - {define: IsOneOf, means: new, operands: {a: String, b: String}, as: a}\n"]
    added += ["  - {define: Odd, means: new, operands: {null: String}, as: '1'}\n"]
    text = file.read_text("utf-8").replace("definitions:\n", f"definitions:\n{''.join(added)}", 1)
    file.write_text(text.replace("- id: CONSENT-1\n", "- id: GATE\n", 1), "utf-8")
    with pytest.raises(RuleFileError) as caught:
        rulebook(rules_copy)
    told = str(caught.value)
    for name, why in CLASHES.items():
        assert f'the definition "{name}" {why}' in told
    for name, why in FUNCTIONS.items():
        assert f'the function "{name}" {why}' in told
    assert 'the function "IsOneOf" has the name of a function at' in told
    assert 'the operand "null" is a word of the rule language' in told
    assert "GATE is the id of the gate's decision" in told
    assert told.count("events.yaml:") >= len(CLASHES) + len(FUNCTIONS) + 3


@pytest.mark.parametrize("name", ["renal", "day"])
def test_so_are_groups_of_parameters_and_scope_variables(rules_copy: Path, name: str) -> None:
    file = rules_copy / "protocol.yaml"
    text = (
        file.read_text("utf-8")
        .replace("id: study.start", f"id: {name}.start")
        .replace("variable: vessel", f"variable: {name}")
    )
    file.write_text(text, "utf-8")
    with pytest.raises(RuleFileError) as caught:
        rulebook(rules_copy)
    assert f'the group of parameters "{name}" ' in str(caught.value)
    assert f'the scope variable "{name}" ' in str(caught.value)


USABLE = sorted({one for one in (*keyword.kwlist, *KEYWORDS, *OURS) if one.isidentifier()} - RESERVED)


@pytest.mark.parametrize("name", USABLE)
def test_every_other_name_works(name: str) -> None:
    """Words of Python, of CQL outside the reserved ones, and of the engine itself."""
    body = "lesions L aggregate found starting false: found or (L.target and renal.on_dialysis)"
    definition = DefinitionSource("defined", "renal.on_dialysis" if name == "defined" else "null")
    environment = Environment(
        RECORD,
        definitions=(DefinitionSource(name, body), definition),
        functions=(
            FunctionSource(f"f_{name}", (("a", "Lesion"), (name, "String")), f"a.vessel = {name} and {name} = 'LAD'"),
        ),
        classes=classes_of(RECORD),
    )
    text = f"{name} and (lesions L aggregate found starting false: found or f_{name}(L, 'LAD'))"
    record = records_of(bundled()).record({
        "schema_version": "1.0", "subject_id": "S", "renal": {"on_dialysis": True},
        "lesions": [{"lesion_id": "L1", "target": True, "vessel": "LAD"}],
    })  # fmt: skip
    compiled = compile_expression(environment, text)
    state = State(record=record, now=None, utc_offset_minutes=480)
    assert evaluate(compiled, state) is True
    assert explain(compiled, State(record=record, now=None, utc_offset_minutes=480))[0] is True
