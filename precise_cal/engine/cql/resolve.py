"""Which overload an invocation means, and the implicit conversions it takes (CQL 1.5, 3.9 Conversion Precedence).

List promotion and demotion and interval demotion are not made: they can hide mistakes, and an environment may leave
them out (3.9, Promotion and Demotion).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.types import (
    ANY,
    DATE,
    DATE_TIME,
    DECIMAL,
    INTEGER,
    LONG,
    NOTHING,
    QUANTITY,
    ChoiceType,
    ClassType,
    IntervalType,
    ListType,
    StringType,
    TupleType,
    Type,
    Variable,
    choice,
    plain,
)

if TYPE_CHECKING:
    from precise_cal.engine.cql.operators.overload import Overload

# Cost of a conversion, after the order of precedence: exact, subtype, compatible, cast, implicit conversion.
SUBTYPE, COMPATIBLE, CAST, IMPLICIT = 1, 10, 100, 1000
_WIDENING: Final = {
    (INTEGER, LONG): ("ToLong", IMPLICIT),
    (INTEGER, DECIMAL): ("ToDecimal", IMPLICIT + 1),
    (LONG, DECIMAL): ("ToDecimal", IMPLICIT),
    (INTEGER, QUANTITY): ("ToQuantity", IMPLICIT + 3),
    (LONG, QUANTITY): ("ToQuantity", IMPLICIT + 2),
    (DECIMAL, QUANTITY): ("ToQuantity", IMPLICIT + 1),
    (DATE, DATE_TIME): ("ToDateTime", IMPLICIT),
}


_Cost = tuple[int, int, int]


class Resolution(NamedTuple):
    """An overload with its type variables bound: the types the operands convert to, and that of the result."""

    overload: Overload
    operands: tuple[Type, ...]
    result: Type


def widening(source: Type, target: Type) -> str | None:
    """The conversion operator of an implicit conversion of simple types."""
    found = _WIDENING.get((source, target))
    return None if found is None else found[0]


@lru_cache(maxsize=4096)
def cost(source: Type, target: Type) -> int | None:
    """How much converting from source to target takes; None where it cannot be done implicitly."""
    if source == target:
        return 0
    if target is ANY:
        return SUBTYPE
    if source is NOTHING or source is ANY:
        return COMPATIBLE
    if isinstance(source, ChoiceType) or isinstance(target, ChoiceType):
        return _choice_cost(source, target)
    found = _WIDENING.get((source, target))
    if found is not None:
        return found[1]
    return _structural_cost(source, target)


def _choice_cost(source: Type, target: Type) -> int | None:
    if not isinstance(source, ChoiceType):
        assert isinstance(target, ChoiceType)
        costs = [c for member in target.choices if (c := cost(source, member)) is not None]
        return SUBTYPE + min(costs) if costs else None
    if isinstance(target, ChoiceType):
        return SUBTYPE if source.choices <= target.choices else CAST if source.choices & target.choices else None
    return CAST if target in source.choices else None


def _structural_cost(source: Type, target: Type) -> int | None:
    if isinstance(source, ListType) and isinstance(target, ListType):
        return cost(source.element, target.element)
    if isinstance(source, IntervalType) and isinstance(target, IntervalType):
        return cost(source.point, target.point)
    if isinstance(source, TupleType) and isinstance(target, TupleType):
        if [name for name, _ in source.elements] != [name for name, _ in target.elements]:
            return None
        costs = [cost(kind, other) for (_, kind), (_, other) in zip(source.elements, target.elements, strict=True)]
        return None if None in costs else sum(c for c in costs if c is not None)
    return None


@lru_cache(maxsize=4096)
def common(left: Type, right: Type) -> Type | None:
    """The narrowest type that both convert to without becoming a choice."""
    left, right = plain(left), plain(right)
    forward, backward = cost(left, right), cost(right, left)
    if forward is not None and (backward is None or forward <= backward):
        return left if right is NOTHING else right
    if backward is not None:
        return left
    if isinstance(left, ListType) and isinstance(right, ListType):
        inner = common(left.element, right.element)
        return None if inner is None else ListType(inner)
    return None


def common_or_choice(types: list[Type]) -> Type:
    """The type of values of several types: a common type, else their choice."""
    result: Type = NOTHING
    for kind in types:
        found = kind if result is NOTHING else common(result, kind)
        result = choice(frozenset({result, plain(kind)})) if found is None else found
    return result


@lru_cache(maxsize=8192)
def resolve(name: str, types: tuple[Type, ...], mixed: bool = False) -> Resolution | None:
    """The overload that takes the least conversion, None where there is none.

    `mixed` lets a type variable stand for a choice of types, as in a union of lists.
    """
    best: tuple[_Cost, Resolution] | None = None
    for overload in OPERATORS.get(name, ()):
        if len(overload.operands) != len(types):
            continue
        found = _match(overload, types, mixed)
        if found is not None and (best is None or found[0] < best[0]):
            best = found
    return None if best is None else best[1]


def _match(overload: Overload, types: tuple[Type, ...], mixed: bool) -> tuple[_Cost, Resolution] | None:
    bound: Type | None = None
    for declared, given in zip(overload.operands, types, strict=True):
        for part in _bindings(declared, given):
            bound = part if bound is None else _join(bound, part, mixed)
            if bound is None:
                return None
    bound = NOTHING if bound is None else bound
    operands = tuple(substitute(declared, bound) for declared in overload.operands)
    costs = [cost(given, wanted) for given, wanted in zip(types, operands, strict=True)]
    if None in costs or not all(map(_is_possible, operands)):
        return None
    total = sum(c for c in costs if c is not None)
    resolution = Resolution(overload, operands, substitute(overload.result, bound))
    return (total, sum(map(_rank, operands)), sum(map(_depth, operands))), resolution


def _is_possible(kind: Type) -> bool:
    """Whether there can be such a type: there is no interval of intervals, lists or choices."""
    return not (
        isinstance(kind, IntervalType) and isinstance(kind.point, IntervalType | ListType | TupleType | ChoiceType)
    )


def _join(left: Type, right: Type, mixed: bool) -> Type | None:
    found = common(left, right)
    return choice(frozenset({left, right})) if found is None and mixed else found


def _bindings(declared: Type, given: Type) -> list[Type]:
    """The types that the type variable would have to take in."""
    if isinstance(declared, Variable):
        return [plain(given)]
    if isinstance(declared, ListType) and isinstance(given, ListType):
        return _bindings(declared.element, given.element)
    if isinstance(declared, IntervalType) and isinstance(given, IntervalType):
        return _bindings(declared.point, given.point)
    return []


def substitute(declared: Type, bound: Type) -> Type:
    """The declared type with its variable bound."""
    if isinstance(declared, Variable):
        return bound
    if isinstance(declared, ListType):
        return ListType(substitute(declared.element, bound))
    if isinstance(declared, IntervalType):
        return IntervalType(substitute(declared.point, bound))
    return declared


def _depth(kind: Type) -> int:
    """How far lists are nested: of two readings of a null, the one with the plainer type is meant."""
    return 1 + _depth(kind.element) if isinstance(kind, ListType) else 0


def _rank(kind: Type) -> int:
    """Simple types come before tuples, classes, intervals, lists and choices (3.9)."""
    ranks = (
        (StringType, 1),
        (TupleType, 2),
        (ClassType, 3),
        (IntervalType, 4),
        (ListType, 5),
        (ChoiceType, 6),
    )
    return next((rank for kind_class, rank in ranks if isinstance(kind, kind_class)), 1)
