"""Texts: constants in the place of patterns; how many characters (CQL 1.5, appendix B, string operators)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from precise_cal.cohort.sql.expressions import call
from precise_cal.cohort.sql.operators.operands import single
from precise_cal.cohort.sql.values import NotCompiledError, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.operators.operands import Handler
    from precise_cal.cohort.sql.values import SqlValue
    from precise_cal.engine.cql import tree

_PORTABLE: Final = re.compile(r"[^\\$]*\$?")
"""Patterns that every engine reads alike: without escapes, `$` only as the end of the text."""
_PLAIN: Final = re.compile(r"[^\\$]*")


def _replace_matches(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    text, pattern, substitution = (single(typed, operand).parts[0] for operand in operands)
    for one, form in ((pattern, _PORTABLE), (substitution, _PLAIN)):
        if one.op != "lit" or not isinstance(one.args[0], str) or form.fullmatch(one.args[0]) is None:
            raise NotCompiledError("ReplaceMatches with anything but a plain constant pattern and text", typed)
    return Value("String", (call("replaced", text, pattern, substitution),))


def _length(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    text = single(typed, operands[0])
    if text.kind != "String":
        raise NotCompiledError("Length of what is no text", typed)
    number = call("characters", text.parts[0])
    return Value("Integer", (number, number))


HANDLERS: Final[dict[str, Handler]] = {"ReplaceMatches": _replace_matches, "Length": _length}
