"""``precise qfr``: from lumen geometry to QFR."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from precise_cal.cli import exits

if TYPE_CHECKING:
    from precise_cal.qfr.analysis import Analysis, Settings
    from precise_cal.qfr.flow import Flow
    from precise_cal.qfr.lumen import Lumen

app = typer.Typer(help="QFR: from lumen or angiogram to pressure.", no_args_is_help=True, rich_markup_mode=None)

ALL: Final = "all"


class QfrFormat(StrEnum):
    """How the result is written."""

    text = "text"
    json = "json"


class FlowLawName(StrEnum):
    """How flow runs along the vessel."""

    reference = "reference"
    constant = "constant"


@app.callback()
def _group() -> None:
    """QFR: from lumen or angiogram to pressure."""


@app.command("lumen")
def lumen(
    file: Annotated[Path, typer.Argument(metavar="LUMEN.csv", help="s_mm,diameter_mm and optionally reference_mm.")],
    velocity: Annotated[
        float | None, typer.Option("--velocity", help="Mean hyperemic velocity in m/s (default: the fixed 0.35).")
    ] = None,
    frames: Annotated[
        float | None, typer.Option("--frames", help="Frames of the contrast front over the lumen.")
    ] = None,
    frame_rate: Annotated[float | None, typer.Option("--frame-rate", help="Frames per second, with --frames.")] = None,
    aortic_pressure: Annotated[float, typer.Option("--aortic-pressure", help="Mean, in mm[Hg].")] = 100.0,
    model: Annotated[str, typer.Option("--model", help="Pressure model by name; all: beside each other.")] = "rns",
    flow_law: Annotated[FlowLawName, typer.Option("--flow-law", help="What flow follows.")] = FlowLawName.reference,
    density: Annotated[float, typer.Option("--density", help="In kg/m3.")] = 1060.0,
    viscosity: Annotated[float, typer.Option("--viscosity", help="In Pa s.")] = 0.0035,
    samples: Annotated[int, typer.Option("--samples", help="Monte Carlo samples of the interval; 0: none.")] = 400,
    output_format: Annotated[QfrFormat, typer.Option("--format", help="Form of the result.")] = QfrFormat.text,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE.html", help="Write a page.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE.svg|png", help="Write the pullback.")] = None,
    into: Annotated[Path | None, typer.Option("--into", metavar="patient.json", help="Add it to this record.")] = None,
    analysis_file: Annotated[
        Path | None, typer.Option("--analysis", metavar="FILE.json", help="Where the analysis is saved.")
    ] = None,
    vessel: Annotated[str | None, typer.Option("--vessel", help="LAD, RCA, ...")] = None,
    phase: Annotated[str | None, typer.Option("--phase", help="baseline, post_modification, ...")] = None,
    acquired_at: Annotated[str | None, typer.Option("--acquired-at", help="Date-time with offset.")] = None,
    assessor: Annotated[str | None, typer.Option("--assessor", help="site or core_lab.")] = None,
) -> int:
    """QFR along a given lumen."""
    from precise_cal.cli.inputs import InputError
    from precise_cal.cli.qfr_into import Occasion
    from precise_cal.qfr.analysis import Settings
    from precise_cal.qfr.errors import QfrError
    from precise_cal.qfr.lumen import read_lumen
    from precise_cal.qfr.models import RESOLVED, Fluid

    occasion = Occasion(vessel, phase, acquired_at, assessor)
    if into is not None:
        occasion.require()
    try:
        geometry = read_lumen(file)
        name = RESOLVED if model == ALL else model
        settings = Settings(aortic_pressure, name, flow_law.value, Fluid(density, viscosity))
        found = _analyzed(geometry, _flow(geometry, velocity, frames, frame_rate), settings, samples)
        _write_drawings(found, vessel, report, plot)
        others = _all_models(found) if model == ALL else {}
    except QfrError as error:
        raise InputError(str(error)) from error
    _write_result(found, others, vessel, output_format)
    if analysis_file is not None or into is not None:
        _save(found, occasion, analysis_file or file.with_suffix(".qfr.json"), into)
    return exits.UNDECIDED if found.qfr is None else exits.OK


def _flow(lumen: Lumen, velocity: float | None, frames: float | None, frame_rate: float | None) -> Flow:
    from precise_cal.qfr.errors import QfrError
    from precise_cal.qfr.flow import contrast_flow, fixed_flow, given_flow

    if velocity is not None:
        if frames is not None or frame_rate is not None:
            raise QfrError("--velocity and --frames exclude each other: the velocity is given or counted")
        return given_flow(velocity)
    if frames is None and frame_rate is None:
        return fixed_flow()
    if frames is None or frame_rate is None:
        raise QfrError("--frames and --frame-rate belong together: the velocity is length by frames times rate")
    return contrast_flow(lumen.length_mm, frames, frame_rate)


def _analyzed(lumen: Lumen, flow: Flow, settings: Settings, samples: int) -> Analysis:
    from precise_cal.qfr.analysis import analyze
    from precise_cal.qfr.core.accelerate import is_compiled
    from precise_cal.qfr.uncertainty import with_interval

    if not is_compiled():
        typer.echo("precise: compiling the flow kernels, once; this takes some twenty seconds", err=True)
    found = analyze(lumen, flow, settings)
    return found if samples == 0 else with_interval(found, samples=samples)


def _all_models(found: Analysis) -> dict[str, float | None]:
    """Total drop in Pa by every model."""
    from precise_cal.qfr.analysis import analyze
    from precise_cal.qfr.models import MODELS

    drops: dict[str, float | None] = {}
    for name in MODELS:
        other = analyze(found.lumen, found.flow, replace(found.settings, model=name), reference_mm=found.reference_mm)
        drops[name] = None if other.drop is None else round(float(other.drop.pascal[-1]), 4)
    return drops


def _write_drawings(found: Analysis, vessel: str | None, report: Path | None, plot: Path | None) -> None:
    import precise_cal
    from precise_cal.cli.inputs import InputError
    from precise_cal.qfr.plot import write_plot
    from precise_cal.qfr.report import as_html

    if plot is not None:
        write_plot(found, plot)
    if report is not None:
        try:
            report.write_text(as_html(found, vessel, f"precise-cal {precise_cal.__version__}"), encoding="utf-8")
        except OSError as error:
            raise InputError(f"{report}: cannot be written: {error.strerror}") from error


def _write_result(found: Analysis, others: dict[str, float | None], vessel: str | None, form: QfrFormat) -> None:
    from precise_cal.qfr.result import as_data, as_text

    data: dict[str, Any] = as_data(found, vessel)
    if others:
        data["models"] = {name: {"pressure_drop_Pa": drop} for name, drop in others.items()}
    typer.echo(as_text(data) if form is QfrFormat.json else _text(data, others), nl=False)


def _text(data: dict[str, Any], others: dict[str, float | None]) -> str:
    lines = []
    for number, lesion in enumerate(data["lesions"], 1):
        loss = "" if lesion["qfr_loss"] is None else f", QFR loss {lesion['qfr_loss']:.3f}"
        lines.append(
            f"lesion {number}  {lesion['start_mm']:.1f}-{lesion['end_mm']:.1f} mm, MLD {lesion['mld_mm']:.2f} of "
            f"{lesion['reference_mm']:.2f} mm, {lesion['diameter_stenosis_percent']:.1f} % stenosis{loss}"
        )
    lines += [f"{name:16} {'-' if drop is None else format(drop, '.1f'):>9} Pa" for name, drop in others.items()]
    lines += [f"notice    {item['code']}: {item['text']}" for item in data["notices"]]
    lines += [f"reason    {item['code']}: {item['text']}" for item in data["reasons"]]
    return "\n".join([*lines, _line(data)]) + "\n"


def _line(data: dict[str, Any]) -> str:
    """The last line: the number, unrounded where 0.80 decides, and how sure it is."""
    if data["qfr"] is None:
        return "not analyzable"
    parts = [f"QFR {data['qfr']:.3f}"]
    interval = data["interval"]
    if interval is not None:
        parts.append(f"{100 * interval['level']:g} % interval {interval['low']:.3f}-{interval['high']:.3f}")
        parts.append(f"P(QFR > 0.80) {interval['probability_above_0.80']:.2f}")
    parts.append(
        f"drop {data['pressure_drop_Pa']:.0f} Pa, {data['excess_drop_Pa']:.0f} Pa in excess of the healthy vessel"
    )
    return " · ".join(parts)


def _save(found: Analysis, occasion: Any, target: Path, into: Path | None) -> None:
    """Save the analysis and, where there is a number, refer to it from the record."""
    from precise_cal.cli.qfr_into import add_measurement, replace_file
    from precise_cal.qfr.result import as_data, as_text

    replace_file(target, as_text(as_data(found, occasion.vessel)).encode())
    if into is None:
        return
    if found.qfr is None:
        typer.echo(f"precise: {into}: nothing added, the vessel is not analyzable", err=True)
        return
    value = add_measurement(into, found.qfr, occasion, target)
    typer.echo(f"precise: {into}: QFR {value} added, analysis in {target}", err=True)
