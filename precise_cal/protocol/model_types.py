"""The scalar values of a record as Pydantic's annotated types, with their JSON Schemas.

Each is read from what JSON holds by a function of `protocol.scalars` or `protocol.identifiers`, and refused with a text
that says what would be right. None of them has a default: what is absent stays ``None``, which means unknown.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, StringConstraints, WithJsonSchema

from precise_cal.protocol.identifiers import MAX_LENGTH as MAX_IDENTIFIER
from precise_cal.protocol.identifiers import read_identifier
from precise_cal.protocol.placeholders import is_placeholder
from precise_cal.protocol.scalars import MAX_TEXT, read_date, read_decimal, read_instant, read_unit
from precise_cal.protocol.temporal import Date, DateTime

_AS_TEXT = PlainSerializer(str, return_type=str)

Amount = Annotated[
    Decimal,
    PlainValidator(read_decimal),
    _AS_TEXT,
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": r"^-?(0|[1-9]\d*)(\.\d+)?$"}, {"type": "number"}]},
    ),
]
Instant = Annotated[
    DateTime,
    PlainValidator(read_instant),
    _AS_TEXT,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(19|2[01])\d\d(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?)?)?$",
            "examples": ["2026-03-09T10:05:00+08:00", "2026-03-09"],
        },
    ),
]
PartialDate = Annotated[
    Date,
    PlainValidator(read_date),
    _AS_TEXT,
    WithJsonSchema(
        {"type": "string", "pattern": r"^(19|2[01])\d\d(-\d\d(-\d\d)?)?$", "examples": ["1956-05-10", "1956-05"]}
    ),
]
UnitCode = Annotated[
    str,
    PlainValidator(read_unit),
    WithJsonSchema({"type": "string", "minLength": 1, "description": "UCUM unit", "examples": ["mm", "ng/L"]}),
]
Identifier = Annotated[
    str,
    PlainValidator(read_identifier),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": MAX_IDENTIFIER, "pattern": r"^[^\s\x00-\x1f\x7f]+$"},
    ),
]
"""A name that is unique in its trial: `precise_cal.protocol.identifiers`."""

StatedText = Annotated[str, StringConstraints(strict=True, max_length=MAX_TEXT)]
"""Free text. It is shown, never interpreted."""


def _none_if_placeholder(value: Any) -> Any:
    return None if isinstance(value, str) and is_placeholder(value) else value


PLACEHOLDER_IS_UNKNOWN: Final = BeforeValidator(_none_if_placeholder)
"""For a field of free text: a placeholder reads as ``null``."""
