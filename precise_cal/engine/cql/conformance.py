"""HL7's conformance tests of CQL: XML files of expressions with their expected values (cqframework/cql-tests)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from xml.etree import ElementTree

from precise_cal.engine.cql.comparison import equal, equivalent
from precise_cal.engine.cql.compile import compile_expression, evaluate
from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.errors import CqlError, EvaluationError
from precise_cal.engine.cql.output import literal
from precise_cal.engine.cql.state import State
from precise_cal.engine.cql.values import Interval, Uncertainty
from precise_cal.files.regular import read_regular
from precise_cal.language.catalog import message, words_of
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

NOW: Final = DateTime.parse("2026-03-10T12:00:00.000+00:00")
MAX_BYTES: Final = 10_000_000
"""The largest test file that is read."""
_NAMESPACE: Final = re.compile(r"\{.*\}")


class ConformanceError(PreciseError):
    """A test file that cannot be read."""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one test."""

    group: str
    name: str
    outcome: Literal["passed", "failed", "unsupported"]
    expression: str
    detail: str
    """Expected and got; for an unsupported test, the message that names the construct."""


def run_file(file: Path) -> Iterator[Result]:
    """The results of every test in a file.

    Raises:
        ConformanceError: the file is no XML, or declares entities.
    """
    try:
        content = read_regular(file, MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ConformanceError(
                message("{ $file }: has more than { $max_bytes } bytes", file=file, max_bytes=f"{MAX_BYTES:,}")
            )
    except OSError as error:
        raise ConformanceError(
            message("{ $file }: cannot be read: { $strerror }", file=file, strerror=error.strerror)
        ) from None
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ConformanceError(message("{ $file }: declares a document type, which test files do not need", file=file))
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - document types and entities were refused above
    except ElementTree.ParseError as error:
        raise ConformanceError(
            message("{ $file }: is not valid XML: { $error }", file=file, error=words_of(error))
        ) from None
    for group in _children(root, "group"):
        for test in _children(group, "test"):
            yield _run(group.get("name", ""), test)


def _children(parent: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (child for child in parent if _NAMESPACE.sub("", child.tag) == name)


def _run(group: str, test: ElementTree.Element) -> Result:
    expression = next(_children(test, "expression"))
    text = expression.text or ""
    outputs = [output.text or "" for output in _children(test, "output")]
    invalid = expression.get("invalid", "false")
    outcome, detail = _refused(text) if invalid not in ("false", "") else _valued(text, outputs)
    return Result(group, test.get("name", ""), outcome, text, f"{text.strip()!r}: {detail}")


def _refused(text: str) -> tuple[Literal["passed", "failed"], str]:
    try:
        value = _evaluate(text)
    except CqlError as error:
        return "passed", str(error)
    return "failed", message("should be refused, gave { $literal }", literal=literal(value))


def _valued(text: str, outputs: list[str]) -> tuple[Literal["passed", "failed", "unsupported"], str]:
    try:
        compiled = compile_expression(Environment(), text)
    except CqlError as error:
        return ("unsupported" if error.construct or not outputs else "failed"), str(error)
    try:
        value = evaluate(compiled, state := State(now=NOW))
        state.weigh(value)
        expected = [_evaluate(output) for output in outputs]
    except EvaluationError as error:
        return "failed", str(error)
    except CqlError as error:
        return "unsupported", message("the expected value: { $error }", error=words_of(error))
    if len(expected) == 1 and _is_same(value, expected[0]):
        return "passed", literal(value)
    wanted = ", ".join(outputs)
    return "failed", message("expected { $wanted }, got { $literal }", wanted=wanted, literal=literal(value))


def _evaluate(text: str) -> Any:
    return evaluate(compile_expression(Environment(), text), State(now=NOW))


def _is_same(got: Any, expected: Any) -> bool:
    """The same value and the same type; null is the same as null.

    CQL has no literal of an uncertainty. The tests write the closed interval that it is (5.6.1 Uncertainty).
    """
    if got is None or expected is None:
        return got is expected
    if type(got) is Uncertainty and type(expected) is Interval:
        return _is_same(Interval(got.low, got.high), expected)
    if type(got) is not type(expected):
        return False
    return (
        equal(got, expected) is True
        or (isinstance(got, tuple) and _are_same(got, expected))
        or _is_equivalent(got, expected)
    )


def _are_same(got: tuple[Any, ...], expected: tuple[Any, ...]) -> bool:
    return len(got) == len(expected) and all(map(_is_same, got, expected))


def _is_equivalent(got: Any, expected: Any) -> bool:
    """For values that equality cannot tell, such as partial dates and intervals with unknown bounds."""
    return not isinstance(got, str) and equivalent(got, expected)
