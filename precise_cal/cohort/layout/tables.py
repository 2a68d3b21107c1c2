"""The relational layout of records, made from their schema: one table of participants, one for each list of parts.

A part that is no list is told by columns with its name in front (``renal_on_dialysis``). A list is a table whose rows
name their participant and their position in the list, and a column ``<list>_count`` where the list belongs: null for a
list that is unknown, 0 for one that is known to be empty. What is recorded stands as it was recorded; beside it stand
columns that rules compute with (`columns_of`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.cohort.errors import CohortError
from precise_cal.language.catalog import message
from precise_cal.protocol.schema.tree import QUANTITY, PartSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.protocol.schema.tree import FieldSchema, RecordSchema

Kind = Literal[
    "text", "boolean", "integer", "decimal", "date", "instant", "quantity", "derived", "list", "instead", "presence"
]
Arrow = Literal["string", "bool", "int8", "int32", "int64", "decimal", "strings"]

KEY: Final = "_participant"
"""The number of a participant, under a name that no field of a record can have."""
PARTICIPANTS: Final = "participants"
UNFIT: Final = "left_to_interpreter"


@dataclass(frozen=True, slots=True)
class Field:
    """A datum of the record in a table: where it stands in the part, and the columns that hold it.

    ``list`` is a list of values, ``instead`` the value that stands in the place of a part, ``presence`` whether a part
    is there that may be absent as a whole.
    """

    path: tuple[str, ...]
    kind: Kind

    @property
    def name(self) -> str:
        """The name of its first column."""
        return "_".join(self.path)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, and what it holds."""

    name: str
    type: Arrow
    about: str


@dataclass(frozen=True)
class Table:
    """A table: a list of parts, or the participants.

    `path` leads to the list from the part that owns it; `keys` name the participant and the positions, from 0, of the
    part and its owners in their lists.
    """

    name: str
    path: tuple[str, ...]
    part: PartSchema
    keys: tuple[str, ...]
    fields: tuple[Field, ...]
    children: tuple[Table, ...]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every column, the keys first."""
        keys = [Column(key, "int64" if key == KEY else "int32", _about_key(key)) for key in self.keys]
        own = [column for field in self.fields for column in columns_of(field, self.part)]
        lists = [Column(child.count, "int32", "rows; null for an unknown list") for child in self.children]
        extra = [Column(UNFIT, "string", "what no column holds exactly: left to the interpreter")]
        return (*keys, *own, *lists, *(extra if self.name == PARTICIPANTS else ()))

    @property
    def count(self) -> str:
        """The column of the owner that holds how many rows there are."""
        return f"{'_'.join(self.path)}_count"

    def walk(self) -> Iterator[Table]:
        """This table and those below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@cache
def layout(schema: RecordSchema) -> Table:
    """The table of participants, with those of their lists below it."""
    return _table(PARTICIPANTS, (), schema.root, (KEY,))


@cache
def tables(schema: RecordSchema) -> dict[str, Table]:
    """Every table by name."""
    return {table.name: table for table in layout(schema).walk()}


def role_field(schema: RecordSchema, role: str) -> Field | None:
    """The field of a participant that a role is; None where it is an expression, and where there is no such role."""
    path = schema.role_path(role)
    return None if path is None else next((one for one in layout(schema).fields if one.path == path), None)


def role_column(schema: RecordSchema, role: str) -> str | None:
    """The column of participants that holds a role; None where there is no such role.

    Raises:
        CohortError: the role is an expression, which no column holds.
    """
    field = role_field(schema, role)
    if field is None and role in schema.roles:
        text = message(
            "a cohort has the role { $role } in a column: record.yaml should name a field, not { $roles }",
            role=role,
            roles=schema.roles[role],
        )
        raise CohortError(text)
    return None if field is None else field.name


