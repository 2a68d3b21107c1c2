"""How much is missing until a rule says what is wanted: parts of its condition that are not yet as they have to be.

A condition that is a chain of `and` becomes true step by step: so the search for records (`simulate`) has a slope to
climb where the verdict alone is a plain.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.compile import evaluate
from precise_cal.engine.cql.logic import quantified
from precise_cal.engine.cql.types import BOOLEAN, ListType
from precise_cal.engine.judging.judge import items_of, words_of_items
from precise_cal.protocol.verdicts import LADDERS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.state import State
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.protocol.verdicts import Ladder


@dataclass
class Distances:
    """Measures conditions; what is evaluated apart is compiled once."""

    _parts: dict[tuple[Compiled, tree.Tree], Compiled] = field(default_factory=dict)
    _quantified: dict[tree.Query, tuple[bool, tree.Tree] | None] = field(default_factory=dict)

    def of(self, rule: ExecutableRule, words: Collection[str], state: State) -> int:
        """How many parts of a rule's condition are missing.

        Of a rule that is judged item by item, those of each item that speaks against the verdict; where none does,
        those of the nearest item.

        Args:
            rule: a rule that does not say one of these words.
            words: the verdicts that are wanted.
            state: of the record, with the definitions of the rule's edition.

        Raises:
            CqlError: the record is more than a part can be evaluated for.
        """
        ways = {word: way for word in words if (way := _way_to(LADDERS[rule.kind], word)) is not None}
        return max(1, min((self._to(rule, word, way, state) for word, way in ways.items()), default=1))

    def _to(self, rule: ExecutableRule, word: str, way: list[tuple[str, bool]], state: State) -> int:
        if rule.scope is None:
            return self._along(rule, way, state)
        worst_first: tuple[str, ...] = LADDERS[rule.kind].worst_first
        missing: dict[bool, list[int]] = {True: [], False: []}
        for item, said in words_of_items(rule, rule.scope, items_of(rule.scope, state), state):
            state.scopes = {rule.scope.variable: item.value}
            speaks_against = worst_first.index(said) < worst_first.index(word)
            missing[speaks_against].append(0 if said == word else self._along(rule, way, state))
        state.scopes = {}
        return sum(missing[True]) or min(missing[False], default=1)

    def _along(self, rule: ExecutableRule, way: list[tuple[str, bool]], state: State) -> int:
        conditions = ((rule.conditions.get(name), answer) for name, answer in way)
        return sum(self._missing(one, one.tree, answer, state) for one, answer in conditions if one)

    def _missing(self, condition: Compiled, node: tree.Tree, wanted: bool, state: State) -> int:
        match node:
            case tree.Call(overload=overload, operands=operands) if overload.name in ("And", "Or"):
                missing = [self._missing(condition, one, wanted, state) for one in operands]
                return sum(missing) if wanted == (overload.name == "And") else min(missing)
            case tree.Call(overload=overload, operands=(operand,)) if overload.name == "Not":
                return self._missing(condition, operand, not wanted, state)
            case tree.Call(overload=overload, operands=(operand,)) if wanted and overload.name in ("IsTrue", "IsFalse"):
                return self._missing(condition, operand, overload.name == "IsTrue", state)
            case tree.Definition(name=name):
                named = condition.environment.definition(name)
                return self._missing(named, named.tree, wanted, state)
            case tree.Inlined(body=body):
                return self._missing(condition, body, wanted, state)
            case tree.If(condition=asked, yes=yes, no=tree.Constant(value=None)):
                return self._missing(condition, asked, True, state) + self._missing(condition, yes, wanted, state)
            case tree.If(condition=asked, yes=tree.Constant(value=None), no=no):
                return self._missing(condition, asked, False, state) + self._missing(condition, no, wanted, state)
            case tree.Query(aggregate=tree.QueryAggregate()) if (found := self._quantifier(node)) is not None:
                return self._among_items(condition, node, *found, wanted, state)
            case _:
                return int(evaluate(self._part(condition, node), state) is not wanted)

    def _quantifier(self, node: tree.Query) -> tuple[bool, tree.Tree] | None:
        """The deciding value and the condition of a query that asks for some or every item; looked at once."""
        if node not in self._quantified:
            self._quantified[node] = None if node.aggregate is None else quantified(node.aggregate)
        return self._quantified[node]

    def _among_items(
        self,
        condition: Compiled,
        node: tree.Query,
        deciding: bool,
        of_item: tree.Tree,
        wanted: bool,
        state: State,
    ) -> int:
        """What the nearest item lacks, or how many items stand against it; of no item, everything is missing."""
        key = condition, node
        leaves = tuple(_conjuncts(of_item)) if deciding else (of_item,)
        if key not in self._parts and condition.meaning is not None:
            row = tree.MakeList(ListType(element=BOOLEAN), node.start, node.end, leaves)
            kind = ListType(element=row.type)
            rows = replace(node, type=kind, returning=row, aggregate=None, distinct=False, single=False)
            self._parts[key] = replace(condition, meaning=replace(condition.meaning, tree=rows), functions={})
        items = evaluate(self._parts[key], state)
        if wanted is not deciding:
            return 1 if items is None else sum(any(one is deciding or one is None for one in item) for item in items)
        lacking = [sum(one is not wanted for one in item) for item in items or ()]
        return min(lacking, default=len(leaves) + 1)

    def _part(self, condition: Compiled, node: tree.Tree) -> Compiled:
        key = condition, node
        if key not in self._parts and condition.meaning is not None:
            meaning = replace(condition.meaning, tree=node)
            self._parts[key] = (
                condition if node is condition.tree else replace(condition, meaning=meaning, functions={})
            )
        return self._parts[key]


def _way_to(ladder: Ladder, word: str) -> list[tuple[str, bool]] | None:
    """The answers that lead to a verdict, rung by rung; None where it takes one that is not known."""
    way: list[tuple[str, bool]] = []
    for rung in ladder.rungs:
        for answer, verdict in ((True, rung.when_true), (False, rung.when_false)):
            if verdict == word:
                return [*way, (rung.condition, answer)]
        way.append((rung.condition, rung.when_true is None))
    return way if word == ladder.otherwise else None


def _conjuncts(node: tree.Tree) -> Iterator[tree.Tree]:
    """The parts of a chain of `and`, also through functions."""
    match node:
        case tree.Call(overload=overload, operands=operands) if overload.name == "And":
            for one in operands:
                yield from _conjuncts(one)
        case tree.Inlined(body=body):
            yield from _conjuncts(body)
        case _:
            yield node
