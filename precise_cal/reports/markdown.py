"""A document as Markdown (GitHub flavored), for those who want text. Drawings are told in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from precise_cal.reports.document import MARKS, Counts, Facts, Figure, Paragraph, Signatures, Table
from precise_cal.reports.plain import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.reports.document import Block, Cell, Document, Section

_SPECIAL: Final = re.compile(r"([\\`*_\[\]#|~]|^\s*[-+](?=\s)|^\d+(?=[.)]\s))")
_LINKS: Final = re.compile(r"(?i)(?<=http)(?=s?://)|(?<=ftp)(?=://)|(?<=www)(?=\.)|(?<=\S)(?=@)")
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def as_markdown(document: Document) -> str:
    """The document as text."""
    return "\n\n".join(part for part in _parts(document) if part) + "\n"


def _parts(document: Document) -> Iterator[str]:
    home = f" · [{plain(document.home[0])}]({document.home[1]})" if document.home else ""
    yield f"**{plain(document.banner)}**" if document.banner else ""
    yield f"{plain(document.kicker)}{home}"
    yield f"# {plain(document.title)}"
    yield plain(document.subtitle)
    yield from _block(document.facts)
    line = document.catalog("name, signature, date")
    for section in document.sections:
        yield from _section(section, 2, line)
    yield f"---\n\n{plain(document.footer)}"


def _section(section: Section, level: int, line: str) -> Iterator[str]:
    yield f"{'#' * level} {plain(section.title)}"
    for block in section.blocks:
        yield from _block(block, line)
    for inner in section.sections:
        yield from _section(inner, level + 1, line)


def _block(block: Block, line: str = "") -> Iterator[str]:
    match block:
        case Paragraph():
            yield plain(block.text)
        case Facts():
            yield "\n".join(f"- {plain(name)}: {_cell(cell)}" for name, cell in block.pairs)
        case Counts():
            yield "\n".join(f"- **{plain(one.number)}** {plain(one.label)}{_detail(one.detail)}" for one in block.items)
        case Table():
            yield from _table(block)
        case Figure():
            yield f"*{plain(block.caption)}.* {plain(block.alt)}."
        case Signatures():
            yield plain(block.statement)
            yield "\n".join(f"- {plain(role)}: {plain(line)}" for role in block.roles)


def _detail(words: str) -> str:
    return f" ({plain(words)})" if words else ""


def _table(table: Table) -> Iterator[str]:
    yield f"**{plain(table.caption)}**"
    if not table.rows:
        yield plain(table.empty)
        return
    lines = [_row([plain(one.title) for one in table.columns])]
    lines.append(_row(["---:" if one.kind == "number" else "---" for one in table.columns]))
    for row in table.rows:
        cells = [_cell(cell) for cell in row]
        lines.append(_row([""] * (len(table.columns) - len(cells)) + cells))
    yield "\n".join(lines)
    if table.note:
        yield plain(table.note)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    shown = "<br>".join(plain(line) for line in cell.text.split("\n"))
    if cell.tone:
        shown = f"{MARKS[cell.tone]} {shown}"
    return f"[{shown}]({cell.href})" if cell.href else shown


def plain(text: str) -> str:
    """Text that Markdown shows as it is: nothing in it is markup, and it stays on its line."""
    return _LINKS.sub("&#8203;", _SPECIAL.sub(r"\\\1", visible(text).replace("\n", " ").translate(_ENTITIES)))
