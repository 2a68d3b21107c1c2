"""``precise qfr angio``: from angiograms to QFR."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from precise_cal.cli import exits, qfr_info, qfr_options
from precise_cal.cli.echo import echo, echo_json
from precise_cal.cli.options import OutputFormat, RulesOption
from precise_cal.cli.qfr_text import sure
from precise_cal.cli.spoken import catalog
from precise_cal.language.catalog import Joined, lines_of, message, words_of
from precise_cal.version import __version__

if TYPE_CHECKING:
    from precise_cal.qfr.angio.analysis import AngioResult
    from precise_cal.qfr.lumen.analysis import Settings
    from precise_cal.qfr.session.reopen import Request
    from precise_cal.qfr.study.study import Study


class AngioFlowLaw(StrEnum):
    """How flow runs along the vessel."""

    reference = "reference"
    constant = "constant"


@cache
def register(app: typer.Typer) -> None:
    """Hangs the two commands under ``app``."""
    app.command("angio")(angio)
    app.command("info")(qfr_info.info)


def angio(
    study: Annotated[
        Path,
        typer.Argument(
            metavar="STUDY.json|RESULT.json",
            help="Files, frames and points of one or two views; or a result, to compute again.",
        ),
    ],
    aortic_pressure: Annotated[
        float | None,
        typer.Option("--aortic-pressure", help="Mean, in mm[Hg] (default: 100); that of the study wins."),
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="Pressure model by name (default: rns).")] = None,
    flow_law: Annotated[
        AngioFlowLaw | None, typer.Option("--flow-law", help="What flow follows (default: reference).")
    ] = None,
    density: Annotated[float | None, typer.Option("--density", help="In kg/m3 (default: 1060).")] = None,
    viscosity: Annotated[float | None, typer.Option("--viscosity", help="In Pa s (default: 0.0035).")] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", help="Monte Carlo samples of the interval (default: 400); 0: none.")
    ] = None,
    films: Annotated[
        Path | None, typer.Option("--films", metavar="FOLDER", help="Where the films lie (default: beside the study).")
    ] = None,
    output_format: Annotated[OutputFormat, typer.Option("--format", help="Form of the result.")] = OutputFormat.text,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE.html", help="Write a page.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE.svg|png", help="Write the pullback.")] = None,
    font: qfr_options.FontFile = None,
    into: Annotated[Path | None, typer.Option("--into", metavar="patient.json", help="Add it to this record.")] = None,
    analysis_file: Annotated[
        Path | None, typer.Option("--analysis", metavar="FILE.json", help="Where the analysis is saved.")
    ] = None,
    phase: Annotated[
        str | None, typer.Option("--phase", help="The step that the film follows, as the record has it.")
    ] = None,
    acquired_at: qfr_options.AcquiredAt = None,
    assessor: qfr_options.Assessor = None,
    force: qfr_options.Force = False,
    trial: RulesOption = None,
) -> int:
    """QFR from one or two angiographic views."""
    from precise_cal.cli.qfr_files import Wanted
    from precise_cal.exchange.measurement import Occasion
    from precise_cal.files.records import InputError
    from precise_cal.qfr.errors import QfrError
    from precise_cal.qfr.pages.angio import as_html
    from precise_cal.qfr.pages.plot import plot_bytes
    from precise_cal.qfr.session.reopen import read_request

    wanted = Wanted(study, report, plot, analysis_file, into, force, trial, font)
    try:
        request = read_request(study, films)
        plan = request.study
        occasion = Occasion(plan.vessel, phase, acquired_at, assessor)
        wanted.check(occasion, [plan.path(view) for view in plan.views])
        law = None if flow_law is None else flow_law.value
        settings, drawn = _options(request, (aortic_pressure, model, law, density, viscosity), samples)
        found = _run(plan, settings, drawn)
    except QfrError as error:
        raise InputError(words_of(error)) from error
    data = found.as_data()
    if output_format is OutputFormat.json:
        echo_json(_json(data), nl=False)
    else:
        echo(_text(data), nl=False)
    codes = tuple(dict.fromkeys(reason["code"] for reason in data["reasons"]))
    wanted.save(_json(data).encode(), found.analysis, occasion, codes)
    wanted.write_page(lambda: as_html(found, f"precise-cal {__version__}", catalog()))
    wanted.write_plot(lambda suffix: plot_bytes(found.analysis, suffix, catalog(), font=wanted.font))
    return exits.UNDECIDED if data["qfr"] is None else exits.OK


def _options(request: Request, given: tuple[Any, ...], samples: int | None) -> tuple[Settings, int]:
    """Settings and samples: those of a result that is computed again, else the options given and their defaults."""
    from precise_cal.files.records import InputError
    from precise_cal.qfr.lumen.analysis import Settings
    from precise_cal.qfr.lumen.models import Fluid
    from precise_cal.qfr.session.reopen import SAMPLES

    if request.settings is not None and request.samples is not None:
        if any(value is not None for value in (*given, samples)):
            raise InputError("a result is computed again with its own options: leave them out, or give its study")
        return request.settings, request.samples
    pressure, model, law, density, viscosity = given
    fluid = {"density_kg_m3": density, "viscosity_pa_s": viscosity}
    asked = {"aortic_pressure_mmhg": pressure, "model": model, "flow_law": law}
    known = {name: value for name, value in asked.items() if value is not None}
    made = Fluid(**{name: value for name, value in fluid.items() if value is not None})
    return Settings(**known, fluid=made), SAMPLES if samples is None else samples


def _run(plan: Study, settings: Settings, samples: int) -> AngioResult:
    """The study analyzed, with a progress bar on a terminal."""
    from precise_cal.cli.progress import bar
    from precise_cal.qfr.angio.analysis import run_study

    steps = 2 * len(plan.views) + 3 + (plan.flow.method == "contrast")
    with bar(message("opening"), steps, counted=False) as advance:

        def say(step: str) -> None:
            advance(what=step)

        found = run_study(plan, settings, say=say)
        say(message("interval"))
        return found.with_interval(samples)


def _json(data: dict[str, Any]) -> str:
    from precise_cal.qfr.lumen.result import as_text

    return as_text(data)


def _text(data: dict[str, Any]) -> str:
    lines = []
    for name, view in zip("AB", data["views"], strict=False):
        lines.append(
            message(
                "view { $name }    frame { $frame } ({ $frame_source }), { $mm_per_pixel } mm/px by { "
                "$calibration }, blur { $blur_mm } mm, contrast/noise { $contrast_to_noise }",
                name=name,
                frame=view["frame"],
                frame_source=view["frame_source"],
                mm_per_pixel=f"{view['mm_per_pixel']:.4f}",
                calibration=view["calibration"],
                blur_mm=f"{view['blur_mm']:.2f}",
                contrast_to_noise=f"{view['contrast_to_noise']:.1f}",
            )
        )
    space, flow = data["reconstruction"], data["flow"]
    if space is not None:
        lines.append(
            message(
                "space     { $length_mm } mm, views { $angle_between_views_deg } deg apart, residual { "
                "$residual_mm } mm",
                length_mm=f"{space['length_mm']:.1f}",
                angle_between_views_deg=f"{space['angle_between_views_deg']:.0f}",
                residual_mm=f"{space['residual_mm']:.2f}",
            )
        )
    if flow["velocity_m_s"] is not None:
        timed = (
            message(
                " velocity { $contrast_velocity_m_s } m/s, { $frames } frames of { $frame_rate_hz } Hz from end to end",
                contrast_velocity_m_s=f"{flow['contrast_velocity_m_s']:.3f}",
                frames=f"{flow['frames']:.1f}",
                frame_rate_hz=f"{flow['frame_rate_hz']:.1f}",
            )
            if "contrast_velocity_m_s" in flow
            else ""
        )
        lines.append(
            message(
                "flow      { $method }{ $timed }, hyperemic velocity { $velocity_m_s } m/s",
                method=flow["method"],
                timed=timed,
                velocity_m_s=f"{flow['velocity_m_s']:.3f}",
            )
        )
    for number, lesion in enumerate(data["lesions"], 1):
        lines.append(
            message(
                "lesion { $number }  { $start_mm }-{ $end_mm } mm, MLD { $mld_mm } ± { $mld_spread_mm } of "
                "{ $reference_mm } mm, { $diameter_stenosis_percent } % stenosis",
                number=number,
                start_mm=f"{lesion['start_mm']:.1f}",
                end_mm=f"{lesion['end_mm']:.1f}",
                mld_mm=f"{lesion['mld_mm']:.2f}",
                mld_spread_mm=f"{lesion['mld_spread_mm']:.2f}",
                reference_mm=f"{lesion['reference_mm']:.2f}",
                diameter_stenosis_percent=f"{lesion['diameter_stenosis_percent']:.1f}",
            )
        )
    lines += [
        message(
            "changed   { $pointer } by { $value }: { $before } -> { $after }",
            pointer=one["pointer"],
            value=one["by"] or "a person who is not named",
            before=one["before"],
            after=one["after"],
        )
        for one in data["edits"]
    ]
    lines += [
        message("notice    { $code }: { $text }", code=item["code"], text=item["text"]) for item in data["notices"]
    ]
    lines += [
        message("reason    { $code }: { $text }", code=item["code"], text=item["text"]) for item in data["reasons"]
    ]
    return lines_of([*lines, _line(data)]) + "\n"


def _line(data: dict[str, Any]) -> str:
    if data["qfr"] is None:
        return "not analyzable"
    parts = [message("QFR { $qfr }", qfr=f"{data['qfr']:.3f}")] + (
        [] if data["interval"] is None else [sure(data["interval"])]
    )
    return Joined(" · ", parts)
