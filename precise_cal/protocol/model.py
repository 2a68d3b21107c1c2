"""The typed model of a schema: one Pydantic class for each part, which says of a document all that is wrong with it.

It is made when a document does not plainly fit (`protocol.reading`), or its JSON Schema is asked for.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    create_model,
    model_validator,
)

from precise_cal.protocol.model_types import (
    PLACEHOLDER_IS_UNKNOWN,
    Amount,
    Identifier,
    Instant,
    PartialDate,
    StatedText,
    UnitCode,
)
from precise_cal.protocol.part import Part, check_range, classes_of
from precise_cal.protocol.scalars import MAX_ITEMS
from precise_cal.protocol.schema.tree import UNIT, VALUE, ListOf, PartSchema, QuantityKind, Scalar

if TYPE_CHECKING:
    from decimal import Decimal

    from precise_cal.protocol.schema.tree import FieldSchema, FieldType, RecordSchema

_TEXT: Final = Scalar("text")
_SCALARS: Final[dict[str, Any]] = {
    "boolean": StrictBool,
    "integer": StrictInt,
    "decimal": Amount,
    "text": StatedText,
    "identifier": Identifier,
    "date": PartialDate,
    "instant": Instant,
    "unit": UnitCode,
}


class Model(BaseModel):
    """A part: frozen, and closed to fields that the schema does not know; every field may be absent."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    form: ClassVar[type[Part]]
    """What the part is in a record that was read."""


class _Measured(Model):
    kind: ClassVar[QuantityKind]

    value: Amount | None = Field(None, description=VALUE.about)
    unit: UnitCode | None = Field(None, description=UNIT.about)

    @model_validator(mode="after")
    def _within_range(self) -> Self:
        check_range(self.kind, self.value, self.unit)
        return self


def _empty_if_none(value: Any) -> Any:
    return {} if value is None else value


_KNOWN: Final = BeforeValidator(_empty_if_none)
"""For a part that always exists, though all of it may be unknown: ``null`` reads as ``{}``."""


def _none_if_empty(part: Model | None) -> Model | None:
    return None if part is None or all(getattr(part, name) is None for name in type(part).model_fields) else part


_EMPTY_IS_UNKNOWN: Final = AfterValidator(_none_if_empty)
"""For a part whose presence says something: one of which nothing is known says nothing, and reads as ``null``."""


def record_of(value: Any) -> Any:
    """What a validated value is in a record that was read."""
    if isinstance(value, Model):
        return value.form({name: record_of(getattr(value, name)) for name in value.form.attributes})
    return tuple(map(record_of, value)) if isinstance(value, tuple) else value


@cache
def model_of(schema: RecordSchema) -> type[Model]:
    """The model of the records of a schema."""
    return _Maker(schema).part(schema.root)


class _Maker:
    def __init__(self, schema: RecordSchema) -> None:
        self.classes = classes_of(schema)
        self.made: dict[str, type[Model]] = {}

    def part(self, part: PartSchema) -> type[Model]:
        if part.name not in self.made:
            fields: Any = {one.attribute: self.field(one) for one in part.fields if one not in (VALUE, UNIT)}
            made: type[Model] = create_model(part.name, __base__=self.base(part), __doc__=part.about, **fields)
            made.form = self.classes.part(part)
            self.made[part.name] = made
        return self.made[part.name]

    def base(self, part: PartSchema) -> type[Model]:
        return Model if part.measured is None else self.quantity(part.measured)

    def quantity(self, kind: QuantityKind) -> type[Model]:
        if kind.name not in self.made:
            made = create_model(kind.name, __base__=_Measured, __doc__=kind.about)
            made.kind, made.form = kind, self.classes.quantity(kind)
            self.made[kind.name] = made
        return self.made[kind.name]

    def field(self, field: FieldSchema) -> tuple[Any, Any]:
        inner = self.type(field.type)
        alias = field.name if field.attribute != field.name else None
        if field.known:
            return Annotated[inner, _KNOWN], Field(default_factory=inner, alias=alias, title=field.title)
        described: Any = {"description": field.about, "alias": alias, "title": field.title}
        for other in field.alternatives:
            inner = inner | self.type(other)
        if field.required:
            return inner, Field(**described)
        return _optional(inner, field), Field(None, **described)

    def type(self, kind: FieldType) -> Any:
        match kind:
            case ListOf(item=item):
                return Annotated[tuple[self.type(item), ...], Field(max_length=MAX_ITEMS)]  # type: ignore[misc] # made at run time
            case PartSchema():
                return self.part(kind)
            case QuantityKind():
                return self.quantity(kind)
        return _scalar(kind)


def _optional(inner: Any, field: FieldSchema) -> Any:
    """The type of a field that may be unknown; what says nothing reads as unknown."""
    if _TEXT in (field.type, *field.alternatives):
        return Annotated[inner | None, PLACEHOLDER_IS_UNKNOWN]
    if field.type.kind == "part" and not field.alternatives:
        return Annotated[inner | None, _EMPTY_IS_UNKNOWN]
    return inner | None


def _scalar(kind: Scalar) -> Any:
    if kind.kind == "words":
        return Literal[kind.words]
    plain = _SCALARS[kind.kind]
    if kind.pattern is not None:
        return Annotated[str, Field(pattern=kind.pattern)]
    if kind.low is None and kind.high is None:
        return plain
    return Annotated[plain, Field(ge=_bound(kind.low), le=_bound(kind.high))]


def _bound(value: Decimal | None) -> Decimal | int | None:
    """A whole bound as an integer, which messages show as such."""
    return int(value) if value is not None and value == int(value) else value
