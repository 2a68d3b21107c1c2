"""Regular expressions, refused where matching could take too long.

The matcher of Python tries again from every place where a part could have matched otherwise. How often is bounded from
above by the ways in which the parts can match: those of a sequence multiply, those of alternatives add up, those of a
repeated part with several ways are raised to the number of repetitions.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import ceil, exp, inf, log
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.budget import ATTEMPTS
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from precise_cal.engine.cql.state import State

MAX_ATTEMPTS: Final = 200_000_000
"""How many ways of matching a text there may be, in the worst case."""
_REPEATS: Final = frozenset({_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT})
_CONDITION: Final = _constants.GROUPREF_EXISTS


@lru_cache(maxsize=256)
def pattern(text: str) -> re.Pattern[str]:
    """A regular expression, in Python's dialect. Raises `EvaluationError` where it is none."""
    try:
        return re.compile(text, re.DOTALL)
    except (re.error, OverflowError, RecursionError) as problem:
        raise EvaluationError(
            message("{ $text } is not a regular expression: { $problem }", text=f"{text!r}", problem=problem)
        ) from None


@lru_cache(maxsize=1024)
def attempts(text: str, length: int) -> int:
    """How many ways of matching there may be in a text. Raises `EvaluationError` where that could take too long."""
    pattern(text)
    found = _ways(_parser.parse(text, re.DOTALL), length) + log(length + 1)
    if found > log(MAX_ATTEMPTS):
        raise EvaluationError(
            message(
                "{ $text } could match a text of { $length } characters in more than { $max_attempts } "
                "ways, which may take too long; repeat fewer parts, or none within a part that is repeated",
                text=f"{text!r}",
                length=length,
                max_attempts=MAX_ATTEMPTS,
            )
        )
    return ceil(exp(found))


@lru_cache(maxsize=256)
def sought(text: str) -> str:
    """What a search looks for: `.*` at either end finds nothing more, and multiplies the ways of matching."""
    pattern(text)
    for _ in range(2):
        parts = _parser.parse(text, re.DOTALL)
        if len(parts) and text.startswith(".*") and _is_anything(parts[0]):
            text = text[2:]
        elif len(parts) and text.endswith(".*") and _is_anything(parts[-1]):
            text = text[:-2]
    return text


def _is_anything(part: Any) -> bool:
    name, details = part
    if name is not _constants.MAX_REPEAT or details[:2] != (0, _constants.MAXREPEAT):
        return False
    return [one for one, _ in details[2]] == [_constants.ANY]


def bounded(state: State, text: str, length: int) -> re.Pattern[str]:
    """The expression, for texts of this length; what matching one may take is taken from the budget.

    Raises:
        EvaluationError: it is no regular expression, or matching could take too long.
    """
    state.spend(attempts(text, length) // ATTEMPTS)
    return pattern(text)


def _ways(part: Any, length: int) -> float:
    """The logarithm of the number of ways in which a part can match."""
    return sum(_ways_of(name, details, length) for name, details in part)


def _ways_of(name: Any, details: Any, length: int) -> float:
    if name in _REPEATS:
        return _repeated(details[0], details[1], details[2], length)
    if name is _constants.BRANCH:
        ways = [_ways(one, length) for one in details[1]]
        return max(ways) + log(len(ways))
    inner = [one for one in _listed(details) if isinstance(one, _parser.SubPattern)]
    return sum(_ways(one, length) for one in inner) + (log(2) if name is _CONDITION else 0.0)


def _listed(details: Any) -> Any:
    return details if isinstance(details, tuple) else (details,)


def _repeated(least: int, most: int, body: Any, length: int) -> float:
    times = min(int(most), length // max(body.getwidth()[0], 1))
    ways = _ways(body, length)
    counts = log(max(times - least, 0) + 1)
    return inf if ways == inf else counts + (ways * times if ways else 0.0)
