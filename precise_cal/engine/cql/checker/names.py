"""Names: variables, definitions, parameters, the record and its properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.checker.definitions import definition
from precise_cal.engine.cql.errors import did_you_mean
from precise_cal.engine.cql.syntax import Name
from precise_cal.engine.cql.types import (
    BOOLEAN,
    DECIMAL,
    QUANTITY,
    STRING,
    ClassType,
    IntervalType,
    TupleType,
    Type,
)
from precise_cal.engine.cql.values import Tuple
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from precise_cal.engine.cql.checker.context import CheckContext
    from precise_cal.engine.cql.syntax import Member, Node

_PARTS: Final[dict[Type, dict[str, Type]]] = {QUANTITY: {"value": DECIMAL, "unit": STRING}}


def name(context: CheckContext, node: Name) -> tree.Tree:
    """What a name stands for."""
    found = _find(context, node)
    if isinstance(found, tree.Constant) and found.parameter is not None:
        _use(context, found)
    return found


def _find(context: CheckContext, node: Name) -> tree.Tree:
    name = node.name
    if context.implicit is not None and name != "$this":
        element = _part(context.implicit, name, node)
        if element is not None:
            return element
    if name in context.variables:
        return context.variables[name]
    if name == context.scope:
        return tree.Scope(context.environment.scopes[name], node.start, node.end, name)
    if name in context.environment.definition_sources:
        return _defined(context, node)
    if name in context.environment.parameters:
        kind, value = context.environment.parameters[name]
        return tree.Constant(kind, node.start, node.end, value, name)
    record_type = context.environment.context
    if record_type is not None and name in record_type.elements:
        element_ = record_type.elements[name]
        record = tree.Context(record_type, node.start, node.end)
        return tree.Property(element_.type, node.start, node.end, record, element_)
    raise context.error(_unknown(context, name), node)


def _unknown(context: CheckContext, name: str) -> str:
    if name in context.environment.scopes:
        return message('"{ $name }" is known only in rules that are judged for each { $name }', name=name)
    known = [
        *context.variables,
        *context.environment.parameters,
        *context.environment.definition_sources,
    ]
    known += context.environment.context.elements if context.environment.context else ()
    return message('"{ $name }" is not known{ $did_you_mean }', name=name, did_you_mean=did_you_mean(name, known))


def _defined(context: CheckContext, node: Name) -> tree.Tree:
    found = definition(context, node.name)
    if found.scope is not None and found.scope != context.scope:
        raise context.error(
            message(
                '"{ $name }" is defined for each { $scope }, and cannot be used here',
                name=node.name,
                scope=Verbatim(found.scope),
            ),
            node,
        )
    context.shared.parameters |= found.parameters
    context.shared.definitions |= {node.name, *found.definitions}
    return tree.Definition(found.type, node.start, node.end, node.name)


def _use(context: CheckContext, constant: tree.Constant) -> None:
    assert constant.parameter is not None
    if isinstance(constant.value, Tuple):
        context.shared.parameters |= {f"{constant.parameter}.{name}" for name in constant.value.elements}
    else:
        context.shared.parameters.add(constant.parameter)


def member(context: CheckContext, node: Member) -> tree.Tree:
    """A property of a record object, or an element of a value."""
    source = _find(context, node.source) if isinstance(node.source, Name) else context.typed(node.source)
    found = _part(source, node.name, node)
    if found is None:
        raise context.error(_no_part(source.type, node.name), node)
    if isinstance(found, tree.Constant) and found.parameter is not None:
        _use(context, found)
    return found


def _part(source: tree.Tree, name: str, node: Node) -> tree.Tree | None:
    kind = source.type
    if isinstance(kind, ClassType):
        element = kind.elements.get(name)
        return tree.Property(element.type, node.start, node.end, source, element) if element else None
    if isinstance(kind, TupleType):
        inner = kind.element(name)
        if inner is None:
            return None
        if isinstance(source, tree.Constant):
            path = f"{source.parameter}.{name}" if source.parameter else None
            return tree.Constant(inner, node.start, node.end, source.value.elements[name], path)
        return tree.Part(inner, node.start, node.end, source, name)
    parts = _parts_of(kind)
    return tree.Part(parts[name], node.start, node.end, source, name) if name in parts else None


def _no_part(kind: Type, name: str) -> str:
    if isinstance(kind, ClassType):
        known: list[str] = list(kind.elements)
    elif isinstance(kind, TupleType):
        known = [element for element, _ in kind.elements]
    else:
        known = list(_parts_of(kind))
    listed = (
        message("; it has { $known }", known=Verbatim(", ".join(known)))
        if known and not did_you_mean(name, known)
        else ""
    )
    return message(
        '{ $kind } has no "{ $name }"{ $did_you_mean }{ $listed }',
        kind=Verbatim(kind),
        name=name,
        did_you_mean=did_you_mean(name, known),
        listed=listed,
    )


def _parts_of(kind: Type) -> dict[str, Type]:
    if isinstance(kind, IntervalType):
        return {"low": kind.point, "high": kind.point, "lowClosed": BOOLEAN, "highClosed": BOOLEAN}
    if kind.name == "Ratio":
        return {"numerator": QUANTITY, "denominator": QUANTITY}
    return _PARTS.get(kind, {})
