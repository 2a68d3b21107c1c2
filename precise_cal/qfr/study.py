"""STUDY.json: which files, frames and points make an analysis. Read strictly; what is unknown is refused by name."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from pathlib import Path

Point = tuple[float, float]
FlowMethod = Literal["contrast", "fixed", "given"]

MMHG = {"mm[Hg]": 1.0, "kPa": 7.500615758456564}
"""Units of the aortic pressure and what they are in mm[Hg]."""
STUDY_FIELDS = {"vessel", "views", "flow", "aortic_pressure"}
VIEW_FIELDS = {"file", "frame", "proximal", "distal", "through", "anchor", "flip", "catheter"}


@dataclass(frozen=True, slots=True)
class Catheter:
    """A catheter of measured outer diameter (mm), empty of contrast, between two points on it."""

    outer_diameter_mm: float
    points: tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """One view: file, frame (None: the program chooses), points [column, row] near the vessel."""

    file: Path
    frame: int | None
    stops: tuple[Point, ...]
    anchors: tuple[Point, ...]
    flip: bool
    catheter: Catheter | None


@dataclass(frozen=True, slots=True)
class Study:
    """What is to be analyzed."""

    vessel: str
    views: tuple[ViewSpec, ...]
    flow: FlowMethod
    velocity_m_s: float | None
    aortic_pressure_mmhg: float | None


def read_study(path: Path) -> Study:
    """Reads a study; files of views are relative to it.

    Raises:
        QfrError: not readable, no JSON, or a field is missing, unknown or of the wrong kind; the place is named.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise QfrError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise QfrError(f"{path}: no JSON text: {error}") from error
    try:
        return _study(_table(data, "", STUDY_FIELDS), path.parent)
    except QfrError as error:
        raise QfrError(f"{path}: {error}") from error


def _study(data: dict[str, Any], folder: Path) -> Study:
    vessel = data.get("vessel")
    if not isinstance(vessel, str) or not vessel:
        raise QfrError(f'/vessel: {_told(vessel)} found, a name such as "LAD" expected')
    views = data.get("views")
    if not isinstance(views, list) or len(views) not in {1, 2}:
        raise QfrError("/views: one or two views expected")
    found = tuple(
        _view(_table(view, f"/views/{k}", VIEW_FIELDS), f"/views/{k}", folder) for k, view in enumerate(views)
    )
    if len(found) == 2 and len(found[0].anchors) != len(found[1].anchors):
        raise QfrError("/views: both views need the same number of anchors, in the same order")
    method, velocity = _flow(_table(data.get("flow", {"method": "contrast"}), "/flow", {"method", "velocity"}))
    return Study(vessel, found, method, velocity, _pressure(data.get("aortic_pressure")))


def _view(data: dict[str, Any], where: str, folder: Path) -> ViewSpec:
    file, frame = data.get("file"), data.get("frame")
    if not isinstance(file, str) or not file:
        raise QfrError(f"{where}/file: {_told(file)} found, the name of a DICOM file expected")
    if frame is not None and (not isinstance(frame, int) or isinstance(frame, bool) or frame < 0):
        raise QfrError(f"{where}/frame: {_told(frame)} found, a frame number from 0 or null expected")
    through = data.get("through", [])
    if not isinstance(through, list):
        raise QfrError(f"{where}/through: a list of points expected")
    stops = [_point(data.get("proximal"), f"{where}/proximal")]
    stops += [_point(point, f"{where}/through/{k}") for k, point in enumerate(through)]
    stops.append(_point(data.get("distal"), f"{where}/distal"))
    flip = data.get("flip", False)
    if not isinstance(flip, bool):
        raise QfrError(f"{where}/flip: {_told(flip)} found, true or false expected")
    anchors = _anchors(data.get("anchor"), f"{where}/anchor")
    return ViewSpec(
        folder / file, frame, tuple(stops), anchors, flip, _catheter(data.get("catheter"), f"{where}/catheter")
    )


def _anchors(value: Any, where: str) -> tuple[Point, ...]:
    """One point or a list of points."""
    if value is None:
        return ()
    if isinstance(value, list) and value and isinstance(value[0], list):
        return tuple(_point(point, f"{where}/{k}") for k, point in enumerate(value))
    return (_point(value, where),)


def _catheter(value: Any, where: str) -> Catheter | None:
    if value is None:
        return None
    data = _table(value, where, {"outer_diameter_mm", "from", "to"})
    size = _number(data.get("outer_diameter_mm"), f"{where}/outer_diameter_mm")
    return Catheter(size, (_point(data.get("from"), f"{where}/from"), _point(data.get("to"), f"{where}/to")))


def _flow(data: dict[str, Any]) -> tuple[FlowMethod, float | None]:
    method: Any = data.get("method")
    if method not in {"contrast", "fixed", "given"}:
        raise QfrError(f"/flow/method: {_told(method)} found, contrast, fixed or given expected")
    if method != "given" and "velocity" in data:
        raise QfrError("/flow/velocity: belongs to the method given only")
    return method, _number(data.get("velocity"), "/flow/velocity") if method == "given" else None


def _pressure(value: Any) -> float | None:
    if value is None:
        return None
    data = _table(value, "/aortic_pressure", {"value", "unit"})
    unit = data.get("unit")
    if unit not in MMHG:
        raise QfrError(f"/aortic_pressure/unit: {_told(unit)} found, {' or '.join(MMHG)} expected")
    return _number(data.get("value"), "/aortic_pressure/value") * MMHG[unit]


def _table(value: Any, where: str, fields: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise QfrError(f"{where or '/'}: an object expected")
    for name in value:
        if name not in fields:
            raise QfrError(f"{where}/{name}: unknown; known are {', '.join(sorted(fields))}")
    return value


def _number(value: Any, where: str) -> float:
    """A finite number; decimal values may arrive as strings."""
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise QfrError(f"{where}: {_told(value)} found, a number expected")
    return number


def _told(value: Any) -> str:
    """A value as a message shows it; what is missing or null is nothing."""
    return "nothing" if value is None else repr(value)


def _point(value: Any, where: str) -> Point:
    if not isinstance(value, list) or len(value) != 2:
        raise QfrError(f"{where}: {_told(value)} found, a point [column, row] expected")
    return _number(value[0], f"{where}/0"), _number(value[1], f"{where}/1")
