"""From expressions to statements: one table after another, each made from tables made before it.

A grain is made in steps, one for each depth at which something of it is needed elsewhere: rows and their columns
first, then what is gathered from finer grains, then what is gathered from what was computed with that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.cohort.sql.expressions import LEAVES, Expr
from precise_cal.cohort.sql.grains import LEFT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from precise_cal.cohort.sql.dialects import Dialect
    from precise_cal.cohort.sql.grains import Grain

_CHEAP: Final = frozenset({"lit", "key", "not", "is_null", "is_true", "is_false"})


class Statement(NamedTuple):
    """A table to make: its name, and the query that gives its rows."""

    name: str
    query: str


@dataclass(slots=True)
class _Needs:
    """What is needed of a grain."""

    outside: dict[Expr, None] = field(default_factory=dict)
    """By other grains, or as a result."""
    shared: dict[Expr, None] = field(default_factory=dict)
    """By several expressions of its own."""
    depths: set[int] = field(default_factory=set)


class Plan:
    """The statements that compute results for every row of a grain.

    Args:
        root: the grain of participants.
        results: what to compute, by the name of the column.
        dialect: the engine's SQL.
    """

    def __init__(self, root: Grain, results: Mapping[str, Expr], dialect: Dialect) -> None:
        self.root = root
        self.dialect = dialect
        self._names: dict[Expr, str] = {}
        self._needs: dict[Grain, _Needs] = {root: _Needs(depths={0})}
        self._made: dict[Grain, list[tuple[int, str]]] = {}
        self._stored: dict[Grain, set[Expr]] = {}
        self._done: dict[Grain, set[Expr]] = {}
        self.statements: list[Statement] = []
        for value in results.values():
            self._need(value)
        for grain, needs in self._needs.items():
            self._share(grain, needs)
        self._make_all()
        self.statements.append(Statement("results", self._results(results)))

    def _results(self, results: Mapping[str, Expr]) -> str:
        columns = ", ".join(f"{self._reference(value)} AS {name}" for name, value in results.items())
        return f"SELECT k0, {columns} FROM {self._made[self.root][-1][1]}"

    def _reference(self, value: Expr) -> str:
        return self._literal(value) if value.op == "lit" else self._name(value)

    @property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """The tables that the statements read, with the columns of each."""
        found: dict[str, dict[str, None]] = {}
        for grain in self._needs:
            if grain.table is not None:
                found.setdefault(grain.table.name, dict.fromkeys(grain.table.keys))
        for value in self._names:
            if value.op == "column" and value.grain is not None and value.grain.table is not None:
                found[value.grain.table.name][value.args[0]] = None
        return {name: tuple(columns) for name, columns in found.items()}

    # ---- what is needed ----

    def _need(self, value: Expr) -> None:
        """Note that a value is needed outside its grain, and all that it is made of elsewhere."""
        if value.op == "lit":
            return
        assert value.grain is not None
        needs = self._grain(value.grain)
        if value in needs.outside:
            return
        needs.outside[value] = None
        needs.depths.add(max(value.depth, value.grain.depth))
        for leaf in _leaves(value):
            self._need_source(leaf)

    def _need_source(self, leaf: Expr) -> None:
        if leaf.op == "capture":
            self._need(leaf.args[0])
        elif leaf.op == "gather":
            _, value, child = leaf.args
            self._grain(child)
            self._need(value)

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

    def _share(self, grain: Grain, needs: _Needs) -> None:
        """What several expressions of a grain use is computed once."""
        uses: Counter[Expr] = Counter()
        seen: set[Expr] = set()
        waiting = list(needs.outside)
        while waiting:
            value = waiting.pop()
            if value in seen:
                continue
            seen.add(value)
            for part in value.inner:
                uses[part] += 1
                waiting.append(part)
        for value, number in uses.items():
            if number > 1 and value.op not in _CHEAP and value not in needs.outside:
                needs.shared[value] = None

    # ---- making ----

    def _make_all(self) -> None:
        grains = sorted(self._needs, key=lambda grain: grain.number)
        last = max(depth for needs in self._needs.values() for depth in needs.depths)
        for depth in range(last + 1):
            for grain in grains:
                if depth in self._needs[grain].depths:
                    self._make(grain, depth)

    def _make(self, grain: Grain, depth: int) -> None:
        """One step of a grain: the columns of this depth, beside what is needed later."""
        needs, later = self._needs[grain], self._later(grain, depth)
        wanted = [one for one in (*needs.outside, *needs.shared) if max(one.depth, grain.depth) <= depth]
        had = self._stored.get(grain, set())
        done = self._done.setdefault(grain, set())
        fresh = [one for one in wanted if one not in done]
        done.update(fresh)
        leaves = self._frontier(fresh, had)
        if grain not in self._made:
            leaves |= {one for one in later if one.op == "column"}
        rows = self._rows(grain, depth, sorted(leaves - had, key=self._order))
        computed = [one for one in fresh if one.op not in LEAVES]
        body = self._layers(grain, rows, computed, had | leaves)
        kept = [
            one
            for one in dict.fromkeys([*sorted(had | leaves, key=self._order), *computed])
            if one in needs.outside or one in later
        ]
        columns = [f"k{place}" for place in range(grain.keys)] + [self._name(one) for one in kept if one.op != "key"]
        name = f"g{grain.number}_{depth}"
        self.statements.append(Statement(name, f"SELECT {', '.join(columns)} FROM {body}"))
        self._made.setdefault(grain, []).append((depth, name))
        self._stored[grain] = set(kept)

    def _later(self, grain: Grain, depth: int) -> set[Expr]:
        """What the steps to come read."""
        needs = self._needs[grain]
        found: set[Expr] = set()
        for one in (*needs.outside, *needs.shared):
            if max(one.depth, grain.depth) > depth:
                found |= set(_all_below(one))
        return found

    def _frontier(self, values: Iterable[Expr], had: set[Expr]) -> set[Expr]:
        """The leaves below values that are not stored in some form already."""
        found: set[Expr] = set()
        seen = set(had)
        waiting = list(values)
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            if one.op in LEAVES and one.op not in ("lit", "key"):
                found.add(one)
            waiting += one.inner
        return found

    def _order(self, value: Expr) -> int:
        return int(self._name(value)[1:])

    def _name(self, value: Expr) -> str:
        if value.op == "key":
            return f"k{value.args[0]}"
        return self._names.setdefault(value, f"c{len(self._names)}")

    # ---- rows ----

    def _rows(self, grain: Grain, depth: int, leaves: list[Expr]) -> str:
        """Where the rows come from, with the leaves as columns; a table expression."""
        columns, joins = ["t.*"], []
        before = self._made.get(grain)
        if before:
            source = f"{before[-1][1]} t"
        else:
            source = f"({self._first_rows(grain, depth, [one for one in leaves if one.op == 'column'])}) t"
        for side in (LEFT, "right"):
            captured = [one for one in leaves if one.op == "capture" and one.args[1] == side]
            if captured:
                joins.append(self._captured(grain, depth, side, captured, columns))
        for child in dict.fromkeys(one.args[2] for one in leaves if one.op == "gather"):
            gathered = [one for one in leaves if one.op == "gather" and one.args[2] is child]
            joins.append(self._gathered(grain, child, gathered, columns))
        if not joins:
            return source
        return f"(SELECT {', '.join(columns)} FROM {source} {' '.join(joins)}) t"

    def _captured(self, grain: Grain, depth: int, side: str, leaves: list[Expr], columns: list[str]) -> str:
        other = grain.left if side == LEFT else grain.right
        assert other is not None
        places = tuple(range(other.keys)) if side == LEFT else grain.right_places
        alias = "l" if side == LEFT else "r"
        columns += [f"{alias}.{self._name(one.args[0])} AS {self._name(one)}" for one in leaves]
        on = " AND ".join(f"t.k{place} = {alias}.k{index}" for index, place in enumerate(places))
        return f"JOIN {self._table(other, depth)} {alias} ON {on}"

    def _gathered(self, grain: Grain, child: Grain, leaves: list[Expr], columns: list[str]) -> str:
        alias = f"a{child.number}"
        keys = [f"k{place}" for place in range(grain.keys)]
        found = []
        for one in leaves:
            function, value, _ = one.args
            found.append(f"{self.dialect.write(function, [self._reference(value)])} AS {self._name(one)}")
            columns.append(f"{alias}.{self._name(one)}")
        source = self._table(child, max(one.depth for one in leaves) - 1)
        query = f"SELECT {', '.join([*keys, *found])} FROM {source} GROUP BY {', '.join(keys)}"
        on = " AND ".join(f"t.{key} = {alias}.{key}" for key in keys)
        return f"LEFT JOIN ({query}) {alias} ON {on}"

    def _table(self, grain: Grain, depth: int) -> str:
        """The table of a grain as it is now; all of the depth has been made."""
        return [name for at, name in self._made[grain] if at <= depth][-1]

    def _first_rows(self, grain: Grain, depth: int, columns: list[Expr]) -> str:
        named = [f"{one.args[0]} AS {self._name(one)}" for one in columns]
        if grain.table is not None:
            keys = [f"{key} AS k{place}" for place, key in enumerate(grain.table.keys)]
            return f"SELECT {', '.join([*keys, *named])} FROM {grain.table.name}"
        assert grain.left is not None
        own = [f"k{place}" for place in range(grain.left.keys)]
        if grain.distinct is not None:
            assert grain.distinct.grain is not None
            value, source = self._name(grain.distinct), self._table(grain.distinct.grain, depth)
            position = f"min(k{grain.distinct.grain.keys - 1}) AS k{grain.keys - 1}"
            values = [f"{value} AS {self._name(one)}" for one in columns]
            group = ", ".join([*own, value])
            return f"SELECT {', '.join([*own, position, *values])} FROM {source} GROUP BY {group}"
        return self._combined(grain, depth)

    def _combined(self, grain: Grain, depth: int) -> str:
        left, right = grain.left, grain.right
        assert left is not None
        assert right is not None
        keys = [f"l.k{place}" for place in range(left.keys)]
        more = [f"r.k{len(grain.shared) + place - left.keys} AS k{place}" for place in range(left.keys, grain.keys)]
        on = " AND ".join(f"l.k{place} = r.k{index}" for index, place in enumerate(grain.shared))
        wanted = [f"{alias}.{self._name(one)}" for alias, one in zip("lr", grain.wanted, strict=True) if one is not None]
        where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
        tables = f"{self._table(left, depth)} l JOIN {self._table(right, depth)} r ON {on}"
        return f"SELECT {', '.join([*keys, *more])} FROM {tables}{where}"

    # ---- expressions ----

    def _layers(self, grain: Grain, rows: str, computed: list[Expr], known: set[Expr]) -> str:
        """Selects within selects, so that what is shared is computed before it is used."""
        layer: dict[Expr, int] = {}
        heights: dict[Expr, int] = {}
        for one in sorted(computed, key=lambda one: _height(one, heights)):
            layer[one] = 1 + max((layer[part] for part in _nearest(one, layer)), default=0)
        for number in range(1, max(layer.values(), default=0) + 1):
            fresh = [one for one in computed if layer[one] == number]
            columns = [f"{self._write(one, known)} AS {self._name(one)}" for one in fresh]
            rows = f"(SELECT t.*, {', '.join(columns)} FROM {rows}) t" if rows.endswith(" t") else f"(SELECT *, {', '.join(columns)} FROM {rows}) t"
            known = known | set(fresh)
        return rows

    def _write(self, value: Expr, known: set[Expr]) -> str:
        """An expression as text; what is known is a column."""
        if value in known or value.op == "key":
            return self._name(value)
        if value.op == "lit":
            return self._literal(value)
        args = [self._write(one, known) if isinstance(one, Expr) else str(one) for one in value.args]
        return self.dialect.write(value.op, args)

    def _literal(self, value: Expr) -> str:
        return self.dialect.literal(value.args[0], value.args[1])


def _height(value: Expr, known: dict[Expr, int]) -> int:
    if value not in known:
        known[value] = 1 + max((_height(part, known) for part in value.inner), default=0)
    return known[value]


def _leaves(value: Expr) -> Iterator[Expr]:
    seen: set[Expr] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if one.op in LEAVES:
            yield one
        waiting += one.inner


def _all_below(value: Expr) -> Iterator[Expr]:
    seen: set[Expr] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            yield one
            waiting += one.inner


def _nearest(value: Expr, layer: Mapping[Expr, int]) -> Iterable[Expr]:
    """The values directly below that have a layer of their own."""
    waiting, seen = list(value.inner), set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if one in layer:
            yield one
        else:
            waiting += one.inner