def who(schema: RecordSchema, quoted: Callable[[str], str]) -> tuple[str, ...]:
    """What SQL selects to tell who a row of the table of participants is: number, site, name. Raises: CohortError."""
    site, name = role_column(schema, "site"), role_column(schema, "participant")
    where, whom = ("CAST(NULL AS VARCHAR(64))" if one is None else quoted(one) for one in (site, name))
    return KEY, f"{where} AS site_id", f"{whom} AS subject_id"


def columns_of(field: Field, part: PartSchema) -> tuple[Column, ...]:
    """The columns of a datum of a part: as recorded, and as rules compute with it."""
    name, about = field.name, _about(part, field.path)
    if field.kind in _SIMPLE:
        return (Column(name, _SIMPLE[field.kind], about),)
    return tuple(Column(f"{name}{end}", kind, f"{about}{words}") for end, kind, words in _ENDINGS[field.kind])


_SIMPLE: Final[dict[str, Arrow]] = {
    "text": "string", "boolean": "bool", "integer": "int32", "list": "strings", "instead": "string", "presence": "bool",
}  # fmt: skip
_EXACT: Final[tuple[tuple[str, Arrow, str], ...]] = (
    ("_exact", "decimal", ", for rules"),
    ("_places", "int8", ", decimals as recorded"),
)
_IN: Final[tuple[str, Arrow, str]] = ("_in", "string", ", unit of _exact")
_ENDINGS: Final[dict[str, tuple[tuple[str, Arrow, str], ...]]] = {
    "decimal": (("", "string", ""), *_EXACT),
    "date": (
        ("", "string", ""),
        ("_low", "int32", ", first day it may be"),
        ("_high", "int32", ", last day it may be"),
    ),
    "instant": (
        ("", "string", ""),
        ("_low", "int64", ", first millisecond it may be"),
        ("_high", "int64", ", last millisecond it may be"),
    ),
    "quantity": (("_value", "string", ""), ("_unit", "string", ", unit"), *_EXACT, _IN),
    "derived": (*_EXACT, _IN),
}


def _about_key(key: str) -> str:
    if key == KEY:
        return "number of the participant in the cohort, from 1"
    return "position in the list" if key == "position" else f"position of the {key.replace('_', ' ')}"


def _about(part: PartSchema, path: tuple[str, ...]) -> str:
    """The words of the record's own schema."""
    fields = part.along(path)
    return (fields[-1].about if len(fields) == len(path) else None) or " ".join(path)


def _table(name: str, path: tuple[str, ...], part: PartSchema, keys: tuple[str, ...]) -> Table:
    children = tuple(_child(where, one, part, keys) for where, one in part.walk(into_lists=False) if one.rows)
    return Table(name, path, part, keys, tuple(_fields(part)), children)


def _child(path: tuple[str, ...], field: FieldSchema, owner: PartSchema, keys: tuple[str, ...]) -> Table:
    assert field.rows is not None
    above = (*keys[:-1], _snake(owner.name)) if len(keys) > 1 else keys
    return _table(field.table or field.name, path, field.rows, (*above, "position"))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _fields(part: PartSchema) -> Iterator[Field]:
    """The data of a part; of one that may be absent as a whole, whether it is there."""
    if part.has_quantity:
        yield Field((QUANTITY,), "derived")
    for path, one in part.walk(into_lists=False):
        if not isinstance(one.type, PartSchema):
            if one.rows is None:
                yield Field(path, _KINDS.get(one.type.kind, "text"))
            continue
        if one.alternatives:
            yield Field(path, "instead")
        elif not one.known:
            yield Field((*path, "recorded"), "presence")
        if one.type.has_quantity:
            yield Field((*path, QUANTITY), "derived")


_KINDS: Final[dict[str, Kind]] = {
    "boolean": "boolean", "integer": "integer", "decimal": "decimal", "date": "date", "instant": "instant",
    "quantity": "quantity", "list": "list",
}  # fmt: skip
"""How values are told by columns, if not as text."""
