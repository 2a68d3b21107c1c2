"""What expressions read: every place of the record, and what its fields are held against."""

from __future__ import annotations

from typing import Any

import pytest

from precise_cal.engine.cql.compile import compile_expression
from precise_cal.engine.cql.environment import Compiled, DefinitionSource, Environment, FunctionSource
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.reads import _STRUCTURAL, Reads, reads
from precise_cal.engine.cql.types import STRING, ListType, TupleType
from precise_cal.engine.cql.values import Tuple
from precise_cal.engine.record_types import classes_of, record_type
from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.schema.form import RecordFile
from precise_cal.protocol.schema.read import read_schema
from precise_cal.rules import bundled

RECORD = record_type(records_of(bundled()).schema, 480)
DEFINITIONS = (
    DefinitionSource("arm", "randomization.arm"),
    DefinitionSource("treated", "lesions L where exists L.devices"),
    DefinitionSource("kinds", "flatten (treated T return (T.devices D return D.type))"),
    DefinitionSource("Early", "lesion.modification M where M.completed", scope="lesion"),
)
FUNCTIONS = (
    FunctionSource("IsOf", (("device", "Device"), ("word", "String")), "device.type = word"),
    FunctionSource("both", (("a", "String"), ("b", "String")), "a is null"),
    FunctionSource("first_of", (("lesion_", "Lesion"),), "First(lesion_.devices)"),
)
PARAMETERS: dict[str, Any] = {
    "treatment": (TupleType.of({"words": ListType(STRING)}), Tuple({"words": ("DCB", "other")})),
}
BASE = Environment(RECORD, classes=classes_of(RECORD))
LESIONS = compile_expression(BASE, "lesions")
ENVIRONMENT = Environment(
    RECORD, PARAMETERS, DEFINITIONS, FUNCTIONS, {"lesion": RECORD.elements["lesions"].type.element}, classes_of(RECORD)
)


def _reads(text: str, scope: str | None = None) -> Reads:
    return reads(compile_expression(ENVIRONMENT, text, scope=scope), scopes={"lesion": LESIONS} if scope else None)


def _names(found: frozenset[tuple[str, ...]]) -> set[str]:
    return {".".join(path) for path in found}


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("1 + 1", set()),
        ("renal.on_dialysis", {"renal", "renal.on_dialysis"}),
        ("randomization is null", {"randomization"}),
        ("arm = 'DCB'", {"randomization", "randomization.arm"}),
        ("exists lesions", {"lesions"}),
        ("lesions[0].vessel", {"lesions", "lesions.vessel"}),
        ("First(lesions L where L.target).vessel", {"lesions", "lesions.target", "lesions.vessel"}),
        (
            "lesions L aggregate a starting false: a or (L.devices D aggregate b starting false: b or D.at is null)",
            {"lesions", "lesions.devices", "lesions.devices.at"},
        ),
        ("'DCB' in kinds", {"lesions", "lesions.devices", "lesions.devices.type"}),
        (
            "(flatten (lesions L return L.devices)) D where IsOf(D, 'DES')",
            {"lesions", "lesions.devices", "lesions.devices.type"},
        ),
        ("both(study_id, protocol_version)", {"study_id", "protocol_version"}),
        (
            "lesions L let first: first_of(L) sort by lesion_id",
            {"lesions", "lesions.devices", "lesions.lesion_id"},
        ),
        (
            "lesions L with events E such that E.lesion_id = L.lesion_id return L.vessel",
            {"lesions", "lesions.lesion_id", "lesions.vessel", "events", "events.lesion_id"},
        ),
        ("from lesions L, visits V return L.vessel + V.visit", {"lesions", "lesions.vessel", "visits", "visits.visit"}),
        (
            "lesions L aggregate last starting (null as Lesion): if L.target then L else last",
            {"lesions", "lesions.target"},
        ),
        (
            "(lesions L aggregate last starting (null as Lesion): if L.target then L else last).vessel",
            {"lesions", "lesions.target", "lesions.vessel"},
        ),
        ("labs L where L.quantity > 1 'ng/L'", {"labs", "labs.value", "labs.unit"}),
        ("labs L where L.uln > 1 'ng/L'", {"labs", "labs.uln"}),
        ("Tuple{one: lesions, two: visits}.one[0].vessel", {"lesions", "lesions.vessel", "visits"}),
        ("case when renal.on_dialysis then hospital.admitted_at else hospital.discharged_at end", {
            "renal", "renal.on_dialysis", "hospital", "hospital.admitted_at", "hospital.discharged_at",
        }),
        ("Coalesce(hospital.admitted_at, procedure.started_at)", {
            "hospital", "hospital.admitted_at", "procedure", "procedure.started_at",
        }),
    ],
)  # fmt: skip
def test_every_place_is_found(text: str, paths: set[str]) -> None:
    assert _names(_reads(text).paths) == paths


