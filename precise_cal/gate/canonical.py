"""Canonical JSON (RFC 8785, JSON Canonicalization Scheme), for a data model without binary floats.

RFC 8785 writes every number as an IEEE 754 double, which would turn 3.00 into 3 and lose digits. So no number
with a fraction ever reaches it: `freeze` turns decimals into their exact text (``Decimal("3.00")`` into
``"3.00"``), which the participant record reads back as the same decimal. Integers within ±(2^53 - 1) stay
numbers, as RFC 8785 allows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, Final, NoReturn, TypeAlias

from precise_cal.gate.errors import GateError
from precise_cal.language.catalog import message, placed, words_of

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None
"""JSON without fractions: decimals are texts."""

MAX_INTEGER: Final = 2**53 - 1
MAX_EXPONENT: Final = 400

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_encode_plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, sort_keys=True).encode
_ORDERED_OTHERWISE: Final = re.compile("[\ud800-\U0010ffff]")
"""What UTF-16 puts into another order than Unicode does."""
_PLAIN: Final = frozenset({str, bool, type(None)})
_AS_IT_STANDS: Any = str.__str__


def freeze(value: object, pointer: str = "") -> Json:
    """A copy of parsed JSON with its members in canonical order, and decimals as exact text.

    Args:
        value: what a JSON reader returned: mappings, lists, tuples, texts, integers, decimals, booleans and
            null.
        pointer: JSON Pointer (RFC 6901) of the value, for error messages.

    Raises:
        GateError: a float, an integer beyond ±(2^53 - 1), a decimal that is not finite or absurdly long, a
            text that is not Unicode, or an object that JSON does not have.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, pointer)
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise _refusal(pointer, message("{ $value } is beyond 2^53 - 1", value=value))
        return int(value)
    if isinstance(value, Decimal):
        return _decimal(value, pointer)
    if isinstance(value, Mapping):
        return _members(value, pointer)
    if isinstance(value, list | tuple):
        return [freeze(item, f"{pointer}/{index}") for index, item in enumerate(value)]
    raise _refusal(
        pointer, message("{ $name } { $value } has no exact JSON form", name=type(value).__name__, value=f"{value!r}")
    )


def canonical(value: object) -> bytes:
    """The canonical UTF-8 bytes of a JSON value (RFC 8785, 3.2).

    Raises:
        GateError: the value has no exact JSON form; see `freeze`.
    """
    if _is_plain(value):  # most are: the library's own order is that of the RFC then
        with suppress(UnicodeEncodeError):
            return _encode_plain(value).encode()
    return _encode(freeze(value)).encode()


def _is_plain(value: object) -> bool:
    """Whether a value is what `freeze` would make of it, but for the order of members, whose names are ASCII."""
    waiting: list[Any] = [value]
    for one in waiting:  # it grows meanwhile
        kind = type(one)
        if kind is dict:
            if not _are_ascii(one):
                return False
            waiting += one.values()
        elif kind is list or kind is tuple:
            waiting += one
        elif kind is int:
            if abs(one) > MAX_INTEGER:
                return False
        elif kind not in _PLAIN and not (isinstance(one, str) and kind.__str__ is _AS_IT_STANDS):
            return False
    return True


def _are_ascii(names: Iterable[str]) -> bool:
    try:
        return "".join(names).isascii()
    except TypeError:  # one is no text
        return False


def thaw(data: bytes) -> Json:
    """The value of canonical bytes.

    Raises:
        GateError: the bytes are not the canonical form of any value.
    """
    plain = _thawed(data)
    if plain is not None:
        return plain
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise GateError(message("not JSON: { $error }", error=words_of(error))) from error
    if canonical(value) != data:
        raise GateError("not canonical JSON")
    frozen: Json = value
    return frozen


def _thawed(data: bytes) -> Json:
    """The same of most bytes, which the library would write as they stand; None leaves others to a closer look."""
    try:
        text = data.decode()
        value: Json = json.loads(text, parse_int=_integer, parse_float=_number, parse_constant=_number)
        is_same = _encode_plain(value) == text
    except (ValueError, RecursionError):
        return None
    return value if is_same and (data.isascii() or not _ORDERED_OTHERWISE.search(text)) else None


def _integer(text: str) -> int:
    value = int(text)
    if abs(value) > MAX_INTEGER:
        raise ValueError
    return value


def _number(text: str) -> NoReturn:
    raise ValueError(text)


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _members(value: Mapping[Any, object], pointer: str) -> Json:
    for name in value:
        if not isinstance(name, str):
            raise _refusal(pointer, message("the member name { $name } is no text", name=f"{name!r}"))
        _text(name, pointer)
    ordered = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return {name: freeze(value[name], f"{pointer}/{name}") for name in ordered}


def _text(value: str, pointer: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise _refusal(pointer, message("{ $value } holds half of a surrogate pair", value=f"{value!r}")) from error
    return str(value)


def _decimal(value: Decimal, pointer: str) -> str:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > MAX_EXPONENT:
        raise _refusal(pointer, message("{ $value } is no finite decimal of reasonable length", value=value))
    return f"{value:f}"


def _refusal(pointer: str, fault: str) -> GateError:
    return GateError(placed(pointer or "the whole value", fault))
