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

_NUMBER_AND_UNIT: Final = re.compile(r"([1-9][0-9]{0,8})(.+)")


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
