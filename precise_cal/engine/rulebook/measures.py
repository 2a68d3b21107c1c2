"""What rules hold against each other and never can be: kilograms against milliseconds, a truth value against a word.

Such a comparison says the same of every record, which no case of a rule need show. What a field is measured in says its
kind (`like`), what a parameter or a number of a condition is, its unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    STRING,
    StringType,
)
from precise_cal.engine.cql.values import Interval
from precise_cal.engine.rulebook.errors import Place, RuleFileError
from precise_cal.engine.rulebook.reading import editions_of
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.units import is_unit, parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.errors import Code
    from precise_cal.engine.cql.types import Type
    from precise_cal.engine.rulebook.edition import Edition
    from precise_cal.engine.rulebook.rulebook import Rulebook

_HELD: Final = frozenset({
    "Equal", "NotEqual", "Equivalent", "NotEquivalent", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "In",
    "Contains", "Between", "ProperlyBetween", "ProperIn", "ProperContains", "Add", "Subtract",
})  # fmt: skip
"""Operators that need operands of one kind."""
_EQUAL: Final = frozenset({"Equal", "NotEqual", "Equivalent", "NotEquivalent"})
_NULL_SAFE: Final = frozenset({"Equivalent", "NotEquivalent"})
_MOVED: Final = frozenset({"Add", "Subtract"})
_TIME: Final = "s"
_CONVERT: Final = "ConvertQuantity"
_SCALED: Final = frozenset({"Multiply", "Divide"})
_NUMBERS: Final[frozenset[Type]] = frozenset({INTEGER, LONG, DECIMAL})
_KINDS: Final[dict[str, frozenset[Type]]] = {
    "a truth value": frozenset({BOOLEAN}),
    "a number": _NUMBERS,
    "a word": frozenset({STRING}),
    "a date": frozenset({DATE, DATE_TIME}),
    "a quantity": frozenset({QUANTITY}),
}
_PURE: Final = "1"
_UCUM_OF: Final = {"year": "a", "month": "mo", "week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s"}


def check_measures(book: Rulebook) -> None:
    """See that quantities are held only against others of their kind.

    Raises:
        RuleFileError: some are not; all is told at once.
    """
    conditions: dict[Code, Compiled] = {}
    for edition in editions_of(book):  # a parameter has one unit in all of them
        for one in _conditions(edition):
            conditions.setdefault(one.code, one)
    known: dict[Compiled, _Measure | None] = {}
    found = [problem for one in conditions.values() for problem in _Reader(one, known).problems(one.tree, one.code)]
    if found:
        raise RuleFileError(list(dict.fromkeys(found)))


class _Measure(NamedTuple):
    """The unit of a value, and what says so."""

    unit: str
    of: str


def _conditions(edition: Edition) -> Iterator[Compiled]:
    for rule in edition.rules:
        yield from rule.conditions_of_items()
        if rule.scope is not None:
            yield rule.scope.items
    yield from (edition.environment.definition(one.name) for one in edition.environment.definitions)


class _Reader:
    """Reads a condition; the values of its variables are known by their slots.

    Args:
        condition: it.
        known: the units of definitions that were looked at.
    """

    def __init__(self, condition: Compiled, known: dict[Compiled, _Measure | None]) -> None:
        self._environment = condition.environment
        self._known = known
        self._bound: dict[int, tree.Tree] = {}

    def problems(self, part: Any, code: Code) -> Iterator[tuple[Place, str]]:
        """What is held against something of another kind in a part of the condition, from left to right."""
        waiting: list[tuple[Any, Code]] = [(part, code)]
        while waiting:
            part, code = waiting.pop()
            if isinstance(part, tree.Inlined):
                waiting += ((part.arguments, code), (part.body, part.code))
                continue
            if isinstance(part, tree.Let):
                self._bound.update({variable.slot: value for variable, value in part.bindings})
            if isinstance(part, tree.Call):
                text = self._wrong(part)
                if text is not None:
                    yield _problem(part, code, text)
            inner = part if isinstance(part, tuple) else tree.children(part)
            waiting += reversed([(one, code) for one in inner if isinstance(one, tree.HOLDING)])

    def _wrong(self, call: tree.Call) -> str | None:
        if call.name in _HELD - _NULL_SAFE and any(
            isinstance(one, tree.Constant) and one.value is None for one in call.operands
        ):
            return "is unknown for every record: where it is to tell whether something is known, say `is null`"
        kinds = [kind for one in call.operands if (kind := _kind(one.type)) is not None]
        if call.name in _EQUAL and len(set(kinds)) > 1:
            return message("compares { $one } with { $other }, which are never equal", one=kinds[0], other=kinds[1])
        return self._unfit(call)

    def _unfit(self, call: tree.Call) -> str | None:
        found = [self._measure(one) for one in call.operands]
        if call.name in _MOVED and call.operands[0].type in (DATE, DATE_TIME):
            found[0] = _Measure(_TIME, "a date")
        if call.name == _CONVERT and found[0] is not None and isinstance(call.operands[1], tree.Constant):
            unit = call.operands[1].value
            found = [found[0], _Measure(unit, "that unit") if isinstance(unit, str) else None]
        elif call.name not in _HELD:
            return None
        known = [one for one in found if one is not None]
        for one in known[1:]:
            if not _fit(known[0].unit, one.unit):
                return message(
                    "is unknown for every record: { $one } ({ $unit }) and { $other } ({ $other_unit }) are of "
                    "different kinds; give one of them a unit that can be converted into the other's",
                    one=Verbatim(known[0].of),
                    unit=Verbatim(known[0].unit),
                    other=Verbatim(one.of),
                    other_unit=Verbatim(one.unit),
                )
        return None

    def _measure(self, part: tree.Tree | None) -> _Measure | None:
        """The unit of the value of a part; None where it may have any, or is no quantity."""
        match part:
            case tree.Constant(value=value, parameter=parameter):
                return _of_value(value, parameter)
            case tree.Property(element=element):
                return _Measure(element.like, element.name) if element.like else None
            case tree.Definition(name=name):
                return _named(self._of_definition(name), name)
            case tree.Inlined(body=body, name=name):
                return _named(self._measure(body), name)
            case tree.Variable(slot=slot):
                return self._measure(self._bound.get(slot))
            case tree.If(yes=yes, no=no):
                return self._measure(yes) or self._measure(no)
            case tree.As(operand=operand) | tree.Convert(operand=operand):
                return self._measure(operand)
            case tree.MakeInterval(low=low, high=high):
                return self._measure(low) or self._measure(high)
            case tree.Call():
                return self._of_call(part)
        return None

    def _of_definition(self, name: str) -> _Measure | None:
        named = self._environment.definition(name)
        if named not in self._known:
            self._known[named] = _Reader(named, self._known)._measure(named.tree)  # noqa: SLF001
        return self._known[named]

    def _of_call(self, call: tree.Call) -> _Measure | None:
        operands = call.operands
        if call.name == _CONVERT:
            return self._measure_of_unit(operands[1])
        if call.name in ("Negate", "Abs", "Add", "Subtract", "Coalesce", "Low", "High", "Start", "End"):
            return next((one for one in map(self._measure, operands) if one is not None), None)
        if call.name in _SCALED and len(operands) == 2:
            left, right = operands
            if self._is_pure(right):
                return self._measure(left)
            return self._measure(right) if call.name == "Multiply" and self._is_pure(left) else None
        return None

    def _measure_of_unit(self, part: tree.Tree) -> _Measure | None:
        unit = part.value if isinstance(part, tree.Constant) else None
        return _Measure(unit, "what is converted") if isinstance(unit, str) else None

    def _is_pure(self, part: tree.Tree) -> bool:
        """Whether a part is a number, or one that became a quantity."""
        measure = self._measure(part)
        if measure is not None:
            return measure.unit == _PURE
        is_made = isinstance(part, tree.Call) and part.name == "ToQuantity"
        return part.type in _NUMBERS or is_made or (isinstance(part, tree.Convert) and self._is_pure(part.operand))


def _problem(call: tree.Call, code: Code, text: str) -> tuple[Place, str]:
    error = code.error("", call.start)
    said = code.phrase(call.start, call.end)
    found = message("`{ $said }` { $text }", said=Verbatim(said), text=text)
    return Place(error.source, error.line, error.column), found


def _kind(kind: Type) -> str | None:
    """What values of a type are, in a word; None of one that is no plain type."""
    if isinstance(kind, StringType):
        return "a word"
    return next((name for name, kinds in _KINDS.items() if kind in kinds), None)


def _of_value(value: Any, parameter: str | None) -> _Measure | None:
    if isinstance(value, Interval):
        return _of_value(value.low, parameter) or _of_value(value.high, parameter)
    if not isinstance(value, Quantity) or value.unit is None:
        return None
    unit = _UCUM_OF.get(value.unit, _UCUM_OF.get(value.unit.removesuffix("s"), value.unit))
    return _Measure(unit, parameter or str(value))


def _named(measure: _Measure | None, name: str) -> _Measure | None:
    return None if measure is None else measure._replace(of=f"{measure.of} of {name}")


def _fit(one: str, other: str) -> bool:
    """Whether a value in one unit has one in the other; of a unit that is none, that is told elsewhere."""
    return not (is_unit(one) and is_unit(other)) or parse_unit(one).is_commensurable(parse_unit(other))
