"""Syntax tree to typed tree: names, types, overloads, implicit conversions, constants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql import syntax
from precise_cal.engine.cql import tree as t
from precise_cal.engine.cql.checker_calls import CallChecker
from precise_cal.engine.cql.checker_queries import QueryChecker
from precise_cal.engine.cql.errors import did_you_mean
from precise_cal.engine.cql.parser import Parser
from precise_cal.engine.cql.types import (
    BOOLEAN,
    DECIMAL,
    QUANTITY,
    RATIO,
    STRING,
    ClassType,
    IntervalType,
    ListType,
    TupleType,
    Type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.cql.errors import Code
    from precise_cal.engine.cql.tree import Tree

_PARTS: Final[dict[Type, dict[str, Type]]] = {
    QUANTITY: {"value": DECIMAL, "unit": STRING},
    RATIO: {"numerator": QUANTITY, "denominator": QUANTITY},
}


class Checked(NamedTuple):
    """A checked expression: its tree, what it uses, and how many variables it binds."""

    tree: Tree
    parameters: frozenset[str]
    definitions: frozenset[str]
    slots: int


class Checker(CallChecker, QueryChecker):
    """Checks one text."""

    def check(self, node: syntax.Node) -> Tree:
        """The typed tree of a node. Raises `CqlError`."""
        return _CHECKS[type(node)](self, node)


    def _literal(self, node: syntax.Literal) -> Tree:
        return t.Constant(node.type, node.start, node.end, node.value)

    def _name(self, node: syntax.Name) -> Tree:
        found = self._find(node.name, node)
        if found is None:
            known = self._known_names()
            raise self.error(f'there is no "{node.name}"{did_you_mean(node.name, known)}', node.start)
        return found

    def _find(self, name: str, node: syntax.Node) -> Tree | None:
        for names in reversed(self.locals):
            if name in names:
                found = names[name]
                return t.Variable(found.type, node.start, node.end, found.name, found.slot)
            this = names.get("$this")
            if this is not None and (element := self._element(this, name, node)) is not None:
                return element
        env = self.env
        if name == self.scope and name in env.scopes:
            return t.Scope(env.scopes[name], node.start, node.end, name)
        if env.context is not None and name in env.context.elements:
            element = env.context.elements[name]
            source = t.Context(env.context, node.start, node.start)
            return t.Property(element.type, node.start, node.end, source, element)
        if name in env.parameters:
            return self._parameter(name, *env.parameters[name], node)
        return self._defined(name, node)

    def _parameter(self, path: str, kind: Type, value: Any, node: syntax.Node) -> Tree:
        if not isinstance(kind, TupleType):
            self.parameters.add(path)
        return t.Constant(kind, node.start, node.end, value, path)

    def _defined(self, name: str, node: syntax.Node) -> Tree | None:
        if not any(one.name == name for one in self.env.definitions):
            return None
        compiled = self.env.definition(name)
        if compiled.scope is not None and compiled.scope != self.scope:
            raise self.error(f'"{name}" is defined for each {compiled.scope}, which there is not here', node.start)
        self.parameters |= compiled.parameters
        self.definitions |= {name, *compiled.definitions}
        return t.Definition(compiled.type, node.start, node.end, name)

    def _known_names(self) -> list[str]:
        env = self.env
        names = [name for level in self.locals for name in level]
        names += [*env.parameters, *(one.name for one in env.definitions)]
        if env.context is not None:
            names += env.context.elements
        return names if self.scope is None else [*names, self.scope]

    def _member(self, node: syntax.Member) -> Tree:
        source = self.check(node.source)
        found = self._element(source, node.name, node)
        if found is not None:
            return found
        place = node.end - len(node.name)
        if isinstance(source.type, ListType):
            hint = "use a query: (list) alias return alias." + node.name
            raise self.unsupported(f'the property "{node.name}" of a list ({hint})', place)
        known = self._element_names(source.type)
        raise self.error(f'{source.type} has no "{node.name}"{did_you_mean(node.name, known)}', place)

    def _element(self, source: Tree, name: str, node: syntax.Node) -> Tree | None:
        kind = source.type
        if isinstance(kind, ClassType):
            element = kind.elements.get(name)
            return None if element is None else t.Property(element.type, node.start, node.end, source, element)
        part = self._part_type(kind, name)
        if part is None:
            return None
        if isinstance(source, t.Constant) and source.parameter is not None and isinstance(kind, TupleType):
            return self._parameter(f"{source.parameter}.{name}", part, source.value.elements[name], node)
        return t.Part(part, node.start, node.end, source, name)

    @staticmethod
    def _part_type(kind: Type, name: str) -> Type | None:
        if isinstance(kind, TupleType):
            return kind.element(name)
        if isinstance(kind, IntervalType):
            return {"low": kind.point, "high": kind.point, "lowClosed": BOOLEAN, "highClosed": BOOLEAN}.get(name)
        return _PARTS.get(kind, {}).get(name)

    @staticmethod
    def _element_names(kind: Type) -> list[str]:
        if isinstance(kind, ClassType):
            return list(kind.elements)
        return [name for name, _ in kind.elements] if isinstance(kind, TupleType) else list(_PARTS.get(kind, {}))

    def _if(self, node: syntax.If) -> Tree:
        condition = self.expect(self.check(node.condition), BOOLEAN)
        return self._choose(condition, self.check(node.yes), self.check(node.no), node)

    def _choose(self, condition: Tree, yes: Tree, no: Tree, node: syntax.Node) -> Tree:
        kind, (yes, no) = self.unify([yes, no])
        return t.If(kind, node.start, node.end, condition, yes, no)

    def _case(self, node: syntax.Case) -> Tree:
        if node.comparand is None:
            tests = [self.expect(self.check(condition), BOOLEAN) for condition, _ in node.items]
            return self._chain(tests, node)
        comparand = self.check(node.comparand)
        variable = self.variable(comparand, "case", node.comparand)
        seen = t.Variable(variable.type, comparand.start, comparand.end, "case", variable.slot)
        tests = [self.call("Equal", [seen, self.check(value)], value) for value, _ in node.items]
        body = self._chain(tests, node)
        return t.Let(body.type, node.start, node.end, ((variable, comparand),), body)

    def _chain(self, tests: list[Tree], node: syntax.Case) -> Tree:
        kind, values = self.unify([self.check(value) for _, value in node.items] + [self.check(node.otherwise)])
        *results, result = values
        for test, value in zip(reversed(tests), reversed(results), strict=True):
            result = t.If(kind, node.start, node.end, test, value, result)
        return result

    def _list(self, node: syntax.ListSelector) -> Tree:
        elements = [self.check(element) for element in node.elements]
        if node.type is not None:
            kind = self.type_of(node.type)
            elements = [self.expect(element, kind) for element in elements]
        else:
            kind, elements = self.unify(elements)
        return self.fold(t.MakeList(ListType(kind), node.start, node.end, tuple(elements)))

    def _tuple(self, node: syntax.TupleSelector) -> Tree:
        elements = {name: self.check(element) for name, element in node.elements}
        if node.type is not None:
            return self._instance(node, node.type, elements)
        kind = TupleType.of({name: element.type for name, element in elements.items()})
        return self.fold(t.MakeTuple(kind, node.start, node.end, tuple(elements.items())))

    def _instance(self, node: syntax.TupleSelector, name: syntax.TypeName, given: dict[str, Tree]) -> Tree:
        kind = self.type_of(name)
        wanted = _PARTS.get(kind)
        if wanted is None:
            raise self.unsupported(f"an instance of {kind}", node.start)
        for element in given:
            if element not in wanted:
                raise self.error(f'{kind} has no "{element}"{did_you_mean(element, wanted)}', given[element].start)
        missing = [element for element in wanted if element not in given]
        if missing:
            raise self.error(f'{kind} needs "{missing[0]}"', node.start)
        parts = tuple((element, self.expect(given[element], part)) for element, part in wanted.items())
        return self.fold(t.MakeTuple(kind, node.start, node.end, parts))

    def _interval(self, node: syntax.IntervalSelector) -> Tree:
        point, (low, high) = self.unify([self.check(node.low), self.check(node.high)])
        self.require_point(point, node)
        kind = IntervalType(point)
        made = t.MakeInterval(kind, node.start, node.end, low, high, node.low_closed, node.high_closed)
        return self.fold(made)


_CHECKS: Final[dict[type, Callable[[Checker, Any], Tree]]] = {
    syntax.Literal: Checker._literal,
    syntax.Name: Checker._name,
    syntax.Member: Checker._member,
    syntax.Invocation: Checker._invocation,
    syntax.Operation: Checker._operation,
    syntax.TypeOperation: Checker._type_operation,
    syntax.Extent: Checker._extent,
    syntax.Timing: Checker._timing,
    syntax.If: Checker._if,
    syntax.Case: Checker._case,
    syntax.IntervalSelector: Checker._interval,
    syntax.ListSelector: Checker._list,
    syntax.TupleSelector: Checker._tuple,
    syntax.Query: Checker._query,
}


def check(env: Environment, code: Code, *, scope: str | None = None, expected: Type | None = None) -> Checked:
    """The typed tree of an expression. Raises `CqlError` with the position of what is wrong."""
    checker = Checker(env, code, scope)
    tree = checker.check(Parser(code).whole())
    if expected is not None:
        tree = checker.expect(tree, expected)
    return Checked(tree, frozenset(checker.parameters), frozenset(checker.definitions), checker.slots[0])
