"""The truth tables of three-valued logic (CQL 1.5, 9.2), whole, with and without reasons."""

from itertools import product

import pytest

from precise_cal.engine.cql.compile import compile_expression, evaluate, explain
from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.state import State

VALUES = (True, False, None)
WORDS = {True: "true", False: "false", None: "null"}
AND = {(True, True): True, (False, False): False, (None, None): None, (True, False): False, (False, True): False,
       (True, None): None, (None, True): None, (False, None): False, (None, False): False}  # fmt: skip
OR = {(True, True): True, (False, False): False, (None, None): None, (True, False): True, (False, True): True,
      (True, None): True, (None, True): True, (False, None): None, (None, False): None}  # fmt: skip
XOR = {(True, True): False, (False, False): False, (True, False): True, (False, True): True}
IMPLIES = {(True, True): True, (True, False): False, (True, None): None, (False, True): True, (False, False): True,
           (False, None): True, (None, True): True, (None, False): None, (None, None): None}  # fmt: skip
TABLES = {"and": AND, "or": OR, "xor": XOR, "implies": IMPLIES}
CASES = [(name, *pair) for name in TABLES for pair in product(VALUES, VALUES)]


def hidden(value: bool | None) -> str:
    """The value as an expression that the checker cannot fold."""
    return f"First({{{WORDS[value]} as Boolean}})"


@pytest.mark.parametrize(("name", "left", "right"), CASES)
@pytest.mark.parametrize("written", [WORDS.get, hidden])
def test_table(name: str, left: bool | None, right: bool | None, written: object) -> None:
    compiled = compile_expression(Environment(), f"{written(left)} {name} {written(right)}")
    assert evaluate(compiled, State()) is TABLES[name].get((left, right))
    assert explain(compiled, State())[0] is TABLES[name].get((left, right))


@pytest.mark.parametrize(("value", "expected"), [(True, False), (False, True), (None, None)])
@pytest.mark.parametrize("written", [WORDS.get, hidden])
def test_not(value: bool | None, expected: bool | None, written: object) -> None:
    assert evaluate(compile_expression(Environment(), f"not {written(value)}"), State()) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not exists {1}", False),
        ("true and not exists {1}", False),
        ("not exists ({1}) or true", True),
        ("true = not false", True),
        ("false = not false and false", False),
        ("{true} contains not false", True),
        ("not not exists {1}", True),
        ("{1} = cast {1} as List<Integer>", True),
    ],
)
def test_a_prefix_stands_wherever_an_expression_may_begin(text: str, expected: bool) -> None:
    assert evaluate(compile_expression(Environment(), text), State()) is expected


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("tested", VALUES)
@pytest.mark.parametrize("negated", [False, True])
def test_tests(value: bool | None, tested: bool | None, negated: bool) -> None:
    text = f"{hidden(value)} is {'not ' if negated else ''}{WORDS[tested]}"
    assert evaluate(compile_expression(Environment(), text), State()) is ((value is tested) != negated)


@pytest.mark.parametrize("answers", list(product(VALUES, repeat=3)))
def test_quantifiers(answers: tuple[bool | None, ...]) -> None:
    """An aggregate over `or` or `and` is the quantifier, exactly, however it is evaluated."""
    listed = "({" + ", ".join(f"{WORDS[one]} as Boolean" for one in answers) + "}) X"
    some = compile_expression(Environment(), f"{listed} aggregate found starting false: found or X")
    every = compile_expression(Environment(), f"{listed} aggregate found starting true: found and X")
    any_of = True if True in answers else None if None in answers else False
    all_of = False if False in answers else None if None in answers else True
    assert evaluate(some, State()) is explain(some, State())[0] is any_of
    assert evaluate(every, State()) is explain(every, State())[0] is all_of
