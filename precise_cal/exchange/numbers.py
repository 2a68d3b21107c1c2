"""Numbers as laboratories print them; digits are kept, and nothing is rounded."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from precise_cal.language.catalog import message

_NUMBER: Final = {
    mark: re.compile(rf"([+-]?)(?:(\d+)(?:{re.escape(mark)}(\d+))?|{re.escape(mark)}(\d+))", re.ASCII)
    for mark in (".", ",")
}
_CENSORED: Final = re.compile(r"([<>])?\s*(\S+)")
_RANGE: Final = re.compile(r"(?:(?P<low>[^\s~–—<≤]+?)\s*[-~–—]+\s*|(?:<=?|≤)\s*)(?P<high>[^\s~–—<≤]+)")


class NumberError(ValueError):
    """A text that is no number of the kind asked for."""


class Censored(NamedTuple):
    """A result with its sign, where it lies below or above what was measured."""

    value: str
    sign: str | None


def read_decimal(text: str, mark: str) -> str:
    """A number with a point, its digits kept; ``.34`` is 0.34. Raises: NumberError."""
    hit = _NUMBER[mark].fullmatch(text)
    if hit is None:
        other = "," if mark == "." else "."
        hint = (
            message("; the map says that the mark of decimals is { $mark }", mark=f"{mark!r}") if other in text else ""
        )
        raise NumberError(message("is no number{ $hint }", hint=hint))
    sign, whole, part, alone = hit.groups()
    digits = f".{part or alone}" if part or alone else ""
    return f"{sign.strip('+')}{whole or '0'}{digits}"


def read_integer(text: str) -> int:
    """A whole number. Raises: NumberError."""
    if not re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        raise NumberError("is no whole number")
    return int(text)


def read_censored(text: str, mark: str) -> Censored:
    """A result such as ``<5``. Raises: NumberError."""
    hit = _CENSORED.fullmatch(text)
    if hit is None:
        raise NumberError("is no result such as 5 or <5")
    return Censored(read_decimal(hit[2], mark), hit[1])


def read_upper_limit(text: str, mark: str) -> str:
    """The upper end of a range such as ``0-0.04``, ``13 ~ 35`` or ``<0.04``. Raises: NumberError."""
    hit = _RANGE.fullmatch(text)
    if hit is None:
        raise NumberError("is no range such as 0-0.04 or <0.04, so that it has no upper limit")
    if hit["low"] is not None:
        read_decimal(hit["low"], mark)
    return read_decimal(hit["high"], mark)
