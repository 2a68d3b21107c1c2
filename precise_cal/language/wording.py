"""Sentences with values, plurals and lists, in each language: patterns of Fluent, read once and kept as data.

A pattern is written in the syntax of Project Fluent (1.0): ``{ $late -> [one] one day *[other] { $late } days } late``,
with each variant on a line of its own. ``fluent.syntax`` reads it when rules are loaded; what is kept is small, so that
a command that says a sentence does not import a whole library for it. Plurals and lists follow the CLDR, by Babel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Self

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
_CATEGORIES: Final = frozenset({"zero", "one", "two", "few", "many"})
_USUAL: Final = 400
"""Numbers below it have their plural category at hand."""
_MINUTE: Final = len("2026-03-10 10:05")
_DAY: Final = len("2026-03-10 ")
_JOINT: Final = re.compile("(?<=[A-Za-z0-9])([和或])(?=[A-Za-z0-9])")
"""What joins words of another script, which a blank keeps apart in Chinese."""
_NUMBERED: Final = re.compile("(?<=[0-9])(?=[\u4e00-\u9fff])")


class WordingError(ValueError):
    """A pattern that cannot be read."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The place of a value: itself, or what a function makes of it."""

    name: str
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Variants by a value: a number by itself or by its plural category, else a word. The last resort is `default`.

    `plurals` are the categories of the numbers from 0 on, so that saying a sentence need not import Babel for them.
    """

    name: str
    variants: tuple[tuple[str, Pattern], ...]
    default: Pattern
    plurals: tuple[str, ...] = ()


Pattern = tuple["str | Reference | Choice", ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """Several values that a sentence lists."""

    items: tuple[str, ...]


class Coded(str):
    """A word of the record as a language has it; variants go by the word itself."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, text: str, code: str) -> Self:
        """A text with its code."""
        made = super().__new__(cls, text)
        made.code = code
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Coded, (str(self), self.code)


@cache
def read_pattern(text: str, language: Language) -> Pattern:
    """A pattern of Fluent as data.

    Args:
        text: of the pattern.
        language: of its plurals.

    Raises:
        WordingError: it is none, or uses what is not supported.
    """
    from fluent.syntax import FluentParser, ast

    indented = "".join(f"    {line}\n" for line in text.strip().splitlines())
    entries = FluentParser().parse(f"m =\n{indented}").body
    if len(entries) != 1 or not isinstance(entries[0], ast.Message) or entries[0].value is None:
        junk = next((one for one in entries if isinstance(one, ast.Junk)), None)
        reason = junk.annotations[0].message if junk and junk.annotations else "more than one message"
        raise WordingError(f"is no pattern of Fluent: {reason}")
    return _pattern(entries[0].value, language)


def _pattern(node: Any, language: Language) -> Pattern:
    return tuple(_piece(element, language) for element in node.elements)


def _piece(element: Any, language: Language) -> str | Reference | Choice:
    from fluent.syntax import ast

    if isinstance(element, ast.TextElement):
        return element.value
    inner = element.expression
    if isinstance(inner, ast.StringLiteral):
        return str(inner.parse()["value"])
    if isinstance(inner, ast.SelectExpression):
        variants = {_key(one.key): _pattern(one.value, language) for one in inner.variants}
        default = next(_pattern(one.value, language) for one in inner.variants if one.default)
        is_plural = not _CATEGORIES.isdisjoint(variants)
        plurals = tuple(_plural_rule(language)(number) for number in range(_USUAL)) if is_plural else ()
        return Choice(_reference(inner.selector).name, tuple(variants.items()), default, plurals)
    return _reference(inner)


def _key(key: Any) -> str:
    return str(getattr(key, "name", None) or key.value)


def _reference(node: Any) -> Reference:
    from fluent.syntax import ast

    if isinstance(node, ast.VariableReference):
        return Reference(node.id.name)
    if isinstance(node, ast.FunctionReference) and node.id.name in _FUNCTIONS:
        (argument,) = node.arguments.positional
        return Reference(_reference(argument).name, node.id.name)
    raise WordingError(f"uses what is not supported here; values are $names, functions {', '.join(_FUNCTIONS)}")


