"""The part of the checker that knows calls: overloads, implicit conversions, functions in place of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.check_names import NameChecker
from precise_cal.engine.cql.errors import Code, EvaluationError, did_you_mean
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.operators.overload import Binding
from precise_cal.engine.cql.parser.words import PRECISIONS
from precise_cal.engine.cql.resolve import Resolution, cost, resolve, widening
from precise_cal.engine.cql.types import (
    ANY,
    BOOLEAN,
    DATE,
    DECIMAL,
    INTEGER,
    LONG,
    NOTHING,
    QUANTITY,
    TIME,
    ChoiceType,
    IntervalType,
    ListType,
    StringType,
    Type,
)
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from precise_cal.engine.cql.environment import FunctionSource
    from precise_cal.engine.cql.syntax import Invocation, Node, TypeName

_COMPARING: Final = frozenset({"Equal", "NotEqual", "Equivalent", "NotEquivalent", "In", "Contains"})
_UNSUPPORTED: Final = {
    "Children": "the function Children", "Descendents": "the function Descendents",
    "Descendants": "the function Descendants", "InCodeSystem": "terminology", "InValueSet": "terminology",
    "Subsumes": "terminology", "SubsumedBy": "terminology", "ExpandValueSet": "terminology",
}  # fmt: skip
_MIXED: Final = frozenset({"Union", "UnionAll", "Except", "Intersect", "Coalesce", "Equal", "Equivalent", "NotEqual"})
"""Those whose operands may be of several types, which become a choice."""
_DAYS: Final = ("year", "month", "week", "day")
PRECISIONS_OF: Final[dict[Type, tuple[str, ...]]] = {
    DATE: _DAYS,
    TIME: tuple(one for one in PRECISIONS if one not in _DAYS),
}


class CallChecker(NameChecker):
    """Resolves calls within one text."""

    def needs_offset(self, value: Any) -> bool:
        """Whether a value takes the offset of the evaluation, and so is not constant."""
        return isinstance(value, DateTime) and value.offset_minutes is None

    def expect(self, typed: tree.Tree, kind: Type, node: Node) -> tree.Tree:
        """The tree converted to a type. Raises `CqlError` where that cannot be done implicitly."""
        if cost(typed.type, kind) is None:
            raise self.error(f"{kind} is expected here, not {typed.type}", node)
        return self.convert(typed, kind)

    def convert(self, typed: tree.Tree, kind: Type) -> tree.Tree:
        """The tree with the implicit conversion to a type written out."""
        source = typed.type
        if source == kind or kind is ANY or isinstance(kind, ChoiceType):
            return typed
        name = widening(source, kind)
        if name is not None:
            found = resolve(name, (source,))
            assert found is not None
            return self._folded(tree.Call(kind, typed.start, typed.end, found.overload, (typed,)))
        if isinstance(typed, tree.Constant) and typed.value is None:
            return tree.Constant(kind, typed.start, typed.end, None)
        if source in (NOTHING, ANY) or isinstance(source, ChoiceType):
            return tree.As(kind, typed.start, typed.end, typed, strict=False)
        return tree.Convert(kind, typed.start, typed.end, typed)

    def bounded(self, typed: tree.Tree, kind: IntervalType) -> tree.Tree:
        """`Interval[null, null]`, once the type of its points is known."""
        assert isinstance(typed, tree.MakeInterval)
        low, high = self.convert(typed.low, kind.point), self.convert(typed.high, kind.point)
        closed = typed.low_closed, typed.high_closed
        return tree.MakeInterval(kind, typed.start, typed.end, low, high, *closed)

    def call(self, name: str, operands: list[tree.Tree], node: Node, precision: str | None) -> tree.Tree:
        """A call of an operator, its overload chosen by the operands' types."""
        self._check_words(name, operands, node)
        types = tuple(operand.type for operand in operands)
        found = resolve(name, types) or (resolve(name, types, True) if name in _MIXED else None)
        if found is None:
            raise self.error(self._no_overload(name, types), node)
        self._check_precision(found, precision, node)
        converted = tuple(self.convert(one, kind) for one, kind in zip(operands, found.operands, strict=True))
        call = tree.Call(found.result, node.start, node.end, found.overload, converted, precision)
        return self._folded(call)

    def _check_precision(self, found: Resolution, precision: str | None, node: Node) -> None:
        """Refuse a precision that the operator or the type of its operands does not have (9.8)."""
        overload = found.overload
        if precision is None:
            if overload.binding is Binding.PRECISION:
                raise self.error(f'{overload.name} needs a precision, such as "years between … and …"', node)
            return
        points = [_point(kind) for kind in found.operands]
        if not overload.precision or any(kind in (BOOLEAN, INTEGER, LONG, DECIMAL, QUANTITY) for kind in points):
            raise self.error(f"{overload.name} of {found.operands[0]} takes no precision", node)
        if any(precision not in PRECISIONS_OF.get(kind, PRECISIONS) for kind in points):
            raise self.error(f"{points[0]} has no {precision}", node)
        if precision == "week" and not overload.name.startswith(("Duration", "Difference")):
            raise self.error(
                f"{overload.name} is not defined to the week (9.8: weeks are numbered in several ways)", node
            )

    def _no_overload(self, name: str, types: tuple[Type, ...]) -> str:
        given = ", ".join(map(str, types))
        if name not in OPERATORS:
            return f"the operator {name} is not supported by the rule language"
        return f"{name} does not take ({given})"

    def _folded(self, call: tree.Call) -> tree.Tree:
        """The value of a call whose operands are constant and whose implementation needs nothing else."""
        constants = [one for one in call.operands if isinstance(one, tree.Constant)]
        if len(constants) != len(call.operands) or call.overload.binding is not Binding.NOTHING:
            return call
        values = [one.value for one in constants]
        if not values or any(map(self.needs_offset, values)) or isinstance(call.type, ListType | IntervalType):
            return call
        if any(isinstance(value, tuple) for value in values):
            return call
        try:
            missing = None in values and not call.overload.nulls
            value = None if missing else call.overload.function(*values)
        except EvaluationError:
            return call
        return tree.Constant(call.type, call.start, call.end, value)

    def _check_words(self, name: str, operands: list[tree.Tree], node: Node) -> None:
        """A coded field is compared with words that it can have."""
        if name not in _COMPARING or len(operands) != 2:
            return
        for one, other in (operands, reversed(operands)):
            allowed = _allowed(one.type)
            if allowed is None or not isinstance(other, tree.Constant):
                continue
            words = other.value if isinstance(other.value, tuple) else (other.value,)
            for word in words:
                if isinstance(word, str) and word not in allowed:
                    near = did_you_mean(word, allowed)
                    listed = "" if near else f"; it is one of {', '.join(sorted(allowed))}"
                    raise self.error(f"'{word}' is no value of this field{near}{listed}", other if other.end else node)

    def invocation(self, node: Invocation) -> tree.Tree:
        """A call of an operator or of a function of the environment."""
        function = self._function(node)
        if function is not None:
            return self._inline(function, node)
        if node.name.startswith("AgeIn"):
            raise self.unsupported(f"{node.name}, which asks for a birth date the record has not,", node)
        if node.name in _UNSUPPORTED:
            raise self.unsupported(_UNSUPPORTED[node.name], node)
        if node.name not in OPERATORS or not node.name[0].isupper():
            known = [*OPERATORS, *(one.name for one in self.environment.functions)]
            message = f'the function "{node.name}" is not known{did_you_mean(node.name, known)}'
            raise self.error(message, node, node.name)
        arguments = [self.typed(argument) for argument in node.arguments]
        return self.call(node.name, arguments, node, None)

    def _function(self, node: Invocation) -> FunctionSource | None:
        named = [one for one in self.environment.functions if one.name == node.name]
        fitting = [one for one in named if len(one.operands) == len(node.arguments)]
        if named and not fitting:
            wanted = " or ".join(str(len(one.operands)) for one in named)
            raise self.error(f"{node.name} takes {wanted} operands, not {len(node.arguments)}", node)
        return fitting[0] if fitting else None

    def _inline(self, function: FunctionSource, node: Invocation) -> tree.Tree:
        """The function's body with the arguments in place of its operands, so that reasons show what was read."""
        if function.name in self.shared.path:
            cycle = " -> ".join([*self.shared.path, function.name])
            raise self.error(f"the function calls itself: {cycle}", node)
        if function.scope is not None and function.scope != self.scope:
            raise self.error(f'"{function.name}" is defined for each {function.scope}, and cannot be used here', node)
        inner = self._inner(function)
        bindings = []
        for (name, written), argument in zip(function.operands, node.arguments, strict=True):
            value = self.expect(self.typed(argument), inner.type(_parse_type(written, inner)), argument)
            if _is_cheap(value):
                inner.variables[name] = value
            else:
                variable = self.variable(name, value.type, argument)
                bindings.append((variable, value))
                inner.variables[name] = variable
        self.shared.path.append(function.name)
        try:
            body = inner.typed(_parse_body(inner))
        finally:
            self.shared.path.pop()
        self.shared.definitions.add(function.name)
        arguments = tuple(inner.variables[name] for name, _ in function.operands)
        placed: tree.Tree = tree.Inlined(body.type, node.start, node.end, inner.code, body, arguments, function.scope)
        return tree.Let(body.type, node.start, node.end, tuple(bindings), placed) if bindings else placed

    def _inner(self, function: FunctionSource) -> CallChecker:
        code = Code(function.text, function.origin)
        return type(self)(self.environment, code, function.scope, self.shared)


def _parse_body(checker: CallChecker) -> Node:
    from precise_cal.engine.cql.parser.parse import parse

    return parse(checker.code.text, checker.code.origin)


def _parse_type(written: str, checker: CallChecker) -> TypeName:
    from precise_cal.engine.cql.parser.parse import parse_type

    return parse_type(written, checker.code.origin)


def _point(kind: Type) -> Type:
    return kind.point if isinstance(kind, IntervalType) else kind


def is_boundless(typed: tree.Tree) -> bool:
    """Whether this is an interval whose bounds are both written null, which every type of points fits."""
    return isinstance(typed, tree.MakeInterval) and typed.type == IntervalType(NOTHING)


def _is_cheap(value: tree.Tree) -> bool:
    """Whether a value may be computed where it is used, and again where it is used again."""
    if isinstance(value, tree.Constant | tree.Variable | tree.Scope | tree.Context | tree.Definition):
        return True
    if isinstance(value, tree.Property | tree.Part):
        return _is_cheap(value.source)
    if isinstance(value, tree.Call):
        return all(map(_is_cheap, value.operands))
    return False


def _allowed(kind: Type) -> frozenset[str] | None:
    return kind.allowed if isinstance(kind, StringType) else None
