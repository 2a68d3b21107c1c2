"""Texts for people in another language: a catalog from English to it, and messages that keep their values apart.

The key of a text is its English: what has no entry stays English. A `Message` is its English text, made of a pattern
and values; the catalog has its pattern, and the values, which may be texts of the catalog themselves, are put in anew.
Patterns are those of `precise_cal.language.wording` (Fluent); in English they hold no more than places:
``{ $count } rows``.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from precise_cal.language.wording import Listed, Reference, read_pattern, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Self

    from precise_cal.language.wording import Language, Pattern

_PLACE: Final = re.compile(r"\{ \$(\w+) \}")
_QUOTED: Final = re.compile(r"\"\{ \$(\w+) \}\"|'\{ \$(\w+) \}'")


class Text(str):
    """A text that knows how to be said in other languages; as itself it is English."""

    __slots__ = ()

    @abstractmethod
    def within(self, catalog: Catalog) -> str:
        """The text in the language of a catalog."""

    def __add__(self, other: str) -> Text:
        return Joined("", (self, other))

    def __radd__(self, other: str) -> Text:
        return Joined("", (other, self))


class Message(Text):
    """A pattern with values: numbers, texts of the record, and texts of the catalog."""

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, Any]

    def __new__(cls, pattern: str, values: Mapping[str, Any]) -> Self:
        """The English text of a pattern with its values."""
        made = super().__new__(cls, _PLACE.sub(lambda place: str(values[place[1]]), pattern))
        made.pattern, made.values = pattern, values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (self.pattern, self.values)

    def within(self, catalog: Catalog) -> str:
        """The pattern of the catalog with the values in its language."""
        verbatim = _quoted(self.pattern)
        values = {name: str(one) if name in verbatim else _value(one, catalog) for name, one in self.values.items()}
        return catalog.filled(self.pattern, values)


class Joined(Text):
    """Texts one after the other, with the same between them."""

    __slots__ = ("between", "parts")
    between: str
    parts: tuple[str, ...]

    def __new__(cls, between: str, parts: Iterable[str]) -> Self:
        """The English text of several with what stands between them."""
        kept = tuple(parts)
        made = super().__new__(cls, between.join(kept))
        made.between, made.parts = between, kept
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Joined, (self.between, self.parts)

    def within(self, catalog: Catalog) -> str:
        """Each part in the language, with what stands between them there."""
        return catalog(self.between).join(map(catalog, self.parts))


class Bilingual(Text):
    """A text that comes with its Chinese."""

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, en: str, zh: str) -> Self:
        """A text in English, and the same in Chinese."""
        made = super().__new__(cls, en)
        made.zh = zh
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Bilingual, (str(self), self.zh)

    def within(self, catalog: Catalog) -> str:
        """The text of the language."""
        return self.zh if catalog.language == "zh" else str(self)


class Verbatim(Text):
    """A text of the record, which is what it is in every language."""

    __slots__ = ()

    def within(self, catalog: Catalog) -> str:
        """The text as it is."""
        del catalog
        return str(self)


def texts_within(text: str) -> Iterator[str]:
    """A text, and every text that it is made of; also values that its pattern does not show."""
    yield text
    parts: Iterable[Any] = text.values.values() if isinstance(text, Message) else ()
    for part in text.parts if isinstance(text, Joined) else parts:
        for inner in part if isinstance(part, tuple | list) else (part,):
            if isinstance(inner, str):
                yield from texts_within(inner)


def message(pattern: str, /, **values: Any) -> Message:
    """A text with values: ``message("{ $count } rows", count=3)``."""
    return Message(pattern, values)


def placed(place: object, text: str) -> Message:
    """A text with the place that it is about before it; a place is what it is in every language."""
    return message("{ $place }: { $text }", place=Verbatim(place), text=text)


def lines_of(texts: Iterable[str]) -> Joined:
    """Texts, each on a line of its own."""
    return Joined("\n", texts)


def words_of(error: BaseException) -> str:
    """What an error says, as the text that it was made with, which can be said in other languages too."""
    words = error.args[0] if error.args else ""
    is_alone = not isinstance(error, UnicodeError)  # which begin with the name of the encoding
    return words if isinstance(words, str) and is_alone else str(error)


def plural(count: int, one: str, many: str, /, **values: Any) -> Message:
    """The form for one, or the one for any other number; both may name ``$count``. The catalog has that for many.

    Args:
        count: what the form depends on.
        one: the English for one.
        many: the English for any other number, and the key of the catalog.
        values: what else the patterns name.
    """
    made = Message(one if count == 1 else many, {"count": f"{count:,}", **values})
    made.pattern = many
    return made


class Catalog:
    """What texts are called in a language.

    Args:
        language: of the texts.
        texts: by their English; none for English itself.
    """

    __slots__ = ("language", "texts")

    def __init__(self, language: Language, texts: Mapping[str, str]) -> None:
        self.language = language
        self.texts = texts

    def __call__(self, text: str, /) -> str:
        """A text in the language; one that has no entry as it is."""
        if self.language == "en":
            return str(text)
        if isinstance(text, Text):
            return text.within(self)
        return self.texts.get(text, text)

    def filled(self, pattern: str, values: Mapping[str, Any]) -> str:
        """A pattern with values that are in the language already."""
        return render(_pattern(self.texts.get(pattern, pattern), self.language), values, self.language)

    def join(self, between: str, parts: Iterable[str]) -> str:
        """Texts in the language with what stands between them there."""
        return self(Joined(between, parts))


@cache
def _pattern(text: str, language: Language) -> Pattern:
    """A pattern; one that holds no more than places is read without a library."""
    pieces = _PLACE.split(text)
    if any("{" in piece for piece in pieces[::2]):
        return read_pattern(text, language)
    found: list[Any] = [Reference(one) if place % 2 else one for place, one in enumerate(pieces)]
    return tuple(one for one in found if one)


@cache
def _quoted(pattern: str) -> frozenset[str]:
    """The values that stand in quotation marks: what was typed or recorded, the same in every language."""
    return frozenset(one for found in _QUOTED.findall(pattern) for one in found if one)


def _value(value: Any, catalog: Catalog) -> str | int | Listed:
    if isinstance(value, str):
        return catalog(value)
    if isinstance(value, tuple | list):
        return Listed(tuple(map(catalog, cast("Iterable[str]", value))))
    return value if isinstance(value, int) else str(value)


ENGLISH: Final = Catalog("en", {})
