"""STUDY.json: which files, frames and points make an analysis, and what a person corrected. Read strictly."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from precise_cal.files.regular import read_regular
from precise_cal.qfr.answers import BY_EYE
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.pointer import NOTHING, at
from precise_cal.qfr.study_errors import Expected, number, problems

if TYPE_CHECKING:
    from typing import Self

FlowMethod = Literal["contrast", "fixed", "given"]
MMHG = {"mm[Hg]": 1.0, "kPa": 7.500615758456564}
"""Units of the aortic pressure and what they are in mm[Hg]."""

Number = Annotated[
    float,
    BeforeValidator(number),
    Expected("a number"),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "description": "a decimal number"}]}),
]
Point = Annotated[tuple[Number, Number], Expected("a point [column, row]")]
Text = Annotated[str, Field(min_length=1, max_length=500), Expected("a text of up to 500 characters")]
Frame = Annotated[int, Field(ge=0, strict=True), Expected("a frame number from 0")]
FrameOrNone = Annotated[int | None, Field(ge=0, strict=True), Expected("a frame number from 0 or null")]


def _several(value: object) -> object:
    """One point as a list of one."""
    if isinstance(value, list) and value and not isinstance(value[0], list | tuple):
        return [value]
    return value


def _moment(value: object) -> object:
    """A date-time with offset, as it is written."""
    if not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(value)
    return value


Points = Annotated[tuple[Point, ...], Expected("a list of points [column, row]")]
Anchors = Annotated[
    tuple[Point, ...],
    BeforeValidator(_several),
    Expected("a point [column, row] or a list of them"),
    WithJsonSchema({"type": "array", "description": "[column, row], or a list of such points"}),
]
Moment = Annotated[str, BeforeValidator(_moment), Expected("a date-time with offset such as 2026-11-29T10:00:00+08:00")]


class Part(BaseModel):
    """A part of the form: immutable, and nothing in it that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class Catheter(Part):
    """A catheter of measured outer diameter, empty of contrast, between two points on it."""

    outer_diameter_mm: Number = Field(description="Measured outer diameter in mm (1 French is 1/3 mm).")
    from_: Point = Field(alias="from", description="A point on the catheter, in the analyzed frame.")
    to: Point = Field(description="Another point on it: the stretch between both is measured.")

    @property
    def points(self) -> tuple[Point, Point]:
        """Both points."""
        return self.from_, self.to


class Borders(Part):
    """Pins: places that the outline passes through, on the left and on the right of the way down the vessel."""

    left: Points = Field(
        default=(), description="Pins on the left border, looking from the proximal to the distal point."
    )
    right: Points = Field(default=(), description="Pins on the right border.")


class ViewSpec(Part):
    """One view: file, frame, points near the vessel, and corrections of its outline."""

    file: Annotated[str, Field(min_length=1), Expected("the name of a DICOM file")] = Field(
        description="XA file, relative to the study."
    )
    run: Text | None = Field(
        default=None, description="What the run is called in the laboratory; shown, never read from the file."
    )
    frame: FrameOrNone = Field(default=None, description="Analyzed frame; null lets the program choose and say so.")
    first_frame: FrameOrNone = Field(
        default=None, description="First frame of the run that counts: what lies before is cut off."
    )
    last_frame: FrameOrNone = Field(default=None, description="Last frame of the run that counts.")
    proximal: Point = Field(description="Near the vessel where the analysis begins, upstream.")
    distal: Point = Field(description="Near the vessel where it ends, downstream.")
    through: Points = Field(default=(), description="Points that the path runs through, from proximal to distal.")
    anchor: Anchors = Field(default=(), description="Landmarks that both views show, in the same order in both.")
    borders: Borders = Field(
        default=Borders(), description="Pins that the outline passes through, with a refit between them."
    )
    exclude: tuple[
        Annotated[tuple[Point, ...], Field(min_length=3), Expected("a polygon of at least three points")], ...
    ] = Field(default=(), description="Polygons of branches or overlap that do not count for borders and diameters.")
    flip: Annotated[bool, Field(strict=True), Expected("true or false")] = Field(
        default=False, description="Turn the signs of both angles, for files whose signs contradict their picture."
    )
    catheter: Catheter | None = Field(default=None, description="Calibrate on this catheter in place of the geometry.")

    @property
    def stops(self) -> tuple[tuple[float, float], ...]:
        """The points of the path, from proximal to distal."""
        return (self.proximal, *self.through, self.distal)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        first, last = self.first_frame or 0, self.last_frame
        if last is not None and last < first:
            raise ValueError(f"last_frame: {last} found, {first} (first_frame) or later expected")
        if self.frame is not None and (self.frame < first or (last is not None and self.frame > last)):
            raise ValueError(f"frame: {self.frame} found, a frame from first_frame to last_frame expected")
        return self


