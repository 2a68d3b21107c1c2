"""Whether moments that rules read may be in doubt: whoever has such ones is left to the interpreter.

It reads the same table (`engine.judging.chronology`). For pairs that are compared each with each, the latest of the
earlier ones and the earliest of the later ones decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.cohort.layout.tables import columns_of
from precise_cal.cohort.sql.expressions import FALSE, TRUE, and_, call, case, equal, is_true, less, lit, or_
from precise_cal.cohort.sql.properties import natural
from precise_cal.cohort.sql.queries import any_of
from precise_cal.protocol.components import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from precise_cal.cohort.layout.tables import Field, Table
    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.graph import Expr, Grain
    from precise_cal.engine.rulebook.chronology import Chronology, Moment


class _Placed:
    """A moment in the grain of its list: its first and last millisecond, null where it is none."""

    def __init__(self, context: SqlContext, moment: Moment) -> None:
        self.table, self.grain, path = _way(context, moment.path)
        meant = TRUE
        for field, words in moment.where:
            column = self.grain.column("_".join((*path[:-1], field)))
            meant = and_(meant, is_true(or_(FALSE, *[equal(column, lit(word)) for word in sorted(words)])))
        place = _field(self.table, path)
        self.low, self.high = (case(meant, bound, lit(None, "bigint")) for bound in milliseconds(place, self.grain))

    def latest(self) -> Expr:
        """The last of the first milliseconds, for the participant."""
        return _gathered("max", self.low)

    def earliest(self) -> Expr:
        """The first of the last milliseconds, for the participant."""
        return _gathered("min", self.high)


def milliseconds(field: Field, grain: Grain) -> Iterator[Expr]:
    """The first and the last millisecond that a date or an instant may be."""
    for end, rest in (("low", 0), ("high", DAY_MS - 1)):
        column = grain.column(f"{field.name}_{end}")
        day = call("add", call("mul", call("wide", column), lit(DAY_MS)), lit(rest))
        yield day if field.kind == "date" else column


def moments_read(context: SqlContext, table: Chronology, reads: Mapping[str, Sequence[str]]) -> frozenset[int]:
    """The moments, by their places in the table, that statements read.

    Args:
        context: of the rules.
        table: the moments.
        reads: the tables that the statements read, with the columns of each.
    """
    found = []
    for place, moment in enumerate(table.moments):
        owner, _, path = _way(context, moment.path)
        columns = columns_of(_field(owner, path), owner.part)
        if not {one.name for one in columns}.isdisjoint(reads.get(owner.name, ())):
            found.append(place)
    return frozenset(found)


def is_contradictory(context: SqlContext, table: Chronology, read: Container[int], *, with_cutoff: bool) -> Expr:
    """Whether a moment that rules read may be in doubt: whether a pair that it belongs to is reversed.

    Such pairs are those that `engine.judging.chronology.doubts_about` finds; a moment of no such pair is not in doubt.

    Args:
        context: of the rules.
        table: the moments and their pairs.
        read: the moments that rules read, by their places.
        with_cutoff: whether the record's cut-off is the instant of evaluation.
    """
    placed: dict[int, _Placed] = {}
    found = FALSE
    for pair in table.pairs:
        sides = pair.earlier, pair.later
        if not with_cutoff and any(table.moments[side].is_cutoff for side in sides):
            continue
        if not any(side in read for side in sides):
            continue
        for side in sides:
            placed.setdefault(side, _Placed(context, table.moments[side]))
        earlier, later = placed[pair.earlier], placed[pair.later]
        if pair.same_item:
            here = is_true(less(later.high, earlier.low))
            while here.grain is not None and here.grain.left is not None:
                here = any_of(here.grain, here)
        else:
            here = is_true(less(later.earliest(), earlier.latest()))
        found = or_(found, here)
    return found


def _field(table: Table, path: tuple[str, ...]) -> Field:
    return next(one for one in table.fields if one.path == path)


def _way(context: SqlContext, path: tuple[str, ...]) -> tuple[Table, Grain, tuple[str, ...]]:
    """The table in which a path ends, its grain, and the rest of the path within it."""
    table, grain = context.record.table, context.root.grain
    while True:
        child = next((one for one in table.children if path[: len(one.path)] == one.path), None)
        if child is None:
            return table, grain, path
        table, grain, path = child, natural(context, child, grain, FALSE).grain, path[len(child.path) :]


def _gathered(function: str, value: Expr) -> Expr:
    while value.grain is not None and value.grain.left is not None:
        value = value.grain.gathered(function, value)
    return value
