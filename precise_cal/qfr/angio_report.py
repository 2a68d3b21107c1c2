"""The page for an analysis from angiograms: each view with path and borders, the vessel in space, pullback, reasons."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.contour.absorbance import open_field
from precise_cal.qfr.plot import as_svg
from precise_cal.qfr.report import LIMITS, STYLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.angio import AngioResult
    from precise_cal.qfr.angio_view import View
    from precise_cal.qfr.stereo.lumen3d import Reconstruction

MARGIN_PX = 60
SIDE = 420
FIGURES = ".views{display:flex;gap:1em;flex-wrap:wrap}figure{margin:0}"
COLORS = {"line": "#ffd400", "border": "#00e5ff", "stop": "#ff4081", "overlap": "#ff7043"}


def as_html(result: AngioResult, software: str = "precise-cal") -> str:
    """The page, self-contained and without scripts; it carries the JSON of the result."""
    data = result.as_data()
    title = f"QFR from angiograms · {result.study.vessel}"
    embedded = json.dumps(data, allow_nan=False).replace("<", "\\u003c")
    pictures = "".join(_view(view, name) for view, name in zip(result.views, "AB", strict=False))
    space = "" if result.reconstruction is None else _space(result.reconstruction)
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f"<title>{escape(title)}</title><style>{STYLE}{FIGURES}</style></head><body>",
            f'<h1>{escape(title)}</h1><div class="top">{_verdict(result)}</div>',
            f'<div class="views">{pictures}{space}</div>',
            as_svg(result.analysis),
            _quality(result),
            _remarks(result),
            f'<p class="small">{escape(LIMITS)} Made by {escape(software)}.</p>',
            f'<script type="application/json" id="analysis">{embedded}</script></body></html>\n',
        ]
    )


def _verdict(result: AngioResult) -> str:
    analysis = result.analysis
    if analysis.qfr is None:
        codes = ", ".join(reason.code for reason in analysis.reasons)
        return f'<span class="big">not analyzable</span><span>{escape(codes)}</span>'
    interval = analysis.interval
    sure = (
        "" if interval is None else f"<span>{100 * interval.level:g} %: {interval.low:.3f}–{interval.high:.3f}</span>"
    )
    return f'<span class="big">QFR {analysis.qfr:.3f}</span>{sure}'


def picture_svg(view: View) -> str:
    """The analyzed frame around the vessel with center line, borders and points, as SVG."""
    found, contour = view.cine.acquisition, view.contour
    every = np.concatenate([contour.left, contour.right, np.array(view.spec.stops)])
    low = np.maximum(every.min(axis=0) - MARGIN_PX, 0).astype(int)
    high = np.minimum(every.max(axis=0) + MARGIN_PX, [found.columns, found.rows]).astype(int)
    crop = view.cine.frame(view.frame)[low[1] : high[1], low[0] : high[0]]
    inside = open_field(view.cine)[low[1] : high[1], low[0] : high[0]]
    width, height = high - low
    embedded = base64.b64encode(_png(_gray(crop, inside))).decode()
    shown = SIDE * width / max(width, height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{shown:.0f}">',
        f'<image href="data:image/png;base64,{embedded}" width="{width}" height="{height}"/>',
        _polyline(contour.midline - low, COLORS["line"], 0.6),
        _polyline(contour.left - low, COLORS["border"], 0.8),
        _polyline(contour.right - low, COLORS["border"], 0.8),
        *(_dot(point - low, COLORS["overlap"], 1.2) for point in contour.midline[contour.overlapped]),
        *(_dot(np.array(point) - low, COLORS["stop"], 2.5) for point in view.spec.stops),
        "</svg>",
    ]
    return "".join(lines)


def _view(view: View, name: str) -> str:
    angles = view.cine.acquisition.angles
    caption = f"View {name}: frame {view.frame}, {'' if angles is None else angles}"
    return f"<figure>{picture_svg(view)}<figcaption>{escape(caption)}</figcaption></figure>"


def _space(found: Reconstruction) -> str:
    """The lumen in space, seen along its direction of least extent, diameters to scale."""
    centered = found.points - found.points.mean(axis=0)
    axes = np.linalg.svd(centered, full_matrices=False)[2]
    flat = centered @ axes[:2].T
    flat = flat[:, ::-1] * np.array([1.0, np.sign(flat[-1, 0] - flat[0, 0]) or 1.0])
    along = np.gradient(flat, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(np.linalg.norm(along, axis=1)[:, None], 1e-9)
    half = 0.5 * found.diameter_mm[:, None] * across
    outline = np.concatenate([flat + half, (flat - half)[::-1]])
    low, size = outline.min(axis=0) - 2.0, outline.max(axis=0) - outline.min(axis=0) + 4.0
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in outline - low)
    caption = f"Lumen in space, {found.arc_mm[-1]:.1f} mm; views {found.angle_deg:.0f}° apart"
    scale = SIDE / max(size)
    return (
        f'<figure><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:.2f} {size[1]:.2f}" '
        f'width="{scale * size[0]:.0f}"><polygon points="{points}" fill="#c62828" fill-opacity="0.6" stroke="#7f0000" '
        f'stroke-width="0.15"/></svg><figcaption>{escape(caption)}</figcaption></figure>'
    )


def _quality(result: AngioResult) -> str:
    data = result.as_data()
    names = ("frame", "mm_per_pixel", "calibration", "blur_mm", "contrast_to_noise", "unresolved_percent",
             "doubtful_percent", "overlap_percent", "contrast_velocity_m_s", "contrast_frames")  # fmt: skip
    head = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in names)
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{'–' if view[name] is None else escape(str(view[name]))}</td>" for name in names)
        + "</tr>"
        for view in data["views"]
    )
    flow = data["flow"]
    speed = "unknown" if flow["velocity_m_s"] is None else f"{flow['velocity_m_s']:.3f} m/s"
    space = data["reconstruction"]
    told = "" if space is None else " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in space.items())
    return f'<table><tr>{head}</tr>{rows}</table><p class="small">flow {flow["method"]}, {speed} · {escape(told)}</p>'


def _remarks(result: AngioResult) -> str:
    remarks = (*result.analysis.reasons, *result.analysis.notices)
    items = "".join(f"<li>{escape(remark.code)}: {escape(remark.text)}</li>" for remark in remarks)
    return f"<ul>{items}</ul>" if items else ""


def _polyline(points: Array, color: str, width: float) -> str:
    text = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    return f'<polyline points="{text}" fill="none" stroke="{color}" stroke-width="{width}"/>'


def _dot(point: Array, color: str, radius: float) -> str:
    return f'<circle cx="{point[0]:.2f}" cy="{point[1]:.2f}" r="{radius}" fill="none" stroke="{color}"/>'


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
