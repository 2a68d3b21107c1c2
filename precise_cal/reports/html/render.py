"""From a document to HTML: Jinja2 escapes every text; a policy in the page allows its own style and script alone."""

from __future__ import annotations

import base64
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from precise_cal.reports.document import LANGUAGE_CODES, MARKS, Counts, Facts, Figure, Paragraph, Signatures, Table
from precise_cal.reports.plain import visible

if TYPE_CHECKING:
    from jinja2 import Template

    from precise_cal.reports.document import Document

_HERE = Path(__file__).parent
_KINDS = {
    Paragraph: "paragraph",
    Facts: "facts",
    Counts: "counts",
    Table: "table",
    Figure: "figure",
    Signatures: "signatures",
}


_WORDS = {"search": "Search", "in": "Search in", "all": "all", "rows": "rows", "of": "of", "more": "show all"}
"""What the script of a page says, by the name of its attribute."""


def as_html(document: Document) -> str:
    """The document as a page."""
    catalog = document.catalog
    words = {name: catalog(text) for name, text in _WORDS.items()}
    return _template().render(document=document, say=catalog, words=words, language=LANGUAGE_CODES[catalog.language])


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_finalize
    )
    environment.globals |= {
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "policy": f"default-src 'none'; style-src {_digest(style)}; script-src "
        f"{_digest(script)}; base-uri 'none'; form-action 'none'",
        "marks": MARKS,
        "kind": lambda block: _KINDS[type(block)],
        "drawn": lambda figure: Markup(figure.svg),  # noqa: S704 - drawing.svg escapes its texts
    }
    return environment.get_template("page.html.jinja")


def _finalize(value: Any) -> Any:
    """Every text that is no markup of ours shows its hidden characters."""
    return visible(value) if type(value) is str else value


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(content.encode()).digest()).decode()}'"
