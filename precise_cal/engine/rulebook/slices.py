"""What a rule sees of a record, as a value that records can be compared by.

The verdict of a rule follows from what its conditions read, and from nothing else. A rule that reads only words,
numbers and truth values meets the same few combinations again and again, so that what it said of one is kept for the
next. Dates differ from participant to participant: a rule that reads one has no slice.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.operators.overload import Binding
from precise_cal.engine.cql.types import BOOLEAN, DECIMAL, INTEGER, QUANTITY, ClassType, ListType, StringType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.types import Element
    from precise_cal.engine.rulebook.edition import Condition, ExecutableRule

    Reads = dict[str, dict[str, Element]]
    """The elements that are read, by class and name."""

_COMPARABLE: Final = (BOOLEAN, INTEGER)


def slice_of(rule: ExecutableRule, record_type: ClassType) -> str | None:
    """A rule's slice of a record `r`, as a Python expression; None where the rule reads more than can be compared.

    Two records with the same slice have the same verdict, reasons, notices and queries of the rule: whatever is shown
    of them is part of the slice, decimals with their recorded digits.
    """
    reads: Reads = defaultdict(dict)
    for node in _nodes(rule):
        if isinstance(node, tree.Call) and node.overload.binding is Binding.STATE:
            return None
        if isinstance(node, tree.Property):
            reads[node.source.type.name][node.element.name] = node.element
    try:
        return _expression(record_type, "r", reads)
    except NotComparableError:
        return None


class NotComparableError(Exception):
    """A rule reads something that differs from participant to participant."""


def _nodes(rule: ExecutableRule) -> Iterator[tree.Tree]:
    conditions = [*rule.conditions_of_items()]
    if rule.scope is not None:
        conditions.append(rule.scope.items)
    seen: set[str] = set()
    for condition in conditions:
        yield from _with_definitions(condition, seen)


def _with_definitions(condition: Condition, seen: set[str]) -> Iterator[tree.Tree]:
    for node in tree.nodes(condition.tree):
        yield node
        if isinstance(node, tree.Definition) and node.name not in seen:
            seen.add(node.name)
            yield from _with_definitions(condition.environment.definition(node.name), seen)


def _expression(kind: ClassType, name: str, reads: Reads) -> str:
    """A tuple of everything that is read of a record object."""
    return f"({''.join(f'{_element(one, name, reads)}, ' for _, one in sorted(reads[kind.name].items()))})"


def _element(element: Element, name: str, reads: Reads) -> str:
    kind = element.type
    if element.attribute is None:
        raise NotComparableError
    field, *inner = element.attribute.split(".")
    path = f"{name}.{field}"
    if kind in _COMPARABLE or isinstance(kind, StringType):
        return path
    if kind in (DECIMAL, QUANTITY):
        return f"str({path})" if not inner else f"(None if {path} is None else str({path}.{inner[0]}))"
    if isinstance(kind, ListType) and isinstance(kind.element, ClassType):
        item = f"{name}_"
        return f"(None if {path} is None else tuple([{_expression(kind.element, item, reads)} for {item} in {path}]))"
    if isinstance(kind, ClassType):
        return f"(None if {path} is None else {_expression(kind, path, reads)})"
    raise NotComparableError
