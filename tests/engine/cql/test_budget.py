"""Nothing that a rule says runs for ever or without bound; what two lists have in common is found in linear time."""

from __future__ import annotations

import json
import re
import time
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from precise_cal.engine.cql import compile as compile_module
from precise_cal.engine.cql import operators
from precise_cal.engine.cql.budget import MAX_STEPS, size
from precise_cal.engine.cql.comparison import all_of, any_of, member_equal
from precise_cal.engine.cql.compile import compile_expression, evaluate, explain
from precise_cal.engine.cql.environment import DefinitionSource, Environment, FunctionSource
from precise_cal.engine.cql.errors import CqlError
from precise_cal.engine.cql.keys import NoKeyError, key
from precise_cal.engine.cql.state import AtomEntry, State
from precise_cal.engine.cql.values import Interval, Long, Tuple, Uncertainty
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Said

SECONDS = 60
"""Beyond what any of these takes on a busy machine, and far below what they took without a budget."""


def doubled(first: str, each: str, times: int = 60) -> Environment:
    """Definitions R0 to R60, each of the one before it."""
    pairs = [("R0", first), *((f"R{n}", each.replace("R", f"R{n - 1}")) for n in range(1, times + 1))]
    return Environment(definitions=tuple(DefinitionSource(*pair) for pair in pairs))


def functions(first: str, each: str, times: int = 60) -> Environment:
    """Functions F0 to F60, each of the one before it."""
    bodies = [first, *(each.replace("F", f"F{n - 1}") for n in range(1, times + 1))]
    return Environment(
        functions=tuple(FunctionSource(f"F{n}", (("x", "Integer"),), body) for n, body in enumerate(bodies))
    )


def fold(times: int, elements: str) -> str:
    return "from " + ", ".join(f"({elements}) a{n}" for n in range(times)) + " return 1"


TWENTY = "{" + ", ".join(map(str, range(20))) + "}"
PLAIN = Environment()
MANY = "(expand Interval[1, 9000])"
UNBOUNDED = {
    "flatten doubles": (doubled("{1, 2}", "flatten {R, R}"), "R60", "steps"),
    "union all doubles": (doubled("{1, 2}", "R union all R"), "R60", "steps"),
    "lists within lists": (doubled("{1, 2}", "{R, R}"), "R60", "steps"),
    "tuples within tuples": (
        doubled("Tuple{a: 1}", "Tuple{a: R, b: R}"),
        "R60",
        "type of this value has more than 1,000",
    ),
    "reasons double": (doubled("Count({1}) = 1", "R and R"), "R60", "steps"),
    "texts double": (doubled("'aaaa'", "R & R"), "R60", "steps|longer than 1000000 characters"),
    "functions within functions": (functions("x + 1", "F(x) + F(x)"), "F60(1)", "more than 20,000 parts"),
    "a nine-fold product": (PLAIN, fold(9, TWENTY), "steps"),
    "more loops than Python nests": (PLAIN, fold(25, "{1}"), "more than 18 loops"),
    "more relationships than Python nests": (
        PLAIN,
        "({1}) A " + " ".join(f"with ({{1}}) B{n} such that B{n} = A" for n in range(100)) + " return A",
        "more than 80 conditions",
    ),
    "queries within queries": (functions("x > 0", "exists (({1, 2}) X where F(X))"), "F60(1)", "lines of code"),
    "expand of many": (PLAIN, "Count(expand ((expand Interval[1, 1000]) X return all Interval[0, 90000]))", "steps"),
    "an aggregate that grows": (
        PLAIN,
        "(expand Interval[1, 90000]) X aggregate R starting ({1}): R union all R",
        "steps",
    ),
    "regular expressions": (
        PLAIN,
        "Count((expand Interval[1, 90000]) X where Matches(ToString(X) & 'aaaaaaaaaaaaaaaa', '(a|b)*(a|c)*a*a*x'))",
        "steps",
    ),
    "what no key tells apart": (
        PLAIN,
        "Count(distinct ((expand Interval[1, 9000]) X return all ToQuantity(ToString(X) & ' \\'[pH]\\'')))",
        "steps",
    ),
    "unknown dates in unknown dates": (
        PLAIN,
        "(M X return all @2012 + 1 month * X) includes (M X return all @2012-01-01 + 1 month * X)".replace("M", MANY),
        "steps",
    ),
    "a long text": (PLAIN, "{" + "1, " * 60_000 + "1}", "100,000"),
}


