"""Fonts for what is set in type: those that Typst brings first, so that a file does not depend on the machine."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import typst


@cache
def own_fonts() -> typst.Fonts:
    """Those that Typst brings: Latin, Greek and Cyrillic letters, and signs of mathematics."""
    import typst

    return typst.Fonts(include_system_fonts=False)


@cache
def more_fonts(font: Path | None) -> typst.Fonts:
    """Those and the one that is named, else those of the system.

    Args:
        font: A file of a font.
    """
    import typst

    return typst.Fonts(include_system_fonts=font is None, font_paths=[] if font is None else [str(font)])
