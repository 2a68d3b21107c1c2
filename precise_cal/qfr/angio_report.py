"""The page for an analysis from angiograms: the number or why there is none, views, lumen, pullback, flow, quality."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any, Final

from precise_cal.qfr.angio_pictures import COLORS, front_svg, lumen_svg, view_svg
from precise_cal.qfr.plot import CUTOFF, as_svg
from precise_cal.qfr.report import LIMITS, STYLE, lesion_table

if TYPE_CHECKING:
    from precise_cal.qfr.angio import AngioResult

NAMES: Final = "AB"
PAGE_STYLE: Final = (
    "body{padding:0 16px}h2{font-size:1.15em;margin:1.6em 0 .5em;border-bottom:1px solid #ddd}"
    "svg{width:100%;height:auto;display:block}.row{display:flex;gap:24px;flex-wrap:wrap}"
    "figure{margin:0;flex:0 1 auto;max-width:100%}"
    "figcaption{font-size:.9em;margin-top:.3em}"
    ".verdict{border-left:8px solid #9e9e9e;background:#f5f5f5;padding:.6em 1em;margin:1em 0}"
    ".verdict.above{border-color:#2e7d32}.verdict.near{border-color:#f9a825}.verdict.below{border-color:#c62828}"
    ".verdict ul{margin:.4em 0 0;padding-left:1.2em}.wide{overflow-x:auto}.wide>svg{min-width:620px}"
    "td.text,th.text{text-align:left}.key{display:inline-block;width:1.6em;height:0;border-top:3px solid;"
    "vertical-align:middle;margin:0 .3em 0 .9em}code{font-size:.9em}summary{cursor:pointer}"
)
ROWS: Final = (
    ("angles", "Angles", ""),
    ("frame", "Frame analyzed", ""),
    ("frame_source", "Frame chosen by", ""),
    ("mm_per_pixel", "Pixel, mm", ""),
    ("calibration", "Calibration", ""),
    ("blur_mm", "Blur (FWHM), mm", ""),
    ("contrast_to_noise", "Contrast to noise", "contrast_to_noise"),
    ("doubtful_percent", "Borders doubtful, % of vessel", "undefined"),
    ("overlap_percent", "Overlapped, % of vessel", "overlap"),
    ("unresolved_percent", "Unresolved, % of vessel", ""),
    ("foreshortening", "Length lost by foreshortening, %", ""),
    ("frame_rate_hz", "Frames a second", "frame_rate"),
    ("contrast_frames", "Frames from end to end", "front_frames"),
    ("timi_frame_count", "at 30 a second (TIMI)", ""),
    ("contrast_velocity_m_s", "Contrast velocity, m/s", "contrast_velocity"),
    ("contrast_error_percent", "its standard error, %", "front_error"),
)
"""Rows of the table of views: field, name, and the limit that it is judged by."""
LEAST_WANTED: Final = {"contrast_to_noise", "frame_rate", "front_frames", "contrast_velocity", "angle"}
"""Limits that a value must reach; it must stay below all others."""


def as_html(result: AngioResult, software: str = "precise-cal") -> str:
    """The page, self-contained and without scripts; it carries the JSON of the result."""
    data = result.as_data()
    title = f"QFR from angiograms · {result.study.vessel}"
    embedded = json.dumps(data, allow_nan=False).replace("<", "\\u003c")
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{escape(title)}</title><style>{STYLE}{PAGE_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>{_verdict(data)}",
            f'<h2>Views and lumen</h2><div class="row">{_views(result)}{_space(result)}</div>{_legend()}',
            f'<h2>Pullback</h2><div class="wide">{as_svg(result.analysis, result.spread_mm)}</div>',
            f'<h2>Lesions</h2><div class="wide">{lesion_table(data)}</div>',
            _flow(result, data),
            f'<h2>Quality</h2><div class="wide">{_quality(data)}</div>{_geometry(data)}',
            _notices(data),
            _thresholds(data),
            f'<p class="small">{escape(LIMITS)} Made by {escape(software)}.</p>',
            f'<script type="application/json" id="analysis">{embedded}</script></body></html>\n',
        ]
    )


def _verdict(data: dict[str, Any]) -> str:
    if data["qfr"] is None:
        items = "".join(f"<li><code>{escape(one['code'])}</code> {escape(one['text'])}</li>" for one in data["reasons"])
        return f'<div class="verdict"><span class="big">Not analyzable</span><ul>{items}</ul></div>'
    above = data["qfr"] > CUTOFF
    interval, word = data["interval"], "above" if above else "below"
    told = f"strictly above 0.80: <b>{'yes' if above else 'no'}</b>"
    if interval is not None:
        told += f" · {100 * interval['level']:g} % interval {interval['low']:.3f}–{interval['high']:.3f}"
        if interval["low"] <= CUTOFF < interval["high"]:
            word, told = "near", f"{told}: <b>it contains 0.80, have it reviewed</b>"
    return f'<div class="verdict {word}"><span class="big">QFR {data["qfr"]:.3f}</span><br>{told}</div>'


def _views(result: AngioResult) -> str:
    figures = []
    throats = [lesion.throat for lesion in result.analysis.lesions]
    for index, (view, name) in enumerate(zip(result.views, NAMES, strict=False)):
        space = result.reconstruction
        places = throats if space is None else [int(space.station[index, throat]) for throat in throats]
        angles = view.cine.acquisition.angles
        caption = f"View {name} · {'angles unknown' if angles is None else angles} · frame {view.frame}"
        figures.append(f"<figure>{view_svg(view, places)}<figcaption>{escape(caption)}</figcaption></figure>")
    return "".join(figures)


def _legend() -> str:
    names = (("path", "path"), ("border", "borders"), ("click", "points given"), ("overlap", "another vessel over it"))
    keys = "".join(f'<span class="key" style="border-color:{COLORS[key]}"></span>{name}' for key, name in names)
    colors = "lumen: green at QFR 1.00, yellow at 0.80, red at 0.60, gray without"
    return f'<p class="small">{keys} · numbers: lesions · {colors}</p>'


def _space(result: AngioResult) -> str:
    found = result.reconstruction
    if found is None:
        return ""
    throats = [lesion.throat for lesion in result.analysis.lesions]
    picture = lumen_svg(found, result.analysis.qfr_along, throats)
    caption = f"Lumen in space · {found.arc_mm[-1]:.1f} mm · from two sides"
    return f"<figure>{picture}<figcaption>{escape(caption)}</figcaption></figure>"


def _flow(result: AngioResult, data: dict[str, Any]) -> str:
    flow = data["flow"]
    velocity = flow["velocity_m_s"]
    text = f"Method: {flow['method']}. " + (
        "No velocity could be told." if velocity is None else f"Hyperemic velocity {velocity:.3f} m/s."
    )
    drawn = "".join(
        f"<figure>{front_svg(front, name)}</figure>"
        for front, name in zip(result.fronts, NAMES, strict=False)
        if front is not None
    )
    note = "Dots: each place alone; line: the model fitted to the whole run." if drawn else ""
    return f'<h2>Flow</h2><p>{escape(f"{text} {note}")}</p><div class="row">{drawn}</div>'


def _quality(data: dict[str, Any]) -> str:
    limits = {limit["id"]: limit for limit in data["thresholds"]}
    space = data["reconstruction"]
    head = "".join(f"<th>view {name}</th>" for name, _ in zip(NAMES, data["views"], strict=False))
    rows = []
    for field, name, limit in ROWS:
        cells = [_cell(view, field, index, space) for index, view in enumerate(data["views"])]
        if all(cell == "–" for cell in cells):
            continue
        told = "" if not limit else _limit(limits[limit])
        values = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        rows.append(f'<tr><th class="text">{escape(name)}</th>{values}<td class="text">{escape(told)}</td></tr>')
    return f'<table><tr><th></th>{head}<th class="text">limit</th></tr>{"".join(rows)}</table>'


def _cell(view: dict[str, Any], field: str, index: int, space: dict[str, Any] | None) -> str:
    if field == "angles":
        return str(view["angles_text"] or "–")
    if field == "foreshortening":
        return "–" if space is None else f"{space['foreshortening_percent'][index]:.1f}"
    value = view[field]
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _limit(limit: dict[str, Any]) -> str:
    unit = "" if limit["unit"] == "1" else f" {limit['unit']}"
    word = "at least" if limit["id"] in LEAST_WANTED else "at most"
    return f"{word} {limit['value']:g}{unit} ({limit['status']})"


def _geometry(data: dict[str, Any]) -> str:
    found = data["reconstruction"]
    if found is None:
        return '<p class="small">One view: lengths are those of the shadow, and the lumen is taken as round.</p>'
    moved, matched = ", ".join(f"{value:g}" for value in found["offset_mm"]), found["matched_percent"]
    text = (
        f"Views {found['angle_between_views_deg']:.1f}° apart; rays of matched points miss each other by "
        f"{found['residual_mm']:.2f} mm; matched {matched[0]:.0f} and {matched[1]:.0f} % of the path; "
        f"patient moved by {moved} mm between the views, as far as it can be seen."
    )
    return f'<p class="small">{escape(text)}</p>'


def _notices(data: dict[str, Any]) -> str:
    items = "".join(f"<li><code>{escape(one['code'])}</code> {escape(one['text'])}</li>" for one in data["notices"])
    return f"<h2>To know</h2><ul>{items}</ul>" if items else ""


def _thresholds(data: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><th class="text"><code>{escape(limit["id"])}</code></th><td class="text">{escape(_limit(limit))}</td>'
        f'<td class="text">{escape(limit["source"])}</td></tr>'
        for limit in data["thresholds"]
    )
    table = f'<div class="wide"><table>{rows}</table></div>'
    return f"<details><summary>All limits of analyzability</summary>{table}</details>"