def names_in(pattern: Pattern) -> Iterator[str]:
    """The names of the values that a pattern uses."""
    for piece in pattern:
        if isinstance(piece, Reference):
            yield piece.name
        elif isinstance(piece, Choice):
            yield piece.name
            for _, inner in (*piece.variants, ("", piece.default)):
                yield from names_in(inner)


def render(pattern: Pattern, values: Mapping[str, str | int | Listed], language: Language) -> str:
    """The text of a pattern.

    Args:
        pattern: of `read_pattern`.
        values: by name: text as it is to stand, whole numbers that plurals look at, lists.
        language: of the pattern.
    """
    texts = [piece if isinstance(piece, str) else _rendered(piece, values, language) for piece in pattern]
    return "".join(texts if language == "en" else _closed(texts))


def _closed(texts: list[str]) -> list[str]:
    """The pieces of a Chinese text without blanks between its characters, where a value turns out to be Chinese too."""
    for place in range(1, len(texts)):
        before, after = texts[place - 1], texts[place]
        if before[-1:] == " " and _is_chinese(before[-2:-1]) and _is_chinese(after[:1]):
            texts[place - 1] = before[:-1]
        elif after[:1] == " " and _is_chinese(before[-1:]) and _is_chinese(after[1:2]):
            texts[place] = after[1:]
    return texts


def _is_chinese(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uff60"


def quoted_in(pattern: Pattern) -> Iterator[str]:
    """The names of the values that stand in quotation marks of their own: “{ $text }”, text as the record has it."""
    for place, piece in enumerate(pattern):
        if isinstance(piece, Choice):
            for _, inner in (*piece.variants, ("", piece.default)):
                yield from quoted_in(inner)
        elif isinstance(piece, Reference) and 0 < place < len(pattern) - 1:
            before, after = pattern[place - 1], pattern[place + 1]
            if isinstance(before, str) and isinstance(after, str) and (before[-1:], after[:1]) == ("“", "”"):
                yield piece.name


def _rendered(piece: Reference | Choice, values: Mapping[str, str | int | Listed], language: Language) -> str:
    value = values[piece.name]
    if isinstance(piece, Choice):
        return render(_chosen(piece, value, language), values, language)
    if piece.function is not None:
        return _FUNCTIONS[piece.function](value, language)
    return _text(value, language)


def _chosen(choice: Choice, value: str | int | Listed, language: Language) -> Pattern:
    variants = dict(choice.variants)
    if isinstance(value, Listed) and len(value.items) == 1:
        (value,) = value.items
    keys = [value.code if isinstance(value, Coded) else str(value)]
    if isinstance(value, int) and choice.plurals:
        is_usual = 0 <= value < len(choice.plurals)
        keys.append(choice.plurals[value] if is_usual else _plural_rule(language)(value))
    return next((variants[key] for key in keys if key in variants), choice.default)


@cache
def _plural_rule(language: Language) -> Callable[[int], str]:
    from babel import Locale

    return Locale.parse(language).plural_form


def _text(value: str | int | Listed, language: Language) -> str:
    return listed(value.items, language) if isinstance(value, Listed) else str(value)


def listed(items: Sequence[str], language: Language, style: Literal["standard", "or"] = "standard") -> str:
    """Words as a list of the language: all of them, or one of them."""
    if len(items) < 2:
        return "".join(items)
    from babel.lists import format_list

    text = format_list(items, style=style, locale=language)
    return _JOINT.sub(r" \1 ", text) if language == "zh" else text


def span(number: Any, unit: str, language: Language) -> str:
    """A span of the calendar in words: ``30 days``."""
    from babel.units import format_unit

    text = format_unit(number, f"duration-{unit}", locale=language)
    return _NUMBERED.sub(" ", text) if language == "zh" else text


def _time(value: str | int | Listed, language: Language) -> str:
    """The time of day of an instant that is known to the minute; what is none stays as it is."""
    text = _text(value, language)
    return text[_DAY:] if len(text) == _MINUTE else text


def _any(value: str | int | Listed, language: Language) -> str:
    return listed(value.items, language, "or") if isinstance(value, Listed) else _text(value, language)


_FUNCTIONS: Final[Mapping[str, Callable[[str | int | Listed, Language], str]]] = {"TIME": _time, "ANY": _any}
"""``TIME($at)``: the time of day alone. ``ANY($list)``: a list whose items are a choice."""
