"""What is wrong with a study, as a reader understands it: place, value, and what would be right."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

SHOWN: Final = 60
"""Characters of a value that a message shows."""
MOST: Final = 12
"""Problems that are told at once."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Marks a type with what is expected of it, in words; a value that does not fit is answered with them."""

    what: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of the type, whose own messages are replaced; those of its parts keep their place."""
        return core_schema.no_info_wrap_validator_function(self._checked, handler(source))

    def _checked(self, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            if any(one["loc"] and not _too_few(one) for one in error.errors(include_url=False)):
                raise
            raise PydanticCustomError("expected", "{what}", {"what": self.what}) from error


def _too_few(one: ErrorDetails) -> bool:
    """Whether an item of a list of fixed length is absent: that is a fault of the list."""
    return one["type"] == "missing" and len(one["loc"]) == 1 and isinstance(one["loc"][0], int)


def number(value: object) -> object:
    """A finite number; decimal values may arrive as strings.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("no number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found) or (isinstance(value, str) and "_" in value):
        raise ValueError("no finite number")
    return found


def problems(error: ValidationError, parts: Mapping[str, type[BaseModel]]) -> str:
    """All problems of a validation, each with its JSON Pointer.

    Args:
        error: What the validation raised.
        parts: Model that stands under each name of the form; the whole under the empty name.
    """
    every = error.errors(include_url=False)
    found = [one for one in every if one["type"] != "too_short" or not _within(one["loc"], every)]
    told = [_problem(one, parts) for one in found[:MOST]]
    return "; ".join(told + [message("and { $count } more", count=len(found) - MOST)] * (len(found) > MOST))


def _within(place: tuple[int | str, ...], every: list[ErrorDetails]) -> bool:
    """Whether there are problems within this place: items that are wrong do not count, and the list seems too short."""
    return any(len(one["loc"]) > len(place) and one["loc"][: len(place)] == place for one in every)


def _problem(one: ErrorDetails, parts: Mapping[str, type[BaseModel]]) -> str:
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in one["loc"])
    parent = next((str(step) for step in reversed(one["loc"][:-1]) if step in parts), "")
    if one["type"] == "extra_forbidden":
        return message(
            "{ $pointer }: unknown; { $nearest }", pointer=pointer, nearest=_nearest(str(one["loc"][-1]), parts[parent])
        )
    if one["type"] == "missing":
        return message(
            "{ $pointer }: nothing found, { $wanted } expected",
            pointer=pointer,
            wanted=_wanted(str(one["loc"][-1]), parts[parent]),
        )
    if one["type"] == "expected":
        return message(
            "{ $value }: { $shown } found, { $what } expected",
            value=pointer or "/",
            shown=_shown(one["input"]),
            what=one["ctx"]["what"],
        )
    if one["type"] == "value_error":
        return f"{pointer}/{one['ctx']['error']}"
    return message(
        "{ $value }: { $shown } found, { $kind } expected",
        value=pointer or "/",
        shown=_shown(one["input"]),
        kind=_kind(one),
    )


def _kind(one: ErrorDetails) -> str:
    return {"model_type": "an object", "dict_type": "an object", "tuple_type": "a list"}.get(one["type"], one["msg"])


def _wanted(name: str, part: type[BaseModel]) -> str:
    for field, info in part.model_fields.items():
        if name in (field, info.alias):
            return next((one.what for one in info.metadata if isinstance(one, Expected)), name)
    return name


def _nearest(name: str, part: type[BaseModel]) -> str:
    known = [info.alias or field for field, info in part.model_fields.items()]
    near = difflib.get_close_matches(name, known, 1, 0.5)
    return (
        message("the nearest known name is { $near }", near=near[0])
        if near
        else message("known are { $known }", known=", ".join(sorted(known)))
    )


def _shown(value: object) -> str:
    """A value as a message shows it; what is null is nothing."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
