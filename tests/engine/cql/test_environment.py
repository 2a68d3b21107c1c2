"""Names: the record, parameters, definitions, functions and scopes."""

from dataclasses import dataclass

import pytest

from precise_cal.engine.cql.compile import compile_definition, compile_expression, evaluate, explain
from precise_cal.engine.cql.environment import DefinitionSource, Environment, FunctionSource
from precise_cal.engine.cql.errors import CqlError, Origin
from precise_cal.engine.cql.state import AtomEntry, State
from precise_cal.engine.cql.types import BOOLEAN, DECIMAL, INTEGER, ClassType, Element, ListType, StringType, TupleType
from precise_cal.engine.cql.values import Tuple


@dataclass
class Lesion:
    length: int | None = None
    severe: bool | None = None


@dataclass
class Record:
    age: int | None = None
    vessel: str | None = None
    consented: bool | None = None
    lesions: tuple[Lesion, ...] | None = ()


def element(name: str, kind: object) -> Element:
    return Element(name, kind, lambda owner: getattr(owner, name), name)


LESION = ClassType("Lesion", {"length": element("length", INTEGER), "severe": element("severe", BOOLEAN)})
RECORD = ClassType(
    "Record",
    {
        "age": element("age", INTEGER),
        "vessel": element("vessel", StringType(allowed=frozenset({"LAD", "LCX", "RCA"}))),
        "consented": element("consented", BOOLEAN),
        "lesions": element("lesions", ListType(LESION)),
    },
)


def environment(**more: object) -> Environment:
    return Environment(context=RECORD, **more)


def definition(name: str, text: str, line: int = 1, scope: str | None = None) -> DefinitionSource:
    return DefinitionSource(name, text, Origin("rules.yaml", line, 5), scope)


def function(name: str, text: str, *operands: tuple[str, str], scope: str | None = None) -> FunctionSource:
    return FunctionSource(name, operands, text, Origin("rules.yaml", 20, 5), scope)


def message(names: Environment, text: str, **options: object) -> str:
    with pytest.raises(CqlError) as caught:
        compile_expression(names, text, **options)
    return str(caught.value)


def test_elements_parameters_and_definitions() -> None:
    limits = (TupleType.of({"low": INTEGER, "high": INTEGER}), Tuple({"low": 18, "high": 80}))
    names = environment(
        parameters={"limits": limits, "factor": (DECIMAL, 1)},
        definitions=(definition("Adult", "age >= limits.low"), definition("Suitable", "Adult and consented")),
    )
    compiled = compile_expression(names, "Suitable")
    assert compiled.type is BOOLEAN
    assert compiled.parameters == {"limits.low"}
    assert compiled.definitions == {"Suitable", "Adult"}
    assert evaluate(compiled, State(record=Record(age=40, consented=True))) is True
    assert evaluate(compiled, State(record=Record(age=17))) is False
    assert evaluate(compiled, State(record=Record(age=40))) is None


def test_functions_and_scopes() -> None:
    names = environment(
        functions=(function("Long", "one.length > least", ("one", "Lesion"), ("least", "Integer")),),
        scopes={"lesion": LESION},
        classes={"Lesion": LESION},
        definitions=(definition("Marked", "lesion.severe", scope="lesion"),),
    )
    state = State(record=Record(), scopes={"lesion": Lesion(30, True)})
    assert evaluate(compile_expression(names, "Long(lesion, 20) and Marked", scope="lesion"), state) is True
    assert "is known only in rules that are judged for each lesion" in message(names, "lesion.severe")
    assert '"Marked" is defined for each lesion' in message(names, "Marked")
    assert "Long takes 2 operands, not 1" in message(names, "Long(1)")
    assert "Lesion is expected here, not Integer" in message(names, "Long(1, 2)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("agee > 1", 'expression:1:1: "agee" is not known (did you mean "age"?)'),
        ("vessel = 'LADD'", """expression:1:10: 'LADD' is no value of this field (did you mean "LAD"?)"""),
        ("vessel in { 'LAD', 'xyz' }", "'xyz' is no value of this field; it is one of LAD, LCX, RCA"),
        ("lesions.length", 'List<Lesion> has no "length"'),
        ("First(lesions).lenght", 'Lesion has no "lenght" (did you mean "length"?)'),
        ("age = 'LAD'", None),
    ],
)
def test_names_that_are_wrong(text: str, expected: str | None) -> None:
    if expected is None:
        assert compile_expression(environment(), text).type is BOOLEAN
    else:
        assert expected in message(environment(), text)


def test_cycles() -> None:
    names = environment(
        definitions=(definition("A", "B", 3), definition("B", "not A", 4)),
        functions=(function("F", "F(n)", ("n", "Integer")),),
    )
    assert message(names, "A") == "rules.yaml:3:5: the definition refers to itself: A -> B -> A"
    assert "the function calls itself: F -> F" in message(names, "F(1)")


def test_errors_of_definitions_are_told_where_they_stand() -> None:
    names = environment(definitions=(definition("Wrong", "age >\n  true", 7),))
    with pytest.raises(CqlError, match=r"^rules\.yaml:7:5: Greater does not take \(Integer, Boolean\)"):
        compile_definition(names, "Wrong")
    with pytest.raises(KeyError):
        compile_definition(names, "Nothing")


def test_the_expected_type() -> None:
    assert compile_expression(environment(), "age", expected=DECIMAL).type is DECIMAL
    assert "Boolean is expected here, not Integer" in message(environment(), "age", expected=BOOLEAN)


def test_many_definitions_in_a_row_are_no_crash() -> None:
    chain = [definition("D0", "age > 1"), *(definition(f"D{n}", f"D{n - 1} and true") for n in range(1, 3000))]
    assert "nested too deeply" in message(environment(definitions=tuple(chain)), "D2999")