def test_a_scope_variable_stands_for_the_items_of_its_list() -> None:
    found = _reads("exists Early and lesion.target", scope="lesion")
    assert _names(found.paths) == {
        "lesions",
        "lesions.modification",
        "lesions.modification.completed",
        "lesions.target",
    }


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("lesions", {"lesions"}),
        ("lesions[0] = lesions[1]", {"lesions"}),
        ("(lesions L return L.devices) = null", {"lesions.devices"}),
        ("distinct (lesions L return First(L.devices))", {"lesions.devices"}),
        ("Count(lesions L where L.target) > 1", set()),
        ("exists lesions and randomization is not null", set()),
    ],
)
def test_what_is_looked_at_as_a_whole_is_told(text: str, whole: set[str]) -> None:
    found = _reads(text)
    assert _names(found.whole) == whole
    assert found.touches(("lesions", "devices", "type")) == any("lesions.devices".startswith(one) for one in whole)


@pytest.mark.parametrize(
    "text",
    [
        "exists (lesions L where exists (L.devices D where D.type = 'DCB'))",
        "exists (lesions L where exists (L.devices D where 'DCB' = D.type))",
        "exists (lesions L where exists (L.devices D where D.type in {'BMS', 'DCB'}))",
        "exists (lesions L where exists (L.devices D where D.type in treatment.words))",
        "exists (lesions L where exists (L.devices D where IsOf(D, 'DCB')))",
        "exists (lesions L where exists (L.devices D where Upper(D.type) = Upper('dcb')))",
        "exists (lesions L where exists (L.devices D where StartsWith(D.type, 'DCB')))",
        "exists (lesions L where exists (L.devices D where case D.type when 'DCB' then true else false end))",
        "exists (lesions L where exists (L.devices D where exists (({'DCB'}) W where W = D.type)))",
        "kinds contains 'DCB'",
        "exists (kinds intersect {'DCB'})",
        "Combine(kinds) = 'DCB'",
        "IndexOf(kinds, 'DCB') > 0",
        "Count(distinct flatten {kinds, {'DCB'}}) = 1",
    ],
)
def test_words_that_a_field_is_held_against_are_found(text: str) -> None:
    assert (("lesions", "devices", "type"), "DCB") in _reads(text).compared


@pytest.mark.parametrize(
    "text",
    [
        "exists (lesions L where exists (L.devices D where D.type is not null) and L.lesion_id = 'DCB')",
        "(exists kinds) = (study_id = 'DCB')",
        "if exists kinds then 'DCB' else 'DES'",
    ],
)
def test_words_beside_a_field_are_not_held_against_it(text: str) -> None:
    assert not any(path[:2] == ("lesions", "devices") for path, _ in _reads(text).compared)


def test_operators_that_never_look_into_items_exist() -> None:
    assert set(OPERATORS) >= _STRUCTURAL


def test_definitions_are_read_once() -> None:
    deep = tuple(
        DefinitionSource(f"D{n}", f"D{n - 1} + D{n - 1}" if n else "qfr_measurements[0].value") for n in range(60)
    )
    compiled: Compiled = compile_expression(Environment(RECORD, definitions=deep, classes=classes_of(RECORD)), "D59")
    assert _names(reads(compiled).paths) == {"qfr_measurements", "qfr_measurements.value"}


def test_a_quantity_of_other_fields_reads_those() -> None:
    form = {
        "schema_version": "1.0",
        "parts": {
            "Result": {
                "$quantity": "number measure",
                "number": {"type": "decimal", "about": "the number"},
                "measure": {"type": "unit", "about": "its unit"},
                "place": {"type": "text", "about": "where"},
            },
        },
        "record": {
            "subject_id": {"type": "identifier", "required": True, "about": "who"},
            "results": {"type": "list of Result", "about": "the results"},
        },
        "roles": {"participant": "subject_id"},
    }
    schema, wrong = read_schema(RecordFile.model_validate(form), "")
    assert not wrong
    record = record_type(schema, 0)
    compiled = compile_expression(
        Environment(record, classes=classes_of(record)), "results R where R.quantity > 1 'mm'"
    )
    assert _names(reads(compiled).paths) == {"results", "results.number", "results.measure"}
