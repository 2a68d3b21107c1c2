"""Reasons: which atoms made a Boolean expression come out as it did.

Every Boolean leaf in logical position is an atom and leaves one entry. A conjunction that is false keeps only the
entries of its false operands, one that is null only those of its null operands; a disjunction is its dual. What
remains at the end is what decided the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree as t
from precise_cal.engine.cql.compiler_base import BaseCompiler
from precise_cal.engine.cql.compiler_calls import applicator, call
from precise_cal.engine.cql.frame import Closure, Frame
from precise_cal.engine.cql.requirement import data_side, required
from precise_cal.engine.cql.state import AtomEntry, AtomInfo, Entry, Read
from precise_cal.engine.cql.types import BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.tree import Tree

    Part = tuple[bool | None, list[Entry]]


def flat_reads(entries: list[Entry]) -> tuple[Read, ...]:
    """What was read, also within atoms."""
    return tuple(
        read for entry in entries for read in (entry.reads if isinstance(entry, AtomEntry) else (entry,))
    )


def decide(parts: list[Part], decisive: bool) -> Part:
    """A disjunction (`decisive` true) or conjunction (false) of any number of parts, with what decided it."""
    answers = [answer for answer, _ in parts]
    if decisive in answers:
        result: bool | None = decisive
    else:
        result = None if any(answer is None for answer in answers) else not decisive
    return result, [entry for answer, entries in parts if answer is result for entry in entries]


class LogicCompiler(BaseCompiler):
    """Compiles logical positions."""

    def logic(self, tree: Tree) -> Closure:
        """The closure of a Boolean tree in logical position; without reasons, that of its value."""
        if not self.reasons or isinstance(tree, t.Constant):
            return self.value(tree)
        if isinstance(tree, t.Call) and tree.name in _CONNECTIVES:
            return _CONNECTIVES[tree.name](self, tree)
        if isinstance(tree, t.If):
            return self._logical_if(tree)
        if isinstance(tree, t.Let):
            return self.let(tree, self.logic)
        if isinstance(tree, t.Query) and (quantified := quantifier(tree)) is not None:
            return self.quantified(tree, *quantified)
        known = isinstance(tree, t.Variable) and tree.slot in self.captured
        if known or (isinstance(tree, t.Definition) and tree.type is BOOLEAN):
            return self.value(tree)
        return self._atom(tree)

    def quantified(self, tree: t.Query, body: Tree, decisive: bool) -> Closure:
        """A quantifier over a list (see `compiler_queries.QueryCompiler`)."""
        raise NotImplementedError

    def _atom(self, tree: Tree) -> Closure:
        line, column = self.code.origin.position(self.code.text, tree.start)
        text = self.code.text[tree.start : tree.end]
        info = AtomInfo(text, tree.start, tree.end, line, column, required(tree), self.unit)
        if not isinstance(tree, t.Call) or not tree.operands:
            return _leaf(info, self.value(tree))
        operands = [self.value(operand) for operand in tree.operands]
        apply, observed = applicator(tree), data_side(tree)

        def evaluate(f: Frame) -> Any:
            trace = f[2]
            mark = len(trace)
            values = [operand(f) for operand in operands]
            result = apply(f, values)
            reads = flat_reads(trace[mark:])
            trace[mark:] = [AtomEntry(info, values[observed], result, reads)]
            return result

        return evaluate

    def _junction(self, tree: t.Call) -> Closure:
        return self._nary(tree, decisive=tree.name == "Or")

    def _nary(self, tree: t.Call, *, decisive: bool) -> Closure:
        operands = [self.logic(operand) for operand in tree.operands]
        return _combined(operands, decisive)

    def _implication(self, tree: t.Call) -> Closure:
        """`a implies b` is `not a or b`."""
        left, right = (self.logic(operand) for operand in tree.operands)

        def contrary(f: Frame) -> bool | None:
            answer = left(f)
            return None if answer is None else not answer

        return _combined([contrary, right], True)

    def _transparent(self, tree: t.Call) -> Closure:
        """`not` and `xor`: nothing is left out, except that a null `xor` rests on its null operands."""
        operands = [self.logic(operand) for operand in tree.operands]
        if len(operands) == 1:
            return call(tree, operands)
        apply = applicator(tree)

        def evaluate(f: Frame) -> Any:
            parts = [run_part(operand, f) for operand in operands]
            result = apply(f, [answer for answer, _ in parts])
            f[2].extend(
                e for answer, entries in parts if result is not None or answer is None for e in entries
            )
            return result

        return evaluate

    def _logical_if(self, tree: t.If) -> Closure:
        condition, yes, no = self.logic(tree.condition), self.logic(tree.yes), self.logic(tree.no)

        def evaluate(f: Frame) -> Any:
            mark = len(f[2])
            if not condition(f):
                return no(f)
            del f[2][mark:]
            return yes(f)

        return evaluate


def run_part(closure: Closure, f: Frame) -> Part:
    """The answer, and the entries that it left, taken off the trace."""
    trace = f[2]
    mark = len(trace)
    answer = closure(f)
    entries = trace[mark:]
    del trace[mark:]
    return answer, entries


def _combined(operands: list[Closure], decisive: bool) -> Closure:
    def evaluate(f: Frame) -> bool | None:
        result, entries = decide([run_part(operand, f) for operand in operands], decisive)
        f[2].extend(entries)
        return result

    return evaluate


def _leaf(info: AtomInfo, value: Closure) -> Closure:
    def evaluate(f: Frame) -> Any:
        trace = f[2]
        mark = len(trace)
        result = value(f)
        trace[mark:] = [AtomEntry(info, result, result, flat_reads(trace[mark:]))]
        return result

    return evaluate


def quantifier(tree: t.Query) -> tuple[Tree, bool] | None:
    """The body of `L aggregate a starting false: a or body`, and whether true (or) or false (and) decides it."""
    aggregate = tree.aggregate
    if aggregate is None or len(tree.sources) != 1 or tree.relationships or aggregate.distinct:
        return None
    body, start = aggregate.body, aggregate.starting
    if not isinstance(body, t.Call) or body.name not in ("And", "Or") or not isinstance(start, t.Constant):
        return None
    left, right = body.operands
    decisive = body.name == "Or"
    slot = aggregate.accumulator.slot
    if not isinstance(left, t.Variable) or left.slot != slot or start.value is not (not decisive):
        return None
    return None if slot in _slots(right) else (right, decisive)


def _slots(tree: object) -> set[int]:
    """The variables that a tree mentions."""
    if isinstance(tree, t.Variable):
        return {tree.slot}
    if isinstance(tree, tuple):
        return set().union(*map(_slots, tree))
    names = getattr(type(tree), "__slots__", ()) if isinstance(tree, _NODES) else ()
    every = (
        {name for kind in type(tree).__mro__ for name in getattr(kind, "__slots__", ())} if names else set()
    )
    return set().union(*(_slots(getattr(tree, name)) for name in every))


_NODES: Final = (t.Tree, t.QuerySource, t.QueryRelationship, t.QueryAggregate, t.QuerySort)
_CONNECTIVES: Final[dict[str, Callable[[LogicCompiler, t.Call], Closure]]] = {
    "And": LogicCompiler._junction,
    "Or": LogicCompiler._junction,
    "Implies": LogicCompiler._implication,
    "Not": LogicCompiler._transparent,
    "Xor": LogicCompiler._transparent,
}
