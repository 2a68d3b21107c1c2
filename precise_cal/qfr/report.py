"""One self-contained landscape page for one vessel: the number, the pullback, lesions, inputs, limits."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any, Final

from precise_cal.qfr.plot import CUTOFF, as_svg
from precise_cal.qfr.result import as_data

if TYPE_CHECKING:
    from precise_cal.qfr.analysis import Analysis

STYLE: Final = (
    "@page{size:A4 landscape;margin:10mm}body{font:14px/1.4 sans-serif;max-width:1100px;margin:1em auto;color:#222}"
    ".top{display:flex;gap:2em;align-items:baseline}.big{font-size:2.6em;font-weight:bold}table{border-collapse:collapse}"
    "td,th{border:1px solid #bbb;padding:.2em .6em;text-align:right}.small{font-size:.85em;color:#444}"
)
LIMITS: Final = (
    "For research; not a medical device. Steady laminar flow in a rigid axisymmetric lumen: no pulsation, curvature, "
    "eccentricity or side jets. The flow is assumed, not measured. The number is not that of a commercial QFR program."
)
COLUMNS: Final = {
    "start_mm": ("start, mm", 1),
    "end_mm": ("end, mm", 1),
    "length_mm": ("length, mm", 1),
    "mld_mm": ("MLD, mm", 2),
    "mld_spread_mm": ("± mm", 2),
    "reference_mm": ("reference, mm", 2),
    "diameter_stenosis_percent": ("diameter stenosis, %", 1),
    "qfr_loss": ("QFR loss", 3),
}


def as_html(analysis: Analysis, vessel: str | None = None, software: str = "precise-cal") -> str:
    """The page as HTML, without scripts or anything from elsewhere; the same numbers as the JSON, which it carries."""
    data = as_data(analysis, vessel)
    title = f"QFR · {vessel or 'vessel not named'}"
    embedded = json.dumps(data, allow_nan=False).replace("<", "\\u003c")
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            f'<div class="top">{_verdict(data)}</div>',
            as_svg(analysis),
            lesion_table(data),
            _remarks(data),
            _inputs(data),
            f'<p class="small">{escape(LIMITS)} Made by {escape(software)}.</p>',
            f'<script type="application/json" id="analysis">{embedded}</script></body></html>\n',
        ]
    )


def _verdict(data: dict[str, Any]) -> str:
    if data["qfr"] is None:
        codes = ", ".join(reason["code"] for reason in data["reasons"])
        return f'<span class="big">not analyzable</span><span>{escape(codes)}</span>'
    above = "yes" if data["qfr"] > CUTOFF else "no"
    parts = [f'<span class="big">QFR {data["qfr"]:.3f}</span>', f"<span>strictly &gt; 0.80: {above}</span>"]
    interval = data["interval"]
    if interval is not None:
        crosses = interval["low"] <= CUTOFF < interval["high"]
        note = " crosses 0.80 → review" if crosses else ""
        parts.append(
            f"<span>{100 * interval['level']:g} % interval {interval['low']:.3f}–{interval['high']:.3f}{note}</span>"
        )
        parts.append(f"<span>P(QFR &gt; 0.80) = {interval['probability_above_0.80']:.2f}</span>")
    return "".join(parts)


def lesion_table(data: dict[str, Any]) -> str:
    """The lesions of a result as a table, or a sentence that there is none."""
    if not data["lesions"]:
        return "<p>No lesion of 20 % diameter stenosis or more.</p>"
    columns = {name: column for name, column in COLUMNS.items() if name in data["lesions"][0]}
    head = "".join(f"<th>{title}</th>" for title, _ in columns.values())
    rows = "".join(
        f"<tr><th>{number}</th>{''.join(_cell(lesion[name], digits) for name, (_, digits) in columns.items())}</tr>"
        for number, lesion in enumerate(data["lesions"], 1)
    )
    return f"<table><tr><th>lesion</th>{head}</tr>{rows}</table>"


def _cell(value: float | None, digits: int) -> str:
    return f"<td>{'–' if value is None else format(value, f'.{digits}f')}</td>"


def _remarks(data: dict[str, Any]) -> str:
    items = [f"<li>{escape(item['code'])}: {escape(item['text'])}</li>" for item in data["reasons"] + data["notices"]]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _inputs(data: dict[str, Any]) -> str:
    flow, model = data["flow"], data["model"]
    parameters = model["parameters"]
    drop = "–" if data["pressure_drop_Pa"] is None else f"{data['pressure_drop_Pa']:.1f} Pa total, "
    excess = (
        "" if data["excess_drop_Pa"] is None else f"{data['excess_drop_Pa']:.1f} Pa in excess of the healthy vessel"
    )
    values = [
        f"model {model['name']}",
        f"density {parameters['density_kg_m3']:g} kg/m³, viscosity {parameters['viscosity_Pa_s']:g} Pa s",
        f"flow law {parameters['flow_law']}",
        f"flow {flow['method']}, {flow['velocity_m_s']:.3f} m/s",
        f"aortic pressure {data['aortic_pressure_Pa']:.0f} Pa",
        f"pressure drop {drop}{excess}",
    ]
    return f'<p class="small">{escape(" · ".join(values))}</p>'
