"""What is asked of a list: how many, whether any, the least, the place of a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.cohort.sql.expressions import and_, case, equal, is_empty, is_true, lit, not_
from precise_cal.cohort.sql.queries import any_of, count_of
from precise_cal.cohort.sql.values import WORDS, Elements, Fixed, NotCompiledError, Object, Value
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.operators.operands import Handler
    from precise_cal.cohort.sql.values import SqlValue
    from precise_cal.engine.cql import tree


def _count(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    if isinstance(operands[0], Fixed):
        return Value("Integer", (lit(len(operands[0].value or ())),) * 2)
    number = count_of(_elements(typed, operands[0]))
    return Value("Integer", (number, number))


def _exists(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    if isinstance(operands[0], Fixed):
        return Value("Boolean", (lit(bool(operands[0].value)),))
    words = operands[0]
    if isinstance(words, Value) and words.kind == WORDS:
        return Value("Boolean", (and_(not_(words.unknown), not_(is_empty(words.parts[0]))),))
    listed = _elements(typed, words)
    meant = listed.keep if isinstance(listed.element, Object) else and_(listed.keep, not_(listed.element.unknown))
    return Value("Boolean", (any_of(listed.grain, is_true(meant)),))


def _elements(typed: tree.Call, operand: SqlValue) -> Elements:
    if isinstance(operand, Elements):
        if operand.grain.left is not None and operand.places == tuple(range(operand.grain.left.keys)):
            return operand
        raise NotCompiledError(
            message("{ $name } of a list of another part of the record", name=Verbatim(typed.name)), typed
        )
    raise NotCompiledError(message("{ $name } of what is no list", name=Verbatim(typed.name)), typed)


def _extreme(function: str) -> Handler:
    def handler(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
        listed = _elements(typed, operands[0])
        value = listed.element
        if not isinstance(value, Value) or value.kind != "Integer" or value.parts[0] is not value.parts[1]:
            raise NotCompiledError(
                message("{ $name } of what are no certain whole numbers", name=Verbatim(typed.name)), typed
            )
        found = listed.grain.gathered(function, case(listed.keep, value.parts[0], lit(None, "integer")))
        return Value("Integer", (found, found))

    return handler


def _index_of(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    words, value = operands
    if not isinstance(words, Fixed) or not isinstance(value, Value) or value.kind != "String":
        raise NotCompiledError("IndexOf in a list that is no constant list of words", typed)
    found = lit(-1)
    for place, word in reversed(list(enumerate(words.value))):
        found = case(equal(value.parts[0], lit(word)), lit(place), found)
    found = case(value.unknown, lit(None, "integer"), found)
    return Value("Integer", (found, found))


HANDLERS: Final[dict[str, Handler]] = {
    "Count": _count,
    "Exists": _exists,
    "Min": _extreme("min"),
    "Max": _extreme("max"),
    "IndexOf": _index_of,
}
