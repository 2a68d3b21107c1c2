"""The page for an analysis from angiograms: who and when, the number or why none, films, vessel, pullback, quality."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import ENGLISH, message
from precise_cal.qfr.pages.lumen import (
    LIMITS,
    PULLBACK,
    WITH_VIEWS,
    flow_line,
    lesion_table,
    pressure_table,
    table,
    verdict,
)
from precise_cal.qfr.pages.pictures import COLORS, colors_along, front_svg, lumen_svg, view_svg
from precise_cal.qfr.pages.plot import as_svg
from precise_cal.qfr.pages.render import as_script, drawing, page

if TYPE_CHECKING:
    from precise_cal.language.catalog import Catalog
    from precise_cal.qfr.angio.analysis import AngioResult
    from precise_cal.qfr.stereo.lumen3d import Reconstruction

NAMES: Final = "AB"
FRONT: Final = "Dots: each place alone; line: the model fitted to the whole run."
EVERY: Final = 3
"""Stations, a quarter of a millimeter apart, of which the turning vessel shows one."""
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
LEGEND: Final = (
    ("path", "path"),
    ("border", "borders"),
    ("before", "borders before pins"),
    ("click", "points given"),
    ("pin", "pins"),
    ("exclude", "left out"),
    ("overlap", "another vessel over it"),
)


def as_html(result: AngioResult, software: str = "precise-cal", catalog: Catalog = ENGLISH) -> str:
    """The page, self-contained; it carries the JSON of the result."""
    data = result.as_data()
    shown = {
        "title": message("QFR from angiograms · { $vessel }", vessel=result.study.vessel),
        "facts": _facts(result, software),
        "verdict": verdict(data),
        "films": _films(result, catalog),
        "legend": [(COLORS[key], name) for key, name in LEGEND],
        "space": None if result.reconstruction is None else _space(result, result.reconstruction, catalog),
        "pullback": drawing(as_svg(result.analysis, result.spread_mm, catalog)),
        "pullback_note": PULLBACK,
        "lesions": lesion_table(data),
        "flow": [flow_line(data)],
        "fronts": _fronts(result, catalog),
        "pressures": pressure_table(data),
        "quality": _quality(data),
        "geometry": _geometry(data),
        "notices": data["notices"],
        "changes": _changes(data),
        "limits": _limits(data),
        "about": message(
            "{ $limits } { $with_views } Made by { $software }.",
            limits=LIMITS,
            with_views=WITH_VIEWS,
            software=software,
        ),
    }
    return page(shown, data, catalog)


def _facts(result: AngioResult, software: str) -> list[tuple[str, str]]:
    """What a reader needs to know which films these are, as far as the study says so."""
    study = result.study
    runs = [f"{name}: {view.run}" for name, view in zip(NAMES, study.views, strict=False) if view.run is not None]
    facts = {
        "Participant": study.participant,
        "Vessel": study.vessel,
        "Date": study.acquired_at,
        "Runs": ", ".join(runs) or None,
        "Files": ", ".join(view.file for view in study.views),
        "Operator": study.operator,
        "Made by": software,
    }
    return [(name, value) for name, value in facts.items() if value is not None]


def _films(result: AngioResult, catalog: Catalog) -> list[dict[str, Any]]:
    films, space = [], result.reconstruction
    throats = [lesion.throat for lesion in result.analysis.lesions]
    for index, (view, name) in enumerate(zip(result.views, NAMES, strict=False)):
        places = throats if space is None else [int(space.station[index, throat]) for throat in throats]
        angles = view.cine.acquisition.angles
        caption = message(
            "View { $name } · { $value } · frame { $frame }",
            name=name,
            value="angles unknown" if angles is None else angles,
            frame=view.frame,
        )
        films.append({"name": name, "svg": drawing(view_svg(view, places, catalog(caption))), "caption": caption})
    return films


def _space(result: AngioResult, found: Reconstruction, catalog: Catalog) -> dict[str, Any]:
    throats = [lesion.throat for lesion in result.analysis.lesions]
    caption = message("Vessel in space, { $arc_mm } mm long", arc_mm=f"{found.arc_mm[-1]:.1f}")
    shown = slice(None, None, EVERY)
    vessel = {
        "points": found.points[shown].round(2).tolist(),
        "diameter": found.diameter_mm[shown].round(2).tolist(),
        "color": colors_along(result.analysis.qfr_along, found.arc_mm.size)[shown],
        "labels": [[str(number), throat // EVERY] for number, throat in enumerate(throats, 1)],
        "turn": 0.0,
        "tilt": 0.0,
    }
    picture = lumen_svg(found, result.analysis.qfr_along, throats, catalog(caption))
    return {"caption": caption, "svg": drawing(picture), "data": as_script(vessel)}


def _fronts(result: AngioResult, catalog: Catalog) -> list[dict[str, Any]]:
    return [
        {
            "caption": message("Contrast front in view { $name }. { $front }", name=name, front=FRONT),
            "svg": drawing(front_svg(front, name, catalog)),
        }
        for front, name in zip(result.fronts, NAMES, strict=False)
        if front is not None
    ]


def _quality(data: dict[str, Any]) -> dict[str, Any]:
    limits = {limit["id"]: limit for limit in data["thresholds"]}
    space = data["reconstruction"]
    rows = []
    for field, name, limit in ROWS:
        cells = [_cell(view, field, index, space) for index, view in enumerate(data["views"])]
        if any(cell != "–" for cell in cells):
            rows.append([name, *cells, "" if not limit else _limit(limits[limit])])
    heads = [message("view { $name }", name=name) for name, _ in zip(NAMES, data["views"], strict=False)]
    return table("Quality of the views", ["measure", *heads, "limit"], rows, numbers=False)


def _cell(view: dict[str, Any], field: str, index: int, space: dict[str, Any] | None) -> str:
    if field == "angles":
        return str(view["angles_text"] or "–")
    if field == "foreshortening":
        return "–" if space is None else f"{space['foreshortening_percent'][index]:.1f}"
    value = view[field]
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _limit(limit: dict[str, Any]) -> str:
    unit = "" if limit["unit"] == "1" else f" {limit['unit']}"
    value, status = f"{limit['value']:g}", limit["status"]
    if limit["id"] in LEAST_WANTED:
        return message("at least { $value }{ $unit } ({ $status })", value=value, unit=unit, status=status)
    return message("at most { $value }{ $unit } ({ $status })", value=value, unit=unit, status=status)


def _geometry(data: dict[str, Any]) -> str:
    found = data["reconstruction"]
    if found is None:
        return "One view: lengths are those of the shadow, and the lumen is taken as round."
    moved, matched = ", ".join(f"{value:g}" for value in found["offset_mm"]), found["matched_percent"]
    return message(
        "Views { $angle_between_views_deg }° apart; rays of matched points miss each other by { "
        "$residual_mm } mm; matched { $matched } and { $matched_2 } % of the path; patient moved "
        "by { $moved } mm between the views, as far as it can be seen.",
        angle_between_views_deg=f"{found['angle_between_views_deg']:.1f}",
        residual_mm=f"{found['residual_mm']:.2f}",
        matched=f"{matched[0]:.0f}",
        matched_2=f"{matched[1]:.0f}",
        moved=moved,
    )


def _changes(data: dict[str, Any]) -> dict[str, Any] | None:
    if not data["edits"]:
        return None
    rows = []
    for one in data["edits"]:
        who = [one[key] or "not told" for key in ("by", "at", "why")]
        rows.append([one["pointer"], *who, _short(one["before"]), _short(one["after"])])
    columns = ["what", "by", "at", "why", "before", "after"]
    return table("Changes, with the value before and after", columns, rows, numbers=False)


def _short(value: Any) -> str:
    text = "–" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:120]}…"


def _limits(data: dict[str, Any]) -> dict[str, Any]:
    rows = [[limit["id"], _limit(limit), limit["source"]] for limit in data["thresholds"]]
    return table("Limits of analyzability", ["limit", "value", "source"], rows, numbers=False)
