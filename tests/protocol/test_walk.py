"""Walks over records by their schema: pointers lead back to what stands there, in the order of the schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.protocol.from_json import RecordReader
from precise_cal.protocol.near import hint, nearest
from precise_cal.protocol.part import Part
from precise_cal.protocol.pointer import pointer_of, steps_of
from precise_cal.protocol.schema.tree import FieldSchema, ListOf, PartSchema, QuantityKind, RecordSchema, Scalar
from precise_cal.protocol.walk import reached, walk

if TYPE_CHECKING:
    from precise_cal.protocol.schema.tree import FieldType

DOSE = PartSchema(
    "Dose",
    None,
    (FieldSchema("at", Scalar("instant"), "when"), FieldSchema("mass", QuantityKind("Mass", "mass"), "how much")),
)
COURSE = PartSchema(
    "Course", None, (FieldSchema("class", Scalar("text"), "its name"), FieldSchema("doses", ListOf(DOSE), "doses"))
)


def _field(name: str, kind: FieldType, *others: Scalar) -> FieldSchema:
    return FieldSchema(name, kind, name, alternatives=others)


ROOT = PartSchema(
    "Record",
    None,
    (
        _field("signed", Scalar("instant")),
        _field("first", DOSE, Scalar("date")),
        _field("courses", ListOf(COURSE)),
        _field("calls", ListOf(Scalar("instant"))),
        _field("asked", Scalar("instant")),
    ),
)
DOCUMENT: dict[str, Any] = {
    "signed": "2026-03-01T08:00:00Z",
    "first": {"at": "2026-03-02T08:00:00Z", "mass": {"value": "5", "unit": "mg"}},
    "courses": [{"class": "A", "doses": [{"at": "2026-03-03T08:00:00Z"}, {}]}, {"class": "B"}],
    "calls": ["2026-03-04T08:00:00Z", "2026-03-05T08:00:00Z"],
    "asked": "2026-03-06T08:00:00Z",
}


@pytest.fixture(scope="module")
def record() -> Part:
    schema = RecordSchema("walk", ROOT, {"Dose": DOSE, "Course": COURSE}, {}, {}, {})
    return RecordReader(schema).read(json.dumps(DOCUMENT).encode())


def test_every_part_with_its_place(record: Part) -> None:
    found = [(pointer, is_listed) for _, pointer, is_listed in walk(record)]
    assert found == [
        ("", False),
        ("/first", False),
        ("/courses/0", True),
        ("/courses/0/doses/0", True),
        ("/courses/0/doses/1", True),
        ("/courses/1", True),
    ]


def test_values_of_a_kind_in_the_order_of_the_schema(record: Part) -> None:
    found = [
        (pointer, str(value))
        for value, pointer, _ in walk(record, frozenset({"instant"}))
        if not isinstance(value, Part)
    ]
    assert [pointer for pointer, _ in found] == [
        "/signed",
        "/first/at",
        "/courses/0/doses/0/at",
        "/calls/0",
        "/calls/1",
        "/asked",
    ]
    assert [text[:10] for _, text in found] == [f"2026-03-0{day}" for day in range(1, 7)]


def test_down_a_path(record: Part) -> None:
    fields = ROOT.along(("courses", "doses", "at"))
    assert [one.name for one in fields] == ["courses", "doses", "at"]
    found = [(steps, items["Course"].class_, owner.at is None) for owner, steps, items in reached(record, fields[:-1])]
    assert found == [(("courses", 0, "doses", 0), "A", False), (("courses", 0, "doses", 1), "A", True)]


def test_a_path_as_far_as_there_are_fields() -> None:
    assert [one.name for one in ROOT.along(("first", "mass", "value"))] == ["first", "mass"]
    assert ROOT.along(("second",)) == ()


def test_pointers_name_what_they_were_made_of() -> None:
    assert pointer_of(("a/b", 0, "~c")) == "/a~1b/0/~0c"
    assert steps_of("/a~1b/0/~0c") == ("a/b", "0", "~c")
    assert (pointer_of(()), steps_of("")) == ("", ())


def test_near_names() -> None:
    assert nearest("lesoins", ["lesions", "labs"]) == "lesions"
    assert hint("lesoins", ["lesions"]) == '; did you mean "lesions"?'
    assert hint("x", ["lesions"], "; it has lesions") == "; it has lesions"
