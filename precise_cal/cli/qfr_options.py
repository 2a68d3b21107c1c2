"""The options of ``precise qfr``, and how pairs in them are written."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from precise_cal.cli.options import OutputFormat


class FlowLawName(StrEnum):
    """How flow runs along the vessel."""

    reference = "reference"
    constant = "constant"


class BranchLawName(StrEnum):
    """How a vessel narrows behind a side branch."""

    murray = "murray"
    huo_kassab = "huo-kassab"
    finet = "finet"


LumenFile = Annotated[Path, typer.Argument(metavar="LUMEN.csv", help="s_mm,diameter_mm and optionally reference_mm.")]
Velocity = Annotated[
    float | None, typer.Option("--velocity", help="Mean hyperemic velocity in m/s (default: the fixed 0.35).")
]
ContrastVelocity = Annotated[
    float | None, typer.Option("--contrast-velocity", help="Velocity of the contrast front in m/s, at rest.")
]
Frames = Annotated[float | None, typer.Option("--frames", help="Frames of the contrast front over the lumen.")]
FrameRate = Annotated[float | None, typer.Option("--frame-rate", help="Frames per second, with --frames.")]
AorticPressure = Annotated[float, typer.Option("--aortic-pressure", help="Mean, in mm[Hg].")]
Model = Annotated[str, typer.Option("--model", help="Pressure model by name; all: beside each other.")]
FlowLawOption = Annotated[FlowLawName, typer.Option("--flow-law", help="What flow follows.")]
Density = Annotated[float, typer.Option("--density", help="In kg/m3.")]
Viscosity = Annotated[float, typer.Option("--viscosity", help="In Pa s.")]
Branch = Annotated[
    list[str] | None,
    typer.Option(
        "--branch",
        metavar="S_MM:DIAMETER_MM",
        help="Side branch; the reference steps down there, whatever the file says. Repeatable.",
    ),
]
BranchLawOption = Annotated[BranchLawName, typer.Option("--branch-law", help="How far it steps down.")]
Inlet = Annotated[
    float | None,
    typer.Option("--inlet-diameter", help="Reference in mm at the proximal end, with --branch (default: the median)."),
]
Healthy = Annotated[
    list[str] | None,
    typer.Option(
        "--healthy",
        metavar="START:END",
        help="Segment in mm to fit the reference through, whatever the file says. Repeatable.",
    ),
]
Treat = Annotated[
    list[int] | None,
    typer.Option("--treat", metavar="N", help="Also QFR with lesion N opened; repeated: with all of them opened."),
]
Samples = Annotated[int, typer.Option("--samples", help="Monte Carlo samples of the interval; 0: none.")]
Level = Annotated[float, typer.Option("--level", help="Level of the interval.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of the Monte Carlo samples.")]
ErrorSize = Annotated[
    list[str] | None,
    typer.Option(
        "--error",
        metavar="NAME=SD",
        help="Error of an input: contour_mm, contour_length_mm, reference_mm, calibration, flow, pressure_mmhg.",
    ),
]
Format = Annotated[OutputFormat, typer.Option("--format", help="Form of the result.")]
Report = Annotated[Path | None, typer.Option("--report", metavar="FILE.html", help="Write a page.")]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE.svg|png", help="Write the pullback.")]
FontFile = Annotated[
    Path | None,
    typer.Option("--font", metavar="FILE", help="A font with Chinese characters for a PNG; else the system's."),
]
Into = Annotated[Path | None, typer.Option("--into", metavar="patient.json", help="Add it to this record.")]
AnalysisFile = Annotated[
    Path | None,
    typer.Option(
        "--analysis", metavar="FILE.json", help="Where the analysis is saved (default, with --into: by its content)."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing files; never an input.")]


def _text(value: str | None) -> str | None:
    """An option whose words are written to files. Raises: typer.BadParameter, where its bytes are no UTF-8."""
    try:
        (value or "").encode()
    except UnicodeEncodeError:
        raise typer.BadParameter("is no text: its bytes are no UTF-8") from None
    return value


Vessel = Annotated[str | None, typer.Option("--vessel", callback=_text, help="The vessel, as the record has it.")]
Phase = Annotated[str | None, typer.Option("--phase", help="The step that the film follows, as the record has it.")]
AcquiredAt = Annotated[str | None, typer.Option("--acquired-at", help="Date-time with offset.")]
Assessor = Annotated[str | None, typer.Option("--assessor", help="Who analyzed it, as the record has it.")]
