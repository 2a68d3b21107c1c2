"""The page of one vessel: the number, the pullback, lesions, flow, pressures, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import ENGLISH, message
from precise_cal.qfr.lumen.analysis import CUTOFF
from precise_cal.qfr.lumen.result import as_data
from precise_cal.qfr.pages.plot import as_svg
from precise_cal.qfr.pages.render import drawing, page

if TYPE_CHECKING:
    from precise_cal.language.catalog import Catalog
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


def as_html(
    analysis: Analysis, vessel: str | None = None, software: str = "precise-cal", catalog: Catalog = ENGLISH
) -> str:
    """The page as HTML, in the language of a catalog, without anything from elsewhere; it carries the JSON."""
    data = as_data(analysis, vessel)
    parameters = data["model"]["parameters"]
    inputs = message(
        "Model { $name }, flow law { $flow_law }, density { $density_kg_m3 } kg/m³, viscosity { "
        "$viscosity_pa_s } Pa s.",
        name=data["model"]["name"],
        flow_law=parameters["flow_law"],
        density_kg_m3=f"{parameters['density_kg_m3']:g}",
        viscosity_pa_s=f"{parameters['viscosity_Pa_s']:g}",
    )
    shown = {
        "title": message("QFR · { $value }", value=vessel or "vessel not named"),
        "facts": [("Vessel", vessel or "not named"), ("From", "a given lumen"), ("Made by", software)],
        "verdict": verdict(data),
        "pullback": drawing(as_svg(analysis, catalog=catalog)),
        "pullback_note": PULLBACK,
        "lesions": lesion_table(data),
        "flow": [flow_line(data), inputs],
        "pressures": pressure_table(data),
        "notices": data["notices"],
        "about": message(
            "{ $limits } { $without_views } Made by { $software }.",
            limits=LIMITS,
            without_views=WITHOUT_VIEWS,
            software=software,
        ),
    }
    return page(shown, data, catalog)


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
        lines.append(message("Before rounding it is { $qfr }.", qfr=f"{data['qfr']:.4f}"))
    if interval is not None:
        low, high = interval["low"], interval["high"]
        chance = interval["probability_above_0.80"]
        lines.append(
            message(
                "{ $value } % interval { $low } to { $high }; P(QFR > 0.80) = { $chance }.",
                value=f"{100 * interval['level']:g}",
                low=f"{low:.2f}",
                high=f"{high:.2f}",
                chance=f"{chance:.2f}",
            )
        )
    return {"number": message("QFR { $reported }", reported=reported), "tone": tone, "lines": lines, "reasons": []}


def _side(*, above: bool, held: bool) -> str:
    """On which side of the cutoff a number lies, as far as its interval lets one say so."""
    if held:
        where = "above 0.80" if above else "not above 0.80"
        return message(
            "Not sure on which side of 0.80: the interval holds it. The number alone is { $where }; have it reviewed.",
            where=where,
        )
    return message(
        "Strictly above 0.80: { $value }, by the two decimals that are reported.", value="yes" if above else "no"
    )


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
        return message(
            "Hyperemic velocity { $velocity } m/s: the fixed empiric value, which is assumed and not measured.",
            velocity=f"{velocity:.3f}",
        )
    if flow["method"] == "given":
        return message("Hyperemic velocity { $velocity } m/s: it was given.", velocity=f"{velocity:.3f}")
    told = message(
        "Hyperemic velocity { $velocity } m/s, by the contrast-flow formula from a contrast", velocity=f"{velocity:.3f}"
    )
    if flow["frames"] is None:
        return message("{ $told } velocity that was given.", told=told)
    return message(
        "{ $told } front that takes { $frames } frames at { $frame_rate_hz } a second from end to end.",
        told=told,
        frames=f"{flow['frames']:.1f}",
        frame_rate_hz=f"{flow['frame_rate_hz']:.1f}",
    )


def table(caption: str, columns: list[str], rows: list[list[str]], *, numbers: bool = True) -> dict[str, Any]:
    """A table for a page."""
    return {"caption": caption, "columns": columns, "rows": rows, "numbers": numbers}


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else format(value, f"z.{digits}f")
