"""The typed tree in Z3: three-valued, with partial dates and units; lists are written out item by item."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.assurance.days import DOUBT, Calendar, Day, Instant, instant_of
from precise_cal.assurance.logic import both, either, is_known, no
from precise_cal.assurance.operators import OPERATORS
from precise_cal.assurance.symbols import (
    NO,
    NULL,
    YES,
    Amount,
    Listed,
    Null,
    Number,
    Parts,
    Range,
    Text,
    UntranslatedError,
    Whole,
    chosen,
    exactly,
    truth,
)
from precise_cal.engine.cql import tree
from precise_cal.engine.cql.compile import compile_definition
from precise_cal.engine.cql.operators.overload import Binding
from precise_cal.engine.cql.state import State
from precise_cal.engine.cql.values import Tuple
from precise_cal.protocol.components import Precision
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from precise_cal.assurance.logic import Bit
    from precise_cal.engine.cql.environment import Compiled, Environment


_OF_TEXT: Final = frozenset({"ReplaceMatches", "ToDecimal"})
"""Operators that are evaluated where their operands are known."""


class Words:
    """Numbers for words, in the order in which they come up."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    def code(self, word: str) -> int:
        """The number of a word."""
        return self.codes.setdefault(word, len(self.codes))

    def word(self, code: int) -> str:
        """The word of a number; one that no rule knows is a word of its own, which an identifier may be as well."""
        known = {number: word for word, number in self.codes.items()}
        return known.get(code, f"other-{code}")


