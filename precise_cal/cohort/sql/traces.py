"""Which datum decided: the first of what the interpreter would leave on its trace, as an expression.

The interpreter collects the reads and atoms of an evaluation and prunes them as three-valued logic decides
(`engine.cql.codegen`). All that a reason code needs of them is which comes first, so that a trace is a few expressions
of the codes of fields, made when they are asked for:

    open      the first read whose value is unknown        atom   what the first atom gives as its reason
    vague     the first value that is not exact             list   the first list that is known
    specific  the first value that belongs to a list        any    the first read
    leaf      the first value

``bare open`` and so on are the same of what was read outside atoms.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from precise_cal.cohort.sql.expressions import case, coalesce, is_known, is_null, lit, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from precise_cal.cohort.sql.graph import Expr
    from precise_cal.cohort.sql.values import SqlValue

    Lowered = tuple[SqlValue, "Trace"]

NO_CODE: Final = lit(None, "integer")


class Mode(IntEnum):
    """What an evaluation tells: nothing, what it reads, or the atoms of its logic."""

    QUIET = 0
    READS = 1
    LOGICAL = 2


class Trace:
    """What an evaluation leaves behind."""

    def __init__(self, find: Callable[[str], Expr | None]) -> None:
        self._find = find
        self._found: dict[str, Expr | None] = {}

    def first(self, what: str) -> Expr | None:
        """The code of the first such field; None where there never is one."""
        if what not in self._found:
            self._found[what] = self._find(what)
        return self._found[what]

    def reason(self) -> Expr | None:
        """The code of the field that the first reason points to (`engine.judging.reasons.reasons`)."""
        return coalesce(self.first("atom"), self.first("list"))

    def question(self) -> Expr | None:
        """The code of the field that the first query asks for where there is no reason, and so no atom."""
        return coalesce(self.first("bare open"), self.first("bare vague"), self.first("bare leaf"))


NOTHING: Final = Trace(lambda _what: None)


def read(code: int, unknown: Expr, vague: Expr | None, *, is_part_of_list: bool) -> Trace:
    """The read of a datum: `vague` is whether its value leaves something open."""
    where = lit(code)

    def find(what: str) -> Expr | None:
        what = what.removeprefix("bare ")
        if what == "open":
            return case(unknown, where, NO_CODE)
        if what == "vague":
            return None if vague is None else case(vague, where, NO_CODE)
        if what == "specific" and not is_part_of_list:
            return None
        return None if what in ("atom", "list") else where

    return Trace(find)


def read_list(code: int, unknown: Expr, *, is_part_of_list: bool) -> Trace:
    """The read of a list of parts: known, it is no datum."""
    where = lit(code)

    def find(what: str) -> Expr | None:
        what = what.removeprefix("bare ")
        if what == "any":
            return where
        if what == "list":
            return case(unknown, NO_CODE, where)
        wanted = what in ("open", "leaf") or (what == "specific" and is_part_of_list)
        return case(unknown, where, NO_CODE) if wanted else None

    return Trace(find)


def atom(inner: Trace, result: Expr) -> Trace:
    """A Boolean leaf of the logic: its reads become one reason (`reasons._because`)."""

    def find(what: str) -> Expr | None:
        if what != "atom":
            return None if what.startswith("bare ") else inner.first(what)
        vague = inner.first("vague")
        if vague is not None:
            vague = case(is_null(result), vague, NO_CODE)
        return coalesce(inner.first("open"), vague, inner.first("specific"), inner.first("leaf"), inner.first("any"))

    return Trace(find)


def sequence(traces: Iterable[Trace]) -> Trace:
    """One after the other."""
    parts = [trace for trace in traces if trace is not NOTHING]
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    return Trace(lambda what: coalesce(*[part.first(what) for part in parts]))


def when(condition: Expr, trace: Trace) -> Trace:
    """A trace that is only left where a condition is true."""
    return changed(trace, lambda found: case(condition, found, NO_CODE))


def kept(parts: Sequence[tuple[Expr, Trace]], result: Expr) -> Trace:
    """Of the parts of a conjunction or disjunction, what was left by those whose answer is the result.

    One of them has it: where each leaves a code for certain, the last needs no question.
    """

    def find(what: str) -> Expr | None:
        found = [(answer, trace.first(what)) for answer, trace in parts]
        codes = [code for _, code in found if code is not None and is_known(code)]
        if len(codes) < len(found):
            cases = [case(same(answer, result), code, NO_CODE) for answer, code in found if code is not None]
            return coalesce(*cases)
        first = codes[-1]
        for (answer, _), code in zip(reversed(found[:-1]), reversed(codes[:-1]), strict=True):
            first = case(same(answer, result), code, first)
        return first

    return Trace(find)


def changed(trace: Trace, change: Callable[[Expr], Expr]) -> Trace:
    """The same trace with every code changed, as seen from another grain."""
    if trace is NOTHING:
        return NOTHING

    def find(what: str) -> Expr | None:
        found = trace.first(what)
        return None if found is None else change(found)

    return Trace(find)
