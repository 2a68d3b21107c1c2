"""The relational layout of the record, made from its models: one table of participants, one for each list of parts.

A part that is no list is told by columns with its name in front (``renal_on_dialysis``). A list is a table whose rows
name their participant and their position in the list, and a column ``<list>_count`` where the list belongs: null for a
list that is unknown, 0 for one that is known to be empty. What is recorded stands as it was recorded; beside it stand
columns that rules compute with (`columns_of`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from precise_cal.protocol.part import Measured, Part
from precise_cal.protocol.record import AnalysisReference, Randomization, Record
from precise_cal.protocol.temporal import Date, DateTime

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal[
    "text", "boolean", "integer", "decimal", "date", "instant", "quantity", "derived", "words", "reference", "presence"
]
Arrow = Literal["string", "bool", "int8", "int32", "int64", "decimal", "strings"]

KEY: Final = "participant"
NAMES: Final = {
    "reference_vessel_diameter": "diameters",
    "modification": "modifications",
    "qfr_measurements": "qfr",
}
"""Tables that are not called as the field that holds the list."""
_PARTICIPANTS: Final = "participants"


@dataclass(frozen=True, slots=True)
class Field:
    """A datum of the record in a table: where it stands in the part, and the columns that hold it."""

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


@dataclass(frozen=True, slots=True)
class Table:
    """A table: a list of parts, or the participants.

    `path` leads to the list from the part that owns it; `keys` name the participant and the positions, from 0, of the
    part and its owners in their lists.
    """

    name: str
    path: tuple[str, ...]
    part: type[Part]
    keys: tuple[str, ...]
    fields: tuple[Field, ...]
    children: tuple[Table, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column, the keys first."""
        keys = [
            Column(key, "int64" if key == KEY else "int32", _KEYS.get(key, "position in the list")) for key in self.keys
        ]
        own = [column for field in self.fields for column in columns_of(field, self.part)]
        lists = [Column(child.count, "int32", "rows; null for an unknown list") for child in self.children]
        extra = [Column(UNFIT, "string", "what no column holds exactly: left to the interpreter")]
        return (*keys, *own, *lists, *(extra if self.name == _PARTICIPANTS else ()))

    @property
    def count(self) -> str:
        """The column of the owner that holds how many rows there are."""
        return f"{'_'.join(self.path)}_count"

    def walk(self) -> Iterator[Table]:
        """This table and those below it."""
        yield self
        for child in self.children:
            yield from child.walk()


UNFIT: Final = "left_to_interpreter"
_KEYS: Final = {KEY: "number of the participant in the cohort, from 1", "lesion": "position of the lesion"}


@cache
def layout() -> Table:
    """The table of participants, with those of their lists below it."""
    return _table(_PARTICIPANTS, (), Record, (KEY,))


@cache
def tables() -> dict[str, Table]:
    """Every table by name."""
    return {table.name: table for table in layout().walk()}


def columns_of(field: Field, part: type[Part] | None = None) -> tuple[Column, ...]:
    """The columns of a datum: as recorded, and as rules compute with it."""
    name, about = field.name, _about(part, field.path)
    if field.kind in _SIMPLE:
        return (Column(name, _SIMPLE[field.kind], about),)
    return tuple(Column(f"{name}{end}", kind, f"{about}{words}") for end, kind, words in _ENDINGS[field.kind])


_SIMPLE: Final[dict[str, Arrow]] = {
    "text": "string", "boolean": "bool", "integer": "int32", "words": "strings", "presence": "bool",
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
    "reference": (("", "string", ""), ("_file", "string", ", file"), ("_sha256", "string", ", SHA-256 of the file")),
}


def _about(part: type[Part] | None, path: tuple[str, ...]) -> str:
    """The words of the record's own schema."""
    for name in path[:-1]:
        part = _single(part.model_fields[name].annotation) if part else None
    known = part.model_fields.get(path[-1]) if part else None
    return (known.description if known else None) or " ".join(path)


def _table(name: str, path: tuple[str, ...], part: type[Part], keys: tuple[str, ...]) -> Table:
    fields = tuple(_fields(part, ()))
    children = tuple(_child(where, item, keys) for where, item in _lists(part, ()))
    return Table(name, path, part, keys, fields, children)


def _child(path: tuple[str, ...], item: type[Part], keys: tuple[str, ...]) -> Table:
    above = (*keys[:-1], "lesion") if len(keys) > 1 else keys
    return _table(NAMES.get(path[-1], path[-1]), path, item, (*above, "position"))


def _fields(part: type[Part], path: tuple[str, ...]) -> Iterator[Field]:
    """The data of a part; of one that may be absent as a whole, whether it is there."""
    if part.derived:
        yield Field((*path, "quantity"), "derived")
    for name, field in part.model_fields.items():
        here, kind = (*path, name), _kind(field.annotation)
        inner = _single(field.annotation)
        if kind is not None:
            yield Field(here, kind)
        elif inner is not None:
            if inner is Randomization:
                yield Field((*here, "recorded"), "presence")
            yield from _fields(inner, here)


def _lists(part: type[Part], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], type[Part]]]:
    for name, field in part.model_fields.items():
        inner, item = _single(field.annotation), _item(field.annotation)
        if item is not None:
            yield (*path, name), item
        elif inner is not None and _kind(field.annotation) is None:
            yield from _lists(inner, (*path, name))


def _members(annotation: Any) -> list[Any]:
    """The members of a union without null, the annotations of each taken off."""
    found = (
        [member for member in get_args(annotation) if member is not NoneType] if _is_union(annotation) else [annotation]
    )
    return [getattr(member, "__origin__", member) if hasattr(member, "__metadata__") else member for member in found]


def _is_union(annotation: Any) -> bool:
    return not hasattr(annotation, "__metadata__") and NoneType in get_args(annotation)


def _single(annotation: Any) -> type[Part] | None:
    """The part that a field holds singly."""
    return next((one for one in _members(annotation) if isinstance(one, type) and issubclass(one, Part)), None)


def _item(annotation: Any) -> type[Part] | None:
    """The part of which a field holds a list."""
    first = _members(annotation)[0]
    return _single(get_args(first)[0]) if get_origin(first) is tuple else None


_SCALARS: Final[dict[Any, Kind]] = {
    bool: "boolean", int: "integer", str: "text", Date: "date", DateTime: "instant",
}  # fmt: skip


def _kind(annotation: Any) -> Kind | None:
    """How a field is told by columns; None for parts and lists of parts."""
    members = _members(annotation)
    first = members[0]
    if AnalysisReference in members:
        return "reference"
    if get_origin(first) is tuple:
        return None if _item(annotation) else "words"
    if get_origin(first) is Literal:
        return "text"
    if isinstance(first, type) and issubclass(first, Part):
        return "quantity" if issubclass(first, Measured) and not first.derived else None
    return _SCALARS.get(first, "decimal")