@pytest.mark.parametrize("name", UNBOUNDED)
def test_nothing_is_unbounded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_module, "MAX_STEPS", 2_000_000)
    environment, text, told = UNBOUNDED[name]
    begun = time.monotonic()
    with pytest.raises(CqlError, match=told) as raised:
        explain(compile_expression(environment, text), State())
    assert raised.value.line
    assert time.monotonic() - begun < SECONDS


LINEAR = [
    "Count(distinct {R})", "Count(R union S)", "Count(R intersect S)", "Count(R except S)", "Count(R except all S)",
    "R includes S", "S included in R", "R properly includes S", "Mode(R)", "Count(R intersect all S)",
]  # fmt: skip


@pytest.mark.parametrize("text", LINEAR)
def test_two_lists_take_time_in_proportion(text: str) -> None:
    environment = Environment(
        definitions=(
            DefinitionSource("R", "(expand Interval[1, 20000]) X return all 1 'g' * X"),
            DefinitionSource("S", "(expand Interval[1, 10000]) X return all 1000 'mg' * X"),
        )
    )
    begun = time.monotonic()
    evaluate(compile_expression(environment, text.replace("{R}", "R")), State())
    assert time.monotonic() - begun < SECONDS


def test_a_budget_is_that_of_one_evaluation() -> None:
    state = State()
    compiled = compile_expression(Environment(), "Count((expand Interval[1, 5000]) X return all X)")
    for _ in range(3):
        assert evaluate(compiled, state) == 5_000
        assert 0 < MAX_STEPS - state.steps < 1_000_000


def test_an_atom_of_shared_definitions_is_looked_into_once() -> None:
    value, entries = explain(compile_expression(doubled("Count({1}) = 1", "R = R"), "R60"), State())
    assert value is True
    assert isinstance(entries[0], AtomEntry)
    from precise_cal.engine.judging.reasons import _flat

    assert list(_flat(entries)) == []


def test_a_rule_that_takes_too_long_is_named_with_the_record(
    tmp_path: Path, precise: Callable[..., Said], rules_copy: Path, complete: dict[str, Any]
) -> None:
    """Exit status 2; the other participants are judged."""
    file = rules_copy / "eligibility.yaml"
    text = file.read_text(encoding="utf-8")
    slow = "exists (from lesions A, (expand Interval[1, 9000]) B, (expand Interval[1, 9000]) C return all 1)"
    slow = rf"    met_when: {slow} and \1"
    file.write_text(re.sub(r"(?m)^    met_when: (IsOneOf.*)$", slow, text, count=1), encoding="utf-8")
    records = tmp_path / "two.jsonl"
    records.write_text("".join(json.dumps(one) + "\n" for one in (complete, {**complete, "lesions": []})))
    said = precise("check", records, "--rules", rules_copy, "--format", "json")
    assert said.status == 2
    assert "two.jsonl:1: the document: cannot be judged by IC-2: " in said.err
    assert "more than 50,000,000 steps" in said.err
    assert [one["subject_id"] for one in json.loads(said.out)["subjects"]] == [complete["subject_id"]]


# ---- keys ----

UNITS = [
    "mg",
    "g",
    "ug",
    "1",
    None,
    "day",
    "d",
    "h",
    "months",
    "years",
    "Cel",
    "K",
    "[degF]",
    "[pH]",
    "dB",
    "deg",
    "rad",
    "nonsense",
]
numbers = st.one_of(
    st.integers(-3, 3), st.integers(-3, 3).map(Long), st.sampled_from([Decimal(1), Decimal("1.0"), Decimal("2.50")])
)
quantities = st.builds(
    Quantity,
    st.sampled_from([Decimal(1), Decimal(1000), Decimal("0.001"), Decimal("274.15"), Decimal(24), Decimal(12)]),
    st.sampled_from(UNITS),
)
temporal = st.one_of(
    st.sampled_from([Date(2012), Date(2012, 1), Date(2012, 1, 1), Date(2012, 12)]),
    st.sampled_from([Time(12), Time(12, 0), Time(12, 0, 0), Time(12, 0, 0, 0)]),
    st.sampled_from(
        [
            DateTime.parse(one)
            for one in (
                "2012-01-01T12:00:00+08:00",
                "2012-01-01T04:00:00Z",
                "2012-01-01T04:00:00.000Z",
                "2012-01",
                "2012",
            )
        ]
    ),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, st.sampled_from(["a", "A", ""]), quantities, temporal)
