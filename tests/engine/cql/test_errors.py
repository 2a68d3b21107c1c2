"""Refusals: each names its place, and what the rule language leaves out names the construct."""

import random
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from precise_cal.engine.cql.compile import compile_expression, evaluate
from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.errors import Code, CqlError, Origin
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.output import literal
from precise_cal.engine.cql.state import State
from precise_cal.protocol.temporal import DateTime

NOW = DateTime.parse("2026-03-10T12:00:00.000+00:00")


def outcome(text: str) -> str:
    """The value as CQL writes it, or the error with its place."""
    try:
        return literal(evaluate(compile_expression(Environment(), text), State(now=NOW)))
    except CqlError as error:
        return str(error) if error.line else ""


def refused(text: str, **place: object) -> CqlError:
    with pytest.raises(CqlError) as caught:
        evaluate(compile_expression(Environment(), text, **place), State(now=NOW))
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("1 + true", 1, 1, "Add does not take (Integer, Boolean)"),
        ("1 +", 1, 4, "an expression is expected here, not the end"),
        ("1 =\n  'a' and", 2, 10, "an expression is expected here"),
        ("true and\n  unknown", 2, 3, '"unknown" is not known'),
        ("Lenght('a')", 1, 1, 'did you mean "Length"?'),
        ("'abc", 1, 1, "is not closed"),
        ("@2014-13", 1, 1, "month must be from 1 to 12, not 13"),
        ("1 'foo'", 1, 1, "is no UCUM unit"),
        ("year from @T10", 1, 1, "Time has no year"),
        ("@2014 same hour as @2015", 1, 1, "Date has no hour"),
        ("@2014 same week as @2015", 1, 1, "not defined to the week"),
        ("DurationBetween(@2014, @2015)", 1, 1, "needs a precision"),
        ("if 1 then 2 else 3", 1, 4, "Boolean is expected here, not Integer"),
        ("1 is Integr", 1, 6, 'did you mean "Integer"?'),
        ("Interval[1, 'a']", 1, 1, "cannot be made"),
        ("Interval['a', 'b']", 1, 1, "cannot be made"),
        ("Tuple{a: 1, a: 2}", 1, 13, "given twice"),
        ("convert 1.5 to Integer", 1, 1, "Decimal cannot be converted to Integer"),
        ("1 ? 2", 1, 3, "unexpected character '?'"),
    ],
)
def test_place_and_message(text: str, line: int, column: int, message: str) -> None:
    error = refused(text, source="rules.yaml", line=10, column=1)
    assert (error.source, error.line, error.column) == ("rules.yaml", 9 + line, column)
    assert message in error.message
    assert str(error).startswith(f"rules.yaml:{9 + line}:{column}: ")


@pytest.mark.parametrize(
    ("text", "construct"),
    [
        ("[Encounter]", "the retrieve [...]"),
        ("%x", "the external constant %..."),
        ("'a'.length()", 'the method-style call ".length()"'),
        ("Descendants(1)", "the function Descendants"),
        ("Code { code: 'a' }", "the type Code"),
        ("1 is Concept", "the type Concept"),
        ("$index", "$index"),
        ("timezone from Now()", '"timezone from" ("timezoneoffset from" since CQL 1.2)'),
        ("AgeInYears()", "AgeInYears, which asks for a birth date the record has not,"),
        ("2147483648", "a literal outside the range of Integer"),
        ("9223372036854775808L", "a literal outside the range of Long"),
        ("1.123456789", "a literal outside the range of Decimal"),
        ("1" * 5000, "a literal outside the range of every number"),
    ],
)
def test_constructs_that_are_left_out(text: str, construct: str) -> None:
    assert refused(text).construct == construct


DEEP = ["(" * 5000 + "1" + ")" * 5000, "not " * 5000 + "true", "- " * 5000 + "1", "1" + " + 1" * 5000, "{" * 3000,
        "Interval[" * 2000, "if " * 3000, "a." * 4000 + "b", "f(" * 3000, "1" + "[0]" * 3000, "1 as " + "List<" * 3000,
        "case " * 3000, "from (from (" * 2000, "true" + " and true" * 3000]  # fmt: skip


@pytest.mark.parametrize("text", DEEP, ids=lambda text: text[:10])
def test_deep_nesting(text: str) -> None:
    assert "levels deep" in refused(text).message


def test_a_long_condition_is_not_deep() -> None:
    text = "true" + " and true" * 90
    assert evaluate(compile_expression(Environment(), text), State()) is True


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", "a*a*a*a*a*a*b", "(a?){40}a{40}", "(.*)(.*)(.*)(.*)(.*)c"]
)
def test_expressions_that_take_too_long(pattern: str) -> None:
    started = time.monotonic()
    assert "too long" in refused(f"Matches('{'a' * 60}!', '{pattern}')").message
    assert time.monotonic() - started < 1


