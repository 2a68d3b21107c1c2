"""Numbers as addresses, headers and inputs name them."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = 18
"""That every database takes."""


def number_of(text: str) -> int | None:
    """The whole number of a text, at most 18 digits; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None
