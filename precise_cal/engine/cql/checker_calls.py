"""The part of the checker that handles operators, functions, timing phrases and type operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql import syntax
from precise_cal.engine.cql import tree as t
from precise_cal.engine.cql.checker_base import BaseChecker
from precise_cal.engine.cql.errors import Code, did_you_mean
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.operators.arithmetic import extent
from precise_cal.engine.cql.operators.temporal import applies
from precise_cal.engine.cql.parser import Parser
from precise_cal.engine.cql.quantities import calendar_unit
from precise_cal.engine.cql.resolve import cost, resolve
from precise_cal.engine.cql.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_TIME,
    NOTHING,
    TIME,
    ChoiceType,
    IntervalType,
    ListType,
    Type,
    plain,
)
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from precise_cal.engine.cql.tree import Tree

_OPERATORS_ONLY: Final = frozenset({"ComponentFrom", "Plus", "ProperlyBetween"})
_REFUSED: Final = frozenset(
    """Children Descendants Descendents Code ToConcept ToCode ExpandValueSet InValueSet InCodeSystem AnyInValueSet
    AnyInCodeSystem Repeat Filter ForEach GetPatient""".split()
)
_KINDS: Final[dict[Type, type]] = {DATE: Date, DATE_TIME: DateTime, TIME: Time}


class CallChecker(BaseChecker):
    """Checks what is applied to operands."""

    def _operation(self, node: syntax.Operation) -> Tree:
        operands = [self.check(operand) for operand in node.operands]
        return self.applied(node.name, operands, node, node.precision)

    def applied(self, name: str, operands: list[Tree], node: syntax.Node, precision: str | None = None) -> Tree:
        """An operator; a precision has to mean something for the operands."""
        if precision is not None:
            self._check_precision(name, precision, operands, node)
        return self.call(name, operands, node, precision)

    def _check_precision(self, name: str, precision: str, operands: list[Tree], node: syntax.Node) -> None:
        found = resolve(name, tuple(operand.type for operand in operands))
        if found is None:
            return
        kinds = {_innermost(kind) for kind in found.operands} - {ANY, NOTHING}
        for kind in kinds:
            if kind not in _KINDS:
                raise self.error(f"a precision ({precision}) means nothing for {kind}", node.start)
            spanning = name.startswith(("Duration", "Difference"))
            if not applies(precision, _KINDS[kind]) or (precision == "week" and not spanning):
                raise self.error(f"the precision {precision} cannot be used with {kind}", node.start)

    def _invocation(self, node: syntax.Invocation) -> Tree:
        name = node.name
        if any(one.name == name for one in self.env.functions):
            return self._inline(node)
        if name in _REFUSED:
            raise self.unsupported(f"the function {name}", node.start)
        if name not in OPERATORS or name in _OPERATORS_ONLY or name.startswith("Within"):
            return self._age(node)
        return self.applied(name, [self.check(argument) for argument in node.arguments], node)

    def _age(self, node: syntax.Invocation) -> Tree:
        """`AgeInYearsAt(date)`, `AgeInYears()`, `CalculateAgeInYears(birth date)` by `CalculateAgeInYearsAt`."""
        base = f"Calculate{node.name.removeprefix('Calculate').removesuffix('At')}At"
        if not base.startswith("CalculateAgeIn") or base not in OPERATORS:
            known = [*OPERATORS, *(one.name for one in self.env.functions), *_REFUSED]
            raise self.error(f'there is no function "{node.name}"{did_you_mean(node.name, known)}', node.start)
        operands = [self.check(argument) for argument in node.arguments]
        if not node.name.startswith("Calculate"):
            operands.insert(0, self._birth_date(node))
        if not node.name.endswith("At"):
            fine = base in {"CalculateAgeInHoursAt", "CalculateAgeInMinutesAt", "CalculateAgeInSecondsAt"}
            operands.append(self.call("Now" if fine else "Today", [], node))
        return self.call(base, operands, node)

    def _birth_date(self, node: syntax.Invocation) -> Tree:
        path = self.env.birth_date
        if path is None:
            raise self.error(f"{node.name} needs a birth date, and none is declared here", node.start)
        found: syntax.Node | None = None
        for name in path.split("."):
            found = (
                syntax.Name(node.start, node.end, name)
                if found is None
                else syntax.Member(node.start, node.end, found, name)
            )
        assert found is not None
        return self.check(found)

    def _inline(self, node: syntax.Invocation) -> Tree:
        """A declared function: its body, its operands bound to the arguments."""
        function = next(
            (f for f in self.env.functions if f.name == node.name and len(f.operands) == len(node.arguments)), None
        )
        if function is None:
            raise self.error(f"{node.name} does not take {len(node.arguments)} operands", node.start)
        if node.name in self.inlining:
            cycle = " -> ".join([*self.inlining, node.name])
            raise self.error(f"the function refers to itself: {cycle}", node.start)
        if function.scope is not None and function.scope != self.scope:
            raise self.error(f'"{node.name}" is defined for each {function.scope}, which there is not here', node.start)
        body = self._body(Code(function.text, function.origin), node.name)
        bindings = []
        for (name, type_text), argument in zip(function.operands, node.arguments, strict=True):
            kind = self.type_of(Parser(Code(type_text, function.origin)).type_name())
            value = self.expect(self.check(argument), kind)
            bindings.append((self.variable(value, name, argument, kind), value))
        body.locals.append({variable.name: variable for variable, _ in bindings})
        tree = body.check(Parser(body.code).whole())
        return t.Let(tree.type, node.start, node.end, tuple(bindings), tree, body.code)

    def _body(self, code: Code, name: str) -> CallChecker:
        body = type(self)(self.env, code, self.scope)
        body.parameters, body.definitions, body.slots = self.parameters, self.definitions, self.slots
        body.inlining = (*self.inlining, name)
        return body

    def _extent(self, node: syntax.Extent) -> Tree:
        kind = self.type_of(node.type)
        value = extent(kind, 0 if node.kind == "minimum" else 1)
        if value is None:
            raise self.error(f"{kind} has no {node.kind}", node.start)
        return t.Constant(kind, node.start, node.end, value)

    def _type_operation(self, node: syntax.TypeOperation) -> Tree:
        operand, kind = self.check(node.operand), self.type_of(node.type)
        if node.kind == "convert":
            return self._conversion(operand, kind, node)
        if node.kind == "is":
            return t.Is(BOOLEAN, node.start, node.end, operand, kind)
        if not _castable(plain(operand.type), kind):
            hint = f"; use convert … to {kind}" if cost(operand.type, kind) is not None else ""
            raise self.error(f"{operand.type} can never be {kind}{hint}", node.start)
        if plain(operand.type) == kind:
            return operand
        if isinstance(operand, t.Constant) and operand.value is None:
            return t.Constant(kind, node.start, node.end, None)
        return t.As(kind, node.start, node.end, operand, strict=node.kind == "cast")

    def _conversion(self, operand: Tree, kind: Type, node: syntax.TypeOperation) -> Tree:
        if plain(operand.type) == kind or operand.type is NOTHING:
            return self.convert(operand, kind)
        found = resolve(f"To{kind}", (plain(operand.type),))
        if found is None:
            raise self.error(f"there is no conversion from {operand.type} to {kind}", node.start)
        return self.call(f"To{kind}", [operand], node)

    def _timing(self, node: syntax.Timing) -> Tree:
        left = self._edge(self.check(node.left), node.left_edge)
        right = self._edge(self.check(node.right), node.right_edge)
        if node.offset is None:
            return self.applied(node.relation, [left, right], node, node.precision)
        if calendar_unit(node.offset.quantity.value.unit) is None:
            raise self.error(f"{node.offset.quantity.value} is not a calendar duration", node.offset.quantity.start)
        if node.relation == "Within":
            return self._within(node, left, right)
        return self._offset(node, left, right)

    def _edge(self, tree: Tree, edge: str | None) -> Tree:
        """`start of` or `end of` an interval."""
        if edge is None:
            return tree
        if not isinstance(tree.type, IntervalType):
            raise self.error(f"only an interval has a{'n end' if edge == 'end' else ' start'}, not {tree.type}", tree.start)
        return self.call(edge.capitalize(), [tree], tree)

    def _boundary(self, tree: Tree, edge: str) -> Tree:
        """The edge of an interval; a point as it is."""
        return self._edge(tree, edge) if isinstance(tree.type, IntervalType) else tree

    def _within(self, node: syntax.Timing, left: Tree, right: Tree) -> Tree:
        """`within 3 days of`: from three days before the start to three days after the end."""
        assert node.offset is not None
        quantity = self.check(node.offset.quantity)
        low = self.call("Subtract", [self._boundary(right, "start"), quantity], node)
        high = self.call("Add", [self._boundary(right, "end"), quantity], node)
        name = "WithinOpen" if node.properly else "WithinClosed"
        if not isinstance(left.type, IntervalType):
            return self.applied(name, [left, low, high], node)
        both = [self.applied(name, [self._edge(left, edge), low, high], node) for edge in ("start", "end")]
        return self.call("And", both, node)

    def _offset(self, node: syntax.Timing, left: Tree, right: Tree) -> Tree:
        """`3 days or more before`: the relation to a point that lies so far from the right side (2.7)."""
        assert node.offset is not None
        before, bound = node.relation.endswith("Before"), node.offset.bound
        point = self._boundary(left, "end" if before else "start")
        other = self._boundary(right, "start" if before else "end")
        limit = self.call("Subtract" if before else "Add", [other, self.check(node.offset.quantity)], node)
        if bound in {"exactly", "or more", "more than"}:
            side = "Before" if before else "After"
            name = {"exactly": "SameAs", "or more": f"SameOr{side}", "more than": side}[bound]
            return self.applied(name, [point, limit], node, node.precision)
        ends = ("Closed" if bound == "or less" else "Open", "Closed" if node.relation.startswith("Same") else "Open")
        low, high = (limit, other) if before else (other, limit)
        low_end, high_end = ends if before else ends[::-1]
        name = f"Within{low_end}" if low_end == high_end else f"Within{low_end}{high_end}"
        return self.applied(name, [point, low, high], node, node.precision)


def _innermost(kind: Type) -> Type:
    if isinstance(kind, IntervalType):
        return _innermost(kind.point)
    return _innermost(kind.element) if isinstance(kind, ListType) else kind


def _castable(source: Type, target: Type) -> bool:
    """Whether a value of the one type may be of the other."""
    if source == target or ANY in (source, target) or source is NOTHING:
        return True
    if isinstance(source, ChoiceType):
        return any(_castable(member, target) for member in source.choices)
    if isinstance(target, ChoiceType):
        return any(_castable(source, member) for member in target.choices)
    if isinstance(source, ListType) and isinstance(target, ListType):
        return _castable(source.element, target.element)
    if isinstance(source, IntervalType) and isinstance(target, IntervalType):
        return _castable(source.point, target.point)
    return False


