"""Reads documents back: tables of HTML and Markdown, texts of PDF."""

from __future__ import annotations

import io
import re
from html import unescape
from html.parser import HTMLParser


class Page(HTMLParser):
    """The tables of a page by id, each a list of rows of texts; and every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, list[list[str]]] = {}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._table = ""
        self._cell: list[str] | None = None
        self._hidden = 0
        self._silent = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        if tag in ("script", "style"):
            self._silent = tag
        elif tag == "table":
            self._table = found.get("id") or ""
            self.tables[self._table] = []
        elif tag == "tr":
            self.tables[self._table].append([])
        elif tag in ("td", "th"):
            self._cell = []
        elif tag == "i":
            self._hidden += 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        elif tag in ("td", "th") and self._cell is not None:
            self.tables[self._table][-1].append("".join(self._cell))
            self._cell = None
        elif tag == "i":
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self.text += data
        if self._cell is not None and not self._hidden:
            self._cell.append(data)


def markdown_tables(text: str) -> list[list[list[str]]]:
    """The tables of a Markdown text, in order."""
    tables: list[list[list[str]]] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("|"):
            if not inside:
                tables.append([])
            cells = [cell.strip().lstrip("✗✓?· ") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            tables[-1].append(
                [unescape(re.sub(r"\\(.)", r"\1", re.sub(r"^\[(.*)\]\(.*\)$", r"\1", cell))) for cell in cells]
            )
        inside = line.startswith("|")
    return tables


def pdf_text(data: bytes) -> str:
    """The text of a PDF, with single spaces."""
    import pypdf

    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)
