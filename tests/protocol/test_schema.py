"""``record.yaml``: what it refuses, and that any schema gives records that are read, judged and laid out alike."""

from __future__ import annotations

import copy
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pydantic import BaseModel

from precise_cal.cohort.layout.flatten import Flattener
from precise_cal.cohort.layout.rebuild import documents_of
from precise_cal.cohort.layout.tables import layout
from precise_cal.engine.cql.compile import compile_expression, evaluate, explain
from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.output import to_json
from precise_cal.engine.cql.state import State
from precise_cal.engine.record_types import classes_of, record_type
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.json_schema import record_schema
from precise_cal.protocol.model import Model, record_of
from precise_cal.protocol.part import Part, changed
from precise_cal.protocol.reading import OddError, reader_of
from precise_cal.protocol.schema.tree import FieldSchema, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from precise_cal.cohort.layout.tables import Table
    from precise_cal.protocol.from_json import RecordReader

ODD = """
schema_version: '1.0'
words:
  Color: [red, green, 'true', '1']
quantities:
  Mass: {like: kg, low: '0.1', high: '500', about: A mass.}
  Dose: {positive: true, about: 'A dose, in any unit.'}
parts:
  Class:
    from: {type: date, about: the first day}
    copy: {type: integer, from: -3, to: 3, about: the copy}
    model_fields: {type: text, about: what is called like something of Pydantic}
  Weighing:
    $measured: Mass
    form: {type: Color, about: the color of the form}
  Result:
    $quantity: number measure
    number: {type: decimal, about: the number}
    measure: {type: unit, about: the unit}
    class: {type: list of Class, about: the classes}
  Source:
    file: {type: text, required: true, about: the file}
record:
  $about: A record with unusual names.
  schema: {type: text, about: 'not schema_version, which this trial has not'}
  id: {type: identifier, required: true, about: the number}
  class: {type: Class, known: true}
  json: {type: Class, about: a part that may be absent}
  weights: {type: list of Mass, about: the weights}
  days: {type: list of date, about: the days}
  moments: {type: list of instant, about: the moments}
  yes_or_no: {type: list of boolean, about: the answers}
  counts: {type: list of integer, about: the counts}
  colors: {type: list of Color, about: the colors}
  ratios: {type: list of decimal, about: the ratios}
  weighings: {type: list of Weighing, about: the weighings}
  results: {type: list of Result, table: laboratory, about: the results}
  source: {type: Source, or: [text, date], about: 'where it comes from'}
  dose: {type: Dose, about: the dose}
  code: {type: text, pattern: '^[A-Z]{2}$', about: two capitals}
unique: {results.class: from}
"""
FULL = {
    "schema": "anything",
    "id": "A1",
    "class": {"from": "2026-03", "copy": -3, "model_fields": "x"},
    "json": {"copy": 1},
    "weights": [{"value": "70.50", "unit": "kg"}, {"value": "70500", "unit": "g"}],
    "days": ["2026-03-09", "2026-03", "2026"],
    "moments": ["2026-03-09T10:05:00+08:00", "2026-03-09T02:05:00Z", "2026-03-09"],
    "yes_or_no": [True, False],
    "counts": [1, -2],
    "colors": ["red", "true", "1"],
    "ratios": ["0.50", "1"],
    "weighings": [{"value": "80", "unit": "kg", "form": "green"}, {"form": "red"}],
    "results": [
        {"number": "5", "measure": "mg", "class": [{"from": "2026", "copy": 2}, {"from": "2027"}]},
        {"class": []},
    ],
    "source": {"file": "export.csv"},
    "dose": {"value": "2", "unit": "mg"},
    "code": "AB",
}


def _reader(text: str, folder: Path) -> RecordReader:
    (folder / "record.yaml").write_text(text, encoding="utf-8")
    return records_of(folder)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> RecordReader:
    return _reader(ODD, tmp_path_factory.mktemp("odd"))