def reasons(text: str, record: Record, **more: object) -> list[tuple[str, object, bool | None]]:
    _, entries = explain(compile_expression(environment(**more), text), State(record=record))
    return [(entry.info.text, entry.observed, entry.result) for entry in entries if isinstance(entry, AtomEntry)]


YOUNG = Record(age=17, vessel="LAD", consented=False, lesions=(Lesion(30, True), Lesion(10, None), Lesion(5, False)))
AGE, VESSEL, CONSENT = ("age >= 18", 17, False), ("vessel = 'LAD'", "LAD", True), ("consented", False, False)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("age >= 18", [AGE]),
        ("age >= 18 and vessel = 'LAD'", [AGE]),
        ("age >= 18 and consented", [AGE, CONSENT]),
        ("age >= 18 or vessel = 'LAD'", [VESSEL]),
        ("age >= 18 or consented", [AGE, CONSENT]),
        ("age >= 18 implies consented", [AGE]),
        ("vessel = 'LAD' implies consented", [VESSEL, CONSENT]),
        ("not (age >= 18 and vessel = 'LAD')", [AGE]),
        ("if vessel = 'LAD' then true else false", [VESSEL]),
        ("if vessel = 'LAD' then age >= 18 else true", [AGE]),
        ("case when age >= 18 then true when consented then true else false end", [AGE, CONSENT]),
    ],
)
def test_only_what_decided_stays(text: str, kept: list) -> None:
    found = reasons(text, YOUNG)
    if "implies" in text and text.startswith("vessel"):
        assert kept[1] in found
    else:
        assert found == kept


SOME = "lesions L aggregate found starting false: found or L.severe"
EVERY = "lesions L aggregate found starting true: found and L.length < 20"


def test_quantifiers_keep_the_elements_that_decided() -> None:
    assert reasons(SOME, YOUNG) == [("L.severe", True, True)]
    assert reasons(EVERY, YOUNG) == [("L.length < 20", 30, False)]
    assert reasons(SOME, Record(lesions=(Lesion(1, None), Lesion(2, False)))) == [("L.severe", None, None)]


def test_reasons_go_through_definitions() -> None:
    more = {"definitions": (definition("Adult", "age >= 18", 9),)}
    _, entries = explain(compile_expression(environment(**more), "Adult and Adult"), State(record=YOUNG))
    infos = [entry.info for entry in entries if isinstance(entry, AtomEntry)]
    assert [(info.unit, info.line, info.column) for info in infos] == [("Adult", 9, 5)] * 2


@pytest.mark.parametrize(
    ("text", "required", "otherwise"),
    [
        ("age >= 18", ">= 18", "< 18"),
        ("18 <= age", ">= 18", "< 18"),
        ("not (age >= 18)", "< 18", ">= 18"),
        ("age in Interval[18, 80]", "18 to 80", "outside 18 to 80"),
        ("age in Interval[18, 80)", "from 18, below 80", "outside from 18, below 80"),
        ("vessel in { 'LAD', 'LCX' }", "one of LAD, LCX", "outside one of LAD, LCX"),
        ("vessel = 'LAD'", "LAD", "other than LAD"),
        ("age is null", "nothing recorded", "a value"),
        ("consented", "true", "false"),
        ("exists lesions", "at least one", "none"),
        ("age = Length(lesions)", None, None),
    ],
)
def test_what_an_atom_requires(text: str, required: str | None, otherwise: str | None) -> None:
    _, entries = explain(compile_expression(environment(), text), State(record=YOUNG))
    info = next(entry.info for entry in entries if isinstance(entry, AtomEntry))
    assert (info.required, info.otherwise) == (required, otherwise)


@pytest.mark.parametrize("text", [SOME, EVERY, "age >= 18 and vessel = 'LAD' or not consented", "age is null"])
def test_reasons_do_not_change_the_value(text: str) -> None:
    for record in (YOUNG, Record(), Record(lesions=None), Record(age=18, vessel="RCA", consented=True)):
        compiled = compile_expression(environment(), text)
        assert evaluate(compiled, State(record=record)) is explain(compiled, State(record=record))[0]


LOOPS = "1"
for _depth in range(17):
    LOOPS = f"First(({{1, 2}}) X{_depth} return {LOOPS} + X{_depth})"
ORS = "age > 1"
for _depth in range(18):
    ORS = f"(lesions L{_depth} aggregate found starting false: found or {ORS})"


def test_loops_within_loops_beyond_what_python_nests() -> None:
    assert evaluate(compile_expression(Environment(), LOOPS), State()) == 18


def test_quantifiers_within_quantifiers_beyond_what_python_nests() -> None:
    record = Record(age=2, lesions=(Lesion(1, True),))
    value, entries = explain(compile_expression(environment(), ORS), State(record=record))
    assert value is True
    assert [entry.info.text for entry in entries if isinstance(entry, AtomEntry)] == ["age > 1"]


def test_a_function_of_the_same_objects_is_asked_once() -> None:
    """What it reads is told each time."""
    names = environment(
        functions=(function("Long", "one.length > 1 and one.length > 2 and one.severe", ("one", "Lesion")),),
        classes={"Lesion": LESION},
    )
    compiled = compile_expression(names, "lesions A aggregate found starting false: found or (Long(A) and Long(A))")
    value, entries = explain(compiled, State(record=Record(lesions=(Lesion(3, True),))))
    assert value is True
    assert [entry.info.text for entry in entries if isinstance(entry, AtomEntry)] == [
        "one.length > 1", "one.length > 2", "one.severe"] * 2  # fmt: skip
