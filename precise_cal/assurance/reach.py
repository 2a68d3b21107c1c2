"""How far rules reach: up to how many items they count, and how many years they look back.

A proof looks at records within bounds; a limit beyond them would seem to decide nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from precise_cal.assurance.days import FIRST_YEAR, LAST_YEAR
from precise_cal.assurance.records import ITEMS
from precise_cal.engine.cql import tree
from precise_cal.engine.cql.compile import compile_definition
from precise_cal.engine.cql.types import DECIMAL, INTEGER, LONG
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.assurance.records import Bounds
    from precise_cal.engine.cql.environment import Compiled, Environment
    from precise_cal.engine.rulebook.edition import ExecutableRule

MOST: Final = 6
"""How many items the lists of a record that is sought have at most, however far rules count."""
_COUNT: Final = "items"
_COMPARED: Final = frozenset({"Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal", "NotEqual", "In"})
_BETWEEN: Final = frozenset({"DurationBetween", "DifferenceBetween"})
_IN_A_YEAR: Final = {"year": 1, "month": 12, "week": 52, "day": 365}


@immutable()
class Reach:
    """What rules hold records against.

    Attributes:
        items: how many items a list needs for a number of items to lie on either side of each limit.
        years: the longest span of time.
        dated: the years of dates that are named.
    """

    items: int = 0
    years: int = 0
    dated: frozenset[int] = frozenset()

    def joined(self, other: Reach) -> Reach:
        """Both."""
        return Reach(max(self.items, other.items), max(self.years, other.years), self.dated | other.dated)


def reaching(bounds: Bounds, rules: Iterable[ExecutableRule]) -> Bounds:
    """Bounds that are wide enough for what the rules hold records against, as far as bounds can be."""
    reach = _reach(rules)
    first, last = bounds.years
    first = max(FIRST_YEAR, min([first, bounds.partial[0] - reach.years - 1, *(year - 1 for year in reach.dated)]))
    last = min(LAST_YEAR, max([last, *(year + 1 for year in reach.dated)]))
    wide = replace(bounds, years=(first, last))
    if bounds.items < ITEMS or reach.items <= bounds.items:  # lists of one item are asked for on purpose
        return wide
    return replace(wide, items=max(bounds.items, min(reach.items, MOST)), counted=reach.items)


def _reach(rules: Iterable[ExecutableRule]) -> Reach:
    walk, found = _Walk(), Reach()
    for rule in rules:
        conditions = [*rule.conditions.values(), *(one.when for one in rule.notices)]
        conditions += [one.when for one in rule.findings]
        if rule.scope is not None:
            conditions += [rule.scope.items, rule.scope.member]
        for one in conditions:
            found = found.joined(walk.of(one))
    return found


class _Walk:
    """Through conditions, and the definitions that they name."""

    def __init__(self) -> None:
        self._reach: dict[str, Reach] = {}
        self._measures: dict[str, frozenset[str]] = {}

    def of(self, compiled: Compiled) -> Reach:
        """How far an expression reaches."""
        found = Reach()
        for node in tree.nodes(compiled.tree):
            if isinstance(node, tree.Definition):
                found = found.joined(self._of_definition(compiled.environment, node.name))
            elif isinstance(node, tree.Constant):
                found = found.joined(_of_constant(node.value))
            elif isinstance(node, tree.Call) and node.name in _COMPARED:
                found = found.joined(self._of_comparison(node, compiled.environment))
        return found

    def _of_definition(self, environment: Environment, name: str) -> Reach:
        if name not in self._reach:
            self._reach[name] = Reach()
            self._reach[name] = self.of(compile_definition(environment, name))
        return self._reach[name]

    def _of_comparison(self, node: tree.Call, environment: Environment) -> Reach:
        """Of a number of items, or of days, months or years between two dates, and what it is held against."""
        measured = self._measured(node, environment)
        limit = max(_beside(node), default=0)
        years = max((_years(limit, unit) for unit in measured - {_COUNT}), default=0)
        return Reach(limit + 1 if _COUNT in measured else 0, years)

    def _measured(self, node: tree.Tree, environment: Environment) -> frozenset[str]:
        """What is counted within an expression, items or units of time."""
        found: frozenset[str] = frozenset()
        for one in tree.nodes(node):
            if isinstance(one, tree.Definition):
                if one.name not in self._measures:
                    self._measures[one.name] = frozenset()
                    inner = compile_definition(environment, one.name)
                    self._measures[one.name] = self._measured(inner.tree, inner.environment)
                found |= self._measures[one.name]
            else:
                found |= _measure(one)
        return found


def _measure(node: tree.Tree) -> frozenset[str]:
    if isinstance(node, tree.Query):
        is_number = node.aggregate is not None and node.type in (INTEGER, LONG, DECIMAL)
        return frozenset({_COUNT} if is_number else ())
    if not isinstance(node, tree.Call):
        return frozenset()
    if node.name in _BETWEEN and node.precision in _IN_A_YEAR:
        return frozenset({node.precision})
    return frozenset({_COUNT} if node.name == "Count" else ())


def _beside(part: Any) -> Iterator[int]:
    """The whole numbers of a comparison that stand in nothing that is counted."""
    if isinstance(part, tree.Constant) and isinstance(part.value, int):
        yield part.value
    if isinstance(part, tree.Tree) and _measure(part):
        return
    for one in part if isinstance(part, tuple) else tree.children(part):
        if isinstance(one, tree.HOLDING):
            yield from _beside(one)


def _of_constant(value: Any) -> Reach:
    if isinstance(value, Date | DateTime):
        return Reach(dated=frozenset({value.year}))
    if isinstance(value, Quantity):
        return Reach(years=_years(int(abs(value.value)), (value.unit or "").removesuffix("s")))
    return Reach()


def _years(number: int, unit: str) -> int:
    """A span of time in years, rounded up; nothing where the unit is none of days or longer."""
    return -(-number // _IN_A_YEAR[unit]) if unit in _IN_A_YEAR else 0
