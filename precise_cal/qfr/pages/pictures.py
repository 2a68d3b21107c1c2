"""The pictures of the page for an analysis from angiograms, as SVG: views, lumen in space, contrast fronts."""

from __future__ import annotations

import base64
import struct
import zlib
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.language.catalog import ENGLISH, message
from precise_cal.qfr.contour.absorbance import open_field
from precise_cal.qfr.contour.curve import normals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.language.catalog import Catalog
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.angio.view import View
    from precise_cal.qfr.front.fit import Front
    from precise_cal.qfr.stereo.lumen3d import Reconstruction

MARGIN_PX = 40
ZOOM = 4.0
"""Size on the page of a pixel of the film, where the page is wide enough: a border can be judged to half a pixel."""
SIDE = 440.0
COLORS = {
    "path": "#ffd400", "border": "#00e5ff", "before": "#b0bec5", "click": "#ff4081", "pin": "#76ff03",
    "exclude": "#e040fb", "overlap": "#ff7043", "lesion": "#ffeb3b",
}  # fmt: skip
SCALE = ((0.6, (198, 40, 40)), (0.8, (249, 168, 37)), (0.9, (124, 179, 66)), (1.0, (46, 125, 50)))
"""QFR and the color (red, green, blue) of the lumen there."""
UNKNOWN = "#9e9e9e"
FRONT_WIDTH, FRONT_HEIGHT = 440.0, 250.0


def view_svg(view: View, throats: list[int], title: str) -> str:
    """The analyzed frame around the vessel, with path, borders, clicks, pins, overlap, and lesions by number.

    Args:
        view: The view.
        throats: Station of each lesion's throat in the view's contour.
        title: Of the drawing.
    """
    found, contour = view.cine.acquisition, view.contour
    every = np.concatenate([contour.left, contour.right, np.array(view.spec.stops)])
    low = np.maximum(every.min(axis=0) - MARGIN_PX, 0).astype(int)
    high = np.minimum(every.max(axis=0) + MARGIN_PX, [found.columns, found.rows]).astype(int)
    inside = (slice(low[1], high[1]), slice(low[0], high[0]))
    embedded = base64.b64encode(_png(_gray(view.cine.frame(view.index)[inside], open_field(view.cine)[inside])))
    width, height = high - low
    across, pins = normals(contour.midline), (*view.spec.borders.left, *view.spec.borders.right)
    before = (view.found.left, view.found.right) if pins else ()
    polygons = [np.array([*polygon, polygon[0]]) for polygon in view.spec.exclude]
    size = f'width="{ZOOM * width:.0f}" height="{ZOOM * height:.0f}"'
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" {size}>',
            f"<title>{escape(title)}</title>",
            f'<image href="data:image/png;base64,{embedded.decode()}" width="{width}" height="{height}"/>',
            '<g class="drawn">',
            _polyline(contour.midline - low, COLORS["path"], 0.25),
            *(_polyline(line - low, COLORS["before"], 0.3) for line in before),
            _polyline(contour.left - low, COLORS["border"], 0.4),
            _polyline(contour.right - low, COLORS["border"], 0.4),
            *(_polyline(polygon - low, COLORS["exclude"], 0.5) for polygon in polygons),
            *(_ring(np.array(pin) - low, COLORS["pin"], 1.2) for pin in pins),
            *(_dot(point - low, COLORS["overlap"], 0.5) for point in contour.midline[view.beside.covered]),
            *(_ring(np.array(point) - low, COLORS["click"], 1.5) for point in view.spec.stops),
            *(
                _label(contour.midline[place] - low + 12.0 * across[place], str(number), COLORS["lesion"], 6.0)
                for number, place in enumerate(throats, 1)
            ),
            "</g></svg>",
        ]
    )


