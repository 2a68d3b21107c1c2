"""Soundness: whatever a partial date turns out to be, a definite answer stays the answer (CQL 1.5, 5.6)."""

from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from precise_cal.engine.cql.compile import compile_expression, evaluate
from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.state import State

DAY = 2
DAYS = st.integers(0, 1200).map(lambda number: date(2011, 1, 1) + timedelta(days=number))
RELATIONS = ["=", "!=", "<", "<=", ">", ">=", "same day as", "same month as", "same year or before", "before",
             "after month of", "on or after", "same or before", "3 days or less before", "2 months or more after",
             "within 10 days of"]  # fmt: skip
SPANS = ["{unit} between {0} and {1} {sign} {number}", "difference in {unit} between {0} and {1} {sign} {number}"]


def answer(text: str) -> object:
    return evaluate(compile_expression(Environment(), text), State())


def partial(day: date, kept: int) -> str:
    """The date as it is known: to the day, the month or the year."""
    return "@" + day.isoformat()[: (4, 7, 10)[kept]]


@settings(max_examples=400, deadline=None)
@given(DAYS, DAYS, st.integers(0, 2), st.integers(0, 2), st.sampled_from(RELATIONS))
def test_relations(one: date, other: date, kept: int, kept_other: int, relation: str) -> None:
    assume(kept != kept_other or kept == DAY)  # two dates of one precision are compared to that precision
    known = answer(f"{partial(one, kept)} {relation} {partial(other, kept_other)}")
    complete = answer(f"{partial(one, 2)} {relation} {partial(other, 2)}")
    assert complete is not None
    assert known is None or known is complete


@settings(max_examples=400, deadline=None)
@given(DAYS, DAYS, st.integers(0, 2), st.integers(0, 2), st.sampled_from(SPANS),
       st.sampled_from(["years", "months", "weeks", "days"]), st.sampled_from(["<", "<=", "=", ">", ">=", "!="]),
       st.integers(-40, 40))  # fmt: skip
def test_spans(
    one: date, other: date, kept: int, kept_other: int, span: str, unit: str, sign: str, number: int
) -> None:
    known = answer(span.format(partial(one, kept), partial(other, kept_other), unit=unit, sign=sign, number=number))
    complete = answer(span.format(partial(one, 2), partial(other, 2), unit=unit, sign=sign, number=number))
    assert complete is not None
    assert known is None or known is complete


@settings(max_examples=300, deadline=None)
@given(DAYS, st.integers(0, 2), DAYS, st.integers(0, 200), st.sampled_from(["[]", "()", "[)", "(]"]))
def test_membership(day: date, kept: int, first: date, length: int, brackets: str) -> None:
    last = first + timedelta(days=length + 2)
    interval = f"Interval{brackets[0]}{partial(first, 2)}, {partial(last, 2)}{brackets[1]}"
    known = answer(f"{partial(day, kept)} in {interval}")
    complete = answer(f"{partial(day, 2)} in {interval}")
    assert known is None or known is complete
