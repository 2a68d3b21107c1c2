"""The parts of STUDY.json: views, flow, pressure, reference, answers, edits."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from precise_cal.language.catalog import message
from precise_cal.qfr.study.problems import Expected, number

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
            raise ValueError(
                message(
                    "last_frame: { $last } found, { $first } (first_frame) or later expected", last=last, first=first
                )
            )
        if self.frame is not None and (self.frame < first or (last is not None and self.frame > last)):
            raise ValueError(
                message("frame: { $frame } found, a frame from first_frame to last_frame expected", frame=self.frame)
            )
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
            raise ValueError(
                message(
                    "velocity: { $velocity } found, it belongs to the method given only", velocity=f"{self.velocity:g}"
                )
            )
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
