"""The part of the compiler that calls operators: logic, comparisons, everything in the operator tables; and atoms."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import calendar, tree
from precise_cal.engine.cql.comparison import not_after
from precise_cal.engine.cql.operators.overload import Binding
from precise_cal.engine.cql.required import required_text
from precise_cal.engine.cql.state import AtomEntry, AtomInfo
from precise_cal.engine.cql.types import BOOLEAN
from precise_cal.engine.cql.values import Uncertainty
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.engine.cql.environment import Compiled

    Closure = Callable[[list[Any]], Any]

_TEMPORAL: Final = (Date, DateTime, Time)


class CallCompiler:
    """Compiles calls."""

    def __init__(self, compiled: Compiled, *, reasons: bool) -> None:
        self.compiled = compiled
        self.code = compiled.code
        self.reasons = reasons
        self.slots_read: set[int] = set()

    @abstractmethod
    def closure(self, typed: tree.Tree, *, logical: bool = False, negated: bool = False) -> Closure:
        """The closure of a tree (see `compile.Compiler`)."""

    def call(self, typed: tree.Call, logical: bool, negated: bool) -> Closure:
        """A call; of the logical operators, one that looks no further than it must."""
        logic = _LOGIC.get(typed.name)
        if logic is not None:
            return logic(self, typed, logical, negated)
        return self._atom_of_call(typed, negated=negated) if logical else self._call(typed)

    def _call(self, typed: tree.Call) -> Closure:
        operands = [self.closure(operand) for operand in typed.operands]
        function = self._bound(typed)
        if typed.overload.nulls:
            return _with_nulls(function, operands)
        if len(operands) == 1:
            return _unary(function, operands[0])
        if len(operands) == 2:
            return _binary(function, operands[0], operands[1])
        return _without_nulls(function, operands)

    def _bound(self, typed: tree.Call) -> Callable[..., Any]:
        """The implementation as a function of the frame and the operands."""
        binding, function = typed.overload.binding, typed.overload.function
        if binding is Binding.NOTHING:
            return _free(function)
        if binding is Binding.STATE:
            return lambda frame, *operands: function(frame[0], *operands)
        if binding is Binding.OFFSET:
            return lambda frame, *operands: function(frame[0].utc_offset_minutes, *operands)
        if binding is Binding.TYPE:
            kind = typed.type
            return lambda _frame, *operands: function(kind, *operands)
        precision = typed.precision
        if binding is Binding.RELATION:
            if precision is None:
                return lambda _frame, *operands: function(not_after, *operands)
            return _at_precision(lambda offset: partial(function, relation(precision, offset)))
        return _at_precision(lambda offset: function(precision, offset))

    # ---- atoms ----

    def atom(
        self, typed: tree.Tree, inner: Closure, required: tuple[str | None, str | None], *, negated: bool
    ) -> Closure:
        """A Boolean leaf: its reads become one entry, together with its value."""
        info = self._info(typed, required, negated=negated)

        def run(frame: list[Any]) -> Any:
            trace = frame[2]
            first = len(trace)
            result = inner(frame)
            reads = tuple(trace[first:])
            del trace[first:]
            trace.append(AtomEntry(info, result, result, reads))
            return result

        return run

    def _atom_of_call(self, typed: tree.Call, *, negated: bool) -> Closure:
        """A comparison or test: what is observed is the side that is not constant."""
        data = [index for index, operand in enumerate(typed.operands) if not is_constant(operand)]
        info = self._info(typed, required_text(typed), negated=negated)
        operands = [self.closure(operand) for operand in typed.operands]
        function, nulls = self._bound(typed), typed.overload.nulls
        side = data[0] if data else 0
        if typed.type is not BOOLEAN:
            return self._call(typed)
        plain = getattr(function, "plain", None)
        if plain is not None and not nulls and len(operands) == 2:
            return _binary_atom(info, plain, operands[0], operands[1], side)

        def run(frame: list[Any]) -> Any:
            trace = frame[2]
            first = len(trace)
            values = [operand(frame) for operand in operands]
            result = function(frame, *values) if nulls or None not in values else None
            reads = tuple(trace[first:])
            del trace[first:]
            trace.append(AtomEntry(info, values[side] if values else None, result, reads))
            return result

        return run

    def _info(self, typed: tree.Tree, required: tuple[str | None, str | None], *, negated: bool) -> AtomInfo:
        text = self.code.text[typed.start : typed.end]
        line, column = self.code.origin.position(self.code.text, typed.start)
        wanted, otherwise = reversed(required) if negated else required
        return AtomInfo(text, typed.start, typed.end, line, column, wanted, otherwise, self.compiled.name)

    # ---- logic ----

    def conjunction(self, typed: tree.Call, logical: bool, negated: bool) -> Closure:
        """And."""
        return self._junction(typed, False, logical, negated)

    def disjunction(self, typed: tree.Call, logical: bool, negated: bool) -> Closure:
        """Or."""
        return self._junction(typed, True, logical, negated)

    def _junction(self, typed: tree.Call, deciding: bool, logical: bool, negated: bool) -> Closure:
        parts = [self.closure(part, logical=logical, negated=negated) for part in operands_of(typed, typed.name)]
        return _explained(parts, deciding) if logical else _short(parts, deciding)

    def implication(self, typed: tree.Call, logical: bool, negated: bool) -> Closure:
        """The contrary of the first operand, or the second."""
        left = _inverted(self.closure(typed.operands[0], logical=logical, negated=not negated))
        right = self.closure(typed.operands[1], logical=logical, negated=negated)
        return _explained([left, right], True) if logical else _short([left, right], True)

    def negation(self, typed: tree.Call, logical: bool, negated: bool) -> Closure:
        """Not."""
        return _inverted(self.closure(typed.operands[0], logical=logical, negated=not negated))

    def exclusive(self, typed: tree.Call, logical: bool, negated: bool) -> Closure:
        """Xor."""
        left, right = (self.closure(operand, logical=logical) for operand in typed.operands)

        def run(frame: list[Any]) -> Any:
            one, other = left(frame), right(frame)
            return None if one is None or other is None else one is not other

        return run


_LOGIC: Final[dict[str, Callable[[CallCompiler, tree.Call, bool, bool], Closure]]] = {
    "And": CallCompiler.conjunction,
    "Or": CallCompiler.disjunction,
    "Implies": CallCompiler.implication,
    "Not": CallCompiler.negation,
    "Xor": CallCompiler.exclusive,
}


def operands_of(typed: tree.Tree, name: str) -> Iterator[tree.Tree]:
    """The operands of a chain of the same operator, `a and b and c`, from left to right."""
    if isinstance(typed, tree.Call) and typed.name == name:
        for operand in typed.operands:
            yield from operands_of(operand, name)
    else:
        yield typed


def is_constant(typed: tree.Tree) -> bool:
    """Whether a value depends on nothing but parameters."""
    if isinstance(typed, tree.MakeInterval):
        return is_constant(typed.low) and is_constant(typed.high)
    if isinstance(typed, tree.Call):
        return bool(typed.operands) and all(map(is_constant, typed.operands))
    return isinstance(typed, tree.Constant)


def relation(precision: str, offset: int) -> Callable[[Any, Any], bool | None]:
    """`not after` to a precision; of values that know no precision, as they are."""

    def not_after_to(left: Any, right: Any) -> bool | None:
        if left is None or right is None:
            return None
        if type(left) is Uncertainty or type(right) is Uncertainty:
            return _uncertain(not_after_to, left, right)
        if not isinstance(left, _TEMPORAL) or not isinstance(right, _TEMPORAL):
            return not_after(left, right)
        found = calendar.order_to(left, right, precision, offset)
        return None if found is None else found <= 0

    return not_after_to


def _uncertain(le: Callable[[Any, Any], bool | None], left: Any, right: Any) -> bool | None:
    """Certain where every possible value gives the same answer."""
    (left_low, left_high), (right_low, right_high) = Uncertainty.bounds(left), Uncertainty.bounds(right)
    if le(left_high, right_low) is True:
        return True
    return False if le(left_low, right_high) is False else None


def _free(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(_frame: list[Any], *operands: Any) -> Any:
        return function(*operands)

    call.plain = function  # type: ignore[attr-defined]
    return call


def _at_precision(make: Callable[[int], Callable[..., Any]]) -> Callable[..., Any]:
    """A function that depends on the offset of the evaluation; one is made for each offset that is met."""
    made: dict[int, Callable[..., Any]] = {}

    def call(frame: list[Any], *operands: Any) -> Any:
        offset = frame[0].utc_offset_minutes
        function = made.get(offset)
        if function is None:
            function = made[offset] = make(offset)
        return function(*operands)

    return call


def _unary(function: Callable[..., Any], operand: Closure) -> Closure:
    plain = getattr(function, "plain", None)
    if plain is not None:

        def run_plain(frame: list[Any]) -> Any:
            value = operand(frame)
            return None if value is None else plain(value)

        return run_plain

    def run(frame: list[Any]) -> Any:
        value = operand(frame)
        return None if value is None else function(frame, value)

    return run


def _binary(function: Callable[..., Any], left: Closure, right: Closure) -> Closure:
    plain = getattr(function, "plain", None)
    if plain is not None:

        def run_plain(frame: list[Any]) -> Any:
            one, other = left(frame), right(frame)
            return None if one is None or other is None else plain(one, other)

        return run_plain

    def run(frame: list[Any]) -> Any:
        one, other = left(frame), right(frame)
        return None if one is None or other is None else function(frame, one, other)

    return run


def _binary_atom(info: AtomInfo, function: Callable[..., Any], left: Closure, right: Closure, side: int) -> Closure:
    def run(frame: list[Any]) -> Any:
        trace = frame[2]
        first = len(trace)
        one, other = left(frame), right(frame)
        result = None if one is None or other is None else function(one, other)
        trace[first:] = (AtomEntry(info, other if side else one, result, tuple(trace[first:])),)
        return result

    return run


def _with_nulls(function: Callable[..., Any], operands: list[Closure]) -> Closure:
    return lambda frame: function(frame, *[operand(frame) for operand in operands])


def _without_nulls(function: Callable[..., Any], operands: list[Closure]) -> Closure:
    def run(frame: list[Any]) -> Any:
        values = [operand(frame) for operand in operands]
        return None if None in values else function(frame, *values)

    return run


def _inverted(operand: Closure) -> Closure:
    def run(frame: list[Any]) -> Any:
        value = operand(frame)
        return None if value is None else not value

    return run


def _short(operands: list[Closure], deciding: bool) -> Closure:
    """And or Or; what stands behind the operand that decides is not looked at."""

    def run(frame: list[Any]) -> Any:
        result: bool | None = not deciding
        for operand in operands:
            answer = operand(frame)
            if answer is deciding:
                return deciding
            if answer is None:
                result = None
        return result

    return run


def _explained(operands: list[Closure], deciding: bool) -> Closure:
    """And or Or with reasons: of the operands, the entries of those that made the result stay."""

    def run(frame: list[Any]) -> Any:
        trace = frame[2]
        begin = len(trace)
        answers = [(operand(frame), len(trace)) for operand in operands]
        said = [answer for answer, _ in answers]
        result = deciding if deciding in said else None if None in said else not deciding
        if said.count(result) < len(said):
            keep(trace, begin, answers, result)
        return result

    return run


def keep(trace: list[Any], begin: int, answers: list[tuple[Any, int]], result: Any) -> None:
    """Take away the entries of the parts whose answer is not the result.

    Args:
        trace: the entries so far.
        begin: where those of the first part begin.
        answers: of each part its answer, and where its entries end.
        result: the answer of the parts together.
    """
    kept: list[Any] = []
    first = begin
    for answer, end in answers:
        if answer is result:
            kept += trace[begin:end]
        begin = end
    trace[first:] = kept