class Translator:
    """Translates expressions over one record.

    Args:
        environment: the definitions and classes.
        record: the participant, as `records.given` or `records.sought` has it.
        now: the instant of evaluation; NULL where it is not known.
        words: the numbers of words.
        calendar: what makes dates.
        offset: of the study, in minutes from UTC.
    """

    def __init__(
        self, environment: Environment, record: Whole | Null, now: Any, words: Words, calendar: Calendar, offset: int
    ) -> None:
        self.environment = environment
        self.record = record
        self.now = now
        self.words = words
        self.calendar = calendar
        self.offset = offset
        self.scopes: Mapping[str, Any] = {}
        self._known: dict[tuple[str, int], Any] = {}

    def value(self, compiled: Compiled, scopes: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression. Raises `UntranslatedError`."""
        before, self.scopes = self.scopes, scopes or {}
        try:
            return self.of(compiled.tree, {})
        finally:
            self.scopes = before

    def of(self, node: tree.Tree, variables: dict[int, Any]) -> Any:
        """The value of a node. Raises `UntranslatedError`."""
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise UntranslatedError(type(node).__name__)
        return handler(self, node, variables)

    # ---- names ----

    def constant(self, value: Any) -> Any:
        """A plain value of the language. Raises `UntranslatedError` for a kind that has no translation."""
        if value is None or isinstance(value, bool):
            return NULL if value is None else YES if value else NO
        match value:
            case int():
                return Number(False, value, value)
            case Decimal():
                number = exactly(value)
                return Number(False, number, number)
            case str():
                return Text(False, self.words.code(value))
            case Quantity():
                return Amount(False, exactly(value.value), value.unit or "1")
            case DateTime():
                return self.instant(value)
            case Date():
                return self.day(value)
            case tuple():
                return Listed(False, tuple((True, self.constant(one)) for one in value))
            case Tuple():
                return Parts({name: self.constant(one) for name, one in value.elements.items()})
        raise UntranslatedError(f"the constant {value!r}")

    def day(self, value: Date | DateTime) -> Day:
        """A date that is known."""
        if value.precision == Precision.NOTHING:
            return Day(False, False, False, *DOUBT)
        has_month, has_day = value.month is not None, value.day is not None
        return self.calendar.stated(False, value.year, value.month or 1, value.day or 1, has_month, has_day)

    def instant(self, value: DateTime) -> Instant:
        """An instant that is known, on the clock of the study, which one that states no offset is told on already."""
        shift = 0 if value.offset_minutes is None else self.offset * 60_000
        if value.precision == Precision.NOTHING:
            return instant_of(self.day(value))
        first, last = value.span
        return Instant(self.day(value), value.hour is not None, first + shift, last + shift)

    def definition(self, node: tree.Definition) -> Any:
        """The value of a definition, of the item of its scope."""
        compiled = compile_definition(self.environment, node.name)
        item = self.scopes.get(compiled.scope) if compiled.scope else None
        key = node.name, id(item)
        if key not in self._known:
            self._known[key] = self.of(compiled.tree, {})
        return self._known[key]

    def element(self, node: tree.Property, variables: dict[int, Any]) -> Any:
        """An element of a part of the record."""
        source = self.of(node.source, variables)
        if isinstance(source, Null):
            return NULL
        if not isinstance(source, Whole):
            raise UntranslatedError(f".{node.element.name} of a {type(source).__name__}")
        return source.read(node.element.name)

    def part(self, node: tree.Part, variables: dict[int, Any]) -> Any:
        """An element of a tuple, or the number of a quantity."""
        source = self.of(node.source, variables)
        if isinstance(source, Parts):
            return source.elements[node.name]
        if isinstance(source, Amount) and node.name == "value":
            return Number(source.null, source.value, source.value)
        raise UntranslatedError(f".{node.name} of a {type(source).__name__}")

    def call(self, node: tree.Call, variables: dict[int, Any]) -> Any:
        """What an operator gives."""
        if node.name in ("Now", "Today"):
            if isinstance(self.now, Null) or node.name == "Now":
                return self.now
            return self.now.day
        if node.name == "ToDateTime" and node.operands and str(node.operands[0].type) == "Date":
            value = self.of(node.operands[0], variables)
            return value if isinstance(value, Null) else instant_of(value)
        given = [self.of(one, variables) for one in node.operands]
        operator = OPERATORS.get(node.name)
        return self._of_text(node, given) if operator is None else operator(self.calendar, given, node.precision)

    def _of_text(self, node: tree.Call, given: list[Any]) -> Any:
        """What an operator on texts gives that are known: the rule language's own function says it."""
        if node.name == "ToDecimal" and given and isinstance(given[0], Number):
            return given[0]
        if node.name not in _OF_TEXT:
            raise UntranslatedError(node.name)
        if any(isinstance(one, Null) or one.null is True for one in given):
            return NULL
        if not all(isinstance(one, Text) for one in given):
            raise UntranslatedError(f"{node.name} of a {type(given[0]).__name__}")
        if not all(one.null is False and is_known(one.code) for one in given):
            self.calendar.assumed.append(either(*(one.null for one in given)))  # a bound of proofs: it is not recorded
            return NULL
        before = [State()] if node.overload.binding in (Binding.BUDGET, Binding.STATE) else []
        return self.constant(node.overload.function(*before, *(self.words.word(one.code) for one in given)))

    def branch(self, node: tree.If, variables: dict[int, Any]) -> Any:
        """One of two values."""
        condition = truth(self.of(node.condition, variables))
        if condition.yes is True:
            return self.of(node.yes, variables)
        otherwise = self.of(node.no, variables)
        if condition.yes is False:
            return otherwise
        return chosen(self.calendar, condition.yes, self.of(node.yes, variables), otherwise)

    def let(self, node: tree.Let, variables: dict[int, Any]) -> Any:
        """A body whose variables are bound."""
        inner = dict(variables)
        for variable, bound in node.bindings:
            inner[variable.slot] = self.of(bound, inner)
        return self.of(node.body, inner)

    def interval(self, node: tree.MakeInterval, variables: dict[int, Any]) -> Any:
        """An interval."""
        low, high = self.of(node.low, variables), self.of(node.high, variables)
        return Range(low, high, node.low_closed, node.high_closed)

    # ---- queries ----

    def query(self, node: tree.Query, variables: dict[int, Any]) -> Any:
        """The value of a query."""
        if node.sort or (node.aggregate is not None and node.aggregate.distinct):
            raise UntranslatedError("sort" if node.sort else "aggregate distinct")
        sources = [self.of(one.tree, variables) for one in node.sources]
        if any(isinstance(one, Null) for one in sources):
            return NULL
        null = either(*(one.null for one in sources))
        rows = list(self._rows(node, sources, variables))
        if node.aggregate is not None:
            return self._aggregate(node.aggregate, null, rows, variables)
        items = tuple((there, self._returned(node, inner)) for there, inner in rows)
        if node.single:
            there, value = items[0]
            return chosen(self.calendar, both(there, no(null)), value, NULL)
        is_set = node.returning is not None and node.distinct
        return Listed(null, items, is_set or any(getattr(one, "is_set", False) for one in sources))

    def _returned(self, node: tree.Query, inner: dict[int, Any]) -> Any:
        if node.returning is not None:
            return self.of(node.returning, inner)
        if len(node.sources) > 1:
            raise UntranslatedError("a query of several lists without return")
        return inner[node.sources[0].variable.slot]

    def _rows(
        self, node: tree.Query, sources: list[Any], variables: dict[int, Any]
    ) -> Iterator[tuple[Bit, dict[int, Any]]]:
        rows: list[tuple[Bit, dict[int, Any]]] = [(True, dict(variables))]
        for one, value in zip(node.sources, sources, strict=True):
            items = [(True, value)] if one.single else list(_listed(value).items)
            rows = [
                (both(there, here), {**row, one.variable.slot: item}) for there, row in rows for here, item in items
            ]
        for there, row in rows:
            kept = there
            for variable, bound in node.lets:
                row[variable.slot] = self.of(bound, row)
            for relationship in node.relationships:
                kept = both(kept, self._related(relationship, row))
            if node.where is not None and kept is not False:
                kept = both(kept, truth(self.of(node.where, row)).yes)
            if kept is not False:
                yield kept, row

    def _related(self, relationship: tree.QueryRelationship, row: dict[int, Any]) -> Bit:
        source = self.of(relationship.source.tree, row)
        if isinstance(source, Null):
            return not relationship.present
        items = [(no(source.null), source)] if relationship.source.single else _listed(source).items
        found = [
            both(there, truth(self.of(relationship.condition, {**row, relationship.source.variable.slot: item})).yes)
            for there, item in items
        ]
        is_there = both(no(source.null), either(*found))
        return is_there if relationship.present else no(is_there)

    def _aggregate(
        self,
        aggregate: tree.QueryAggregate,
        null: Bit,
        rows: list[tuple[Bit, dict[int, Any]]],
        variables: dict[int, Any],
    ) -> Any:
        found = self.of(aggregate.starting, variables)
        for there, row in rows:
            inner = {**row, aggregate.accumulator.slot: found}
            found = chosen(self.calendar, there, self.of(aggregate.body, inner), found)
        return chosen(self.calendar, null, NULL, found)


def _listed(value: Any) -> Listed:
    if not isinstance(value, Listed):
        raise UntranslatedError(f"a query over a {type(value).__name__}")
    return value


def _is(translator: Translator, node: tree.Is, variables: dict[int, Any]) -> Any:
    del translator, variables
    raise UntranslatedError(f"is {node.target}")


_HANDLERS: Final[dict[type, Callable[[Translator, Any, dict[int, Any]], Any]]] = {
    tree.Constant: lambda self, node, _: self.constant(node.value),
    tree.Context: lambda self, _, __: self.record,
    tree.Scope: lambda self, node, _: self.scopes[node.name],
    tree.Variable: lambda _, node, variables: variables[node.slot],
    tree.Definition: lambda self, node, _: self.definition(node),
    tree.Property: lambda self, node, variables: self.element(node, variables),
    tree.Part: lambda self, node, variables: self.part(node, variables),
    tree.Call: lambda self, node, variables: self.call(node, variables),
    tree.Convert: lambda self, node, variables: self.of(node.operand, variables),
    tree.If: lambda self, node, variables: self.branch(node, variables),
    tree.Let: lambda self, node, variables: self.let(node, variables),
    tree.Inlined: lambda self, node, variables: self.of(node.body, variables),
    tree.MakeList: lambda self, node, variables: Listed(
        False, tuple((True, self.of(one, variables)) for one in node.elements)
    ),
    tree.MakeInterval: lambda self, node, variables: self.interval(node, variables),
    tree.Query: lambda self, node, variables: self.query(node, variables),
    tree.Is: _is,
}
