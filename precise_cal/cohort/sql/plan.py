"""From expressions to statements: one table after another, each made from tables made before it.

A grain is made in steps, one for each depth at which something of it is needed elsewhere: rows and their columns
first, then what is gathered from finer grains, then what is gathered from what was computed with that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from precise_cal.cohort.sql.graph import LEAVES, LEFT, Expr

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from precise_cal.cohort.sql.graph import Grain

_CHEAP: Final = frozenset({"not", "is_null", "is_true", "is_false", "rare"})
"""Not worth a column; what is rare is only computed where a choice falls on it."""


@dataclass(slots=True)
class _Needs:
    """What is needed of a grain."""

    outside: dict[Expr, None] = field(default_factory=dict)
    """By other grains, or as a result."""
    shared: dict[Expr, None] = field(default_factory=dict)
    """By several expressions of its own."""
    depths: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Step:
    """A table of a grain: what it takes over from the one before, what it fetches, what it computes, what it keeps."""

    grain: Grain
    depth: int
    before: Step | None
    fetched: dict[Expr, None] = field(default_factory=dict)
    computed: dict[Expr, None] = field(default_factory=dict)
    kept: dict[Expr, None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the table."""
        return f"g{self.grain.number}_{self.depth}"


class Plan:
    """What is computed for every row of a grain, and in which steps; `writing.write` makes SQL of it.

    Args:
        root: the grain of participants.
        results: what to compute, by the name of the column.
    """

    def __init__(self, root: Grain, results: Mapping[str, Expr]) -> None:
        self.root = root
        self.results = results
        self.steps: list[Step] = []
        self.of_grain: dict[Grain, list[Step]] = {}
        self._needs: dict[Grain, _Needs] = {root: _Needs(depths={0})}
        for value in results.values():
            self._need(value)
        for needs in self._needs.values():
            _share(needs)
        self._make_steps()
        self._keep_what_is_read()

    @property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """The tables that the statements read, with the columns of each."""
        found: dict[str, dict[str, None]] = {}
        for step in self.steps:
            if step.grain.table is not None:
                columns = found.setdefault(step.grain.table.name, dict.fromkeys(step.grain.table.keys))
                columns.update(dict.fromkeys(one.args[0] for one in step.fetched if one.op == "column"))
        return {name: tuple(columns) for name, columns in found.items()}

    def table(self, grain: Grain, depth: int) -> Step:
        """The table of a grain when all of a depth has been made."""
        return [step for step in self.of_grain[grain] if step.depth <= depth][-1]

    # ---- what is needed ----

    def _need(self, value: Expr) -> None:
        """Note that a value is needed outside its grain, and all that it is made of elsewhere."""
        if value.grain is None:
            return
        needs = self._grain(value.grain)
        if value in needs.outside:
            return
        needs.outside[value] = None
        needs.depths.add(max(value.depth, value.grain.depth))
        for leaf in below([value]):
            if leaf.op == "capture":
                self._need(leaf.args[0])
            elif leaf.op == "gather":
                self._grain(leaf.args[2])
                self._need(leaf.args[1])

    def _grain(self, grain: Grain) -> _Needs:
        if grain not in self._needs:
            for above in (grain.left, grain.right):
                if above is not None:
                    self._grain(above)
            self._needs[grain] = _Needs(depths={grain.depth})
            for source in (grain.distinct, *grain.wanted):
                if source is not None:
                    self._need(source)
        return self._needs[grain]

    # ---- steps ----

    def _make_steps(self) -> None:
        grains = sorted(self._needs, key=lambda grain: grain.number)
        last = max(depth for needs in self._needs.values() for depth in needs.depths)
        for depth in range(last + 1):
            for grain in grains:
                if depth in self._needs[grain].depths:
                    self._add_step(grain, depth)

    def _add_step(self, grain: Grain, depth: int) -> None:
        before = self.of_grain.get(grain, [])
        step = Step(grain, depth, before[-1] if before else None)
        needs = self._needs[grain]
        done = {one for earlier in before for one in (*earlier.fetched, *earlier.computed)}
        wanted = [one for one in (*needs.outside, *needs.shared) if max(one.depth, grain.depth) <= depth]
        fresh = [one for one in wanted if one not in done]
        for one in below(fresh, done):
            if one.op in ("column", "capture", "gather"):
                step.fetched[one] = None
        later = below([*needs.outside, *needs.shared], done)
        step.fetched.update(dict.fromkeys(one for one in later if self._is_at_hand(step, one)))
        step.computed = dict.fromkeys(one for one in fresh if one.op not in LEAVES)
        self.steps.append(step)
        self.of_grain.setdefault(grain, []).append(step)

    def _is_at_hand(self, step: Step, value: Expr) -> bool:
        """Whether a later step's leaf can be had now, where its table is read or joined anyway."""
        is_first = step.before is None
        if value.op == "column":
            return is_first
        if value.op != "capture" or value.depth > step.depth:
            return False
        joined_already = any(one.op == "capture" and one.args[1] == value.args[1] for one in step.fetched)
        return joined_already or (is_first and step.grain.right is not None)

    def _keep_what_is_read(self) -> None:
        """Of every step only what a later one reads, seen from the last one backwards."""
        for value in self.results.values():
            if value.op != "lit":
                self.of_grain[self.root][-1].kept[value] = None
        for step in reversed(self.steps):
            used = self._used(step)
            step.computed = {one: None for one in step.computed if one in used}
            step.fetched = {one: None for one in step.fetched if one in used}
            own = {*step.computed, *step.fetched}
            if step.before is not None:
                step.before.kept.update(
                    dict.fromkeys(one for one in used if one not in own and self._is_kept(step, one))
                )
            for leaf in step.fetched:
                self._keep_source(step, leaf)
            self._keep_rows(step)

    def _used(self, step: Step) -> dict[Expr, None]:
        """What the values that a step keeps are made of, down to what earlier steps made."""
        found: dict[Expr, None] = {}
        waiting = list(step.kept)
        while waiting:
            one = waiting.pop()
            if one not in found and one.op not in ("lit", "key"):
                found[one] = None
                if not self._is_kept(step, one):
                    waiting += one.inner
        return found

    def _is_kept(self, step: Step, value: Expr) -> bool:
        """Whether a value was made by an earlier step of the same grain."""
        before = step.before
        while before is not None:
            if value in before.computed or value in before.fetched:
                return True
            before = before.before
        return False

    def _keep_source(self, step: Step, leaf: Expr) -> None:
        if leaf.op == "capture":
            source, side = leaf.args
            other = step.grain.left if side == LEFT else step.grain.right
            assert other is not None
            self.table(other, step.depth).kept[source] = None
        elif leaf.op == "gather":
            _, value, child = leaf.args
            if value.op != "lit":
                self.gathered_from(step, child).kept[value] = None

    def gathered_from(self, step: Step, child: Grain) -> Step:
        """The table from which a step gathers."""
        depth = max(one.depth for one in step.fetched if one.op == "gather" and one.args[2] is child)
        return self.table(child, depth - 1)

    def _keep_rows(self, step: Step) -> None:
        grain = step.grain
        if step.before is not None:
            return
        if grain.distinct is not None and grain.distinct.grain is not None:
            self.table(grain.distinct.grain, step.depth).kept[grain.distinct] = None
        for side, wanted in zip((grain.left, grain.right), grain.wanted, strict=True):
            if wanted is not None and side is not None:
                self.table(side, step.depth).kept[wanted] = None


def _share(needs: _Needs) -> None:
    """What several expressions of a grain use is computed once."""
    uses: Counter[Expr] = Counter()
    for value in below(needs.outside):
        uses.update(part for part in value.inner if part.op != "rare")
    for value, number in uses.items():
        if number > 1 and value.op not in _CHEAP and value.op not in LEAVES and value not in needs.outside:
            needs.shared[value] = None


def below(values: Iterable[Expr], stops: Container[Expr] = frozenset()) -> list[Expr]:
    """All that values are made of within their grain, themselves included, as far as the stops."""
    found: dict[Expr, None] = {}
    waiting = list(values)
    while waiting:
        one = waiting.pop()
        if one not in found and one not in stops:
            found[one] = None
            waiting += one.inner
    return list(found)
