"""From a document to PDF by Typst. Texts go in as data, so that none is ever read as markup.

The file is made to PDF/UA-1 (ISO 14289-1): tags, a title, a language, words for every figure.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import Verbatim, message
from precise_cal.language.fonts import more_fonts, own_fonts
from precise_cal.protocol.errors import PreciseError
from precise_cal.reports.document import LANGUAGE_CODES, MARKS, Counts, Facts, Figure, Paragraph, Signatures, Table
from precise_cal.reports.plain import visible

if TYPE_CHECKING:
    import typst

    from precise_cal.reports.document import Block, Cell, Document, Section

_TEMPLATE = Path(__file__).parent / "page.typ"
_STANDARD: Final = "ua-1"
_RARE: Final = re.compile(
    "[^\x00-\u024f\u0370-\u03ff\u0400-\u045f\u2010-\u2027\u2030-\u203a\u2190-\u2193\u2212\u2264\u2265✓✗]"
)


class GlyphError(PreciseError):
    """No font that was found or named has the characters of a document."""


_CHINESE: Final = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_NEVER: Final = re.compile(r"(?!)")


def as_pdf(document: Document, font: Path | None = None) -> bytes:
    """The document as a PDF file; the same document and fonts always give the same bytes. Raises `GlyphError`."""
    return compile_pdf(pdf_data(document), font)


def pdf_data(document: Document) -> str:
    """What the template reads: the document as JSON."""
    return json.dumps(_document(document), ensure_ascii=False)


def compile_pdf(data: str, font: Path | None = None) -> bytes:
    """The PDF of a document given as JSON.

    The fonts that Typst brings come first, so that the file does not depend on the machine. PDF/UA refuses a character
    that no font has: then the font that is named is tried, else those of the system. Rare characters that none has are
    written as escapes at last; where the words of the document itself lack theirs, that is told.

    Args:
        data: of `pdf_data`.
        font: a file with the characters that Typst's own fonts lack.

    Raises:
        GlyphError: no font has the characters of the document's language.
    """
    import typst

    problem = ""
    for text, fonts in (
        (data, own_fonts()),
        (data, more_fonts(font)),
        (_without_rare(data), more_fonts(font)),
    ):
        try:
            return _compiled(text, fonts)
        except typst.TypstError as error:
            problem = str(error)
    where = Verbatim(font) if font is not None else message("this system")
    raise GlyphError(
        message(
            "the PDF cannot be written: no font of { $where } has its characters ({ $problem }); install a Chinese "
            "font, such as fonts-noto-cjk of Debian, name one with --font FILE, or leave pdf out of --format",
            where=where,
            problem=Verbatim(problem.splitlines()[0]),
        )
    )


def _compiled(data: str, fonts: typst.Fonts) -> bytes:
    import typst

    made = typst.compile(
        str(_TEMPLATE),
        format="pdf",
        font_paths=fonts,
        pdf_standards=_STANDARD,
        sys_inputs={"document": data},
        timestamp=0,
    )
    assert isinstance(made, bytes)
    return made


def _without_rare(data: str) -> str:
    """The document with rare characters as escapes; those of its own language stay, for nobody could read it."""
    own = _CHINESE if json.loads(data)["lang"] == "zh" else _NEVER
    return _RARE.sub(lambda found: found[0] if own.match(found[0]) else _escaped(found), data)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii").replace("\\", "\\\\")


def _document(document: Document) -> dict[str, Any]:
    return {
        "lang": LANGUAGE_CODES[document.catalog.language][:2],
        "sign": [document.catalog(word) for word in ("Name", "Signature", "Date")],
        "banner": visible(document.banner),
        "title": visible(document.title),
        "subtitle": visible(document.subtitle),
        "kicker": document.kicker,
        "facts": _block(document.facts),
        "sections": [_section(one) for one in document.sections],
        "footer": visible(document.footer),
        "landscape": document.landscape,
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": visible(section.title),
        "blocks": [_block(block) for block in section.blocks],
        "sections": [_section(one) for one in section.sections],
        "breaks": section.breaks,
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"kind": "paragraph", "style": block.kind, "text": visible(block.text)}
        case Facts():
            return {"kind": "facts", "pairs": [[visible(name), _cell(cell)] for name, cell in block.pairs]}
        case Counts():
            return {"kind": "counts", "items": [[one.number, one.label, one.detail, one.tone] for one in block.items]}
        case Table():
            return _table(block)
        case Figure():
            return {"kind": "figure", "svg": block.svg, "caption": visible(block.caption), "alt": visible(block.alt)}
        case Signatures():
            return {"kind": "signatures", "roles": list(block.roles), "text": block.statement}


def _table(table: Table) -> dict[str, Any]:
    return {
        "kind": "table",
        "caption": visible(table.caption),
        "columns": [[visible(one.title), one.kind == "number", one.width] for one in table.columns],
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "note": visible(table.note),
        "total": table.total,
        "empty": table.empty,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    shown: dict[str, Any] = {"t": visible(cell.text)}
    if cell.tone:
        shown |= {"tone": cell.tone, "mark": MARKS[cell.tone]}
    if cell.kind == "code":
        shown["code"] = True
    if cell.span > 1:
        shown["span"] = cell.span
    return shown
