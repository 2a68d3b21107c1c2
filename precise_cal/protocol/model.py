"""The typed model of a schema: one Pydantic class for each part, made when the first record is read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, StrictBool, StrictInt, create_model

from precise_cal.protocol.part import EMPTY_IS_UNKNOWN, KNOWN, Amounted, Measured, Part
from precise_cal.protocol.placeholders import PLACEHOLDER_IS_UNKNOWN
from precise_cal.protocol.scalars import Amount, Identifier, Instant, PartialDate, StatedText, UnitCode
from precise_cal.protocol.schema.tree import UNIT, VALUE, ListOf, PartSchema, QuantityKind, Scalar

if TYPE_CHECKING:
    from decimal import Decimal

    from precise_cal.protocol.schema.tree import FieldSchema, FieldType, RecordSchema

MAX_ITEMS: Final = 200
"""Items that a list of a record may have; some rules compare each item with every other."""
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


@cache
def model_of(schema: RecordSchema) -> type[Part]:
    """The class of the records of a schema. Each class knows the part that it was made from, as ``form``."""
    return _Maker().part(schema.root)


class _Maker:
    def __init__(self) -> None:
        self.made: dict[str, type[Part]] = {}

    def part(self, part: PartSchema) -> type[Part]:
        if part.name not in self.made:
            fields: Any = {one.attribute: self.field(one) for one in part.fields if one not in (VALUE, UNIT)}
            made: type[Part] = create_model(part.name, __base__=self.base(part), __doc__=part.about, **fields)
            made.form = part
            self.made[part.name] = made
        return self.made[part.name]

    def base(self, part: PartSchema) -> type[Part]:
        if part.measured is not None:
            return self.quantity(part.measured)
        return Amounted if part.amount is not None else Part

    def quantity(self, kind: QuantityKind) -> type[Part]:
        if kind.name not in self.made:
            made = create_model(kind.name, __base__=Measured, __doc__=kind.about)
            made.kind = kind
            self.made[kind.name] = made
        return self.made[kind.name]

    def field(self, field: FieldSchema) -> tuple[Any, Any]:
        inner = self.type(field.type)
        alias = field.name if field.attribute != field.name else None
        if field.known:
            return Annotated[inner, KNOWN], Field(default_factory=inner, alias=alias, title=field.title)
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
        return Annotated[inner | None, EMPTY_IS_UNKNOWN]
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
