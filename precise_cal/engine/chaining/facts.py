"""Facts as forward chaining sees them: flat, small, made of words, truth values and small integers.

No clinical number, no null, no float, no date and no free text is ever a fact: these are compared before, and
their verdicts are the facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

Value: TypeAlias = str | bool | int
"""A word, a truth value or a small integer."""

MAX_FIELDS: Final = 64
MAX_WORD: Final = 200
MAX_INTEGER: Final = 32_767

WORD: Final = r"[A-Za-z][A-Za-z0-9_.:/+-]*"
NAME: Final = r"[A-Za-z][A-Za-z0-9_-]*"
_WORD = re.compile(WORD, re.ASCII)
_NAME = re.compile(NAME, re.ASCII)
_RESERVED: Final = frozenset({"id", "sid"})


class ConsequenceError(PreciseError):
    """A fact or a consequence rule outside the guarded form, or a fault of the library that chains them."""


@lru_cache(maxsize=4096)
def name_fault(name: Hashable) -> str | None:
    """What is wrong with the name of a kind, a field or a rule; None if nothing is."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None or len(name) > MAX_WORD:
        return message(
            "{ $name } is no name: a letter first, then letters, digits, '-' and '_'", name=Verbatim(f"{name!r}")
        )
    if name in _RESERVED:
        return message("'{ $name }' is a name that durable-rules keeps for itself", name=name)
    return None


def value_fault(value: object) -> str | None:
    """What keeps a value from being the value of a field; None if nothing does."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return (
            None
            if abs(value) <= MAX_INTEGER
            else message(
                "{ $value } is no small integer: { $max_integer } at most", value=value, max_integer=MAX_INTEGER
            )
        )
    if not isinstance(value, str):
        return message("{ $value } is no word, truth value or small integer", value=f"{value!r}")
    return _word_fault(value)


@lru_cache(maxsize=4096)
def _word_fault(text: str) -> str | None:
    if len(text) > MAX_WORD:
        return message("a word of { $count } characters, { $max_word } at most", count=len(text), max_word=MAX_WORD)
    if _WORD.fullmatch(text) is None:
        return message(
            "{ $text } is no word: a letter first, then letters, digits and any of _ . : / + -", text=f"{text!r}"
        )
    return None


@dataclass(frozen=True, slots=True, order=True, init=False)
class Fact:
    """Something that holds of one participant, lesion or visit: a kind, and its fields sorted by name.

    Raises:
        ConsequenceError: more than 64 fields, a reserved or impossible name, or a value that is no word of at
            most 200 characters, no truth value and no integer of at most 32,767.
    """

    kind: str
    attributes: tuple[tuple[str, Value], ...]

    def __init__(self, kind: str, attributes: Mapping[str, Value] | Iterable[tuple[str, Value]] = ()) -> None:
        fields = dict(attributes)
        fault = name_fault(kind)
        if fault is None and len(fields) > MAX_FIELDS:
            fault = message("{ $count } fields, { $max_fields } at most", count=len(fields), max_fields=MAX_FIELDS)
        if fault is not None:
            raise ConsequenceError(message("fact '{ $kind }': { $fault }", kind=kind, fault=fault))
        for name, value in fields.items():
            fault = name_fault(name) or value_fault(value)
            if fault is not None:
                raise ConsequenceError(
                    message("fact '{ $kind }', field '{ $name }': { $fault }", kind=kind, name=name, fault=fault)
                )
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "attributes", tuple(sorted(fields.items())))

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={_shown(value)}" for name, value in self.attributes)
        return f"{self.kind}({fields})"

    def get(self, name: str) -> Value | None:
        """The value of a field, None where the fact has no such field."""
        return dict(self.attributes).get(name)


@immutable()
class Derivation:
    """One step of a chain: the rule `rule_id` concluded `fact` from `parent`."""

    fact: Fact
    rule_id: str
    parent: Fact


def _shown(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
