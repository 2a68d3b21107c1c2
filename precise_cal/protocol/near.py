"""What a misspelled name may have meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], cutoff: float = 0.5) -> str | None:
    """The known name that is most like this one; None where none is, by a share of letters in common."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known), n=1, cutoff=cutoff)), None)


def hint(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """``; did you mean "x"?`` where a known name is near, else something else."""
    near = nearest(name, known)
    return otherwise if near is None else message('; did you mean "{ $near }"?', near=near)


def hint_or_all(name: str, known: Iterable[str]) -> str:
    """As `hint`; where no known name is near, all of them are named."""
    names = list(known)
    return hint(name, names, message("; known are { $names }", names=", ".join(names)) if names else "")
