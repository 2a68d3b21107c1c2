"""``precise check`` with plain arguments, told without Typer, whose import alone takes as long as the check itself.

What is not plain is left to Typer: values that begin with a dash, options that repeat or have ``=``, ``--help``, and
all that is wrong. That both understand the same is held in a test.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from precise_cal.cli.checking import Color, FormatName, OnlyName
from precise_cal.language.wording import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _number(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


FLAGS: Final = {"--verbose": "verbose", "-v": "verbose", "--summary": "summary"}
"""Options without a value, and the argument of `check_files` that each is."""
VALUES: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "--trial": ("rules", Path),
    "--rules": ("rules", Path),
    "--now": ("now", str),
    "--format": ("format_", FormatName),
    "--color": ("color", Color),
    "--only": ("only", OnlyName),
    "--since": ("since", Path),
    "--provenance": ("provenance", Path),
    "--jobs": ("jobs", _number),
}
"""Options with a value, and how it is read; a value that is none is a `ValueError`."""
LISTS: Final = {"--rule": "rule", "--site": "site"}
"""Options that may come several times."""
_LANG: Final = "--lang"
_EVERYWHERE: Final = (FormatName.text, FormatName.json)


def plain_check(arguments: Sequence[str]) -> dict[str, Any] | None:
    """The arguments of `check_files` that plain ones of ``precise check`` mean; None of others."""
    if arguments[:1] != ["check"]:
        return None
    given: dict[str, Any] = {"files": []}
    words = iter(arguments[1:])
    try:
        for word in words:
            _take(word, words, given)
    except (ValueError, StopIteration):
        return None
    given.pop(_LANG, None)
    everywhere = given.get("format_", FormatName.text) in _EVERYWHERE
    return given if given["files"] and everywhere else None


def _take(word: str, words: Any, given: dict[str, Any]) -> None:
    """Take a word, and its value where it has one. Raises `ValueError` or `StopIteration` of what is not plain."""
    if word in FLAGS:
        given[FLAGS[word]] = True
    elif word in LISTS:
        given.setdefault(LISTS[word], []).append(_value(words))
    elif word in VALUES or word == _LANG:
        name, read = VALUES.get(word, (_LANG, LANGUAGES.index))
        if name in given:
            raise ValueError(word)
        given[name] = read(_value(words))
    elif not word or (word.startswith("-") and word != "-"):
        raise ValueError(word)
    else:
        given["files"].append(word)


def _value(words: Any) -> str:
    value: str = next(words)
    if not value or value.startswith("-"):
        raise ValueError(value)
    return value
