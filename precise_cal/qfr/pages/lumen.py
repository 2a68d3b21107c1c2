"""The page of one vessel: the number, the pullback, lesions, flow, pressures, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.qfr.lumen.analysis import CUTOFF
from precise_cal.qfr.lumen.result import as_data
from precise_cal.qfr.pages.plot import as_svg
from precise_cal.qfr.pages.render import drawing, page

if TYPE_CHECKING:
    from precise_cal.qfr.lumen.analysis import Analysis

PASCAL_PER_MMHG: Final = 133.322387415
LIMITS: Final = (
    "For research; not a medical device. The pressure model assumes steady laminar flow in a rigid tube of round "
    "cross-section. QFR is taken where the pressure behind the last lesion has recovered. It is not the number of a "
    "commercial QFR program."
)
WITHOUT_VIEWS: Final = "Bends and cross-sections that are no circles are left out, of the interval as well."
WITH_VIEWS: Final = "Bends and cross-sections that are no circles are in the interval only."
PULLBACK: Final = (
    "Line: pressure at the wall over the aortic one, less what the healthy vessel loses. Dot at the right: QFR, where "
    "the pressure behind the last lesion has recovered, with its interval. Below: lumen and reference."
)
COLUMNS: Final = {
    "start_mm": ("start, mm", 1),
    "end_mm": ("end, mm", 1),
    "length_mm": ("length, mm", 1),
    "mld_mm": ("MLD, mm", 2),
    "mld_spread_mm": ("± mm", 2),
    "reference_mm": ("reference, mm", 2),
    "diameter_stenosis_percent": ("diameter stenosis, %", 1),
    "qfr_loss": ("QFR loss", 2),
    "residual_qfr": ("residual QFR", 2),
}


def as_html(analysis: Analysis, vessel: str | None = None, software: str = "precise-cal") -> str:
    """The page as HTML, without anything from elsewhere; the same numbers as the JSON, which it carries."""
    data = as_data(analysis, vessel)
    parameters = data["model"]["parameters"]
    inputs = (
        f"Model {data['model']['name']}, flow law {parameters['flow_law']}, density {parameters['density_kg_m3']:g} "
        f"kg/m³, viscosity {parameters['viscosity_Pa_s']:g} Pa s."
    )
    shown = {
        "title": f"QFR · {vessel or 'vessel not named'}",
        "facts": [("Vessel", vessel or "not named"), ("From", "a given lumen"), ("Made by", software)],
        "verdict": verdict(data),
        "pullback": drawing(as_svg(analysis)),
        "pullback_note": PULLBACK,
        "lesions": lesion_table(data),
        "flow": [flow_line(data), inputs],
        "pressures": pressure_table(data),
        "notices": data["notices"],
        "about": f"{LIMITS} {WITHOUT_VIEWS} Made by {software}.",
    }
    return page(shown, data)


def verdict(data: dict[str, Any]) -> dict[str, Any]:
    """Number, tone, sentences and reasons at the head of a page; what decides is the number as it is reported."""
    if data["qfr"] is None:
        return {"number": "Not analyzable", "tone": "", "lines": [], "reasons": data["reasons"]}
    reported, interval = f"{data['qfr']:.2f}", data["interval"]
    above = float(reported) > CUTOFF
    held = interval is not None and interval["holds_0.80"]
    tone = "near" if held else "above" if above else "below"
    lines = [_side(above=above, held=held)]
    if above != (data["qfr"] > CUTOFF):
        lines.append(f"Before rounding it is {data['qfr']:.4f}.")
    if interval is not None:
        low, high = interval["low"], interval["high"]
        chance = interval["probability_above_0.80"]
        lines.append(f"{100 * interval['level']:g} % interval {low:.2f} to {high:.2f}; P(QFR > 0.80) = {chance:.2f}.")
    return {"number": f"QFR {reported}", "tone": tone, "lines": lines, "reasons": []}


def _side(*, above: bool, held: bool) -> str:
    """On which side of the cutoff a number lies, as far as its interval lets one say so."""
    if held:
        where = "above 0.80" if above else "not above 0.80"
        return f"Not sure on which side of 0.80: the interval holds it. The number alone is {where}; have it reviewed."
    return f"Strictly above 0.80: {'yes' if above else 'no'}, by the two decimals that are reported."


def lesion_table(data: dict[str, Any]) -> dict[str, Any]:
    """The lesions of a result."""
    first = data["lesions"][0] if data["lesions"] else {}
    columns = {name: column for name, column in COLUMNS.items() if name in first}
    rows = [
        [str(number), *(_cell(lesion[name], digits) for name, (_, digits) in columns.items())]
        for number, lesion in enumerate(data["lesions"], 1)
    ]
    return table("Lesions, from proximal to distal", ["lesion", *(title for title, _ in columns.values())], rows)


def pressure_table(data: dict[str, Any]) -> dict[str, Any]:
    """Pressures of a result in mm[Hg], in Pa beside them."""
    aortic, qfr = data["aortic_pressure_Pa"], data["qfr"]
    values = {
        "aortic, mean": aortic,
        "distal, recovered (aortic × QFR)": None if qfr is None else aortic * qfr,
        "drop to the last station": data["pressure_drop_Pa"],
        "of it beyond the healthy vessel": data["excess_drop_Pa"],
        "numerical error": data["numerical_error_Pa"],
    }
    rows = [
        [name, _cell(None if value is None else value / PASCAL_PER_MMHG, 1), _cell(value, 0)]
        for name, value in values.items()
    ]
    return table("Pressures", ["pressure", "mm[Hg]", "Pa"], rows)


def flow_line(data: dict[str, Any]) -> str:
    """Where the velocity comes from, in a sentence that is true of this run."""
    flow = data["flow"]
    velocity = flow["velocity_m_s"]
    if velocity is None:
        return "No hyperemic velocity could be told."
    if flow["method"] == "fixed":
        return f"Hyperemic velocity {velocity:.3f} m/s: the fixed empiric value, which is assumed and not measured."
    if flow["method"] == "given":
        return f"Hyperemic velocity {velocity:.3f} m/s: it was given."
    told = f"Hyperemic velocity {velocity:.3f} m/s, by the contrast-flow formula from a contrast"
    if flow["frames"] is None:
        return f"{told} velocity that was given."
    return (
        f"{told} front that takes {flow['frames']:.1f} frames at {flow['frame_rate_hz']:.1f} a second from end to end."
    )


def table(caption: str, columns: list[str], rows: list[list[str]], *, numbers: bool = True) -> dict[str, Any]:
    """A table for a page."""
    return {"caption": caption, "columns": columns, "rows": rows, "numbers": numbers}


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else format(value, f"z.{digits}f")
