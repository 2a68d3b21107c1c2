"""What a record is made of: parts with fields, each with its type. Read once from a trial's ``record.yaml``.

Everything that depends on the form of records follows from this tree: the typed model, the classes of the rule
language, the JSON Schema, the tables of cohorts, pointers and questions.
"""

from __future__ import annotations

import keyword
from dataclasses import field
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias

from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.pointer import pointer_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    Path = tuple[str, ...]

ScalarKind = Literal["boolean", "integer", "decimal", "text", "identifier", "date", "instant", "unit", "words"]
Kind = ScalarKind | Literal["quantity", "part", "list"]
"""What a type is: each has its `kind`."""

MOMENTS: Final = ("date", "instant")
"""The kinds of scalars that say when."""

QUANTITY: Final = "quantity"
"""What rules call the value and unit of a part together, where the part has them as fields of its own."""
ROOT: Final = "Record"
"""The name of the part that is the whole record."""
_TAKEN: Final = frozenset({
    "attributes", "construct", "copy", "dict", "form", "from_orm", "json", "model_computed_fields", "model_config",
    "model_construct", "model_copy", "model_dump", "model_dump_json", "model_extra", "model_fields", "model_fields_set",
    "model_json_schema", "model_parametrized_name", "model_post_init", "model_rebuild", "model_validate",
    "model_validate_json", "model_validate_strings", "parse_file", "parse_obj", "parse_raw", QUANTITY, "schema",
    "schema_json", "update_forward_refs", "validate",
})  # fmt: skip
"""What records and Pydantic's models have themselves; a test holds that these are all, for a start imports none."""


@immutable()
class Scalar:
    """A single value: its kind, and the words, range or pattern that bound it."""

    kind: ScalarKind
    words: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    pattern: str | None = None


@immutable()
class QuantityKind:
    """A kind of measured value.

    `like` is a UCUM unit that the recorded one must be convertible to, empty for any; `low` and `high`, in that unit,
    bound the value, both included; `positive` asks for a value above 0.
    """

    kind: ClassVar[Literal["quantity"]] = "quantity"

    name: str
    about: str
    like: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    positive: bool = False


@immutable()
class ListOf:
    """A list of one type."""

    kind: ClassVar[Literal["list"]] = "list"

    item: Scalar | QuantityKind | PartSchema


@immutable()
class Reveals:
    """A field tells the allocation; `sparing` names the field within it of which the earliest value may be seen."""

    sparing: str | None = None


@immutable()
class FieldSchema:
    """A field of a part. `known`: the part that it holds always exists, though all of it may be unknown."""

    name: str
    type: FieldType
    about: str | None = None
    required: bool = False
    known: bool = False
    alternatives: tuple[Scalar, ...] = ()
    title: str | None = None
    title_zh: str | None = None
    reveals: Reveals | None = None
    table: str | None = None
    """What cohorts call the table of a list, where that is not the field's own name."""

    @property
    def attribute(self) -> str:
        """The name of the attribute of the typed model: the field's own, or with ``_`` where Python has that name."""
        return f"{self.name}_" if keyword.iskeyword(self.name) or self.name in _TAKEN else self.name

    @property
    def inner(self) -> Scalar | QuantityKind | PartSchema:
        """The type of what the field holds, singly or in a list."""
        return self.type.item if isinstance(self.type, ListOf) else self.type

    @property
    def is_list(self) -> bool:
        """Whether the field holds a list, of parts or of values."""
        return self.type.kind == "list"

    @property
    def part(self) -> PartSchema | None:
        """The part that the field holds, singly or in a list; None for a field that holds values."""
        return self.inner if self.inner.kind == "part" else None

    @property
    def rows(self) -> PartSchema | None:
        """The part of which the field holds a list; None for any other field."""
        return self.part if self.is_list else None

    @property
    def is_moment(self) -> bool:
        """Whether the field holds one date or instant."""
        return self.type.kind in MOMENTS

    @property
    def words(self) -> tuple[str, ...]:
        """The words that the field accepts, where it accepts no others."""
        return self.inner.words if isinstance(self.inner, Scalar) else ()


