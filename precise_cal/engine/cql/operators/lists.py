"""List operators (CQL 1.5, 9.10). Those of two lists take time in proportion to both (`keys`)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.comparison import all_of, any_of, equivalent, member_equal, negate
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.keys import Groups, Members
from precise_cal.engine.cql.operators.overload import LIST, Binding, Overload, T, overloads
from precise_cal.engine.cql.types import BOOLEAN, INTEGER, STRING, ListType
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from precise_cal.engine.cql.state import State

Values = tuple[Any, ...]


def contains(values: Values | None, element: Any) -> bool | None:
    """Whether an element of the list is equal to this one; a null is equal to a null only."""
    if values is None:
        return False
    return any_of(member_equal(value, element) for value in values)


def _in(element: Any, values: Values | None) -> bool | None:
    return contains(values, element)


def _in_strings(element: str | None, values: Values | None) -> bool:
    return values is not None and element in values


def _equivalent_in(element: Any, values: Values | None) -> bool:
    return values is not None and any(equivalent(value, element) for value in values)


def _equivalent_contains(values: Values | None, element: Any) -> bool:
    return _equivalent_in(element, values)


def _included_in(state: State, left: Values, right: Values) -> bool | None:
    members = Members(state, right)
    return all_of(members.contains(value) for value in left)


def _includes(state: State, left: Values, right: Values) -> bool | None:
    return _included_in(state, right, left)


def _properly_included_in(state: State, left: Values, right: Values) -> bool | None:
    fewer = len(distinct(state, left)) < len(distinct(state, right))
    return all_of((_included_in(state, left, right), fewer))


def _properly_includes(state: State, left: Values, right: Values) -> bool | None:
    return _properly_included_in(state, right, left)


def _properly_contains(values: Values | None, element: Any) -> bool | None:
    """The element is there and not the only one (9.10.20)."""
    if values is None:
        return False
    others = any_of(negate(member_equal(value, element)) for value in values)
    return all_of((contains(values, element), others))


def _properly_in(element: Any, values: Values | None) -> bool | None:
    return _properly_contains(values, element)


def distinct(state: State, values: Values) -> Values:
    """The elements without repetitions, in order of their first appearance."""
    members = Members(state)
    return tuple([value for value in values if members.add(value)])


def _union(state: State, left: Values | None, right: Values | None) -> Values:
    return distinct(state, (left or ()) + (right or ()))


def _union_all(left: Values | None, right: Values | None) -> Values:
    return (left or ()) + (right or ())


def _intersect_all(state: State, left: Values, right: Values) -> Values:
    members = Members(state, right)
    return tuple([value for value in left if members.has(value)])


def _intersect(state: State, left: Values, right: Values) -> Values:
    return distinct(state, _intersect_all(state, left, right))


def _except_all(state: State, left: Values | None, right: Values | None) -> Values | None:
    """Each element of the right takes one of its equals from the left (9.10.8, the example of except all)."""
    if left is None:
        return None
    groups = Groups(state)
    waiting: dict[int, deque[int]] = {}
    for place, value in enumerate(left):
        waiting.setdefault(groups.of(value), deque()).append(place)
    taken = set()
    for value in right or ():
        places = waiting.get(groups.of(value))
        if places:
            taken.add(places.popleft())
    return tuple([value for place, value in enumerate(left) if place not in taken])


def _except(state: State, left: Values | None, right: Values | None) -> Values | None:
    if left is None:
        return None
    members = Members(state, right or ())
    return distinct(state, tuple([value for value in left if not members.has(value)]))


def _exists(values: Values | None) -> bool:
    return values is not None and any(value is not None for value in values)


def _flatten(values: Values) -> Values:
    return tuple(element for value in values if value is not None for element in value)


def _first(values: Values) -> Any:
    return values[0] if values else None


def _last(values: Values) -> Any:
    return values[-1] if values else None


def _indexer(values: Values, index: int) -> Any:
    return values[index] if 0 <= index < len(values) else None


def _index_of(values: Values, element: Any) -> int | None:
    return next((place for place, value in enumerate(values) if member_equal(value, element)), -1)


def _length(values: Values | None) -> int:
    return len(values or ())


def _singleton(values: Values) -> Any:
    if len(values) > 1:
        raise EvaluationError(
            message("singleton from is not defined for a list of { $count } elements", count=len(values))
        )
    return values[0] if values else None


def _skip(values: Values | None, number: int | None) -> Values | None:
    if values is None or number is None:
        return values
    return values[number:] if number >= 0 else ()


def _take(values: Values | None, number: int | None) -> Values | None:
    return None if values is None else values[: max(number or 0, 0)]


def _tail(values: Values) -> Values:
    return values[1:]


def _slice(values: Values | None, begin: int | None = None, finish: int | None = None) -> Values | None:
    return None if values is None else values[begin:finish]


_TEST: Final = (LIST, LIST, BOOLEAN)
_HAS: Final = (LIST, T, BOOLEAN)
_IS_IN: Final = (T, LIST, BOOLEAN)
_TWO: Final = (LIST, LIST, LIST)

OVERLOADS: Final[list[Overload]] = [
    *overloads("In", _in_strings, (STRING, ListType(STRING), BOOLEAN), nulls=True),
    *overloads("In", _in, _IS_IN, nulls=True),
    *overloads("Contains", contains, _HAS, nulls=True),
    *overloads("EquivalentIn", _equivalent_in, _IS_IN, nulls=True),
    *overloads("EquivalentContains", _equivalent_contains, _HAS, nulls=True),
    *overloads("IncludedIn", _in, _IS_IN, nulls=True),
    *overloads("IncludedIn", _included_in, _TEST, binding=Binding.BUDGET),
    *overloads("Includes", contains, _HAS, nulls=True),
    *overloads("Includes", _includes, _TEST, binding=Binding.BUDGET),
    *overloads("ProperlyIncludedIn", _properly_in, _IS_IN, nulls=True),
    *overloads("ProperlyIncludedIn", _properly_included_in, _TEST, binding=Binding.BUDGET),
    *overloads("ProperlyIncludes", _properly_contains, _HAS, nulls=True),
    *overloads("ProperlyIncludes", _properly_includes, _TEST, binding=Binding.BUDGET),
    *overloads("Distinct", distinct, (LIST, LIST), binding=Binding.BUDGET),
    *overloads("Union", _union, _TWO, nulls=True, binding=Binding.BUDGET),
    *overloads("UnionAll", _union_all, _TWO, nulls=True),
    *overloads("UnionAllOrdered", _union_all, _TWO, nulls=True),
    *overloads("Intersect", _intersect, _TWO, binding=Binding.BUDGET),
    *overloads("IntersectAll", _intersect_all, _TWO, binding=Binding.BUDGET),
    *overloads("IntersectAllOrdered", _intersect_all, _TWO, binding=Binding.BUDGET),
    *overloads("Except", _except, _TWO, nulls=True, binding=Binding.BUDGET),
    *overloads("ExceptAll", _except_all, _TWO, nulls=True, binding=Binding.BUDGET),
    *overloads("ExceptAllOrdered", _except_all, _TWO, nulls=True, binding=Binding.BUDGET),
    *overloads("Exists", _exists, (LIST, BOOLEAN), nulls=True),
    *overloads("Flatten", _flatten, (ListType(LIST), LIST)),
    *overloads("First", _first, (LIST, T)),
    *overloads("Last", _last, (LIST, T)),
    *overloads("Indexer", _indexer, (LIST, INTEGER, T)),
    *overloads("IndexOf", _index_of, (LIST, T, INTEGER)),
    *overloads("Length", _length, (LIST, INTEGER), nulls=True),
    *overloads("SingletonFrom", _singleton, (LIST, T)),
    *overloads("Skip", _skip, (LIST, INTEGER, LIST), nulls=True),
    *overloads("Take", _take, (LIST, INTEGER, LIST), nulls=True),
    *overloads("Tail", _tail, (LIST, LIST)),
    *overloads("Slice", _slice, (LIST, LIST), (LIST, INTEGER, LIST), (LIST, INTEGER, INTEGER, LIST), nulls=True),
]
