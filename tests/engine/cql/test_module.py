"""Generated code as the text of a module: constants are expressions that make the same values, names are its own."""

from __future__ import annotations

import datetime
import keyword
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.cql import types
from precise_cal.engine.cql.compile import compile_expression, evaluate, write_functions
from precise_cal.engine.cql.environment import DefinitionSource, Environment
from precise_cal.engine.cql.errors import CqlError
from precise_cal.engine.cql.module import Module
from precise_cal.engine.cql.state import State
from precise_cal.engine.cql.tree import Query as Retrieval
from precise_cal.engine.cql.values import Interval, Long, Ratio, Tuple
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.report import Query
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable

LONG_TEXT = "'\"\\\n\x00\ud800 血管" * 20
VALUES = [
    0,
    -7,
    Long(2**40),
    "target_lesion",
    LONG_TEXT,
    Decimal("3.00"),
    Decimal("-1E-8"),
    Quantity(Decimal("2.250"), "mm"),
    Quantity(Decimal(1), None),
    Ratio(Quantity(Decimal(1), "mg"), Quantity(Decimal(2), "mL")),
    Date(1956, 5),
    DateTime(2026, 3, 10, 9, 30, offset_minutes=480),
    DateTime(2026),
    Time(9, 30),
    Interval(Decimal("2.25"), None, high_closed=False, point=types.DECIMAL),
    Tuple({"a": 1, "class": ("x", None, True)}),
    (),
    (1,),
    tuple(range(40)),
    frozenset({"b", "a"}),
    {"a": (), "b": {"c": (1,)}},
    datetime.date(2026, 3, 10),
    Path("/a/b"),
    types.ListType(types.IntervalType(types.DATE)),
    types.TupleType.of({"a": types.STRING}),
    types.ChoiceType(frozenset({types.DATE, types.DATE_TIME})),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda one: type(one).__name__)
def test_a_constant_is_the_same_value_again(value: Any) -> None:
    module = Module()
    name = module.constant(value)
    namespace: dict[str, Any] = {}
    exec(module.source("Constants.\n"), namespace)
    again = namespace[name]
    assert (again, type(again)) == (value, type(value))
    assert isinstance(value, frozenset) or repr(again) == repr(value)  # the order of a set is its own
    assert module.constant(value) == name


def test_types_that_are_told_by_identity_stay_what_they_are() -> None:
    module = Module()
    names = [module.constant(one) for one in (types.BOOLEAN, types.NOTHING, types.ANY)]
    module.run()
    assert [module.namespace[one] for one in names] == [types.BOOLEAN, types.NOTHING, types.ANY]
    assert module.namespace[names[1]] is types.NOTHING


@pytest.mark.parametrize(
    "words", [("IC-5", "met_when"), ("",), ("血管",), ("5",), ("class",), ("v1",), ("s",), ("remember",)]
)
def test_names_are_pythons_and_nobody_elses(words: tuple[str, ...]) -> None:
    module = Module()
    names = [module.unique(*words) for _ in range(3)]
    assert len({*names, "remember", "remember_reasons"}) == 5
    for name in names:
        assert name.isidentifier()
        assert name.isascii()
        assert not keyword.iskeyword(name)
        assert "_" in name  # no local name of generated code has one


def test_two_classes_of_one_name_are_told_apart() -> None:
    module = Module()
    assert [module.imported(Retrieval), module.imported(Query)] == ["Query", "Query_2"]
    assert "import Query as Query_2\n" in module.source("Two.\n")


def test_what_cannot_be_made_by_an_expression_is_refused() -> None:
    with pytest.raises(TypeError, match="nothing makes a function"):
        Module().constant(lambda: 0)


def test_where_a_function_cannot_be_written_none_is_there() -> None:
    """Not even those that it names: asked again, it is refused again, and the others work."""
    sources = ", ".join(f"({{1, 2}}) L{n}" for n in range(19))
    definitions = (DefinitionSource("Fine", "{1, 2, 3}"), DefinitionSource("Deep", f"from {sources} return 1"))
    environment = Environment(definitions=definitions)
    wrong = compile_expression(environment, "Count(Fine) + Count(Deep)")
    for _ in range(2):
        with pytest.raises(CqlError, match="18 loops"):
            evaluate(wrong, State())
    assert evaluate(compile_expression(environment, "Count(Fine)"), State()) == 3


def test_functions_are_written_once(judged: Callable[[], Module]) -> None:
    module = judged()
    before = module.source("Before.\n")
    assert before == judged().source("Before.\n")
    assert before.count("\ndef define_Fine(s):\n") == 1


@pytest.fixture
def judged() -> Callable[[], Module]:
    """Two expressions that name the same definition, written into a module."""

    def of() -> Module:
        environment = Environment(definitions=(DefinitionSource("Fine", "{1, 2, 3}"),))
        module = Module()
        several = [compile_expression(environment, text) for text in ("Count(Fine)", "First(Fine)")]
        write_functions(module, *((one, False) for one in several))
        return module

    return of
