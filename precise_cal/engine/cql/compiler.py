"""Typed tree to closures: values, without reasons or recording what is read.

A closure takes a frame, a list: the state, the record, the trace (None where reasons are not collected), and the
variables. `compiler_logic` adds the logic of reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree as t
from precise_cal.engine.cql.compiler_calls import call
from precise_cal.engine.cql.compiler_logic import LogicCompiler
from precise_cal.engine.cql.compiler_queries import QueryCompiler
from precise_cal.engine.cql.conversions import converter, narrower, tester, with_offset
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.folding import holds_instants
from precise_cal.engine.cql.frame import FIRST_SLOT, Closure, Frame
from precise_cal.engine.cql.making import make_interval, make_tuple
from precise_cal.engine.cql.types import BOOLEAN, DATE_TIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.tree import Tree


class Compiler(QueryCompiler, LogicCompiler):
    """Compiles the trees of one text."""

    def value(self, tree: Tree) -> Closure:
        """The closure of a tree in value position: no atoms, only what is read."""
        return _VALUES[type(tree)](self, tree)

    def _constant(self, tree: t.Constant) -> Closure:
        value = tree.value
        if holds_instants(tree.type) and value is not None:
            return self._instant(tree)
        return lambda _: value

    def _instant(self, tree: t.Constant) -> Closure:
        value = tree.value
        if type(value) is tuple:
            return lambda f: tuple(with_offset(f[0].utc_offset_minutes, part) for part in value)
        return lambda f: with_offset(f[0].utc_offset_minutes, value)

    def _context(self, _tree: t.Context) -> Closure:
        return lambda f: f[1]

    def _scope(self, tree: t.Scope) -> Closure:
        name = tree.name
        return lambda f: f[0].scopes.get(name)

    def _variable(self, tree: t.Variable) -> Closure:
        place = tree.slot + FIRST_SLOT
        if tree.slot not in self.captured:
            return lambda f: f[place]

        def replay(f: Frame) -> Any:
            value, entries = f[place]
            f[2].extend(entries)
            return value

        return replay

    def _property(self, tree: t.Property) -> Closure:
        element, read = tree.element, tree.element.read
        source = self.value(tree.source)
        instant = tree.type is DATE_TIME
        if self.reasons:
            return _recorded(source, element, instant=instant)
        if isinstance(tree.source, t.Context) and not instant:
            return lambda f: read(f[1])

        def fetch(f: Frame) -> Any:
            owner = source(f)
            return None if owner is None else read(owner)

        if not instant:
            return fetch
        return lambda f: with_offset(f[0].utc_offset_minutes, fetch(f))

    def _part(self, tree: t.Part) -> Closure:
        source, name = self.value(tree.source), _PART_NAMES.get(tree.name, tree.name)

        def fetch(f: Frame) -> Any:
            value = source(f)
            if value is None:
                return None
            elements = getattr(value, "elements", None)
            return getattr(value, name) if elements is None else elements[tree.name]

        return fetch

    def _call(self, tree: t.Call) -> Closure:
        return call(tree, [self.value(operand) for operand in tree.operands])

    def _convert(self, tree: t.Convert) -> Closure:
        operand = self.value(tree.operand)
        convert = converter(tree.operand.type, tree.type)
        if convert is None:
            return operand
        return lambda f: convert(f[0].utc_offset_minutes, operand(f))

    def _as(self, tree: t.As) -> Closure:
        operand, narrow = self.value(tree.operand), narrower(tree.type)

        def cast(f: Frame) -> Any:
            value = operand(f)
            narrowed = narrow(0, value)
            if tree.strict and value is not None and narrowed is None:
                raise EvaluationError(f"the value is not of the type {tree.type}")
            return narrowed

        return cast

    def _is(self, tree: t.Is) -> Closure:
        operand, test = self.value(tree.operand), tester(tree.target)

        def check(f: Frame) -> bool:
            value = operand(f)
            return value is not None and test(value)

        return check

    def _if(self, tree: t.If) -> Closure:
        condition, yes, no = self.value(tree.condition), self.value(tree.yes), self.value(tree.no)
        return lambda f: yes(f) if condition(f) else no(f)

    def _let(self, tree: t.Let) -> Closure:
        return self.let(tree, self.value)

    def _list(self, tree: t.MakeList) -> Closure:
        parts = [self.value(element) for element in tree.elements]
        return lambda f: tuple([part(f) for part in parts])

    def _tuple(self, tree: t.MakeTuple) -> Closure:
        parts = [self.value(element) for _, element in tree.elements]
        return lambda f: make_tuple(tree, [part(f) for part in parts])

    def _interval(self, tree: t.MakeInterval) -> Closure:
        low, high = self.value(tree.low), self.value(tree.high)
        return lambda f: make_interval(tree, low(f), high(f))

    def _definition(self, tree: t.Definition) -> Closure:
        compiled = self.environment.definition(tree.name)
        name, scope, reasons = tree.name, compiled.scope, self.reasons

        def evaluate(f: Frame) -> Any:
            state = f[0]
            value = None if scope is None else state.scopes.get(scope)
            key = (name, reasons, value if isinstance(value, str) else id(value))
            known = state.memo.get(key)
            if known is None:
                mark = len(f[2]) if reasons else 0
                result = compiled.run(state)
                known = state.memo[key] = (result, tuple(f[2][mark:]) if reasons else ())
            elif reasons:
                f[2].extend(known[1])
            return known[0]

        return evaluate


_PART_NAMES: Final = {"lowClosed": "low_closed", "highClosed": "high_closed"}


def _recorded(source: Closure, element: Any, *, instant: bool) -> Closure:
    """A property that records that it was read."""
    read = element.read

    def fetch(f: Frame) -> Any:
        owner = source(f)
        if owner is None:
            return None
        value = read(owner)
        if instant:
            value = with_offset(f[0].utc_offset_minutes, value)
        f[2].append((owner, element, value))
        return value

    return fetch


_VALUES: Final[dict[type, Callable[[Compiler, Any], Closure]]] = {
    t.Constant: Compiler._constant,
    t.Context: Compiler._context,
    t.Scope: Compiler._scope,
    t.Variable: Compiler._variable,
    t.Property: Compiler._property,
    t.Part: Compiler._part,
    t.Call: Compiler._call,
    t.Convert: Compiler._convert,
    t.As: Compiler._as,
    t.Is: Compiler._is,
    t.If: Compiler._if,
    t.Let: Compiler._let,
    t.MakeList: Compiler._list,
    t.MakeTuple: Compiler._tuple,
    t.MakeInterval: Compiler._interval,
    t.Definition: Compiler._definition,
    t.Query: Compiler._query,
}


def compile_tree(compiled: Compiled, *, reasons: bool) -> Closure:
    """The closure of a compiled expression; with `reasons` it fills the trace of its frame."""
    compiler = Compiler(compiled.environment, compiled.code, compiled.name, reasons=reasons)
    if reasons and compiled.tree.type is BOOLEAN:
        return compiler.logic(compiled.tree)
    return compiler.value(compiled.tree)