def test_a_walk_goes_through_parts_and_at_will_into_lists(odd: RecordReader) -> None:
    root = odd.schema.root
    whole, once = dict(root.walk()), dict(root.walk(into_lists=False))
    assert [path for path in whole if path[0] == "results"] == [
        ("results",), ("results", "number"), ("results", "measure"), ("results", "class"),
        ("results", "class", "from"), ("results", "class", "copy"), ("results", "class", "model_fields"),
    ]  # fmt: skip
    assert list(whole)[:3] == [("schema",), ("id",), ("class",)]
    assert [path for path in once if path[0] in ("results", "source", "weighings")] == [
        ("weighings",), ("results",), ("source",), ("source", "file"),
    ]  # fmt: skip
    assert {whole[path].type.kind for path in (("results",), ("days",))} == {"list"}
    assert (whole[("results",)].rows, whole[("days",)].rows, whole[("json",)].rows) == (
        odd.schema.parts["Result"],
        None,
        None,
    )
    assert [whole[(name,)].inner.kind for name in ("dose", "weights", "json", "days")] == ["quantity"] * 2 + [
        "part",
        "date",
    ]
    assert [whole[path].is_moment for path in (("json", "from"), ("days",), ("code",))] == [True, False, False]


def _changed(**changes: Any) -> str:
    data = yaml.safe_load(ODD)
    for path, value in changes.items():
        *above, last = path.split("__")
        inner = data
        for name in above:
            inner = inner[name]
        inner[last] = value
    return yaml.safe_dump(data, sort_keys=False)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"words__Mass": ["a"]}, "Mass: stands among words already: choose another name"),
        ({"words__Record": ["a"]}, "Record: stands among record already: choose another name"),
        ({"words__Color": ["red", "red"]}, "the word 'red' stands twice"),
        ({"quantities__Mass__like": "kilo"}, "'kilo' is no UCUM unit"),
        ({"quantities__Mass__low": "600"}, "`low` 600 lies above `high` 500"),
        ({"quantities__Mass__low": None}, "Mass: has one end of a range; state both `low` and `high`"),
        ({"quantities__Mass__like": None}, "Mass: a range needs `like`, the unit that it is stated in"),
        ({"parts__Class__copy__from": 4}, "`from` 4 lies above `to` 3"),
        ({"parts__Class__quantity": {"type": "text", "about": "x"}}, "quantity is what rules call value and unit"),
        ({"parts__Class__self": {"type": "Class", "about": "x"}}, "Class would hold itself: Class > Class"),
        ({"parts__Class__self": {"type": "list of Result", "about": "x"}}, "would hold itself"),
        ({"parts__Class__from": {"type": "dat", "about": "x"}}, 'dat is no type; did you mean "date"?'),
        ({"parts__Class__from": {"type": "list of list of date", "about": "x"}}, "a list of lists is no type"),
        ({"parts__Class__from": {"type": "words", "about": "x"}}, "the type words needs a list of `words`"),
        ({"parts__Class__from": {"type": "date", "words": ["a"], "about": "x"}}, "`words` belong to the type words"),
        ({"parts__Class__from": {"type": "date", "to": 3, "about": "x"}}, "bound whole and decimal numbers"),
        ({"parts__Class__from": {"type": "date", "pattern": "a", "about": "x"}}, "a pattern belongs to the type text"),
        ({"record__code__pattern": "(["}, "'([' is no regular expression"),
        ({"parts__Class__from": {"type": "date"}}, "from: needs `about`, the words that a query asks with"),
        ({"parts__Class__from": {"type": "date", "known": True}}, "only a part that is no list can always exist"),
        ({"parts__Class__from": {"type": "date", "abuot": "x"}}, '"abuot" is no key here; did you mean "about"?'),
        ({"parts__Weighing__$measured": "Masse"}, 'Masse is no quantity; did you mean "Mass"?'),
        ({"parts__Weighing__value": {"type": "decimal", "about": "x"}}, "`$measured` gives it the fields"),
        ({"parts__Result__$quantity": "number unit"}, "unit: should be a field of the type unit of this part"),
        ({"record__json__reveals": {"except": "at"}}, "at: is no field of what json holds"),
        ({"record__source__or": ["boolean"]}, "a further type should be one of"),
        ({"unique": {"resultss": "from"}}, "resultss: is no list of the record"),
        ({"unique": {"results": "from"}}, "from: is no field of what results holds"),
        ({"roles": {"particpant": "id"}}, "particpant"),
        ({"schema_version": "9"}, "schema_version"),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else None,
)  # fmt: skip
def test_a_schema_that_contradicts_itself_is_refused_with_its_place(
    changes: dict[str, Any], told: str, tmp_path: Path
) -> None:
    with pytest.raises(RuleFileError) as caught:
        _reader(_changed(**changes), tmp_path)
    assert told in str(caught.value)
    assert "record.yaml:" in str(caught.value)


