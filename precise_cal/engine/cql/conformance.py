"""HL7's conformance tests: an expression, and the value it has, or that it is invalid.

A case is *passed* where the value is the expected one, or an invalid expression is refused or cannot be evaluated;
*unsupported* where the expression or the expected value is refused before evaluation; *failed* otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from precise_cal.engine.cql.comparison import element_equal, equivalent
from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.errors import CqlError, EvaluationError
from precise_cal.engine.cql.output import literal
from precise_cal.engine.cql.state import State
from precise_cal.engine.cql.values import Interval, Tuple, Uncertainty
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW: Final = DateTime(2026, 1, 2, 3, 4, 5, 6, 0)
"""The time of evaluation: any will do, the tests compare it only with itself."""


class Outcome(Enum):
    """How a case came out."""

    PASSED = "passed"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Result:
    """A case and its outcome; `got` is a CQL literal, or the text of the error."""

    group: str
    name: str
    expression: str
    expected: str
    got: str
    outcome: Outcome


def run_file(path: Path) -> Iterator[Result]:
    """The outcome of every case of a test file.

    Raises `CqlError` for a file that is no test file; declarations of document types and entities are refused.
    """
    text = path.read_text(encoding="utf-8")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise CqlError(f"{path}: a test file must not declare a document type or entities")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  (no document type, so nothing to expand)
    except ElementTree.ParseError as problem:
        raise CqlError(f"{path}: not XML: {problem}") from None
    if _tag(root) != "tests":
        raise CqlError(f"{path}: <tests> is expected, not <{_tag(root)}>")
    for group in root:
        for case in group:
            if _tag(case) == "test":
                yield _run_case(group.get("name", ""), case)


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _run_case(group: str, case: ElementTree.Element) -> Result:
    parts = {_tag(part): part for part in case}
    expression, output = parts.get("expression"), parts.get("output")
    text = (expression.text or "") if expression is not None else ""
    invalid = expression is not None and expression.get("invalid", "false") != "false"
    expected = "invalid" if invalid or output is None else (output.text or "").strip()
    outcome, got = _judge(text, expected)
    return Result(group, case.get("name", ""), text.strip(), expected, got, outcome)


def _judge(text: str, expected: str) -> tuple[Outcome, str]:
    environment = Environment()
    try:
        compiled = environment.compile(text)
        wanted = None if expected == "invalid" else environment.compile(expected)
    except CqlError as problem:
        return (Outcome.PASSED if expected == "invalid" else Outcome.UNSUPPORTED), str(problem)
    state = State(now=NOW)
    try:
        value = compiled.evaluate(state)
    except EvaluationError as problem:
        return (Outcome.PASSED if wanted is None else Outcome.FAILED), str(problem)
    got = literal(value)
    if wanted is None:
        return Outcome.FAILED, got
    return (Outcome.PASSED if same(value, wanted.evaluate(state)) else Outcome.FAILED), got


def same(value: Any, wanted: Any) -> bool:
    """Whether two values are the same: of the same types, null where null is wanted, bounds as far as they are known."""
    if value is None or wanted is None:
        return value is wanted
    if isinstance(value, Uncertainty):
        value = Interval(value.low, value.high)
    if type(value) is not type(wanted):
        return False
    if isinstance(value, tuple):
        return len(value) == len(wanted) and all(map(same, value, wanted))
    if isinstance(value, Tuple):
        names = value.elements.keys()
        return names == wanted.elements.keys() and all(
            same(value.elements[n], wanted.elements[n]) for n in names
        )
    if isinstance(value, Interval) and (None in (value.low, value.high)):
        return value == wanted
    if isinstance(value, str):
        return bool(value == wanted)
    return element_equal(value, wanted) is True and (equivalent(value, wanted) or isinstance(value, Interval))
