"""Grains, and the graph of expressions over their columns: what is the same is one object.

What a row stands for is its grain: a participant, an element of a list, or a combination of such. A grain is a table,
the distinct values of a column of another grain, or the combinations of rows of two grains that share an owner: for
each measurement, every lesion of the same participant. Its rows are told apart by key columns `k0`, `k1` …; those of
the coarser grain `left` come first, and the last one is the position in the list.

An expression belongs to one grain; constants belong to none. `depth` counts how often values of finer grains were
gathered on the way: what has depth 2 needs aggregates of aggregates.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from precise_cal.cohort.layout.tables import Table

LEFT: Final = "left"
RIGHT: Final = "right"
_numbers = count()


class Expr:
    """An operation on expressions; leaves are constants, columns, captured columns and aggregates.

    Attributes:
        inner: the expressions it is made of, within the same grain.
    """

    __slots__ = ("__weakref__", "args", "depth", "grain", "inner", "op")

    def __init__(self, op: str, args: tuple[Any, ...], grain: Grain | None, depth: int) -> None:
        self.op = op
        self.args = args
        self.grain = grain
        self.depth = depth
        self.inner: tuple[Expr, ...] = () if op in LEAVES else tuple(one for one in args if isinstance(one, Expr))

    def __repr__(self) -> str:
        return f"{self.op}{self.args!r}"


LEAVES: Final = frozenset({"lit", "column", "key", "capture", "gather"})
_known: WeakValueDictionary[tuple[Any, ...], Expr] = WeakValueDictionary()


def make(op: str, *args: Any, grain: Grain | None = None, depth: int = 0) -> Expr:
    """The expression of these arguments, which exists once."""
    key = (op, grain, *[(type(one), one) for one in args])
    found = _known.get(key)
    if found is None:
        for one in args:
            if isinstance(one, Expr) and op not in LEAVES:
                assert grain is None or one.grain is None or one.grain is grain, (op, args)
                grain, depth = grain or one.grain, max(depth, one.depth)
        found = _known[key] = Expr(op, args, grain, depth)
    return found


def capture(source: Expr, grain: Grain, side: str) -> Expr:
    """A column of the grain on one side of a joined one; what is made of constants alone is the same everywhere."""
    return source if source.grain is None else make("capture", source, side, grain=grain, depth=source.depth)


def gather(function: str, value: Expr, child: Grain, parent: Grain) -> Expr:
    """An aggregate over the rows of a finer grain that belong to one row; null where there is none."""
    return make("gather", function, value, child, grain=parent, depth=max(value.depth, child.depth) + 1)


class Grain:
    """A kind of rows. Grains compare by identity.

    Attributes:
        keys: how many key columns there are.
        left: the coarser grain that its rows belong to; None for participants.
        right: the grain with which it combines that one.
        shared: the places, among the keys of `left`, of the first keys of `right`.
        table: the table of a grain that combines nothing.
        distinct: the values, in another grain, of which this one holds each once.
        wanted: what must be true of the left row, and of the right one.
    """

    def __init__(
        self,
        keys: int,
        *,
        left: Grain | None = None,
        table: Table | None = None,
        distinct: Expr | None = None,
        right: Grain | None = None,
        shared: tuple[int, ...] = (),
        wanted: tuple[Expr | None, Expr | None] = (None, None),
    ) -> None:
        self.number = next(_numbers)
        self.keys = keys
        self.left = left
        self.table = table
        self.distinct = distinct
        self.right = right
        self.shared = shared
        self.wanted = wanted
        sources = [one.depth for one in (distinct, *wanted, right) if one is not None]
        self.depth: int = max(sources, default=0)
        if right is not None and left is not None:
            self.depth = max(self.depth, left.depth)

    @property
    def right_places(self) -> tuple[int, ...]:
        """Where the keys of the right side stand among its own."""
        assert self.left is not None
        return (*self.shared, *range(self.left.keys, self.keys))

    def column(self, name: str) -> Expr:
        """A column of the table that the grain is."""
        return make("column", name, grain=self, depth=self.depth)

    def key(self, place: int) -> Expr:
        """A key column."""
        return make("key", place, grain=self, depth=self.depth)

    @property
    def position(self) -> Expr:
        """The place of the element in its list."""
        return self.key(self.keys - 1)

    def gathered(self, function: str, value: Expr) -> Expr:
        """An aggregate over the rows that belong to one row of the coarser grain."""
        assert self.left is not None
        return gather(function, value, self, self.left)


def joined(
    left: Grain, right: Grain, shared: tuple[int, ...], wanted: tuple[Expr | None, Expr | None] = (None, None)
) -> Grain:
    """The combinations of a row of the left grain and one of the right grain with the same owner."""
    keys = left.keys + right.keys - len(shared)
    return Grain(keys, left=left, right=right, shared=shared, wanted=wanted)
