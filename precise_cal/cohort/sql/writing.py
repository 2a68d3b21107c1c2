"""From the steps of a plan to statements in the SQL of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from precise_cal.cohort.sql.graph import LEFT, RIGHT, Expr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.cohort.sql.dialects import Dialect
    from precise_cal.cohort.sql.graph import Grain
    from precise_cal.cohort.sql.plan import Plan, Step


class Statement(NamedTuple):
    """A table to make: its name, and the query that gives its rows."""

    name: str
    query: str


def write(plan: Plan, dialect: Dialect) -> list[Statement]:
    """The statements of a plan; the last one is ``results``."""
    return _Writer(plan, dialect).statements()


class _Writer:
    def __init__(self, plan: Plan, dialect: Dialect) -> None:
        self.plan = plan
        self.dialect = dialect
        self._names: dict[Expr, str] = {}

    def statements(self) -> list[Statement]:
        found = [Statement(step.name, self._step(step)) for step in self.plan.steps]
        columns = [f"{self._reference(value)} AS {name}" for name, value in self.plan.results.items()]
        last = self.plan.of_grain[self.plan.root][-1].name
        return [*found, Statement("results", f"SELECT k0, {', '.join(columns)} FROM {last}")]

    def _name(self, value: Expr) -> str:
        if value.op == "key":
            return f"k{value.args[0]}"
        return self._names.setdefault(value, f"c{len(self._names)}")

    def _reference(self, value: Expr) -> str:
        return self.dialect.literal(*value.args) if value.op == "lit" else self._name(value)

    def _step(self, step: Step) -> str:
        keys = [f"k{place}" for place in range(step.grain.keys)]
        columns = keys + [self._name(one) for one in step.kept if one.op != "key"]
        return f"SELECT {', '.join(columns)} FROM {self._layers(step, self._rows(step))}"

    # ---- rows ----

    def _rows(self, step: Step) -> str:
        """Where the rows come from, with what is fetched as columns; a table expression."""
        columns, joins = ["t.*"], []
        source = f"{step.before.name} t" if step.before else f"({self._first_rows(step)}) t"
        is_combined = step.before is None and step.grain.right is not None
        for side in (LEFT, RIGHT):
            captured = [one for one in step.fetched if one.op == "capture" and one.args[1] == side]
            if captured and not is_combined:
                joins.append(self._captured(step, side, captured, columns))
        for child in dict.fromkeys(one.args[2] for one in step.fetched if one.op == "gather"):
            gathered = [one for one in step.fetched if one.op == "gather" and one.args[2] is child]
            joins.append(self._gathered(step, child, gathered, columns))
        return f"(SELECT {', '.join(columns)} FROM {source} {' '.join(joins)}) t" if joins else source

    def _captured(self, step: Step, side: str, leaves: list[Expr], columns: list[str]) -> str:
        grain = step.grain
        other = grain.left if side == LEFT else grain.right
        assert other is not None
        places = tuple(range(other.keys)) if side == LEFT else grain.right_places
        alias = side[0]
        columns += [f"{alias}.{self._name(one.args[0])} AS {self._name(one)}" for one in leaves]
        on = " AND ".join(f"t.k{place} = {alias}.k{index}" for index, place in enumerate(places))
        return f"JOIN {self.plan.table(other, step.depth).name} {alias} ON {on}"

    def _gathered(self, step: Step, child: Grain, leaves: list[Expr], columns: list[str]) -> str:
        alias = f"a{child.number}"
        keys = [f"k{place}" for place in range(step.grain.keys)]
        found = []
        for one in leaves:
            function, value, _ = one.args
            found.append(f"{self.dialect.write(function, [self._reference(value)])} AS {self._name(one)}")
            columns.append(f"{alias}.{self._name(one)}")
        source = self.plan.gathered_from(step, child).name
        query = f"SELECT {', '.join([*keys, *found])} FROM {source} GROUP BY {', '.join(keys)}"
        on = " AND ".join(f"t.{key} = {alias}.{key}" for key in keys)
        return f"LEFT JOIN ({query}) {alias} ON {on}"

    def _first_rows(self, step: Step) -> str:
        grain, columns = step.grain, [one for one in step.fetched if one.op == "column"]
        if grain.table is not None:
            keys = [f"{key} AS k{place}" for place, key in enumerate(grain.table.keys)]
            named = [f"{self.dialect.column(one.args[0])} AS {self._name(one)}" for one in columns]
            return f"SELECT {', '.join([*keys, *named])} FROM {self.dialect.column(grain.table.name)}"
        return self._once(step, columns) if grain.distinct is not None else self._combined(step)

    def _once(self, step: Step, columns: list[Expr]) -> str:
        """Distinct values with the first position of each."""
        grain = step.grain
        assert grain.left is not None
        assert grain.distinct is not None
        assert grain.distinct.grain is not None
        own = [f"k{place}" for place in range(grain.left.keys)]
        value, source = self._name(grain.distinct), self.plan.table(grain.distinct.grain, step.depth).name
        position = f"min(k{grain.distinct.grain.keys - 1}) AS k{grain.keys - 1}"
        values = [f"{value} AS {self._name(one)}" for one in columns]
        return f"SELECT {', '.join([*own, position, *values])} FROM {source} GROUP BY {', '.join([*own, value])}"

    def _combined(self, step: Step) -> str:
        grain, left, right = step.grain, step.grain.left, step.grain.right
        assert left is not None
        assert right is not None
        keys = [f"l.k{place}" for place in range(left.keys)]
        more = [f"r.k{len(grain.shared) + place - left.keys} AS k{place}" for place in range(left.keys, grain.keys)]
        captured = [one for one in step.fetched if one.op == "capture"]
        named = [f"{one.args[1][0]}.{self._name(one.args[0])} AS {self._name(one)}" for one in captured]
        on = " AND ".join(f"l.k{place} = r.k{index}" for index, place in enumerate(grain.shared))
        wanted = [
            f"{alias}.{self._name(one)}" for alias, one in zip("lr", grain.wanted, strict=True) if one is not None
        ]
        where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
        tables = f"{self.plan.table(left, step.depth).name} l JOIN {self.plan.table(right, step.depth).name} r ON {on}"
        return f"SELECT {', '.join([*keys, *more, *named])} FROM {tables}{where}"

    # ---- expressions ----

    def _layers(self, step: Step, rows: str) -> str:
        """Selects within selects, so that what is shared is computed before it is used."""
        known = set(step.fetched) | (set(step.before.kept) if step.before else set())
        layer: dict[Expr, int] = {}
        heights: dict[Expr, int] = {}
        for one in sorted(step.computed, key=lambda one: _height(one, heights)):
            layer[one] = 1 + max((layer[part] for part in _nearest(one, layer, known)), default=0)
        for number in range(1, max(layer.values(), default=0) + 1):
            fresh = [one for one in step.computed if layer[one] == number]
            columns = [f"{self._write(one, known)} AS {self._name(one)}" for one in fresh]
            rows = f"(SELECT t.*, {', '.join(columns)} FROM {rows}) t"
            known = known | set(fresh)
        return rows

    def _write(self, value: Expr, known: set[Expr]) -> str:
        """An expression as text; what is known is a column."""
        if value in known or value.op == "key":
            return self._name(value)
        if value.op == "lit":
            return self._reference(value)
        operands = _branches(value, known) if value.op == "case" else value.args
        args = [self._write(one, known) if isinstance(one, Expr) else str(one) for one in operands]
        return self.dialect.write(value.op, args)


def _branches(value: Expr, known: set[Expr]) -> list[Expr]:
    """Conditions and results of a chain of choices, in turn, and what is left at its end."""
    found: list[Expr] = []
    while True:
        condition, yes, no = value.args
        found += [condition, yes]
        if no.op != "case" or no in known:
            return [*found, no]
        value = no


def _height(value: Expr, known: dict[Expr, int]) -> int:
    if value not in known:
        known[value] = 1 + max((_height(part, known) for part in value.inner), default=0)
    return known[value]


def _nearest(value: Expr, layer: Mapping[Expr, int], known: set[Expr]) -> list[Expr]:
    """The values directly below that have a layer of their own."""
    found: list[Expr] = []
    waiting, seen = list(value.inner), set(known)
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if one in layer:
            found.append(one)
        else:
            waiting += one.inner
    return found
