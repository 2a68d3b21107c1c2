"""The language of a run: that of ``--lang``, else the locale's; help and usage errors need it before all options."""

from __future__ import annotations

import os
from contextvars import ContextVar

TYPE_CHECKING = False  # importing typing costs as much as Python itself
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from precise_cal.language.catalog import Catalog
    from precise_cal.language.wording import Language

_OPTION: Final = "--lang"
_asked: Final[ContextVar[Language | None]] = ContextVar("language that a run asks for", default=None)


def choose(arguments: Sequence[str]) -> None:
    """Take the language of a run from its arguments; a word that is no language is refused when they are parsed."""
    _asked.set(_named(arguments))


def _named(arguments: Sequence[str]) -> Language | None:
    """The last language that is named."""
    if not any(one.startswith(_OPTION) for one in arguments):
        return None
    from precise_cal.language.wording import LANGUAGES

    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    words = [
        following if one == _OPTION else one.removeprefix(f"{_OPTION}=")
        for one, following in zip(options, [*options[1:], ""], strict=False)
        if one == _OPTION or one.startswith(f"{_OPTION}=")
    ]
    return next((one for one in LANGUAGES if words and one == words[-1]), None)


def language() -> Language:
    """The language that was asked for, else that of the first of LC_ALL, LC_MESSAGES and LANG that is set."""
    asked = _asked.get()
    if asked is not None:
        return asked
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def catalog() -> Catalog:
    """What the program says, in the language of the run."""
    from precise_cal.language.house import house_catalog

    return house_catalog(language())
