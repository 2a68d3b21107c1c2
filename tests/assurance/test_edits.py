"""Small changes of an expression: which there are, and that each is another expression."""

from __future__ import annotations

import pytest

from precise_cal.assurance.edits import edits_of


def _made(text: str) -> set[str]:
    return {one.of(text) for one in edits_of(text, {"IVL": "RA"})}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a <= 2", {"a < 2", "a >= 2", "a <= 3", "a <= 1"}),
        ("a != b", {"a = b"}),
        ("a and b", {"a or b", "a", "b", "not a and b", "a and not b"}),
        ("(a or b) and c", {"(a and b) and c", "(a or b) or c", "(a or b)", "c", "(a) and c", "(b) and c"}),
        ("not (a = b)", {"(a = b)", "not (a != b)"}),
        ("a is null", {"a is not null"}),
        ("a is not null", {"a is null"}),
        ("(a or b) is true", {"(a or b) is false", "(a or b)"}),
        ("exists (L X where X.x)", {"not exists (L X where X.x)"}),
        ("L X aggregate e starting true: e and f(X)", {"L X aggregate e starting false: e or f(X)"}),
        ("First(L)", {"Last(L)"}),
        ("d - 3 days", {"d + 3 days"}),
        ("t = 'IVL'", {"t = 'RA'", "t != 'IVL'"}),
        ("q > 0.80", {"q > 0.81"}),
        ("case when a then 1 when (b) then 2 else 3 end", {"case when (b) then 2 when a then 1 else 3 end"}),
        ("if a < b then c else d", {"if not (a < b) then c else d", "if a <= b then c else d"}),
        ("f(a) and g(b)", {"f(a)", "g(b)", "not f(a) and g(b)"}),
    ],
)
def test_the_slips_of_the_pen_that_an_expression_may_have(text: str, made: set[str]) -> None:
    assert made <= _made(text)


def test_no_change_leaves_the_text_as_it_is_and_none_comes_twice() -> None:
    text = "case when a >= 1 and (b or c is null) then true when not d then false else null end"
    made = [one.of(text) for one in edits_of(text, {})]
    assert text not in made
    assert len(made) == len(set(made))