def test_texts_are_bounded() -> None:
    text = f"('{'a' * 60_000}') X return X" + " + X" * 20
    assert "longer than 1000000 characters" in refused(text).message


ATOMS = [
    *[
        "1",
        "2",
        "0",
        "-1",
        "3L",
        "1.5",
        "null",
        "true",
        "false",
        "'a'",
        "''",
        "@2014",
        "@2014-02",
        "@2014-01-15",
        "@2014-01-15T10:30",
        "@T10",
        "Today()",
        "Now()",
    ],
    *[
        "{}",
        "{null}",
        "{1,null}",
        "{'a'}",
        "Interval[1,5]",
        "Interval(1,null)",
        "Interval[null,null]",
        "Tuple{a:1}",
        "{{1},{2}}",
    ],
    *["Interval[@2014,@2016-05]", "Interval[@T01,@T05:30]", "{Interval[1,3],null}", "(null)", "1:2"],
    *("minimum Integer", "maximum Decimal", "maximum DateTime", "1 'mg'", "2.5 'cm'", "3 days", "1 year"),
    *("(days between @2014 and @2015)", "(start of Interval(null, 3])"),
]
INFIX = [
    *[
        "+",
        "-",
        "*",
        "/",
        "div",
        "mod",
        "^",
        "&",
        "=",
        "!=",
        "~",
        "!~",
        "<",
        "<=",
        ">",
        ">=",
        "and",
        "or",
        "xor",
        "implies",
        "in",
        "contains",
        "includes",
        "during",
        "before",
        "after",
    ],
    *["starts", "ends", "meets", "overlaps", "union", "intersect", "except", "|", "~in"],
    *("included in", "properly includes", "same day as", "same year or before", "within 3 days of", "on or before"),
    *("3 days or more after", "starts before start", "union all"),
]
PREFIX = [
    *("not", "exists", "-", "start of", "end of", "width of", "successor of", "singleton from", "point from"),
    *("distinct", "flatten", "date from", "year from", "collapse", "expand", "duration in days of"),
]


def sentence(source: random.Random, depth: int) -> str:
    """A random expression of which every part is an operator on operands, though their types may not fit."""
    if depth == 0:
        return source.choice(ATOMS)
    kind = source.randrange(6)
    one = sentence(source, depth - 1)
    if kind < 2:
        return f"({one} {source.choice(INFIX)} {sentence(source, depth - 1)})"
    if kind == 2:
        return f"({source.choice(PREFIX)} {one})"
    if kind == 3:
        return f"(({one}) X where X = {sentence(source, depth - 1)} return X sort desc)"
    overload = source.choice(OPERATORS[source.choice(sorted(OPERATORS))])
    return f"{overload.name}({', '.join(sentence(source, depth - 1) for _ in overload.operands)})"


@settings(max_examples=1500, deadline=None)
@given(st.integers(0, 2**40), st.integers(1, 3))
@example(20518569, 1)  # MovedEarlier(Today(), (days between @2014 and @2015))
def test_any_operators_on_any_operands_give_a_value_or_an_error(seed: int, depth: int) -> None:
    text = sentence(random.Random(seed), depth)
    assert outcome(text), text


TOKENS = [
    *(*INFIX, *PREFIX, *ATOMS),
    *[
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        ";",
        "#",
        "%",
        '"',
        "'",
        "`",
        "\\",
        "@",
        "T",
        "L",
        "if",
        "then",
        "else",
        "case",
        "when",
        "end",
        "is",
        "as",
        "cast",
        "to",
        "per",
        "from",
        "where",
    ],
    *("return", "sort by", "aggregate", "starting", "with", "such that", "let", "X"),
]


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=3)), max_size=14))
def test_token_soup_gives_a_value_or_an_error(parts: list[str]) -> None:
    assert outcome(" ".join(parts))


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("(a + b) > 3", "a + b) > 3", "(a + b) > 3"),
        ("f((a)) and b", "a)) and b", "f((a)) and b"),
        ("x = 'a)' and b", "x = 'a)'", "x = 'a)'"),
        ("not (a and (b))", "a and (b", "a and (b)"),
        ("a\n  > 3", "a\n  > 3", "a > 3"),
    ],
)
def test_a_part_of_a_text_has_its_parentheses(text: str, part: str, expected: str) -> None:
    start = text.index(part)
    found = Code(text, Origin()).phrase(start, start + len(part))
    assert expected.endswith(found) if expected.startswith("f(") else found == expected
