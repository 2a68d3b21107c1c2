"""Calls of operators by name, and functions in place of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.checker.calls import call
from precise_cal.engine.cql.checker.conversions import expect
from precise_cal.engine.cql.checker.specifiers import type_of
from precise_cal.engine.cql.errors import Code, did_you_mean
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.parser.parse import parse, parse_type
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from precise_cal.engine.cql.checker.context import CheckContext
    from precise_cal.engine.cql.environment import FunctionSource
    from precise_cal.engine.cql.syntax import Invocation

_UNSUPPORTED: Final = {
    "Children": "the function Children", "Descendents": "the function Descendents",
    "Descendants": "the function Descendants", "InCodeSystem": "terminology", "InValueSet": "terminology",
    "Subsumes": "terminology", "SubsumedBy": "terminology", "ExpandValueSet": "terminology",
}  # fmt: skip


def invocation(context: CheckContext, node: Invocation) -> tree.Tree:
    """A call of an operator or of a function of the environment."""
    function = _function(context, node)
    if function is not None:
        return _inline(context, function, node)
    if node.name.startswith("AgeIn"):
        raise context.unsupported(
            message("{ $name }, which asks for a birth date the record has not,", name=Verbatim(node.name)), node
        )
    if node.name in _UNSUPPORTED:
        raise context.unsupported(_UNSUPPORTED[node.name], node)
    if node.name not in OPERATORS or not node.name[0].isupper():
        known = [*OPERATORS, *context.environment.overloads]
        text = message(
            'the function "{ $name }" is not known{ $did_you_mean }',
            name=node.name,
            did_you_mean=did_you_mean(node.name, known),
        )
        raise context.error(text, node, node.name)
    arguments = [context.typed(argument) for argument in node.arguments]
    return call(context, node.name, arguments, node, None)


def _function(context: CheckContext, node: Invocation) -> FunctionSource | None:
    named = context.environment.overloads.get(node.name, ())
    fitting = [one for one in named if len(one.operands) == len(node.arguments)]
    if named and not fitting:
        wanted = " or ".join(str(len(one.operands)) for one in named)
        raise context.error(
            message(
                "{ $name } takes { $wanted } operands, not { $count }",
                name=Verbatim(node.name),
                wanted=wanted,
                count=len(node.arguments),
            ),
            node,
        )
    return fitting[0] if fitting else None


def _inline(context: CheckContext, function: FunctionSource, node: Invocation) -> tree.Tree:
    """The function's body with the arguments in place of its operands, so that reasons show what was read."""
    if function.name in context.shared.path:
        cycle = " -> ".join([*context.shared.path, function.name])
        raise context.error(message("the function calls itself: { $cycle }", cycle=Verbatim(cycle)), node)
    if function.scope is not None and function.scope != context.scope:
        raise context.error(
            message(
                '"{ $name }" is defined for each { $scope }, and cannot be used here',
                name=function.name,
                scope=Verbatim(function.scope),
            ),
            node,
        )
    inner = context.of_function(Code(function.text, function.origin), function.scope)
    bindings = []
    for (name, written), argument in zip(function.operands, node.arguments, strict=True):
        value = expect(
            context, context.typed(argument), type_of(inner, parse_type(written, inner.code.origin)), argument
        )
        if _is_cheap(value):
            inner.variables[name] = value
        else:
            variable = context.variable(name, value.type, argument)
            bindings.append((variable, value))
            inner.variables[name] = variable
    context.shared.path.append(function.name)
    try:
        body = inner.typed(parse(inner.code.text, inner.code.origin))
    finally:
        context.shared.path.pop()
    context.shared.definitions.add(function.name)
    arguments = tuple(inner.variables[name] for name, _ in function.operands)
    placed: tree.Tree = tree.Inlined(
        body.type, node.start, node.end, function.name, inner.code, body, arguments, function.scope
    )
    return tree.Let(body.type, node.start, node.end, tuple(bindings), placed) if bindings else placed


def _is_cheap(value: tree.Tree) -> bool:
    """Whether a value may be computed where it is used, and again where it is used again."""
    if isinstance(value, tree.Constant | tree.Variable | tree.Scope | tree.Context | tree.Definition):
        return True
    if isinstance(value, tree.Property | tree.Part):
        return _is_cheap(value.source)
    if isinstance(value, tree.Call):
        return all(map(_is_cheap, value.operands))
    return False