uncertain = st.builds(Uncertainty, st.integers(0, 2), st.integers(2, 3))
intervals = st.builds(
    Interval, st.integers(0, 2), st.one_of(st.none(), st.integers(2, 4)), st.booleans(), st.booleans()
)
values = st.recursive(
    st.one_of(scalars, uncertain, intervals),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2).map(tuple), st.dictionaries(st.sampled_from("ab"), inner, max_size=2).map(Tuple)
    ),
    max_leaves=4,
)


def known_key(value: Any) -> Any:
    try:
        return key(value)
    except NoKeyError:
        return NoKeyError


@settings(max_examples=600)
@given(values, values)
def test_keys_are_the_same_exactly_where_values_are_equal(left: Any, right: Any) -> None:
    one, other = known_key(left), known_key(right)
    if NoKeyError not in (one, other):
        assert (one == other) is (member_equal(left, right) is True)


def _distinct(values: Any) -> Any:
    kept: list[Any] = []
    for value in values:
        if not any(member_equal(value, other) for other in kept):
            kept.append(value)
    return tuple(kept)


def _contains(values: Any, element: Any) -> bool | None:
    return any_of(member_equal(value, element) for value in values)


def _except_all(left: Any, right: Any) -> Any:
    remaining = list(left)
    for value in right:
        place = next((n for n, other in enumerate(remaining) if member_equal(other, value)), None)
        if place is not None:
            del remaining[place]
    return tuple(remaining)


DEFINED = {
    "Distinct": lambda left, right: _distinct(left),
    "Union": lambda left, right: _distinct(left + right),
    "Intersect": lambda left, right: _distinct(tuple(one for one in left if _contains(right, one) is True)),
    "IntersectAll": lambda left, right: tuple(one for one in left if _contains(right, one) is True),
    "Except": lambda left, right: _distinct(tuple(one for one in left if _contains(right, one) is not True)),
    "ExceptAll": _except_all,
    "IncludedIn": lambda left, right: all_of(_contains(right, one) for one in left),
    "Includes": lambda left, right: all_of(_contains(left, one) for one in right),
    "ProperlyIncludes": lambda left, right: all_of(
        (all_of(_contains(left, one) for one in right), len(_distinct(right)) < len(_distinct(left)))
    ),
}
"""What each operator means, element by element."""
lists = st.lists(values, max_size=5).map(tuple)


@pytest.mark.parametrize("name", DEFINED)
@settings(max_examples=120)
@given(lists, lists)
def test_hashing_gives_what_comparing_gives(name: str, left: Any, right: Any) -> None:
    overload = operators.OPERATORS[name][-1]
    operands = (left,) if name == "Distinct" else (left, right)
    found, wanted = overload.function(State(), *operands), DEFINED[name](left, right)
    assert repr(found) == repr(wanted)


def test_sizes_are_counted_at_any_depth_and_no_further_than_asked() -> None:
    assert size((1, (2, "abc"), Tuple({"a": (1,)})), 100) == 11
    value: tuple = (1,)
    for _ in range(60):
        value = (value, value)
    assert size(value, 1000) <= 1100


def test_every_pair_of_units_that_is_equal_has_one_key() -> None:
    equal = [Quantity(Decimal(1), "g"), Quantity(Decimal(1000), "mg"), Quantity(Decimal("0.001"), "kg")]
    assert len({key(one) for one in equal}) == 1
    assert all(member_equal(*pair) for pair in product(equal, equal))