class FlowSpec(Part):
    """Where the hyperemic velocity comes from."""

    method: Annotated[FlowMethod, Expected("contrast, fixed or given")] = Field(
        description="contrast: frame count; fixed: 0.35 m/s; given: the velocity beside it."
    )
    velocity: Number | None = Field(
        default=None, description="Hyperemic velocity in m/s; belongs to given, and to it alone."
    )
    front: Annotated[tuple[tuple[Number, Number], ...], Expected("a list of [frame, mm]")] = Field(
        default=(),
        description="Contrast front by a person, in place of the one found: frames (from 0, fractions allowed) at "
        "which it passes places in mm from the proximal point, at least two pairs, both numbers rising.",
    )
    view: Annotated[Literal[0, 1], Expected("0 or 1")] = Field(
        default=0, description="The view in whose frames the front is given."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.method == "given" and self.velocity is None:
            raise ValueError("velocity: nothing found, a velocity in m/s expected with the method given")
        if self.method != "given" and self.velocity is not None:
            raise ValueError(f"velocity: {self.velocity:g} found, it belongs to the method given only")
        if self.front and self.method != "contrast":
            raise ValueError("front: it belongs to the method contrast only")
        rises = all(a[0] < b[0] and a[1] < b[1] for a, b in zip(self.front, self.front[1:], strict=False))
        if self.front and (len(self.front) < 2 or not rises):
            raise ValueError("front: at least two pairs [frame, mm] expected, both numbers rising")
        return self


class PressureSpec(Part):
    """Mean aortic pressure."""

    value: Number = Field(description="The value.")
    unit: Annotated[Literal["mm[Hg]", "kPa"], Expected("mm[Hg] or kPa")] = Field(description="Its unit.")


class Branch(Part):
    """A side branch: flow and reference step down behind it."""

    at_mm: Number = Field(description="Where it leaves, in mm from the proximal point.")
    side_branch_mm: Number = Field(description="Its reference diameter in mm.")


class ReferenceSpec(Part):
    """The healthy vessel, by a person."""

    healthy: Annotated[tuple[tuple[Number, Number], ...], Expected("a list of [from_mm, to_mm]")] = Field(
        default=(),
        description="Segments that are healthy, in mm from the proximal point: the reference goes through them.",
    )
    branches: tuple[Branch, ...] = Field(default=(), description="Side branches: the reference steps down behind each.")
    law: Annotated[Literal["murray", "huo-kassab", "finet"], Expected("murray, huo-kassab or finet")] = Field(
        default="murray", description="How far: Murray 1926 (exponent 3), Huo & Kassab 2009 (7/3), Finet 2007 (0.678)."
    )


class Answer(Part):
    """What a person says to a refusal that rests on the eye."""

    answer: Annotated[Literal["accept"], Expected('"accept"')] = Field(
        description="accept: looked at, it does not matter here."
    )
    by: Text | None = Field(default=None, description="Who.")
    at: Moment | None = Field(default=None, description="When, with offset.")
    why: Text | None = Field(default=None, description="Why.")


class Edit(Part):
    """Who changed what, when and why."""

    pointer: Annotated[str, Field(pattern="^/"), Expected("a JSON Pointer into this study such as /views/0/distal")] = (
        Field(description="What was changed: a JSON Pointer into this study.")
    )
    by: Text = Field(description="Who.")
    at: Moment = Field(description="When, with offset.")
    why: Text = Field(description="Why.")
    before: Any = Field(default=None, description="What stood there before, where an editor kept it; null: nothing.")


class Study(Part):
    """A study: what is to be analyzed, and what a person corrected.

    ``file`` of views is relative to ``folder``, which is not part of the form.
    """

    schema_: str | None = Field(default=None, alias="$schema", description="The schema of this form, for editors.")
    vessel: Annotated[str, Field(min_length=1), Expected('a name such as "LAD"')] = Field(
        description="LAD, LCX, RCA, …"
    )
    views: Annotated[tuple[ViewSpec, ...], Field(min_length=1, max_length=2), Expected("one or two views")] = Field(
        description="One view: lengths of the shadow; two views: a lumen in space."
    )
    flow: FlowSpec = Field(default=FlowSpec(method="contrast"), description="Contrast flow, a fixed or a given one.")
    aortic_pressure: PressureSpec | None = Field(
        default=None, description="Mean aortic pressure; wins over the option."
    )
    reference: ReferenceSpec = Field(default=ReferenceSpec(), description="The healthy vessel, where a person sets it.")
    answers: dict[str, Answer] = Field(
        {}, description=f"Answers by code to what rests on the eye: {', '.join(BY_EYE)}."
    )
    edits: tuple[Edit, ...] = Field(default=(), description="Who changed what, when and why, in this order.")
    participant: Text | None = Field(default=None, description="Shown on the page; nothing is read out of the films.")
    acquired_at: Text | None = Field(default=None, description="Date or date-time of the films, shown on the page.")
    operator: Text | None = Field(default=None, description="Who analyzed, shown on the page.")
    _folder: Path = PrivateAttr(default=Path())
    _places: dict[str, Path] = PrivateAttr(default={})

    @property
    def aortic_pressure_mmhg(self) -> float | None:
        """Mean aortic pressure in mm[Hg]; None where not given."""
        given = self.aortic_pressure
        return None if given is None else given.value * MMHG[given.unit]

    def path(self, view: ViewSpec) -> Path:
        """Where the file of a view lies."""
        return self._places.get(view.file, self._folder / view.file)

    def within(self, folder: Path, places: dict[str, Path] | None = None) -> Study:
        """The same study, with its files in this folder, or where ``places`` says by their names in the study."""
        moved = self.model_copy()
        object.__setattr__(moved, "__pydantic_private__", {"_folder": folder, "_places": places or {}})
        return moved

    def as_json(self) -> dict[str, Any]:
        """The form as it was given; read again, it gives the same study."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.views) == 2 and len(self.views[0].anchor) != len(self.views[1].anchor):
            raise ValueError("views: both views need the same number of anchors, in the same order")
        if self.flow.view >= len(self.views):
            raise ValueError(f"flow/view: {self.flow.view} found, there is one view only")
        form = self.as_json()
        for number_of, edit in enumerate(self.edits):
            if edit.before is None and at(form, edit.pointer) is NOTHING:
                raise ValueError(f"edits/{number_of}/pointer: {edit.pointer} points to nothing in this study")
        for code in self.answers:
            if code not in BY_EYE:
                raise ValueError(f"answers/{code}: no answer is taken to this code; by eye are {', '.join(BY_EYE)}")
        return self


PARTS: dict[str, type[Part]] = {
    "": Study, "views": ViewSpec, "catheter": Catheter, "borders": Borders, "flow": FlowSpec, "answers": Answer,
    "aortic_pressure": PressureSpec, "reference": ReferenceSpec, "branches": Branch, "edits": Edit,
}  # fmt: skip
"""Which part stands under which name of the form."""


def read_study(path: Path) -> Study:
    """Reads a study; files of views are relative to it.

    Raises:
        QfrError: not readable, no JSON, or fields are missing, unknown or of the wrong kind; every place is named.
    """
    return study_of(read_json(path), path)


def study_of(data: Any, path: Path) -> Study:
    """The study in this data, which comes from this file.

    Raises:
        QfrError: as in ``read_study``.
    """
    try:
        return Study.model_validate(data).within(path.parent)
    except ValidationError as error:
        raise QfrError(f"{path}: {problems(error, PARTS)}") from error


MOST_BYTES = 64_000_000
"""The largest study or result that is read; a result of a long run takes about one."""


def read_json(path: Path) -> Any:
    """A JSON file without duplicate names and without NaN.

    Raises:
        QfrError: not readable, or no such JSON.
    """
    try:
        data = read_regular(path, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise QfrError(f"{path}: more than {MOST_BYTES:,} bytes; a study has far fewer")
        return json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refused)
    except OSError as error:
        raise QfrError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise QfrError(f"{path}: no JSON text: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name!r} stands twice in one object")
        found[name] = value
    return found


def _refused(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def study_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of STUDY.json."""
    schema = Study.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
