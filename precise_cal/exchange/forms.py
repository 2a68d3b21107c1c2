"""The record as forms: a table for what a participant has once, one for each list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.exchange.plan import outer_list
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.schema.tree import UNIT, QuantityKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.protocol.schema.tree import FieldSchema, PartSchema, RecordSchema

    Path = tuple[str, ...]

PARTICIPANT: Final = "participant"
"""The name of the first table, and of the column by which the others refer to it."""
SEPARATOR: Final = "; "
NONE: Final = "none"
SOME: Final = "some"
"""What a form says of a list: that there is nothing of it, or that its own table has the rows."""
_STATED: Final = frozenset({"schema_version"})
"""What no person fills in: the map knows it."""


@immutable()
class FormColumn:
    """A column of a form.

    Attributes:
        name: in the form; a dotted path below the table.
        field: of the record; None for the column that names the participant.
        of_unit: whether it holds the unit of the measured value before it.
        of_parent: whether it names the item of the outer list.
    """

    name: str
    field: FieldSchema | None
    of_unit: bool = False
    of_parent: bool = False

    @property
    def path(self) -> str:
        """The path of the field below the table."""
        return self.name.removesuffix(f" {UNIT.name}") if self.of_unit else self.name

    @property
    def words(self) -> tuple[str, ...]:
        """The words that may stand in it; empty where any text may."""
        kind = self.kind
        if kind == "boolean":
            return ("true", "false")
        if kind == "rows":
            return (NONE, SOME)
        return self.field.words if self.field is not None else ()

    @property
    def kind(self) -> str:
        """The kind of its values: that of a scalar, ``quantity``, ``unit``, or ``rows`` for those of another table."""
        if self.field is None:
            return "identifier"
        if self.of_unit:
            return "unit"
        return "rows" if self.field.part else self.field.inner.kind

    @property
    def is_list(self) -> bool:
        """Whether several values stand in one cell."""
        return self.field is not None and self.field.is_list

    @property
    def unit(self) -> str | None:
        """The unit that its values are like, where the record's form names one."""
        kind = self.field.type if self.field is not None else None
        return kind.like or None if isinstance(kind, QuantityKind) else None


@immutable()
class FormTable:
    """A table of a form: `into` is the list of the record that its rows fill, empty for what stands once."""

    name: str
    into: Path
    columns: tuple[FormColumn, ...]
    key: str | None = None


def form_tables(schema: RecordSchema, takes: Callable[[Path], bool] | None = None) -> list[FormTable]:
    """The tables of a record.

    Args:
        schema: of the record.
        takes: whether a field, by its path without positions, has a place in the form; None for all of them.
    """
    subject = schema.role_path("participant") or ()
    first = FormColumn(PARTICIPANT, None)
    once = [one for path, one in _columns(schema.root, (), takes) if path != subject and path[0] not in _STATED]
    tables = [FormTable(PARTICIPANT, (), (first, *once))]
    for path, field in schema.walk():
        if field.rows is None:
            continue
        columns = [one for _, one in _columns(field.rows, path, takes)]
        outer = outer_list(schema, path)
        parent = schema.unique.get(".".join(outer)) if outer else None
        if not columns or (outer and parent is None):
            continue
        key = schema.unique.get(".".join(path))
        above = [FormColumn(f"{outer[-1]}.{parent}", schema.field((*outer, parent)), of_parent=True)] if parent else []
        tables.append(FormTable(".".join(path), path, (first, *above, *columns), key))
    return tables


def _columns(part: PartSchema, base: Path, takes: Callable[[Path], bool] | None) -> Iterator[tuple[Path, FormColumn]]:
    for path, field in part.walk(into_lists=False):
        if field.type.kind != "part" and (takes is None or takes((*base, *path))):
            yield path, FormColumn(".".join(path), field)
            if field.type.kind == "quantity":
                yield path, FormColumn(f"{'.'.join(path)} {UNIT.name}", field, of_unit=True)
