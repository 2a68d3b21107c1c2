"""Operations on expressions; what is known is folded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.cohort.sql.graph import Expr, make

if TYPE_CHECKING:
    from collections.abc import Iterable


# ---- leaves ----


def lit(value: bool | int | str | None, kind: str = "boolean") -> Expr:
    """A constant; `kind` types a null."""
    return make("lit", value, kind if value is None else type(value).__name__)


TRUE: Final = lit(True)
FALSE: Final = lit(False)
NULL: Final = lit(None)


# ---- lists that stand in a column ----


def has(words: Expr, word: Expr) -> Expr:
    """Whether a list holds a word; unknown where either is."""
    return make("has", words, word)


def is_empty(words: Expr) -> Expr:
    """Whether a list is known to hold nothing."""
    return make("is_true", make("is_empty", words))


# ---- logic: SQL's is that of Kleene, as the rule language's is ----


def not_(one: Expr) -> Expr:
    """The contrary."""
    if one.op == "lit":
        return one if one.args[0] is None else lit(not one.args[0])
    if one.op == "not":
        inner: Expr = one.args[0]
        return inner
    return make("not", one)


def and_(*parts: Expr) -> Expr:
    """All of them."""
    return _junction("and", parts, FALSE, TRUE)


def or_(*parts: Expr) -> Expr:
    """Any of them."""
    return _junction("or", parts, TRUE, FALSE)


def _junction(op: str, parts: Iterable[Expr], deciding: Expr, neutral: Expr) -> Expr:
    kept: dict[Expr, None] = {}
    for part in parts:
        inner: tuple[Expr, ...] = part.args if part.op == op else (part,)
        for one in inner:
            if one is deciding:
                return deciding
            if one is not neutral:
                kept[one] = None
    if not kept:
        return neutral
    return next(iter(kept)) if len(kept) == 1 else make(op, *kept)


def is_null(one: Expr) -> Expr:
    """Whether a value is unknown; never unknown itself."""
    if one.op == "lit":
        return lit(one.args[0] is None)
    if is_known(one):
        return FALSE
    if one.op in _STRICT:
        return or_(*map(is_null, one.inner))
    if one.op == "case" and one.args[2].op == "lit" and one.args[2].args[0] is None:
        return or_(not_(is_true(one.args[0])), is_null(one.args[1]))
    return make("is_null", one)


def is_known(one: Expr) -> bool:
    """Whether an expression cannot be null, as far as its form tells."""
    if one.op == "lit":
        return one.args[0] is not None
    if one.op == "coalesce":
        return is_known(one.args[-1])
    if one.op == "case":
        return all(map(is_known, one.args[1:]))
    return one.op in _NEVER_NULL or one.op == "key" or (one.op in ("not", "and", "or") and all(map(is_known, one.args)))


def is_true(one: Expr) -> Expr:
    """Whether it is true, and not false or unknown."""
    return lit(one.args[0] is True) if one.op == "lit" else one if is_known(one) else make("is_true", one)


def is_false(one: Expr) -> Expr:
    """Whether it is false, and not true or unknown."""
    if one.op == "not":
        return is_true(one.args[0])
    return lit(one.args[0] is False) if one.op == "lit" else not_(one) if is_known(one) else make("is_false", one)


def same(one: Expr, other: Expr) -> Expr:
    """Whether two truth values are the same, unknown being the same as unknown."""
    if one is other:
        return TRUE
    if is_known(one) and is_known(other):
        return equal(one, other)
    for left, right in ((one, other), (other, one)):
        if right.op == "lit" and type(right.args[0]) in (bool, type(None)):
            test = {True: is_true, False: is_false, None: is_null}[right.args[0]]
            return test(left)
    return make("same", one, other)


_STRICT: Final = frozenset(
    {"add", "sub", "mul", "scaled", "mod", "div", "neg", "eq", "lt", "le", "day_of", "time_of", "year", "month", "day"}
)
"""Operations that give null where an operand is, and only there; divisors are constants."""
_NEVER_NULL: Final = frozenset({"is_null", "is_true", "is_false", "same"})


# ---- choice ----


def case(condition: Expr, yes: Expr, no: Expr) -> Expr:
    """The one where the condition is true, the other where it is false or unknown."""
    if condition.op == "lit":
        return yes if condition.args[0] is True else no
    if condition.op == "is_true":
        condition = condition.args[0]
    if yes is no or (_is_nothing(yes) and _is_nothing(no)):
        return yes
    if yes is TRUE and no is FALSE and is_known(condition):
        return condition
    return make("case", condition, yes, no)


def coalesce(*values: Expr | None) -> Expr | None:
    """The first that is known; None where no value can be."""
    kept: list[Expr] = []
    for value in values:
        if value is None or _is_nothing(value):
            continue
        if value not in kept:
            kept.append(value)
        if is_known(value):
            break
    if not kept:
        return None
    last = kept[-1]
    while len(kept) > 1 and last.op == "lit" and _outcomes(kept[-2]) == {last.args[0]}:
        del kept[-2]
    if len(kept) > 1 and kept[0].op == "case" and is_known(kept[0].args[1]) and _is_nothing(kept[0].args[2]):
        return case(kept[0].args[0], kept[0].args[1], coalesce(*kept[1:]) or kept[0].args[2])
    return kept[0] if len(kept) == 1 else make("coalesce", *kept)


def _outcomes(one: Expr) -> set[Any] | None:
    """The known values that an expression can take; None where that cannot be told."""
    if one.op == "lit":
        return set() if one.args[0] is None else {one.args[0]}
    branches = one.args[1:] if one.op == "case" else one.args if one.op == "coalesce" else ()
    found = [_outcomes(branch) for branch in branches]
    if not found or None in found:
        return None
    return set().union(*[some for some in found if some is not None])


def _is_nothing(one: Expr) -> bool:
    return one.op == "lit" and one.args[0] is None


# ---- numbers and text ----


def call(op: str, *args: Expr | int | str) -> Expr:
    """Another operation of the dialect; null where an operand is."""
    for one in args:
        if isinstance(one, Expr) and _is_nothing(one):
            return lit(None, "boolean" if op in ("eq", "lt", "le") else "integer")
    return make(op, *args)


def equal(one: Expr, other: Expr) -> Expr:
    """`=`."""
    return call("eq", one, other)


def less(one: Expr, other: Expr) -> Expr:
    """`<`."""
    return call("lt", one, other)


def not_more(one: Expr, other: Expr) -> Expr:
    """`<=`."""
    return call("le", one, other)


def plus(one: Expr, number: int) -> Expr:
    """A whole number further."""
    return one if number == 0 else call("add", one, lit(number))