def test_any_names_and_types_are_read(odd: RecordReader) -> None:
    record = odd.record(FULL)
    assert record.class_.from_ is not None
    assert [str(one.quantity) for one in record.weights] == ["70.50 kg", "70500 g"]
    assert record.yes_or_no == (True, False)
    assert odd.record({"id": "A1", "json": {}, "source": "N/A"}).json_ is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"class": {"form": 1}}, '/class/form: 1 is a field that the record does not have; did you mean "from"?'),
        ({"class": {"copy": 4}}, "/class/copy: 4 should be at most 3"),
        (
            {"weights": [{"value": "1", "unit": "mm"}]},
            '/weights/0: {"value": "1", "unit": "mm"} should have a unit like "kg", not "mm"',
        ),
        (
            {"weights": [{"value": "600", "unit": "kg"}]},
            '/weights/0: {"value": "600", "unit": "kg"} should lie between 0.1 and 500 kg',
        ),
        ({"dose": {"value": "0", "unit": "mg"}}, '/dose: {"value": "0", "unit": "mg"} should be above 0'),
        ({"code": "abc"}, '/code: "abc" should be two capitals, of the form ^[A-Z]{2}$'),
        ({"colors": ["redd"]}, '"redd" should be one of red, green, true, 1'),
        ({"results": [{"class": [{"from": "2026"}, {"from": "2026"}]}]}, "/results/0/class/1/from"),
        ({"id": None}, "/id"),
    ],
    ids=lambda value: json.dumps(value)[:50] if isinstance(value, dict) else None,
)
def test_what_is_wrong_is_told_by_the_names_of_the_file(
    change: dict[str, Any], problem: str, odd: RecordReader
) -> None:
    with pytest.raises(RecordError) as caught:
        odd.record(FULL | change)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("class.copy", -3),
        ("class.model_fields", "x"),
        ("json.copy", 1),
        ("schema", "anything"),
        ("Count(weights W where W > 70.4 'kg')", 2),
        ("First(moments) = Last(moments M where true)", None),
        ("moments[0] = moments[1]", True),
        ("Count(yes_or_no Y where Y)", 1),
        ("results[0].quantity > 4 'mg'", True),
        ("weighings[1].quantity is null", True),
        ("source.file", "export.csv"),
        ("colors[1]", "true"),
    ],
)
def test_the_rule_language_reads_them(text: str, value: Any, odd: RecordReader) -> None:
    context = record_type(odd.schema, 480)
    compiled = compile_expression(Environment(context, classes=classes_of(context)), text)
    state = State(record=odd.record(FULL), now=None, utc_offset_minutes=480)
    assert to_json(evaluate(compiled, state)) == value
    assert to_json(explain(compiled, state)[0]) == value


def test_what_stands_in_the_place_of_a_part_is_not_known_to_rules(odd: RecordReader) -> None:
    context = record_type(odd.schema, 480)
    compiled = compile_expression(Environment(context, classes=classes_of(context)), "source.file is null")
    for instead in ("a text", "2026-03", "true"):
        state = State(record=odd.record(FULL | {"source": instead}), now=None, utc_offset_minutes=480)
        assert evaluate(compiled, state) is True


@pytest.mark.parametrize("source", [FULL["source"], "a text", "true", "2026-03", None])
def test_tables_give_back_what_was_recorded(source: Any, odd: RecordReader) -> None:
    document = copy.deepcopy(FULL) | {"source": source}
    table = layout(odd.schema)
    flattener = Flattener(odd.schema, 480)
    flattener.add(odd.record(document), 1)
    rows = {one.name: [_named(one, row) for row in flattener.rows[one.name]] for one in table.walk()}
    (back,) = documents_of(table, rows)
    assert odd.record(back) == odd.record(document)
    assert "laboratory" in rows


