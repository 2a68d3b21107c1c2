"""Texts and other values of fields of which the rules say no more than that they are there."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from precise_cal.assurance.symbols import UntranslatedError
from precise_cal.protocol.identifiers import read_identifier
from precise_cal.protocol.patterns import numbered
from precise_cal.protocol.schema.tree import Scalar

if TYPE_CHECKING:
    from precise_cal.protocol.schema.tree import FieldSchema

FILLERS: Final = {"boolean": True, "text": "X", "identifier": "X", "integer": 1}


def filler(field: FieldSchema, path: tuple[Any, ...]) -> Any:
    """A value of a field that every record must have and no rule reads."""
    kind = field.type
    if isinstance(kind, Scalar):
        if kind.words:
            return kind.words[0]
        if kind.pattern:
            return sample(kind, 0)
        if kind.kind in ("identifier", "text"):
            return "P-1" if not path else f"X{path[-1]}"
    raise UntranslatedError(f"a record without {field.name}")


def sample(kind: Scalar, number: int) -> str:
    """A text of the form that a field has. Raises `UntranslatedError` of a form that is more than can be drawn."""
    found = numbered(kind.pattern or "", number)
    if found is None:
        raise UntranslatedError(f"a text of the form {kind.pattern}")
    return found


def is_fit(kind: Scalar, word: str) -> bool:
    """Whether a field can hold a word."""
    if kind.pattern:
        return re.search(kind.pattern, word) is not None
    if kind.kind == "identifier":
        with suppress(ValueError):
            return bool(read_identifier(word))
        return False
    return True
