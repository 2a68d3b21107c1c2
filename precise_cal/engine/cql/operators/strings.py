"""String operators (CQL 1.5, 9.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.operators.overload import Binding, Overload, overloads
from precise_cal.engine.cql.operators.patterns import bounded, sought
from precise_cal.engine.cql.types import BOOLEAN, INTEGER, STRING, ListType
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.state import State

_STRINGS: Final = ListType(STRING)


MAX_LENGTH: Final = 1_000_000
"""How long a text may become."""


def _limited(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise EvaluationError(
            message("the text would be longer than { $max_length } characters", max_length=MAX_LENGTH)
        )
    return text


def _concatenate(left: str, right: str) -> str:
    return _limited(left + right)


def _combine(parts: tuple[str | None, ...] | None, separator: str | None = None) -> str | None:
    present = [part for part in parts or () if part is not None]
    return _limited((separator or "").join(present)) if present else None


def _concatenate_null(left: str | None, right: str | None) -> str:
    return _limited((left or "") + (right or ""))


def _indexer(text: str, index: int) -> str | None:
    return text[index] if 0 <= index < len(text) else None


def _split(text: str | None, separator: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(text.split(separator)) if separator else (text,)


def _split_on_matches(state: State, text: str | None, separator: str | None) -> tuple[str, ...] | None:
    if text is None or separator is None:
        return None if text is None else (text,)
    found, place = [], 0
    for match in bounded(state, separator, len(text)).finditer(text):
        if match.end() > match.start():
            found.append(text[place : match.start()])
            place = match.end()
    return (*found, text[place:])


def _substring(text: str, start: int, length: int | None = None) -> str | None:
    if start < 0 or (start >= len(text) and start > 0):
        return None
    return text[start:] if length is None else text[start : start + max(length, 0)]


def _substring_of(text: str | None, start: int | None, length: int | None) -> str | None:
    return None if text is None or start is None else _substring(text, start, length)


def _matches(state: State, text: str, expression: str) -> bool:
    return bounded(state, sought(expression), len(text)).search(text) is not None


def _matches_full(state: State, text: str, expression: str) -> bool:
    return bounded(state, expression, len(text)).fullmatch(text) is not None


def _replace(state: State, text: str, expression: str, substitution: str) -> str:
    r"""Groups are `$1` or `${name}`, as in PCRE; a literal dollar is `\$`."""
    compiled = bounded(state, expression, len(text))
    return _limited(compiled.sub(_substitution(compiled, substitution), text))


_REFERENCE: Final = re.compile(r"\\(.)|\$(\d+)|\$\{(\w+)\}", re.DOTALL)


def _substitution(compiled: re.Pattern[str], text: str) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        return _REFERENCE.sub(lambda found: _referred(compiled, match, found), text)

    return replace


def _referred(compiled: re.Pattern[str], match: re.Match[str], found: re.Match[str]) -> str:
    if found[1] is not None:
        return found[1]
    group: str | int = found[3] if found[2] is None else int(found[2])
    known = group in compiled.groupindex if isinstance(group, str) and not group.isdecimal() else True
    number = int(group) if known and str(group).isdecimal() else group
    if not known or (isinstance(number, int) and number > compiled.groups):
        raise EvaluationError(
            message("the expression { $pattern } has no group { $group }", pattern=f"{compiled.pattern!r}", group=group)
        )
    return match[number] or ""


def _call(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(*operands: Any) -> Any:
        return method(*operands)

    return call


def _find(needle: str, text: str) -> int:
    return text.find(needle)


def _find_last(needle: str, text: str) -> int:
    return text.rfind(needle)


_TWO: Final = (STRING, STRING, BOOLEAN)
_JOIN: Final = (STRING, STRING, STRING)

OVERLOADS: Final[list[Overload]] = [
    *overloads("Add", _concatenate, _JOIN),
    *overloads("Concatenate", _concatenate, _JOIN),
    *overloads("ConcatenateNull", _concatenate_null, _JOIN, nulls=True),
    *overloads("Combine", _combine, (_STRINGS, STRING), (_STRINGS, STRING, STRING), nulls=True),
    *overloads("StartsWith", _call(str.startswith), _TWO),
    *overloads("EndsWith", _call(str.endswith), _TWO),
    *overloads("Indexer", _indexer, (STRING, INTEGER, STRING)),
    *overloads("Length", len, (STRING, INTEGER)),
    *overloads("Lower", _call(str.lower), (STRING, STRING)),
    *overloads("Upper", _call(str.upper), (STRING, STRING)),
    *overloads("PositionOf", _find, (STRING, STRING, INTEGER)),
    *overloads("LastPositionOf", _find_last, (STRING, STRING, INTEGER)),
    *overloads("Matches", _matches, _TWO, binding=Binding.BUDGET),
    *overloads("MatchesFull", _matches_full, _TWO, binding=Binding.BUDGET),
    *overloads("ReplaceMatches", _replace, (STRING, STRING, STRING, STRING), binding=Binding.BUDGET),
    *overloads("Split", _split, (STRING, STRING, _STRINGS), nulls=True),
    *overloads("SplitOnMatches", _split_on_matches, (STRING, STRING, _STRINGS), nulls=True, binding=Binding.BUDGET),
    *overloads("Substring", _substring, (STRING, INTEGER, STRING)),
    *overloads("Substring", _substring_of, (STRING, INTEGER, INTEGER, STRING), nulls=True),
]
