"""Names and types: from the syntax tree as written to the typed tree, every conversion made visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql import syntax, tree
from precise_cal.engine.cql.check_calls import is_boundless
from precise_cal.engine.cql.check_queries import QueryChecker
from precise_cal.engine.cql.check_timing import TimingChecker
from precise_cal.engine.cql.parser.parse import parse
from precise_cal.engine.cql.points import EXTENTS
from precise_cal.engine.cql.resolve import common, common_or_choice, resolve
from precise_cal.engine.cql.types import (
    ANY,
    BOOLEAN,
    DECIMAL,
    NOTHING,
    QUANTITY,
    RATIO,
    STRING,
    IntervalType,
    ListType,
    TupleType,
    Type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.cql.errors import Code


class Checked(NamedTuple):
    """A typed tree and what it uses; `slots` is the number of variables a frame must hold."""

    tree: tree.Tree
    parameters: frozenset[str]
    definitions: frozenset[str]
    slots: int


class Checker(TimingChecker, QueryChecker):
    """Checks one text."""

    def typed(self, node: syntax.Node) -> tree.Tree:
        """The typed tree of a node. Raises `CqlError` where a name or type does not fit."""
        found = _CHECKS[type(node)](self, node)
        self.count(node, found.type)
        return found

    def literal(self, node: syntax.Literal) -> tree.Tree:
        """A literal; the unit of a quantity is checked."""
        if node.type is QUANTITY:
            self.check_unit(node)
        return tree.Constant(node.type, node.start, node.end, node.value)

    def operation(self, node: syntax.Operation) -> tree.Tree:
        """A call of an operator."""
        operands = [self.typed(operand) for operand in node.operands]
        return self.call(node.name, operands, node, node.precision)

    def if_(self, node: syntax.If) -> tree.Tree:
        """A condition, its results brought to one type."""
        condition = self.condition(node.condition)
        yes, no = self.typed(node.yes), self.typed(node.no)
        kind = common_or_choice([yes.type, no.type])
        return tree.If(kind, node.start, node.end, condition, self.convert(yes, kind), self.convert(no, kind))

    def case(self, node: syntax.Case) -> tree.Tree:
        """A chain of conditions."""
        comparand = None if node.comparand is None else self.typed(node.comparand)
        pairs = []
        for when, then in node.items:
            condition = (
                self.condition(when)
                if comparand is None
                else self.call("Equal", [comparand, self.typed(when)], when, None)
            )
            pairs.append((condition, self.typed(then)))
        otherwise = self.typed(node.otherwise)
        kind = common_or_choice([*(then.type for _, then in pairs), otherwise.type])
        result: tree.Tree = self.convert(otherwise, kind)
        for condition, value in reversed(pairs):
            result = tree.If(kind, node.start, node.end, condition, self.convert(value, kind), result)
        return result

    def condition(self, node: syntax.Node) -> tree.Tree:
        """An expression that must be Boolean."""
        return self.expect(self.typed(node), BOOLEAN, node)

    def interval(self, node: syntax.IntervalSelector) -> tree.Tree:
        """An interval, its bounds brought to one type of points."""
        low, high = self.typed(node.low), self.typed(node.high)
        point = common(low.type, high.type)
        if point is None or (point is not NOTHING and not _is_point(point)):
            raise self.error(f"an interval from {low.type} to {high.type} cannot be made", node)
        low, high = self.convert(low, point), self.convert(high, point)
        kind = IntervalType(point)
        return tree.MakeInterval(kind, node.start, node.end, low, high, node.low_closed, node.high_closed)

    def list_(self, node: syntax.ListSelector) -> tree.Tree:
        """A list; a constant one where every element is."""
        elements = [self.typed(element) for element in node.elements]
        kind = self.type(node.type) if node.type else common_or_choice([element.type for element in elements])
        converted = tuple(
            self.expect(element, kind, written) for element, written in zip(elements, node.elements, strict=True)
        )
        if converted and all(isinstance(one, tree.Constant) for one in converted):
            values = tuple(one.value for one in converted if isinstance(one, tree.Constant))
            if not any(map(self.needs_offset, values)):
                return tree.Constant(ListType(kind), node.start, node.end, values)
        return tree.MakeList(ListType(kind), node.start, node.end, converted)

    def tuple_(self, node: syntax.TupleSelector) -> tree.Tree:
        """A tuple, or a quantity or ratio written as an instance."""
        elements = [(name, self.typed(value)) for name, value in node.elements]
        kind: Type = TupleType.of({name: value.type for name, value in elements})
        if node.type is not None:
            kind = self.type(node.type)
            wanted = _INSTANCES.get(kind)
            if wanted is None or not {name for name, _ in elements} <= set(wanted):
                raise self.unsupported(f"an instance of {node.type.name}", node)
            elements = [(name, self.expect(value, wanted[name], node)) for name, value in elements]
        return tree.MakeTuple(kind, node.start, node.end, tuple(elements))

    def type_operation(self, node: syntax.TypeOperation) -> tree.Tree:
        """`is`, `as`, `cast` and `convert`."""
        operand = self.typed(node.operand)
        target = self.type(node.type)
        if node.kind == "is":
            return tree.Is(BOOLEAN, node.start, node.end, operand, target)
        if node.kind == "convert":
            if operand.type == target:
                return operand
            found = resolve(f"To{target}", (operand.type,))
            if found is None and operand.type is not NOTHING:
                raise self.error(f"{operand.type} cannot be converted to {target}", node)
            return self.call(f"To{target}", [operand], node, None)
        if is_boundless(operand) and isinstance(target, IntervalType) and target.point is not ANY:
            return self.bounded(operand, target)
        return tree.As(target, node.start, node.end, operand, node.kind == "cast")

    def extent(self, node: syntax.Extent) -> tree.Tree:
        """`minimum` and `maximum` of a type."""
        kind = self.type(node.type)
        if kind not in EXTENTS:
            raise self.error(f"{kind} has no {node.kind}", node)
        return tree.Constant(kind, node.start, node.end, EXTENTS[kind][node.kind == "maximum"])


_INSTANCES: Final[dict[Type, dict[str, Type]]] = {
    QUANTITY: {"value": DECIMAL, "unit": STRING},
    RATIO: {"numerator": QUANTITY, "denominator": QUANTITY},
}


def _is_point(kind: Type) -> bool:
    return kind in EXTENTS


_CHECKS: Final[dict[type, Callable[[Checker, Any], tree.Tree]]] = {
    syntax.Literal: Checker.literal,
    syntax.Name: Checker.name,
    syntax.Member: Checker.member,
    syntax.Invocation: Checker.invocation,
    syntax.Operation: Checker.operation,
    syntax.TypeOperation: Checker.type_operation,
    syntax.Extent: Checker.extent,
    syntax.Timing: Checker.timing,
    syntax.If: Checker.if_,
    syntax.Case: Checker.case,
    syntax.IntervalSelector: Checker.interval,
    syntax.ListSelector: Checker.list_,
    syntax.TupleSelector: Checker.tuple_,
    syntax.Query: Checker.query,
}


def check(environment: Environment, code: Code, *, scope: str | None = None, expected: Type | None = None) -> Checked:
    """Read and check an expression. Raises `CqlError`."""
    node = parse(code.text, code.origin)
    checker = Checker(environment, code, scope)
    typed = checker.typed(node)
    if expected is not None:
        typed = checker.expect(typed, expected, node)
    shared = checker.shared
    return Checked(typed, frozenset(shared.parameters), frozenset(shared.definitions), shared.slots)
