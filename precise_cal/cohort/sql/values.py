"""What the value of a typed expression is in SQL: one or several columns, a part of the record, or a list.

    Boolean, String   the value              Integer   lowest and highest value (`engine.cql.values.Uncertainty`)
    Decimal           value, decimals        Quantity  value, decimals, unit
    Date              first and last day     DateTime  first and last millisecond, for the calendar and for order
    Words             the list

A value is unknown where its first column is null.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from precise_cal.cohort.sql.expressions import case, is_null, lit
from precise_cal.cohort.sql.graph import LEFT, Expr, capture
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.cohort.layout.tables import Table
    from precise_cal.cohort.sql.graph import Grain
    from precise_cal.engine.cql.tree import Tree

WORDS: Final = "Words"
"""The kind of a list of words that stands in one column."""
SCOPE: Final = "scope"
"""The name of the scope variable among the variables."""


class NotCompiledError(Exception):
    """A construct that has no SQL here; its text names it. The interpreter evaluates the rule."""

    def __init__(self, what: str, typed: Tree | None = None) -> None:
        super().__init__(what)
        self.typed = typed


@dataclass(frozen=True, slots=True)
class Value:
    """A value: `kind` is the name of its type, `parts` the columns that tell it."""

    kind: str
    parts: tuple[Expr, ...]

    @property
    def unknown(self) -> Expr:
        """Whether it is unknown."""
        return is_null(self.parts[0])


@dataclass(frozen=True, slots=True)
class Object:
    """A part of the record: the row of a grain's table, `path` within it. `there` is whether it is known."""

    table: Table
    path: tuple[str, ...]
    grain: Grain
    there: Expr
    pick: tuple[str, ...] = ()
    """The sides to go to, from the grain where it is seen, to the grain whose table it is in."""
    grains: tuple[Grain, ...] = ()
    """The grains from which these steps are taken."""


@dataclass(frozen=True, slots=True)
class Elements:
    """A list: its elements are the rows of `grain` with `keep` true, which belong to the row of the owner.

    Attributes:
        grain: of the elements; its first keys are those of the owner.
        element: an element, seen in that grain.
        keep: which rows are meant; where it is unknown, the row is not meant.
        unknown: whether the list is unknown, seen where the list is.
        places: where the keys of the owner stand among the keys of the grain where the list is seen.
        env: the names that hold in the grain of the elements.
        repeated: whether equal elements that should stand once may stand several times.
    """

    grain: Grain
    element: Value | Object
    keep: Expr
    unknown: Expr
    places: tuple[int, ...]
    env: Env
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Fixed:
    """A constant that is no single value: a list of words, an interval."""

    value: Any


SqlValue = Value | Object | Elements | Fixed
"""What an expression of the rule language comes to in SQL."""


@dataclass(frozen=True, slots=True, eq=False)
class Env:
    """The names that hold for the rows of a grain; `left` and `right` those of the grains that it combines."""

    grain: Grain
    names: Mapping[int | str, SqlValue] = field(default_factory=dict)
    left: Env | None = None
    right: Env | None = None


def seen(value: SqlValue, grain: Grain, side: str) -> SqlValue:
    """A value of one side, seen in the grain that combines it."""
    if isinstance(value, Value):
        return Value(value.kind, tuple(capture(part, grain, side) for part in value.parts))
    if isinstance(value, Object):
        there = capture(value.there, grain, side)
        return Object(value.table, value.path, value.grain, there, (side, *value.pick), (grain, *value.grains))
    if isinstance(value, Elements):
        places = value.places if side == LEFT else tuple(grain.right_places[place] for place in value.places)
        unknown = capture(value.unknown, grain, side)
        return Elements(value.grain, value.element, value.keep, unknown, places, value.env, value.repeated)
    return value


def column_of(owner: Object, name: str) -> Expr:
    """A column of the table that a part is in, seen where the part is."""
    found = owner.grain.column(name)
    for side, grain in zip(reversed(owner.pick), reversed(owner.grains), strict=True):
        found = capture(found, grain, side)
    return found


def chosen(condition: Expr, yes: SqlValue, no: SqlValue) -> SqlValue:
    """One value or the other."""
    if isinstance(yes, Value) and isinstance(no, Value):
        kind = no.kind if yes.kind == "null" else yes.kind
        one, other = _typed(yes, kind), _typed(no, kind)
        return Value(kind, tuple(case(condition, a, b) for a, b in zip(one, other, strict=True)))
    raise NotCompiledError("a choice between parts of the record or lists")


def _typed(value: Value, kind: str) -> tuple[Expr, ...]:
    if value.kind == kind:
        return value.parts
    if value.kind != "null":
        raise NotCompiledError(
            message("a choice between { $kind } and { $kind_2 }", kind=Verbatim(value.kind), kind_2=kind)
        )
    return tuple(lit(None, one) for one in SQL_TYPES[kind])


def nothing(kind: str) -> Value:
    """The unknown value of a kind."""
    return Value(kind, tuple(lit(None, one) for one in SQL_TYPES[kind]))


SQL_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "null": ("boolean",),
    "Boolean": ("boolean",),
    "String": ("text",),
    "Integer": ("integer", "integer"),
    "Decimal": ("decimal", "integer"),
    "Quantity": ("decimal", "integer", "text"),
    "Date": ("integer", "integer"),
    "DateTime": ("bigint", "bigint", "bigint", "bigint"),
}
