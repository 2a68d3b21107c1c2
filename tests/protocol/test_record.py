"""From JSON to a participant record: exact decimals, unknown apart from false, every problem at once."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.from_json import Problem, RecordError, parse_json
from precise_cal.protocol.json_text import line_and_column
from precise_cal.protocol.pointer import pointer_of
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from precise_cal.protocol.part import Part

read_record = records_of(bundled()).read
record_of = records_of(bundled()).record

HEAD = {"schema_version": "1.0", "subject_id": "S1"}


def _read(**fields: Any) -> Part:
    return read_record(json.dumps(HEAD | fields).encode())


@given(st.integers(0, 10**8).map(lambda number: Decimal(number).scaleb(-8)))
def test_decimals_are_exact(value: Decimal) -> None:
    text = f"{value:f}"
    for written in (f'"{text}"', text):
        data = f'{{"schema_version": "1.0", "subject_id": "S1", "qfr_measurements": [{{"value": {written}}}]}}'
        (measurement,) = read_record(data.encode()).qfr_measurements or ()
        assert measurement.value is not None
        assert measurement.value.as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize("text", ["3.00", "3", "0.10", "2.2500"])
def test_recorded_precision_survives(text: str) -> None:
    (lab,) = _read(labs=[{"value": text, "unit": "ng/L"}]).labs or ()
    assert str(lab.value) == text
    assert str(lab.quantity) == f"{text} ng/L"


@pytest.mark.parametrize("absent", [{}, {"written": None}, {"written": "unknown"}])
def test_absent_null_and_unknown_are_the_same(absent: dict[str, Any]) -> None:
    assert _read(consent=absent).consent.written is None
    assert _read(consent=absent) == _read(consent=None) == _read()


def test_unknown_is_not_false_and_an_empty_list_is_not_unknown() -> None:
    assert _read(consent={"written": False}).consent.written is False
    assert _read(lesions=[]).lesions == ()
    assert _read().lesions is None


@pytest.mark.parametrize("measured", [{"value": "3.0"}, {"unit": "mm"}, {"value": "3.0", "unit": "unknown"}, {}])
def test_a_quantity_without_value_or_unit_is_unknown(measured: dict[str, Any]) -> None:
    (lesion,) = _read(lesions=[{"lesion_id": "L1", "reference_vessel_diameter": [measured]}]).lesions or ()
    (diameter,) = lesion.reference_vessel_diameter or ()
    assert diameter.quantity is None


@pytest.mark.parametrize(
    ("unit", "value", "is_valid"),
    [
        ("mm", "0.01", True),
        ("mm", "0.0099", False),
        ("mm", "10", True),
        ("mm", "10.001", False),
        ("cm", "1.00", True),
        ("cm", "1.001", False),
        ("um", "10000", True),
    ],
)
def test_ranges_are_compared_exactly_across_units(unit: str, value: str, is_valid: bool) -> None:
    lesion = {"lesion_id": "L1", "reference_vessel_diameter": [{"value": value, "unit": unit}]}
    if is_valid:
        assert _read(lesions=[lesion]).lesions
    else:
        with pytest.raises(RecordError, match=r"should lie between 0.01 and 10 mm"):
            _read(lesions=[lesion])


def test_every_problem_is_told_with_pointer_value_and_fix() -> None:
    document = {
        "schema_version": "1.0",
        "sitee_id": "ZS01",
        "lesions": [{"lesion_id": "L1", "vessel": "Lad", "in/stent~": True}],
        "qfr_measurements": [{"value": "1.5"}],
    }
    with pytest.raises(RecordError) as caught:
        record_of(document)
    told = {problem.pointer: problem for problem in caught.value.problems}
    assert set(told) == {
        "/subject_id",
        "/sitee_id",
        "/lesions/0/vessel",
        "/lesions/0/in~1stent~0",
        "/qfr_measurements/0/value",
    }
    assert told["/subject_id"] == Problem("/subject_id", None, "is missing: every record needs it")
    assert told["/lesions/0/vessel"].value == '"Lad"'
    assert told["/lesions/0/vessel"].text.endswith('did you mean "LAD"?')
    assert 'did you mean "in_stent"?' in told["/lesions/0/in~1stent~0"].text
    assert all(str(problem).startswith(problem.pointer) for problem in told.values())


@pytest.mark.parametrize(("name", "field"), [("lesions", "lesion_id"), ("events", "event_id")])
def test_names_of_lesions_and_events_are_unique(name: str, field: str) -> None:
    with pytest.raises(RecordError) as caught:
        _read(**{name: [{field: "A"}, {field: "B"}, {field: "A"}]})
    (problem,) = caught.value.problems
    assert problem.pointer == f"/{name}/2/{field}"
    assert f"/{name}/0" in problem.text


def test_a_record_is_frozen() -> None:
    with pytest.raises(AttributeError, match="cannot be assigned to"):
        _read().subject_id = "S2"  # type: ignore[misc]


ADDED = {
    "consents": [
        {"signed_at": "2026-03-09", "form_version": "2.0", "signer": "participant", "reason": "new_information"},
    ],
    "sae": [
        {"event_id": "S1", "onset": "2026-03-12", "aware_at": "2026-03-12T10:00:00+08:00",
         "reported_at": "2026-03-13T09:00:00+08:00", "criteria": ["death", "intervention"], "device_related": None},
    ],
    "last_contact": {"date": "2026-05", "vital_status": "dead"},
}  # fmt: skip


def test_later_consents_serious_events_and_the_last_contact_are_read() -> None:
    record = _read(**ADDED)
    assert [one.reason for one in record.consents or ()] == ["new_information"]
    assert [one.criteria for one in record.sae or ()] == [("death", "intervention")]
    assert record.last_contact.vital_status == "dead"
    empty = _read(last_contact=None)
    assert (empty.consents, empty.sae, empty.last_contact.date) == (None, None, None)


@pytest.mark.parametrize(
    ("field", "wrong", "pointer", "hint"),
    [
        ("consents", [{"reason": "newversion"}], "/consents/0/reason", 'did you mean "new_version"?'),
        ("sae", [{"criteria": ["dead"]}], "/sae/0/criteria/0", 'did you mean "death"?'),
        ("sae", [{"reported": None}], "/sae/0/reported", 'did you mean "reported_at"?'),
        ("last_contact", {"vital_status": "Alive"}, "/last_contact/vital_status", 'did you mean "alive"?'),
    ],
)
def test_what_is_wrong_in_them_is_told_with_the_nearest_word(field: str, wrong: Any, pointer: str, hint: str) -> None:
    with pytest.raises(RecordError) as caught:
        _read(**{field: wrong})
    (problem,) = caught.value.problems
    assert (problem.pointer, hint in problem.text) == (pointer, True)


NOTHING = [{}, {"at": None, "arm": None, "number": None}, {"at": "unknown"}, {"number": "N/A"}, {"number": " "}]


@pytest.mark.parametrize("randomization", NOTHING)
def test_a_randomization_of_which_nothing_is_known_is_none(randomization: dict[str, Any]) -> None:
    assert _read(randomization=randomization).randomization is None


@pytest.mark.parametrize("field", ["at", "arm", "number", "gate_decision_id"])
def test_any_known_field_of_a_randomization_means_randomized(field: str) -> None:
    value = {"at": "2026-03-10T10:12:00+08:00", "arm": "DCB"}.get(field, "7")
    assert _read(randomization={field: value}).randomization is not None


@pytest.mark.parametrize("address", ["urn:precise-cal:record:1.0", "unknown", None])
def test_the_root_may_name_its_schema(address: str | None) -> None:
    assert _read(**{"$schema": address}) == _read()


def test_a_schema_that_is_no_text_or_not_at_the_root_is_an_error_beside_the_others() -> None:
    with pytest.raises(RecordError) as caught:
        _read(**{"$schema": 1, "sex": "male", "consent": {"$schema": "x"}})
    assert [problem.pointer for problem in caught.value.problems] == ["/$schema", "/consent/$schema", "/sex"]


NAMES = st.text(min_size=1, max_size=6)
DOCUMENTS = st.recursive(
    st.integers(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)


@given(DOCUMENTS, st.data())
def test_every_pointer_is_found_in_the_file(document: Any, data: st.DataObject) -> None:
    text = json.dumps(document, indent=data.draw(st.sampled_from([None, 1])), ensure_ascii=data.draw(st.booleans()))
    path: list[Any] = []
    value = document
    while isinstance(value, dict | list) and value:
        path.append(data.draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value)))))
        value = value[path[-1]]
    line, column = line_and_column(text.encode(), pointer_of(path))
    here = text.split("\n")[line - 1][column - 1 :]
    assert re.match(rf"{re.escape(json.dumps(value))}(?!\d)", here)


def test_large_numbers_are_not_rounded() -> None:
    assert parse_json(b"0.1000000000000000055511151231257827") == Decimal("0.1000000000000000055511151231257827")


@pytest.mark.parametrize("data", [b"[]", b"[1]", b'"x"', b"3", b"true", b"null"])
def test_a_document_that_is_no_object_is_told_as_such(data: bytes) -> None:
    with pytest.raises(RecordError, match="a participant record is one JSON object"):
        records_of(bundled()).read(data)
