"""``N/A``, dashes and blanks: unknown in free text, with a notice; an error in every other field."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.placeholders import is_placeholder, may_hold_placeholder
from precise_cal.protocol.schema.tree import FieldSchema, ListOf, PartSchema, Scalar
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.protocol.report import Subject

RECORDS = records_of(bundled())
placeholders_in = RECORDS.placeholders
read_record = RECORDS.read

SAY_NOTHING = [
    "N/A",
    "n/a",
    " N/A ",
    "-",
    "--",
    "\u2014",
    "\u2013 \u2013",
    "\u2212",
    "",
    " ",
    "\t\u00a0",
    "\u200b",
    "\uff2e\uff0f\uff21",
    "N\uff0fA",
]
SAY_SOMETHING = ["NA", "none", "0", ".", "- bailout", "N/A: guide wire", "?", "n", "\u65e0"]
HEAD = {"schema_version": "1.0", "subject_id": "S1"}


def _is_text(field: FieldSchema) -> bool:
    return Scalar("text") in (field.type, *field.alternatives) and not field.required


def _fields(part: PartSchema, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], FieldSchema]]:
    for field in part.fields:
        here = (*path, field.name)
        if field.part is None or _is_text(field):
            yield here, field
        else:
            yield from _fields(field.part, (*here, 0) if isinstance(field.type, ListOf) else here)


FIELDS = dict(_fields(RECORDS.schema.root))
TEXTS = [path for path, field in FIELDS.items() if _is_text(field)]
OTHERS = [path for path in FIELDS if path not in TEXTS]


def _document(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    document: Any = value
    for step in reversed(path):
        document = [document] if step == 0 else {step: document}
        if step == "lesions":
            document["lesions"][0].setdefault("lesion_id", "L1")
    merged: dict[str, Any] = HEAD | document
    return merged


def _at(record: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        record = None if record is None else record[step] if step == 0 else getattr(record, step)
    return record


def test_the_contract_names_these_fields_as_text() -> None:
    assert {path[-1] for path in TEXTS} == {
        "study_id", "protocol_version", "form_version", "form_version_in_force", "reason", "reported_text", "analysis",
        "number", "gate_decision_id", "assay",
    }  # fmt: skip


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("text", SAY_NOTHING, ids=ascii)
def test_in_free_text_they_read_as_unknown_with_a_notice(path: tuple[Any, ...], text: str) -> None:
    data = json.dumps(_document(path, text)).encode()
    assert _at(read_record(data), path) is None
    (problem,) = placeholders_in(data)
    assert problem.pointer == "/" + "/".join(map(str, path))


@pytest.mark.parametrize("text", SAY_SOMETHING, ids=ascii)
def test_a_text_that_says_something_stays(text: str) -> None:
    path = ("lesions", 0, "devices", 0, "reason")
    data = json.dumps(_document(path, text), ensure_ascii=False).encode()
    assert _at(read_record(data), path) == text
    assert not placeholders_in(data)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("text", ["N/A", "-", "", " "])
def test_in_every_other_field_they_are_errors(path: tuple[Any, ...], text: str) -> None:
    is_list = isinstance(FIELDS[path].type, ListOf)
    with pytest.raises(RecordError) as caught:
        read_record(json.dumps(_document(path, [text] if is_list else text)).encode())
    pointer = "/" + "/".join(map(str, path))
    assert any(problem.pointer.startswith(pointer) for problem in caught.value.problems)


def test_what_a_check_says_of_them_names_place_and_text(
    judge: Callable[[Any], Subject], complete: dict[str, Any]
) -> None:
    before = judge(complete)
    changed = copy.deepcopy(complete)
    changed["lesions"][0]["devices"][0]["reason"] = "N/A"
    after = judge(changed)
    (notice,) = [one for one in after.notices if one not in before.notices]
    assert (notice.code, notice.rule, notice.item) == ("PLACEHOLDER", "", "/lesions/0/devices/0/reason")
    assert notice.text == '"N/A" is not a value; it was read as unknown'


def test_a_crossover_with_the_reason_not_applicable_has_no_documented_reason(
    judge: Callable[[Any], Subject], complete: dict[str, Any]
) -> None:
    device = {"type": "DES", "role": "crossover", "at": "2026-03-10T10:28:00+08:00", "reason": "N/A"}
    complete["lesions"][0]["devices"].append(device)
    codes = {one.code for one in judge(complete).deviations}
    assert "DV-TRT-01" in codes
    assert "DV-TRT-03" not in codes


def test_a_randomization_exported_empty_leaves_the_gate_open(
    judge: Callable[[Any], Subject], screening: dict[str, Any]
) -> None:
    screening["randomization"] = {"at": None, "arm": None, "number": "-"}
    subject = judge(screening)
    assert subject.gate.decision == "ALLOW"
    assert "DV-ELG-90" not in {one.code for one in subject.deviations}


@example(text="N/\x7fA", is_ascii=False)
@given(st.text(st.sampled_from(" \t\x7f\u00a0\u200b-\u2013\u2014/nNaA\uff2e\uff0f\uff21x<"), max_size=5), st.booleans())
def test_a_record_without_a_candidate_holds_no_placeholder(text: str, is_ascii: bool) -> None:
    data = json.dumps(_document(("study_id",), text), ensure_ascii=is_ascii).encode()
    assert may_hold_placeholder(data) or not is_placeholder(text)


def test_a_usual_record_is_read_once(complete: dict[str, Any]) -> None:
    complete["labs"][0]["comparator"] = "<"
    assert not may_hold_placeholder(json.dumps(complete).encode())