def _named(table: Table, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip([column.name for column in table.columns], row, strict=True))


def test_names_of_columns_are_unique(odd: RecordReader) -> None:
    for table in layout(odd.schema).walk():
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names)


def test_the_json_schema_accepts_what_the_reader_accepts(odd: RecordReader) -> None:
    import jsonschema

    validator = jsonschema.Draft202012Validator(record_schema(odd.model))
    validator.validate(FULL)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(FULL | {"class": {"copy": 4}})


def test_another_trial_passes_its_own_cases(shared: Path, precise: Callable[..., Any]) -> None:
    trial = shared / "contract" / "trial-example"
    assert "64 passed, 0 failed" in precise("rules", "test", "--trial", trial).out
    participant = trial / "tests" / "screening.json"
    assert precise("check", participant, "--trial", trial).status == 0
    assert "is a field that the record does not have" in precise("check", participant).err


def test_a_unit_of_another_scale_is_like_it(small_trial: Any, tmp_path: Path) -> None:
    form = copy.deepcopy(small_trial.RECORD)
    form["quantities"] = {"Heat": {"like": "Cel", "low": "30", "high": "45", "about": "a temperature"}}
    form["record"]["heat"] = {"type": "Heat", "about": "the temperature"}
    reader = records_of(small_trial.folder_of(tmp_path, record=form))

    def read(value: str, unit: str) -> Any:
        return reader.read(
            json.dumps({"schema_version": "1.0", "subject": "A", "heat": {"value": value, "unit": unit}}).encode()
        )

    assert read("98.6", "[degF]")
    for value, unit, said in (("37", "kg", 'a unit like "Cel"'), ("37", "[degF]", "should lie between 30 and 45 Cel")):
        with pytest.raises(RecordError, match=re.escape(said)):
            read(value, unit)


JUNK = [
    None, True, 0, -4, 7, Decimal("1.5"), Decimal("-0.0000000001"), "", "N/A", "A B", "red", "AB", "2026-03-09",
    "2026-13", "kg", "\ud800", "x" * 2001, "2026-03-09T10:05:00+08:00", [], {}, [None], [[]],
    {"value": "0", "unit": "kg"}, {"file": "x"},
]  # fmt: skip
"""Values that fit some field, or none."""


def _places(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield (*steps, step)
        yield from _places(one, (*steps, step))


def _altered(document: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    altered = copy.deepcopy(document)
    owner: Any = altered
    for step in place[:-1]:
        owner = owner[step]
    owner[place[-1]] = value
    return altered


def test_a_document_is_read_at_once_exactly_as_by_the_typed_model(odd: RecordReader) -> None:
    read, taken = reader_of(odd.schema), 0
    places = [*_places(FULL), ("unknown_field",), ("class", "unknown_field"), ("source", "line")]
    for document in (FULL, *(_altered(FULL, place, value) for place in places for value in JUNK)):
        try:
            found = read(document)
        except (OddError, ValueError):
            continue
        taken += 1
        assert found == record_of(odd.model.model_validate(document)), document
    assert taken > 100
    assert read(FULL) == odd.record(FULL)


def test_what_the_typed_model_takes_is_read_whatever_the_reader_thinks(odd: RecordReader) -> None:
    document = FULL | {"source": "2026-03-09", "code": None, "json": {}}
    with pytest.raises(OddError):
        reader_of(odd.schema)(document)
    record = odd.record(document)
    assert (str(record.source), record.json_, record.code) == ("2026-03-09", None, None)
    assert type(record.class_) is type(odd.record(FULL).class_)


def test_fields_do_not_take_the_names_of_what_records_have_themselves() -> None:
    for model in (BaseModel, Model, Part):
        own = {name for name in dir(model) if not name.startswith("_")}
        assert {FieldSchema(name, Scalar("text")).attribute for name in own} == {f"{name}_" for name in own}


def test_a_changed_record_is_another_one(odd: RecordReader) -> None:
    record = odd.record(FULL)
    assert changed(record, {"code": "CD"}).code == "CD"
    assert record.code == "AB"
    assert record != changed(record, {"code": "CD"})
    assert len({record, odd.record(FULL)}) == 1
