"""Where `in` and `contains` turn unknown into no: of lists they are true or false, whatever is unknown (CQL 1.5, 9.10).

A null is in a list that has one, else it is in none, and nothing is in a list that is null. A condition that means no
says so: `(x in list) is true`. One that tests first whether the value is known loses nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.types import ListType
from precise_cal.engine.rulebook.errors import Place
from precise_cal.engine.rulebook.reading import editions_of
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.errors import Code
    from precise_cal.engine.rulebook.edition import Edition
    from precise_cal.engine.rulebook.rulebook import Rulebook

_ELEMENT_FIRST: Final = frozenset({"In", "ProperIn"})
_LIST_FIRST: Final = frozenset({"Contains", "ProperContains"})


def lossy_memberships(book: Rulebook) -> Iterator[str]:
    """A remark for each place of the rules and roles where an unknown operand of `in` becomes no."""
    conditions = [*book.roles.values(), *(one for edition in editions_of(book) for one in _conditions(edition))]
    found = (problem for one in conditions for problem in _lossy(one.tree, one.code, _Context(frozenset())))
    yield from dict.fromkeys(found)


def _conditions(edition: Edition) -> Iterator[Compiled]:
    for rule in edition.rules:
        yield from rule.conditions_of_items()
        if rule.scope is not None:
            yield rule.scope.items
    yield from (edition.environment.definition(one.name) for one in edition.environment.definitions)


class _Context(NamedTuple):
    """What is known where a part of a condition stands."""

    known: frozenset[Any]
    """The parts that are not null there."""
    is_meant: bool = False
    """Whether `is true` around it says that unknown is no."""

    def beside(self, known: frozenset[Any]) -> _Context:
        return self._replace(known=self.known | known)


def _lossy(part: Any, code: Code, context: _Context) -> Iterator[str]:
    if isinstance(part, tuple):
        for one in part:
            yield from _lossy(one, code, context)
        return
    if isinstance(part, tree.Inlined):
        yield from _lossy(part.body, part.code, context)
        return
    if isinstance(part, tree.Call):
        yield from _of_call(part, code, context)
        return
    if isinstance(part, tree.If):
        yield from _lossy(part.condition, code, context)
        yield from _lossy(part.yes, code, context.beside(_known_if(part.condition, holds=True)))
        yield from _lossy(part.no, code, context.beside(_known_if(part.condition, holds=False)))
        return
    for one in tree.children(part):
        yield from _lossy(one, code, context)


def _of_call(call: tree.Call, code: Code, context: _Context) -> Iterator[str]:
    name, operands = call.name, call.operands
    if name in ("And", "Or", "Implies"):
        left, right = operands  # each matters only where the other does not decide
        yield from _lossy(left, code, context.beside(_known_if(right, holds=name == "And")))
        yield from _lossy(right, code, context.beside(_known_if(left, holds=name != "Or")))
        return
    if name in ("IsTrue", "Not", "IsFalse", "IsNull"):
        yield from _lossy(operands, code, context._replace(is_meant=name == "IsTrue"))
        return
    yield from _lossy(operands, code, context)
    if context.is_meant or name not in _ELEMENT_FIRST | _LIST_FIRST:
        return
    element, values = operands if name in _ELEMENT_FIRST else operands[::-1]
    if not isinstance(values.type, ListType):
        return
    lost = element if _may_be_null(element, context) else values if _may_be_missing(values, context) else None
    if lost is not None:
        error = code.error("", call.start)
        place = Place(error.source, error.line, error.column)
        text = code.phrase(call.start, call.end)
        unknown = "what is sought" if lost is element else "the list"
        advice = "test first `if … is null then null else …`, or say `(…) is true` where no is meant"
        yield message(
            "{ $place }: `{ $text }` is no where { $unknown } is unknown: { $advice }",
            place=place,
            text=text,
            unknown=unknown,
            advice=advice,
        )


def _may_be_null(part: tree.Tree, context: _Context) -> bool:
    part = _peeled(part)
    if isinstance(part, tree.Call) and part.name == "Coalesce":
        return all(_may_be_null(one, context) for one in part.operands)
    return not (isinstance(part, tree.Constant) and part.value is not None) and _key(part) not in context.known


def _may_be_missing(part: tree.Tree, context: _Context) -> bool:
    """Whether a list is one of the record, which may not be recorded."""
    part = _peeled(part)
    return isinstance(part, tree.Property) and _key(part) not in context.known


def _known_if(condition: tree.Tree, *, holds: bool) -> frozenset[Any]:
    """The parts that are not null where a condition is true, or false."""
    condition = _peeled(condition)
    if not isinstance(condition, tree.Call):
        return frozenset()
    name, operands = condition.name, condition.operands
    if name == "Not":
        return _known_if(operands[0], holds=not holds)
    if name == "IsNull":
        return frozenset() if holds else frozenset({_key(_peeled(operands[0]))})
    if (name, holds) in (("And", True), ("Or", False)):
        return frozenset().union(*(_known_if(one, holds=holds) for one in operands))
    return frozenset()


def _peeled(part: tree.Tree) -> tree.Tree:
    while isinstance(part, tree.Convert | tree.As | tree.Inlined):
        part = part.body if isinstance(part, tree.Inlined) else part.operand
    return part


def _key(part: Any) -> Any:
    """What two parts have in common that have the same value."""
    part = _peeled(part)
    if isinstance(part, tree.Variable):
        return part.slot
    if isinstance(part, tree.Property):
        return _key(part.source), part.element.name
    if isinstance(part, tree.Call):
        return part.name, *map(_key, part.operands)
    if isinstance(part, tree.Constant):
        return repr(part.value)
    return type(part).__name__, getattr(part, "name", None)