@immutable(eq=False)
class PartSchema:
    """A named object. Rules read ``quantity`` of it where it is `measured`, or where `amount` names value and unit."""

    kind: ClassVar[Literal["part"]] = "part"

    name: str
    about: str | None
    fields: tuple[FieldSchema, ...]
    measured: QuantityKind | None = None
    amount: tuple[str, str] | None = None
    by_name: Mapping[str, FieldSchema] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {one.name: one for one in self.fields})

    @property
    def has_quantity(self) -> bool:
        """Whether its value and unit are read together."""
        return self.measured is not None or self.amount is not None

    def along(self, path: Sequence[str]) -> tuple[FieldSchema, ...]:
        """The fields of a path from the part, as far as it has them."""
        found: list[FieldSchema] = []
        part: PartSchema | None = self
        for name in path:
            field = part.by_name.get(name) if part else None
            if field is None:
                break
            found.append(field)
            part = field.part
        return tuple(found)

    def walk(self, *, into_lists: bool = True) -> Iterator[tuple[Path, FieldSchema]]:
        """Every field below the part with its path from it, parts before what they hold.

        Args:
            into_lists: whether the fields of items are among them, or those alone that the part has once.
        """
        for one in self.fields:
            yield (one.name,), one
            if one.part is not None and (into_lists or not one.is_list):
                for path, inner in one.part.walk(into_lists=into_lists):
                    yield (one.name, *path), inner


FieldType: TypeAlias = Scalar | QuantityKind | ListOf | PartSchema


VALUE: Final = FieldSchema("value", Scalar("decimal"), "the number, exactly as recorded")
UNIT: Final = FieldSchema("unit", Scalar("unit"), "the UCUM unit of the number")
"""The fields of every measured part."""


@immutable(eq=False)
class RecordSchema:
    """The form of a trial's records. Two are the same where they were read from the same bytes.

    `sha256` is that of ``record.yaml``; `unique` names, for a list of the record by its path, the field that may not
    repeat in it; `roles` the expressions that say what the house needs to know of a record of any trial.
    """

    sha256: str
    root: PartSchema
    parts: Mapping[str, PartSchema]
    unique: Mapping[str, str]
    roles: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordSchema) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of the schema that a record may name; empty where records name none."""
        version = self.root.by_name.get("schema_version")
        return version.words if version else ()

    @property
    def revealing(self) -> tuple[tuple[str, ...], ...]:
        """The paths of the fields that tell the allocation."""
        return tuple(path for path, one in self.walk() if one.reveals is not None)

    def at(self, location: tuple[str | int, ...]) -> PartSchema | None:
        """The part at a place of a record; None where that place holds a value.

        Indices count for nothing, and neither do names that are no field: Pydantic puts the type that it tried there.
        """
        part: PartSchema | None = self.root
        for name in location:
            here = part.by_name.get(name) if part and isinstance(name, str) else None
            part = here.part if here else part
        return part

    def field(self, location: tuple[str | int, ...]) -> FieldSchema | None:
        """The field at a place of a record, indices left out; None where the schema has none."""
        names = [name for name in location if isinstance(name, str)]
        part = self.at(tuple(names[:-1])) if names else None
        return part.by_name.get(names[-1]) if part else None

    def role_path(self, role: str) -> tuple[str, ...] | None:
        """The field that a role is, by its path through parts; None for another expression, or no such role."""
        path = self.roles.get(role, "").strip()
        return tuple(path.split(".")) if self.is_single(path) else None

    def is_single(self, path: str) -> bool:
        """Whether a path of fields (`procedure.started_at`) leads to a field or part that a record has once."""
        names = tuple(path.split("."))
        steps = self.root.along(names)
        return len(steps) == len(names) and all(isinstance(step.type, PartSchema) for step in steps[:-1])

    def role_pointer(self, role: str) -> str:
        """The JSON Pointer of the field that a role is; that of the record where it is an expression."""
        return pointer_of(self.role_path(role) or ())

    def walk(self) -> Iterator[tuple[Path, FieldSchema]]:
        """Every field with its path from the root, parts before what they hold."""
        return self.root.walk()
