"""The pullback as a drawing: QFR with its line at 0.80 and interval; below it lumen and reference."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from precise_cal.language.catalog import ENGLISH, Verbatim, message
from precise_cal.language.fonts import more_fonts, own_fonts
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.lumen.analysis import CUTOFF

if TYPE_CHECKING:
    from pathlib import Path

    import typst

    from precise_cal.language.catalog import Catalog
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.lumen.analysis import Analysis

WIDTH, HEIGHT = 900.0, 480.0
LEFT, RIGHT = 70.0, 20.0
QFR_TOP, QFR_BOTTOM = 30.0, 250.0
LUMEN_TOP, LUMEN_BOTTOM = 290.0, 430.0
_PAGE: Final = (
    f"#set page(width: {WIDTH:g}pt, height: {HEIGHT:g}pt, margin: 0pt)\n"
    '#image(bytes(sys.inputs.drawing), format: "svg", width: 100%)\n'
)
_PPI: Final = 144.0
_EVERY_GLYPH: Final = "a-2b"
"""PDF/A-2b (ISO 19005-2, 6.2.11) refuses a character that no font has; a PNG would show a box in silence."""
STYLE: Final = (
    "text{font:13px sans-serif;fill:#222}.grid{stroke:#ddd}.axis{stroke:#444}"
    ".line{fill:none;stroke:#0b4f8a;stroke-width:2}"
    ".dash{fill:none;stroke:#b35900;stroke-width:1.5;stroke-dasharray:6 4}.cut{stroke:#b35900;stroke-width:1.5}"
    ".lesion{fill:#000;opacity:.07}.band{stroke:#0b4f8a;stroke-width:6;opacity:.35}.spread{fill:#0b4f8a;opacity:.2}"
    ".final{fill:#0b4f8a}"
)


def as_svg(analysis: Analysis, spread_mm: Array | None = None, catalog: Catalog = ENGLISH) -> str:
    """The drawing as one SVG element; the axis of QFR runs from 0.5 to 1.0, further down only where a value does.

    Args:
        analysis: What is drawn.
        spread_mm: (n,) standard deviation of the diameter, drawn as a band of one to either side where given.
        catalog: Of the language of its words.
    """
    along = analysis.qfr_along
    lowest = 0.5 if along is None else min(0.5, math.floor(10.0 * float(along.min())) / 10.0)
    widest = math.ceil(max(float(analysis.lumen.diameter_mm.max()), float(analysis.reference_mm.max())))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">',
        f"<title>{escape(catalog('QFR pullback'))}</title>",
        f"<style>{STYLE}</style>",
        *_lesions(analysis),
        *_grid(lowest, 1.0, 0.1, QFR_TOP, QFR_BOTTOM, "QFR", 2),
        *_grid(0.0, widest, 1.0, LUMEN_TOP, LUMEN_BOTTOM, catalog("diameter, mm"), 0),
        *_distance(analysis, catalog),
    ]
    if along is not None:
        parts += _cutoff(lowest)
        parts.append(_path(analysis, along, lowest, 1.0, QFR_TOP, QFR_BOTTOM, "line"))
        parts += _interval(analysis, lowest)
        parts += _final(analysis, lowest)
    if spread_mm is not None:
        parts.append(_spread(analysis, spread_mm, widest))
    parts.append(_path(analysis, analysis.lumen.diameter_mm, 0.0, widest, LUMEN_TOP, LUMEN_BOTTOM, "line"))
    parts.append(_path(analysis, analysis.reference_mm, 0.0, widest, LUMEN_TOP, LUMEN_BOTTOM, "dash"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def as_png(analysis: Analysis, catalog: Catalog = ENGLISH, font: Path | None = None) -> bytes:
    """The drawing as PNG, twice as fine.

    The fonts that Typst brings are tried first, so that the file does not depend on the machine; then the one that is
    named, else those of the system. A character that none has is an error, and never a box.

    Args:
        analysis: What is drawn.
        catalog: Of the language of its words.
        font: A file of a font with the characters that Typst's own lack.

    Raises:
        QfrError: no font has the characters of its words.
    """
    import typst

    drawing = as_svg(analysis, catalog=catalog)
    problem = ""
    for fonts in (own_fonts(), more_fonts(font)):
        try:
            _set(drawing, fonts, format="pdf", pdf_standards=_EVERY_GLYPH)
        except typst.TypstError as error:
            problem = str(error)
        else:
            return _set(drawing, fonts, format="png", ppi=_PPI)
    raise QfrError(
        message(
            "the plot cannot be written: no font of { $where } has its characters ({ $problem }); install a Chinese "
            "font, such as fonts-noto-cjk of Debian, name one with --font FILE, or let the plot end in .svg",
            where=message("this system") if font is None else Verbatim(font),
            problem=Verbatim(problem.splitlines()[0]),
        )
    )


def _set(drawing: str, fonts: typst.Fonts, **form: Any) -> bytes:
    import typst

    made = typst.compile(_PAGE.encode(), font_paths=fonts, sys_inputs={"drawing": drawing}, **form)
    assert isinstance(made, bytes)
    return made


def plot_bytes(analysis: Analysis, suffix: str, catalog: Catalog = ENGLISH, font: Path | None = None) -> bytes:
    """The drawing as a file that ends in ``.svg`` or ``.png``.

    Raises:
        QfrError: the suffix is another one, or no font has the characters of a PNG.
    """
    if suffix == ".svg":
        return as_svg(analysis, catalog=catalog).encode()
    if suffix == ".png":
        return as_png(analysis, catalog, font)
    raise QfrError(message("{ $suffix }: a plot ends in .svg or .png", suffix=suffix))


def write_plot(analysis: Analysis, path: Path) -> None:
    """Write the drawing as SVG or PNG.

    Raises:
        QfrError: the name ends in neither, or the file cannot be written.
    """
    try:
        path.write_bytes(plot_bytes(analysis, path.suffix.lower()))
    except OSError as error:
        raise QfrError(
            message("{ $path }: cannot be written: { $strerror }", path=Verbatim(path), strerror=error.strerror)
        ) from error


def _x(analysis: Analysis, s: float) -> float:
    start, length = float(analysis.lumen.position_mm[0]), analysis.lumen.length_mm
    return LEFT + (s - start) / length * (WIDTH - LEFT - RIGHT)


def _y(value: float, low: float, high: float, top: float, bottom: float) -> float:
    return bottom - (value - low) / (high - low) * (bottom - top)


def _path(analysis: Analysis, values: Array, low: float, high: float, top: float, bottom: float, kind: str) -> str:
    return f'<polyline class="{kind}" points="{_points(analysis, values, low, high, top, bottom)}"/>'


def _points(analysis: Analysis, values: Array, low: float, high: float, top: float, bottom: float) -> str:
    return " ".join(
        f"{_x(analysis, s):.2f},{_y(value, low, high, top, bottom):.2f}"
        for s, value in zip(analysis.lumen.position_mm.tolist(), values.tolist(), strict=True)
    )


def _spread(analysis: Analysis, spread_mm: Array, widest: float) -> str:
    """One standard deviation of the diameter to either side."""
    upper, lower = (
        _points(analysis, np.clip(analysis.lumen.diameter_mm + sign * spread_mm, 0.0, widest), 0.0, widest,
                LUMEN_TOP, LUMEN_BOTTOM)
        for sign in (1, -1)
    )  # fmt: skip
    return f'<polygon class="spread" points="{upper} {" ".join(reversed(lower.split()))}"/>'


def _grid(low: float, high: float, step: float, top: float, bottom: float, name: str, digits: int) -> list[str]:
    parts = [f'<text x="8" y="{top - 10:g}">{escape(name)}</text>']
    for k in range(round((high - low) / step) + 1):
        value = low + k * step
        y = _y(value, low, high, top, bottom)
        parts.append(f'<line class="grid" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{y:.2f}" y2="{y:.2f}"/>')
        parts.append(f'<text x="{LEFT - 8:g}" y="{y + 4:.2f}" text-anchor="end">{value:.{digits}f}</text>')
    return parts


def _distance(analysis: Analysis, catalog: Catalog) -> list[str]:
    s, length = float(analysis.lumen.position_mm[0]), analysis.lumen.length_mm
    distance = catalog("distance, mm")
    parts = [f'<text x="{WIDTH - RIGHT:g}" y="{HEIGHT - 8:g}" text-anchor="end">{escape(distance)}</text>']
    for kind, name, x in (("line", "lumen", LEFT), ("dash", "reference", LEFT + 110.0)):
        parts.append(f'<line class="{kind}" x1="{x:g}" x2="{x + 30:g}" y1="{HEIGHT - 12:g}" y2="{HEIGHT - 12:g}"/>')
        parts.append(f'<text x="{x + 36:g}" y="{HEIGHT - 8:g}">{escape(catalog(name))}</text>')
    for k in range(7):
        at = s + length * k / 6.0
        parts.append(f'<text x="{_x(analysis, at):.2f}" y="{LUMEN_BOTTOM + 18:g}" text-anchor="middle">{at:.1f}</text>')
    return parts


def _cutoff(lowest: float) -> list[str]:
    y = _y(CUTOFF, lowest, 1.0, QFR_TOP, QFR_BOTTOM)
    return [
        f'<line class="cut" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{y:.2f}" y2="{y:.2f}"/>',
        f'<text x="{LEFT + 6:g}" y="{y - 5:.2f}">0.80</text>',
    ]


def _interval(analysis: Analysis, lowest: float) -> list[str]:
    if analysis.interval is None:
        return []
    x = WIDTH - RIGHT - 3.0
    ends = (min(analysis.interval.high, 1.0), max(analysis.interval.low, lowest))
    high, low = (_y(value, lowest, 1.0, QFR_TOP, QFR_BOTTOM) for value in ends)
    return [f'<line class="band" x1="{x:g}" x2="{x:g}" y1="{high:.2f}" y2="{low:.2f}"/>']


def _final(analysis: Analysis, lowest: float) -> list[str]:
    """QFR of the vessel, where the pressure has recovered: behind the last sample, so at the right edge."""
    if analysis.qfr is None:
        return []
    y = _y(max(analysis.qfr, lowest), lowest, 1.0, QFR_TOP, QFR_BOTTOM)
    x = WIDTH - RIGHT - 3.0
    return [
        f'<circle class="final" cx="{x:g}" cy="{y:.2f}" r="4"/>',
        f'<text x="{x - 8:g}" y="{y - 8:.2f}" text-anchor="end">QFR {analysis.qfr:.2f}</text>',
    ]


def _lesions(analysis: Analysis) -> list[str]:
    parts = []
    for lesion in analysis.lesions:
        start, end = (_x(analysis, float(analysis.lumen.position_mm[k])) for k in (lesion.first, lesion.last))
        size = f'width="{end - start:.2f}" height="{LUMEN_BOTTOM - QFR_TOP:g}"'
        parts.append(f'<rect class="lesion" x="{start:.2f}" y="{QFR_TOP:g}" {size}/>')
        if analysis.qfr_along is not None:
            place = f'x="{0.5 * (start + end):.2f}" y="{QFR_TOP - 8:g}" text-anchor="middle"'
            parts.append(f"<text {place}>ΔQFR {analysis.loss(lesion):.2f}</text>")
    return parts