def lumen_svg(found: Reconstruction, along: Array | None, throats: list[int], title: str) -> str:
    """The lumen from two sides at right angles, to scale, colored by QFR.

    Args:
        found: The vessel in space.
        along: (n,) QFR at each station; None where there is none.
        throats: Station of each lesion's throat.
        title: Of the drawing.
    """
    centered = found.points - found.points.mean(axis=0)
    axes = np.linalg.svd(centered, full_matrices=False)[2]
    down = axes[0] * (np.sign((centered[-1] - centered[0]) @ axes[0]) or 1.0)
    sides = [np.stack([centered @ axis, centered @ down], axis=1) for axis in axes[1:]]
    parts, left = [], 0.0
    low, high = centered @ down - 3.0, centered @ down + 3.0
    top, bottom = float(low.min()), float(high.max())
    for flat in sides:
        place = flat - [float(flat[:, 0].min()) - 5.0 - left, top]
        parts += _tube(place, 0.5 * found.diameter_mm, along)
        for number, throat in enumerate(throats, 1):
            parts.append(_label(place[throat] + [3.5, 0.0], str(number), "#222", 2.4))
        left = float(place[:, 0].max()) + 5.0
    parts.append(_bar(bottom - top))
    width, height = left, bottom - top + 5.0
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:.1f} {height:.1f}" '
        f'width="{SIDE * width / max(width, height):.0f}"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def front_svg(front: Front, name: str, catalog: Catalog = ENGLISH) -> str:
    """When the contrast front arrives along the vessel: what each place says, and the fitted course."""
    left, right, top, bottom = 46.0, 12.0, 22.0, 40.0
    first, last = float(np.nanmin(front.fitted_s)), float(np.nanmax(front.fitted_s))
    early, late = first - 0.15 * (last - first), last + 0.15 * (last - first)
    length = float(front.arc_mm[-1])

    def placed(times: Array) -> Array:
        x = left + front.arc_mm / length * (FRONT_WIDTH - left - right)
        y = FRONT_HEIGHT - bottom - (times - early) / (late - early) * (FRONT_HEIGHT - top - bottom)
        return np.stack([x, np.clip(y, top - 4.0, FRONT_HEIGHT - bottom + 4.0)], axis=1)

    title = message("Arrival of the contrast front in view { $name }", name=name)
    distance = catalog("distance, mm")
    head = message("view { $name }: arrival, ms", name=name)
    lines = [
        f'<line x1="{left:g}" x2="{FRONT_WIDTH - right:g}" y1="{placed(np.full_like(front.arc_mm, time))[0, 1]:.1f}" '
        f'y2="{placed(np.full_like(front.arc_mm, time))[0, 1]:.1f}" stroke="#ddd"/>'
        f'<text x="{left - 6:g}" y="{placed(np.full_like(front.arc_mm, time))[0, 1] + 4:.1f}" text-anchor="end">'
        f"{1000.0 * time:.0f}</text>"
        for time in np.linspace(first, last, 5)
    ]
    ticks = "".join(
        f'<text x="{left + share * (FRONT_WIDTH - left - right):.1f}" y="{FRONT_HEIGHT - bottom + 16:g}" '
        f'text-anchor="middle">{share * length:.0f}</text>'
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    dots = "".join(_dot(point, "#0b4f8a", 1.8) for point in placed(front.arrival_s)[np.isfinite(front.arrival_s)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {FRONT_WIDTH:g} {FRONT_HEIGHT:g}" '
        f'width="{FRONT_WIDTH:g}"><title>{escape(catalog(title))}</title>'
        f"<style>text{{font:12px sans-serif;fill:#222}}</style>{''.join(lines)}"
        f'{ticks}<text x="4" y="12">{escape(catalog(head))}</text>'
        f'<text x="{FRONT_WIDTH - right:g}" y="{FRONT_HEIGHT - 8:g}" text-anchor="end">{escape(distance)}</text>'
        f"{dots}{_polyline(placed(front.fitted_s), '#b35900', 2.0)}</svg>"
    )


def _tube(line: Array, radius: Array, along: Array | None) -> list[str]:
    """Quadrilaterals between stations a millimeter apart, each in the color of its QFR."""
    across = normals(line)
    one, other = line + radius[:, None] * across, line - radius[:, None] * across
    stops = [*range(0, len(line) - 1, 4), len(line) - 1]
    parts = []
    for low, high in pairwise(stops):
        corners = np.concatenate([one[low : high + 1], other[low : high + 1][::-1]])
        color = UNKNOWN if along is None else _color(float(along[low : high + 1].mean()))
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in corners)
        parts.append(f'<polygon points="{points}" fill="{color}" stroke="{color}" stroke-width="0.06"/>')
    return parts


def colors_along(along: Array | None, count: int) -> list[str]:
    """The color of each of ``count`` stations by its QFR; gray without one."""
    return [UNKNOWN] * count if along is None else [_color(float(value)) for value in along]


def _color(value: float) -> str:
    stops = [stop for stop, _ in SCALE]
    channels = [int(np.interp(value, stops, [color[k] for _, color in SCALE])) for k in range(3)]
    return "#{:02x}{:02x}{:02x}".format(*channels)


def _bar(height: float) -> str:
    y = height + 2.0
    return (
        f'<line x1="2" x2="12" y1="{y:.1f}" y2="{y:.1f}" stroke="#222" stroke-width="0.4"/>'
        f'<text x="13" y="{y + 0.8:.1f}" style="font:2.4px sans-serif">10 mm</text>'
    )


def _polyline(points: Array, color: str, width: float) -> str:
    text = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    return f'<polyline points="{text}" fill="none" stroke="{color}" stroke-width="{width}"/>'


def _ring(point: Array, color: str, radius: float) -> str:
    return f'<circle cx="{point[0]:.2f}" cy="{point[1]:.2f}" r="{radius}" fill="none" stroke="{color}"/>'


def _dot(point: Array, color: str, radius: float) -> str:
    return f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="{radius}" fill="{color}" fill-opacity="0.5"/>'


def _label(point: Array, text: str, color: str, size: float = 11.0) -> str:
    return (
        f'<text x="{point[0]:.1f}" y="{point[1] + 0.35 * size:.1f}" text-anchor="middle" '
        f'style="font:bold {size:g}px sans-serif;fill:{color}">{escape(text)}</text>'
    )


def frame_png(frame: NDArray[np.float32], mask: NDArray[np.bool_]) -> bytes:
    """A frame as a PNG, with gray values stretched over its open field."""
    return _png(_gray(frame, mask))


def _gray(crop: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Gray values between the 1st and the 99th percentile of the open field."""
    sample = crop[inside] if inside.any() else crop.ravel()
    low, high = np.percentile(sample, [1, 99])
    return np.asarray(np.clip(255.0 * (crop - low) / max(high - low, 1e-6), 0, 255), np.uint8)


def _png(gray: NDArray[np.uint8]) -> bytes:
    """An 8-bit grayscale PNG (ISO 15948)."""
    height, width = gray.shape
    rows = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(gray))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
