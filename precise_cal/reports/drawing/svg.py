"""The few shapes that the drawings need, with their text escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import Joined, Text
from precise_cal.reports.plain import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from precise_cal.language.catalog import Catalog

INK: Final = "#1b2733"
GRAY: Final = "#5d6b78"
LINE: Final = "#c3ccd4"
PALE: Final = "#e9eef2"
BLUE: Final = "#1f5f99"
ORANGE: Final = "#b4541a"
HALO: Final = {"paint_order": "stroke", "stroke": "#fff", "stroke_width": "3"}
"""For words that stand on a line."""
FONT: Final = (
    "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans CJK SC', 'Libertinus Serif', sans-serif"
)


class Escaped(Text):
    """Words as markup has them, in whatever language."""

    __slots__ = ("words",)
    words: str

    def __new__(cls, words: str) -> Self:
        """Words, escaped."""
        made = super().__new__(cls, label(words))
        made.words = words
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Escaped, (self.words,)

    def within(self, catalog: Catalog) -> str:
        """The words in the language of a catalog, escaped."""
        return label(catalog(self.words))


def drawing(width: float, height: float, parts: Sequence[str], title: str) -> str:
    """A drawing of a size in points; `title` is its name for screen readers. A catalog turns its words."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-label="'
    )
    return Joined("", [head, Escaped(title), f'" font-family="{FONT}" font-size="12">', *parts, "</svg>"])


def label(words: object) -> str:
    """Text that can neither act nor end the element that it stands in."""
    return escape(visible(str(words)), quote=True)


def say(x: float, y: float, words: object, anchor: str = "start", size: float = 12, **more: str) -> str:
    """A line of text."""
    fill = more.pop("fill", INK)
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    head = f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" fill="{fill}"{extra}>'
    return Joined("", [head, Escaped(words if isinstance(words, str) else str(words)), "</text>"])


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = LINE, width: float = 1, dash: str = "") -> str:
    """A straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )


def box(x: float, y: float, width: float, height: float, fill: str = PALE, stroke: str = "none", **more: str) -> str:
    """A rectangle."""
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" height="{max(0.0, height):.1f}" '
        f'fill="{fill}" stroke="{stroke}"{extra}/>'
    )


def path(points: list[tuple[float, float]], stroke: str = INK, width: float = 1.5, dash: str = "") -> str:
    """A line through points."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    where = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{where}" fill="none" stroke="{stroke}" stroke-width="{width:g}"{dashed}/>'


def mark(x: float, y: float, shape: str, fill: str = INK, size: float = 5) -> str:
    """A mark: circle, square, diamond, triangle or cross."""
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" fill="{fill}" stroke="#fff"/>'
    if shape == "cross":
        arm = size - 1
        return line(x - arm, y - arm, x + arm, y + arm, fill, 2.2) + line(x - arm, y + arm, x + arm, y - arm, fill, 2.2)
    corners = {
        "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
        "triangle": ((0, -1.15), (1.1, 0.9), (-1.1, 0.9)),
    }[shape]
    points = " ".join(f"{x + size * dx:.1f},{y + size * dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{points}" fill="{fill}" stroke="#fff"/>'


def hatch(name: str, color: str) -> str:
    """A hatched fill, for black and white: ``fill="url(#name)"``."""
    return (
        f'<defs><pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="6" height="6" fill="#fff"/><rect width="2.5" height="6" fill="{color}"/></pattern></defs>'
    )
