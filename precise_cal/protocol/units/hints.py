"""The unit that a wrong text probably meant."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from precise_cal.protocol.near import nearest
from precise_cal.protocol.units.table import atoms

_EVERYDAY: Final = {
    "mmhg": "mm[Hg]", "cmh2o": "cm[H2O]", "iu": "[iU]", "miu": "m[iU]", "hr": "h", "hrs": "h", "hour": "h",
    "hours": "h", "sec": "s", "second": "s", "seconds": "s", "minute": "min", "minutes": "min", "mins": "min",
    "day": "d", "days": "d", "week": "wk", "weeks": "wk", "month": "mo", "months": "mo", "year": "a",
    "years": "a", "yr": "a", "mcg": "ug", "gm": "g", "cc": "mL", "°c": "Cel", "°f": "[degF]", "°": "deg",
    "degree": "deg", "degrees": "deg", "percent": "%", "bpm": "/min", "beats": "{beats}", "cells": "{cells}",
    "cmm": "mm3", "torr": "mm[Hg]", "x": "1",
}  # fmt: skip

_COMMON: Final = (
    "mm", "cm", "um", "km", "mg", "ug", "ng", "pg", "kg", "mL", "dL", "uL", "fL", "mmol", "umol", "nmol",
    "pmol", "ms", "us", "mU", "kU", "mV", "kPa", "mm[Hg]", "cm[H2O]", "m[iU]", "mSv", "mGy", "ukat", "meq",
)  # fmt: skip

_LABORATORY: Final = (
    "mL/min/{1.73_m2}", "ng/L", "ng/mL", "pg/mL", "ug/L", "ug/mL", "mg/L", "mg/dL", "g/L", "g/dL", "U/L",
    "[iU]/L", "m[iU]/L",    "mmol/L", "umol/L", "nmol/L", "pmol/L", "mm[Hg]", "10*9/L", "10*12/L", "m/s", "cm/s",
)  # fmt: skip
"""Units of several parts that are often written otherwise."""
_SIGNS: Final = str.maketrans(
    {"µ": "u", "μ": "u", "²": "2", "³": "3", "·": "", "*": "", "^": "", "_": "", " ": "", "x": ""}
)
_BRACKETS: Final = re.compile(r"[\[\]{}()]")
_NUMBER_AND_UNIT: Final = re.compile(r"([1-9][0-9]{0,8})(.+)")


def usual_unit(text: str) -> str | None:
    """The unit of UCUM that a text of several parts means, whatever its case and brackets; None where none is."""
    return _LETTERS.get(_letters(text))


def _letters(text: str) -> str:
    return _BRACKETS.sub("", text.translate(_SIGNS)).casefold()


_LETTERS: Final = {_letters(unit): unit for unit in _LABORATORY}


def _is_special(code: str) -> bool:
    return code in atoms() and bool(atoms()[code].scale)


@lru_cache(maxsize=256)
def nearest_unit(word: str) -> str | None:
    """The known unit most like the word; None where none is near."""
    word = word.replace("µ", "u").replace("μ", "u")
    known = (*_COMMON, *atoms())
    if word in known:
        return word
    joined = _NUMBER_AND_UNIT.fullmatch(word)
    if joined and joined[2] in known and not _is_special(joined[2]):
        return f"{joined[1]}.{joined[2]}"
    if everyday := _EVERYDAY.get(word.lower()):
        return everyday
    same_letters = [code for code in known if code.lower().strip("[]") == word.lower().strip("[]")]
    if same_letters:
        return same_letters[0]
    return nearest(word[:24], known)
