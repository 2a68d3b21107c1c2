"""From what a page shows to HTML: Jinja2 escapes every text, and a policy in the page allows its own parts alone."""

from __future__ import annotations

import base64
import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from precise_cal.language.catalog import Catalog

_HERE = Path(__file__).parent
_AS_IT_IS: Final = frozenset({"code", "tone", "data", "name"})
"""Codes, classes and letters, which have no language."""


def page(shown: Mapping[str, Any], data: Mapping[str, Any], catalog: Catalog = ENGLISH) -> str:
    """A page, self-contained; it carries the result as JSON.

    Args:
        shown: What the template shows; drawings in it are markup that was escaped where it was made.
        data: The result.
        catalog: Of the language of the page; data are in English in every language.
    """
    optional = ("films", "space", "fronts", "quality", "changes", "limits", "notices")
    said = _said(dict(shown), catalog)
    words = {"say": catalog, "language": catalog.language, "embedded": as_script(data)}
    return _template().render(dict.fromkeys(optional) | said | words)


def _said(value: Any, catalog: Catalog) -> Any:
    """What a page shows, each text of it in the language; markup of ours is done already."""
    if isinstance(value, dict):
        return {name: one if name in _AS_IT_IS else _said(one, catalog) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_said(one, catalog) for one in value]
    return catalog(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def as_script(data: Any) -> Any:
    """Data as JSON that stands in an element of script without ending it."""
    from markupsafe import Markup

    return Markup(json.dumps(data, allow_nan=False).replace("<", "\\u003c"))  # noqa: S704 - no markup is left in it


def drawing(svg: str) -> Any:
    """A drawing of ours, whose texts are escaped."""
    from markupsafe import Markup

    return Markup(svg)  # noqa: S704 - the drawings escape their texts


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("page.css", "turn.js"))
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.globals |= {
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "policy": f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'",
    }
    return environment.get_template("page.html.jinja")


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(content.encode()).digest()).decode()}'"
