"""A document without a format: sections of paragraphs, tables and figures. HTML, PDF and Markdown show the same one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from precise_cal.language.catalog import ENGLISH
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from precise_cal.language.catalog import Catalog

Tone = Literal["", "bad", "open", "good", "quiet"]
"""How a word is set apart. The word itself always says it; the tone only helps the eye."""

MARKS: Final[Mapping[str, str]] = {"bad": "✗", "open": "?", "good": "✓", "quiet": "·"}
"""A shape beside the word, so that nothing depends on color."""


LANGUAGE_CODES: Final = {"en": "en", "zh": "zh-CN"}
"""What pages and files call the language that they are in."""


@immutable()
class Cell:
    """Text in a table. Lines are parted by line feeds."""

    text: str
    tone: Tone = ""
    href: str = ""
    """Where it leads; empty for nowhere."""
    kind: Literal["text", "number", "code", "quote"] = "text"
    sort: str = ""
    """What it is sorted by, where the text would not do."""
    span: int = 1
    """How many rows it stands for; those below leave it out."""


@immutable()
class Column:
    """A column of a table."""

    title: str
    kind: Literal["text", "number"] = "text"
    filter: bool = False
    """Whether the reader may choose among its values."""
    width: float = 1.0
    """Its share of the width on paper."""


@immutable()
class Paragraph:
    """A paragraph of text."""

    text: str
    kind: Literal["text", "note", "lead"] = "text"


@immutable()
class Facts:
    """Names with their values."""

    pairs: tuple[tuple[str, Cell], ...]


@immutable()
class Count:
    """A number that stands out."""

    number: str
    label: str
    detail: str = ""
    tone: Tone = ""


@immutable()
class Counts:
    """Numbers side by side."""

    items: tuple[Count, ...]


@immutable()
class Table:
    """A table with a caption. The first cell of each row is its header."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    searchable: bool = False
    total: bool = False
    """Whether the last row adds up the others."""
    empty: str = "None."


@immutable()
class Figure:
    """A drawing as SVG, with what it shows in words."""

    svg: str
    caption: str
    alt: str
    wide: bool = True


@immutable()
class Signatures:
    """Lines to sign on."""

    roles: tuple[str, ...]
    statement: str


Block = Paragraph | Facts | Counts | Table | Figure | Signatures


@immutable()
class Section:
    """A section with a heading."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...] = ()
    breaks: bool = False
    """Whether it begins a page on paper."""


@immutable()
class Document:
    """A whole document."""

    title: str
    subtitle: str
    kicker: str
    """What kind of document this is."""
    facts: Facts
    sections: tuple[Section, ...]
    footer: str
    home: tuple[str, str] | None = None
    """Title and address of the document that this one belongs to."""
    banner: str = ""
    """What stands on every page: that the participants are simulated."""
    landscape: bool = False
    catalog: Catalog = ENGLISH
    """Of the language that it is in, for what formats add."""


def chosen(sections: Iterable[Section], ids: Sequence[str] | None) -> tuple[Section, ...]:
    """The sections that are wanted, in the order of their ids; all of them where nothing is said."""
    if ids is None:
        return tuple(sections)
    by_id = {one.id: one for one in sections}
    return tuple(by_id[name] for name in ids if name in by_id)


def text(value: object, tone: Tone = "", href: str = "") -> Cell:
    """A cell of text; an empty one shows a dash."""
    shown = value if isinstance(value, str) else "" if value is None else str(value)
    return Cell(shown or "–", tone, href)


def code(value: object) -> Cell:
    """A cell that names something of the record or the rules."""
    return Cell(str(value) or "–", kind="code")


def number(value: int | str, tone: Tone = "", sort: str = "") -> Cell:
    """A cell with a number."""
    shown = f"{value:,}" if isinstance(value, int) else value
    return Cell(shown, tone, kind="number", sort=sort or (str(value) if isinstance(value, int) else ""))
