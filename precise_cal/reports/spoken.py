"""A document in a language: every text of it through a catalog, once, before any format sees it.

What a record holds is no text of a catalog and stays as it is. Afterwards every text is a plain one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from precise_cal.reports.document import Cell, Counts, Facts, Figure, Paragraph, Signatures, Table

if TYPE_CHECKING:
    from precise_cal.language.catalog import Catalog
    from precise_cal.reports.document import Block, Document, Section


def spoken(document: Document, catalog: Catalog) -> Document:
    """The document in the language of a catalog."""
    return replace(
        document,
        title=catalog(document.title),
        subtitle=catalog(document.subtitle),
        kicker=catalog(document.kicker),
        facts=_facts(document.facts, catalog),
        sections=tuple(_section(one, catalog) for one in document.sections),
        footer=catalog(document.footer),
        banner=catalog(document.banner),
        home=(catalog(document.home[0]), document.home[1]) if document.home else None,
        catalog=catalog,
    )


def _section(section: Section, catalog: Catalog) -> Section:
    return replace(
        section,
        title=catalog(section.title),
        blocks=tuple(_block(one, catalog) for one in section.blocks),
        sections=tuple(_section(one, catalog) for one in section.sections),
    )


def _block(block: Block, catalog: Catalog) -> Block:
    match block:
        case Paragraph():
            return replace(block, text=catalog(block.text))
        case Facts():
            return _facts(block, catalog)
        case Counts():
            items = (
                replace(one, number=catalog(one.number), label=catalog(one.label), detail=catalog(one.detail))
                for one in block.items
            )
            return replace(block, items=tuple(items))
        case Table():
            return _table(block, catalog)
        case Figure():
            return replace(block, svg=catalog(block.svg), caption=catalog(block.caption), alt=catalog(block.alt))
        case Signatures():
            return replace(block, roles=tuple(map(catalog, block.roles)), statement=catalog(block.statement))


def _facts(facts: Facts, catalog: Catalog) -> Facts:
    return Facts(tuple((catalog(name), _cell(cell, catalog)) for name, cell in facts.pairs))


def _table(table: Table, catalog: Catalog) -> Table:
    return replace(
        table,
        caption=catalog(table.caption),
        columns=tuple(replace(one, title=catalog(one.title)) for one in table.columns),
        rows=tuple(tuple(_cell(cell, catalog) for cell in row) for row in table.rows),
        note=catalog(table.note),
        empty=catalog(table.empty),
    )


def _cell(cell: Cell, catalog: Catalog) -> Cell:
    """A cell; there are hundreds in a document, and `replace` takes three times as long."""
    sort = cell.sort if cell.kind == "number" else catalog(cell.sort)
    said = str(cell.text) if cell.kind == "code" else catalog(cell.text)
    return Cell(said, cell.tone, cell.href, cell.kind, sort, cell.span)
