"""From the typed tree to closures.

A closure takes a frame: the state, the record, the trace, and then the variables. What can be decided by the static
types is decided here, once. With reasons, closures leave entries on the trace (`state.AtomEntry`) and prune them as
three-valued logic decides: of a false conjunction only what was false stays, of an unknown one only what was unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import calendar, tree
from precise_cal.engine.cql.compile_calls import CallCompiler
from precise_cal.engine.cql.compile_queries import QueryCompiler
from precise_cal.engine.cql.compile_shared import quietly_shared, shared_call, told_shared
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.points import end, start
from precise_cal.engine.cql.types import (
    ANY,
    BOOLEAN,
    DATE_TIME,
    NOTHING,
    QUANTITY,
    RATIO,
    ChoiceType,
    ClassType,
    IntervalType,
    ListType,
    TupleType,
    Type,
)
from precise_cal.engine.cql.values import Interval, Ratio, Tuple
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.engine.cql.environment import Compiled

    Closure = Callable[[list[Any]], Any]


class Compiler(CallCompiler, QueryCompiler):
    """Makes the closure of one expression or definition."""

    def closure(self, typed: tree.Tree, *, logical: bool = False, negated: bool = False) -> Closure:
        """The closure of a tree.

        Args:
            typed: the tree.
            logical: whether it stands where its Boolean value decides a rule, so that it leaves atoms behind.
            negated: whether it stands behind `not`.
        """
        return _CLOSURES[type(typed)](self, typed, logical and self.reasons, negated)

    def constant(self, typed: tree.Constant, logical: bool, negated: bool) -> Closure:
        """A value; a date-time without offset takes that of the evaluation."""
        value = typed.value
        if isinstance(value, DateTime) and value.offset_minutes is None:
            return lambda frame: calendar.ensure_offset(value, frame[0].utc_offset_minutes)
        return lambda _frame: value

    def context(self, typed: tree.Context, logical: bool, negated: bool) -> Closure:
        """The record."""
        return lambda frame: frame[1]

    def scope(self, typed: tree.Scope, logical: bool, negated: bool) -> Closure:
        """The value of the scope variable."""
        name = typed.name
        return lambda frame: frame[0].scopes[name]

    def variable(self, typed: tree.Variable, logical: bool, negated: bool) -> Closure:
        """The value in a slot of the frame."""
        slot = typed.slot
        self.slots_read.add(slot)
        return lambda frame: frame[slot]

    def definition(self, typed: tree.Definition, logical: bool, negated: bool) -> Closure:
        """The value is computed once for a record, or for each item of a scope; its entries are told again."""
        compiled = self.compiled.environment.definition(typed.name)
        reasons = self.reasons
        function = compiled.function(reasons=reasons)
        scope, name, slots = compiled.scope, typed.name, compiled.slots

        def run(frame: list[Any]) -> Any:
            state = frame[0]
            key = name if scope is None else (name, id(state.scopes[scope]))
            hit = state.memo.get(key)
            if hit is None and not reasons:
                hit = state.quiet_memo.get(key)
            if hit is None:
                entries: list[Any] | None = [] if reasons else None
                value = function([state, frame[1], entries, *[None] * slots])
                hit = (value, tuple(entries or ()))
                (state.memo if reasons else state.quiet_memo)[key] = hit
            if hit[1] and reasons:
                frame[2].extend(hit[1])
            return hit[0]

        return run

    def property(self, typed: tree.Property, logical: bool, negated: bool) -> Closure:
        """A property that is read; an atom where it stands for itself."""
        inner = self._property(typed)
        return self.atom(typed, inner, ("true", "false"), negated=negated) if logical else inner

    def _property(self, typed: tree.Property) -> Closure:
        """Reads a property. A part of the record that is there needs no reason: what is read of it tells."""
        element, read = typed.element, typed.element.read
        if typed.type is DATE_TIME:
            return self._instant(typed, _instant_reader(read))
        if not self.reasons:
            return _quiet_property(self.closure(typed.source), read)
        if isinstance(typed.type, ClassType):
            return _part_property(self.closure(typed.source), element, read)
        if isinstance(typed.source, tree.Variable):
            self.slots_read.add(typed.source.slot)
            return _variable_property(typed.source.slot, element, read)
        return _told_property(self.closure(typed.source), element, read)

    def _instant(self, typed: tree.Property, read: Callable[[Any, int], Any]) -> Closure:
        source, element, reasons = self.closure(typed.source), typed.element, self.reasons

        def run(frame: list[Any]) -> Any:
            owner = source(frame)
            if owner is None:
                return None
            value = read(owner, frame[0].utc_offset_minutes)
            if reasons:
                frame[2].append((owner, element, value))
            return value

        return run

    def part(self, typed: tree.Part, logical: bool, negated: bool) -> Closure:
        """An element of a value."""
        source = self.closure(typed.source)
        read = _PARTS.get(typed.name) if not isinstance(typed.source.type, TupleType) else None
        name = typed.name
        if read is None:

            def read(value: Any) -> Any:
                return value.elements.get(name)

        def run(frame: list[Any]) -> Any:
            value = source(frame)
            return None if value is None else read(value)

        return run

    def as_(self, typed: tree.As, logical: bool, negated: bool) -> Closure:
        """A cast."""
        operand, kind, strict = self.closure(typed.operand), typed.type, typed.strict

        def run(frame: list[Any]) -> Any:
            value = operand(frame)
            if value is None or is_of(value, kind):
                return value
            if strict:
                raise EvaluationError(f"the value is not of type {kind}")
            return None

        return run

    def is_(self, typed: tree.Is, logical: bool, negated: bool) -> Closure:
        """A test of the type."""
        operand, target = self.closure(typed.operand), typed.target

        def run(frame: list[Any]) -> Any:
            value = operand(frame)
            return value is not None and is_of(value, target)

        return self.atom(typed, run, (f"a {target}", f"no {target}"), negated=negated) if logical else run

    def convert(self, typed: tree.Convert, logical: bool, negated: bool) -> Closure:
        """An implicit conversion."""
        operand = self.closure(typed.operand)
        change = converter(typed.operand.type, typed.type)

        def run(frame: list[Any]) -> Any:
            value = operand(frame)
            return None if value is None else change(value)

        return run

    def inlined(self, typed: tree.Inlined, logical: bool, negated: bool) -> Closure:
        """The body of a function, its places told in the text of the function."""
        outer, self.code = self.code, typed.code
        try:
            body = self.closure(typed.body, logical=logical, negated=negated)
        finally:
            self.code = outer
        call = shared_call(typed)
        if call is None:
            return body
        quiet = self._number(call.form)
        if not self.reasons:
            return quietly_shared(call, quiet, body)
        return told_shared(call, self._number((*call.form, logical, negated)), quiet, body)

    def _number(self, form: tuple[Any, ...]) -> int:
        """A number for the form of a call, the same in every expression of the environment."""
        numbers: dict[tuple[Any, ...], int] = self.compiled.environment.cache.setdefault("calls", {})
        return numbers.setdefault(form, len(numbers))

    def let(self, typed: tree.Let, logical: bool, negated: bool) -> Closure:
        """Values bound to slots before the body runs."""
        bindings = [(variable.slot, self.closure(value)) for variable, value in typed.bindings]
        body = self.closure(typed.body, logical=logical, negated=negated)

        def run(frame: list[Any]) -> Any:
            for slot, value in bindings:
                frame[slot] = value(frame)
            return body(frame)

        return run

    def if_(self, typed: tree.If, logical: bool, negated: bool) -> Closure:
        """A chain of conditions. A literal result is explained by its condition, any other one by itself."""
        chain, last = [], typed
        while True:
            denies = isinstance(last.yes, tree.Constant) and last.yes.value is False
            condition = self.closure(last.condition, logical=logical, negated=negated is not denies)
            yes = self.closure(last.yes, logical=logical, negated=negated)
            chain.append((condition, yes, isinstance(last.yes, tree.Constant)))
            if not isinstance(last.no, tree.If):
                break
            last = last.no
        otherwise = self.closure(last.no, logical=logical, negated=negated)
        if not logical:
            return _plain_chain([(condition, yes) for condition, yes, _ in chain], otherwise)
        literal = isinstance(last.no, tree.Constant)
        if not literal and not any(is_literal for _, _, is_literal in chain):
            quiet = [(self.quietly(one), yes) for one, (_, yes, _) in zip(_conditions(typed), chain, strict=True)]
            return _plain_chain(quiet, otherwise)
        return _explained_chain(chain, otherwise, literal=literal)

    def quietly(self, typed: tree.Tree) -> Closure:
        """The closure without reasons, of a part whose reasons nobody needs."""
        reasons, self.reasons = self.reasons, False
        try:
            return self.closure(typed)
        finally:
            self.reasons = reasons

    def make_list(self, typed: tree.MakeList, logical: bool, negated: bool) -> Closure:
        """A list."""
        elements = [self.closure(element) for element in typed.elements]
        return lambda frame: tuple([element(frame) for element in elements])

    def make_tuple(self, typed: tree.MakeTuple, logical: bool, negated: bool) -> Closure:
        """A tuple, quantity or ratio."""
        elements = [(name, self.closure(value)) for name, value in typed.elements]
        build = _BUILDERS.get(typed.type, Tuple)
        return lambda frame: build({name: value(frame) for name, value in elements})

    def make_interval(self, typed: tree.MakeInterval, logical: bool, negated: bool) -> Closure:
        """An interval, made once where its bounds are constant."""
        low, high = self.closure(typed.low), self.closure(typed.high)
        low_closed, high_closed = typed.low_closed, typed.high_closed
        assert isinstance(typed.type, IntervalType)
        point = typed.type.point
        if isinstance(typed.low, tree.Constant) and isinstance(typed.high, tree.Constant) and point is not DATE_TIME:
            made = _interval(typed.low.value, typed.high.value, low_closed, high_closed, point)
            return lambda _frame: made
        return lambda frame: _interval(low(frame), high(frame), low_closed, high_closed, point)


def _instant_reader(read: Callable[[Any], Any]) -> Callable[[Any, int], Any]:
    def read_instant(owner: Any, offset: int) -> Any:
        value = read(owner)
        return value if value is None or value.offset_minutes is not None else calendar.ensure_offset(value, offset)

    return read_instant


def _quiet_property(source: Closure, read: Callable[[Any], Any]) -> Closure:
    def run(frame: list[Any]) -> Any:
        owner = source(frame)
        return None if owner is None else read(owner)

    return run


def _part_property(source: Closure, element: Any, read: Callable[[Any], Any]) -> Closure:
    def run(frame: list[Any]) -> Any:
        owner = source(frame)
        if owner is None:
            return None
        value = read(owner)
        if value is None:
            frame[2].append((owner, element, None))
        return value

    return run


def _variable_property(slot: int, element: Any, read: Callable[[Any], Any]) -> Closure:
    def run(frame: list[Any]) -> Any:
        owner = frame[slot]
        if owner is None:
            return None
        value = read(owner)
        frame[2].append((owner, element, value))
        return value

    return run


def _told_property(source: Closure, element: Any, read: Callable[[Any], Any]) -> Closure:
    def run(frame: list[Any]) -> Any:
        owner = source(frame)
        if owner is None:
            return None
        value = read(owner)
        frame[2].append((owner, element, value))
        return value

    return run


def _conditions(typed: tree.Tree) -> Iterator[tree.Tree]:
    while isinstance(typed, tree.If):
        yield typed.condition
        typed = typed.no


def _plain_chain(chain: list[tuple[Closure, Closure]], otherwise: Closure) -> Closure:
    def run(frame: list[Any]) -> Any:
        for condition, yes in chain:
            if condition(frame) is True:
                return yes(frame)
        return otherwise(frame)

    return run


def _explained_chain(chain: list[tuple[Closure, Closure, bool]], otherwise: Closure, *, literal: bool) -> Closure:
    def run(frame: list[Any]) -> Any:
        trace = frame[2]
        first = len(trace)
        open_entries: list[Any] = []
        for condition, yes, is_literal in chain:
            here = len(trace)
            answer = condition(frame)
            if answer is True:
                del trace[first : here if is_literal else len(trace)]
                return yes(frame)
            if answer is None:
                open_entries += trace[here:]
        if not literal:
            del trace[first:]
        elif open_entries:
            trace[first:] = open_entries
        return otherwise(frame)

    return run


def _interval(low: Any, high: Any, low_closed: bool, high_closed: bool, point: Type) -> Interval | None:
    """An interval. Raises `EvaluationError` where it would end before it starts; null where both bounds are Any."""
    from precise_cal.engine.cql.comparison import not_after

    if point is NOTHING:
        return None
    made = Interval(low, high, low_closed, high_closed, point)
    if low is not None and high is not None and not_after(start(made), end(made)) is False:
        raise EvaluationError(f"the interval from {low} to {high} ends before it starts")
    return made


def _quantity(elements: dict[str, Any]) -> Quantity | None:
    value = elements.get("value")
    return None if value is None else Quantity(value, elements.get("unit") or "1")


def _ratio(elements: dict[str, Any]) -> Ratio | None:
    numerator, denominator = elements.get("numerator"), elements.get("denominator")
    return None if numerator is None or denominator is None else Ratio(numerator, denominator)


_BUILDERS: Final[dict[Type, Callable[[dict[str, Any]], Any]]] = {QUANTITY: _quantity, RATIO: _ratio}
_PARTS: Final[dict[str, Callable[[Any], Any]]] = {
    "value": lambda quantity: quantity.value,
    "unit": lambda quantity: quantity.unit,
    "numerator": lambda ratio: ratio.numerator,
    "denominator": lambda ratio: ratio.denominator,
    "low": lambda interval: interval.low,
    "high": lambda interval: interval.high,
    "lowClosed": lambda interval: interval.low_closed,
    "highClosed": lambda interval: interval.high_closed,
}


def is_of(value: Any, kind: Type) -> bool:
    """Whether a runtime value is of a type."""
    from precise_cal.engine.cql.operators.conversion import _CLASSES

    if kind is ANY:
        return True
    if isinstance(kind, ChoiceType):
        return any(is_of(value, one) for one in kind.choices)
    if isinstance(kind, ListType):
        return isinstance(value, tuple) and all(one is None or is_of(one, kind.element) for one in value)
    if isinstance(kind, IntervalType):
        return isinstance(value, Interval) and all(
            one is None or is_of(one, kind.point) for one in (value.low, value.high)
        )
    if isinstance(kind, TupleType):
        return isinstance(value, Tuple) and set(value.elements) == {name for name, _ in kind.elements}
    if isinstance(kind, ClassType):
        return type(value).__name__ == kind.name
    expected = next((known for type_, known in _CLASSES.items() if type_ == kind), None)
    return type(value) is expected


def converter(source: Type, target: Type) -> Callable[[Any], Any]:
    """The implicit conversion of values of one type to another, inside lists, intervals and tuples too."""
    from precise_cal.engine.cql.resolve import resolve, widening

    if source == target or target is ANY:
        return _same
    if source is ANY or (isinstance(source, ChoiceType) and not isinstance(target, ChoiceType)):
        return lambda value: value if is_of(value, target) else None
    name = widening(source, target)
    if name is not None:
        found = resolve(name, (source,))
        assert found is not None
        function = found.overload.function
        return function if name != "ToDateTime" else lambda value: function(0, value)
    if isinstance(source, ListType) and isinstance(target, ListType):
        inner = converter(source.element, target.element)
        return lambda values: tuple([None if one is None else inner(one) for one in values])
    if isinstance(source, IntervalType) and isinstance(target, IntervalType):
        return _interval_converter(converter(source.point, target.point), target.point)
    if isinstance(source, TupleType) and isinstance(target, TupleType):
        changes = {name: converter(kind, target.element(name) or kind) for name, kind in source.elements}
        return lambda value: Tuple({n: None if v is None else changes[n](v) for n, v in value.elements.items()})
    return _same


def _interval_converter(inner: Callable[[Any], Any], point: Type) -> Callable[[Interval], Interval]:
    def convert(value: Interval) -> Interval:
        low = None if value.low is None else inner(value.low)
        high = None if value.high is None else inner(value.high)
        return Interval(low, high, value.low_closed, value.high_closed, point)

    return convert


def _same(value: Any) -> Any:
    return value


_CLOSURES: Final[dict[type, Callable[[Compiler, Any, bool, bool], Closure]]] = {
    tree.Constant: Compiler.constant,
    tree.Context: Compiler.context,
    tree.Scope: Compiler.scope,
    tree.Variable: Compiler.variable,
    tree.Definition: Compiler.definition,
    tree.Property: Compiler.property,
    tree.Part: Compiler.part,
    tree.Call: Compiler.call,
    tree.As: Compiler.as_,
    tree.Is: Compiler.is_,
    tree.Convert: Compiler.convert,
    tree.Inlined: Compiler.inlined,
    tree.Let: Compiler.let,
    tree.If: Compiler.if_,
    tree.MakeList: Compiler.make_list,
    tree.MakeTuple: Compiler.make_tuple,
    tree.MakeInterval: Compiler.make_interval,
    tree.Query: Compiler.query,
}


def compile_tree(compiled: Compiled, *, reasons: bool) -> Closure:
    """The closure of a compiled expression; with reasons, a Boolean one leaves atoms on the trace."""
    compiler = Compiler(compiled, reasons=reasons)
    logical = reasons and compiled.tree.type in (BOOLEAN, NOTHING)
    return compiler.closure(compiled.tree, logical=logical)
