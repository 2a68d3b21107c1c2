"""``precise qfr``: from lumen geometry to QFR."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from precise_cal.cli import exits, qfr_options
from precise_cal.cli.echo import echo, echo_json, tell
from precise_cal.cli.options import OutputFormat, RulesOption
from precise_cal.cli.progress import bar
from precise_cal.cli.qfr_options import BranchLawName, FlowLawName
from precise_cal.cli.spoken import catalog
from precise_cal.language.catalog import message, words_of
from precise_cal.protocol.errors import PreciseError
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.cli.qfr_choices import Question
    from precise_cal.cli.qfr_files import Wanted
    from precise_cal.exchange.measurement import Occasion
    from precise_cal.qfr.lumen.analysis import Analysis

app = typer.Typer(help="QFR: from lumen or angiogram to pressure.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """QFR: from lumen or angiogram to pressure."""


@app.command("lumen")
def lumen(
    file: qfr_options.LumenFile,
    velocity: qfr_options.Velocity = None,
    contrast_velocity: qfr_options.ContrastVelocity = None,
    frames: qfr_options.Frames = None,
    frame_rate: qfr_options.FrameRate = None,
    aortic_pressure: qfr_options.AorticPressure = 100.0,
    model: qfr_options.Model = "rns",
    flow_law: qfr_options.FlowLawOption = FlowLawName.reference,
    density: qfr_options.Density = 1060.0,
    viscosity: qfr_options.Viscosity = 0.0035,
    branch: qfr_options.Branch = None,
    branch_law: qfr_options.BranchLawOption = BranchLawName.huo_kassab,
    inlet_diameter: qfr_options.Inlet = None,
    healthy: qfr_options.Healthy = None,
    treat: qfr_options.Treat = None,
    samples: qfr_options.Samples = 400,
    level: qfr_options.Level = 0.95,
    seed: qfr_options.Seed = 20260226,
    error: qfr_options.ErrorSize = None,
    output_format: qfr_options.Format = OutputFormat.text,
    report: qfr_options.Report = None,
    plot: qfr_options.Plot = None,
    font: qfr_options.FontFile = None,
    into: qfr_options.Into = None,
    analysis_file: qfr_options.AnalysisFile = None,
    force: qfr_options.Force = False,
    vessel: qfr_options.Vessel = None,
    phase: qfr_options.Phase = None,
    acquired_at: qfr_options.AcquiredAt = None,
    assessor: qfr_options.Assessor = None,
    trial: RulesOption = None,
) -> int:
    """QFR along a given lumen."""
    from precise_cal.cli.qfr_choices import Certainty, FlowChoice, Physics, Question, ReferenceChoice
    from precise_cal.cli.qfr_files import Wanted
    from precise_cal.exchange.measurement import Occasion

    flow = FlowChoice(velocity, contrast_velocity, frames, frame_rate)
    reference = ReferenceChoice(branch, branch_law.value, inlet_diameter, healthy)
    physics = Physics(aortic_pressure, model, flow_law.value, density, viscosity)
    question = Question(file, flow, reference, physics, Certainty(samples, level, seed, error), treat or ())
    occasion = Occasion(vessel, phase, acquired_at, assessor)
    wanted = Wanted(file, report, plot, analysis_file, into, force, trial, font)
    return _answered(question, occasion, output_format, wanted)


def _answered(question: Question, occasion: Occasion, output_format: OutputFormat, wanted: Wanted) -> int:
    """Check the files, evaluate, print, write: in this order, so that nothing that was computed is lost."""
    from precise_cal.cli.qfr_text import as_lines
    from precise_cal.files.records import InputError
    from precise_cal.qfr.errors import QfrError
    from precise_cal.qfr.lumen.result import as_text
    from precise_cal.qfr.pages.lumen import as_html
    from precise_cal.qfr.pages.plot import plot_bytes

    wanted.check(occasion)
    try:
        found, extra = _evaluated(question)
    except QfrError as error:
        raise InputError(words_of(error)) from error
    data = _data(found, occasion.vessel, extra)
    if output_format is OutputFormat.json:
        echo_json(as_text(data), nl=False)
    else:
        echo(as_lines(data), nl=False)
    wanted.save(as_text(_data(found, occasion.vessel, {})).encode(), found, occasion)
    wanted.write_page(lambda: as_html(found, occasion.vessel, f"precise-cal {__version__}", catalog()))
    wanted.write_plot(lambda suffix: plot_bytes(found, suffix, catalog(), font=wanted.font))
    return exits.UNDECIDED if found.qfr is None else exits.OK


def _evaluated(question: Question) -> tuple[Analysis, dict[str, Any]]:
    """The analysis, and what was asked for beside it: models, treatment."""
    from precise_cal.cli.qfr_choices import treated
    from precise_cal.qfr.lumen.analysis import analyze
    from precise_cal.qfr.lumen.lumen import read_lumen

    geometry, settings = read_lumen(question.file), question.physics.settings()
    flow, reference = question.flow.flow(geometry), question.reference.reference(geometry)
    question.certainty.check()
    with _compiling(settings.model):
        first = analyze(geometry, flow, settings, reference)
    found = question.certainty.sampled(first)
    extra: dict[str, Any] = {"models": _all_models(found)} if question.physics.all_models else {}
    if question.treat:
        opened = treated(found, question.treat)
        extra["treated"] = {"lesions": list(question.treat), "qfr": opened.qfr, "reasons": _remarks(opened)}
    return found, extra


@contextmanager
def _compiling(model: str) -> Iterator[None]:
    """Say that kernels are compiled while the block runs, where they are; on a terminal with a bar."""
    from precise_cal.qfr.core.accelerate import FUNCTIONS, is_ready, watched
    from precise_cal.qfr.lumen.models import CLOSED

    if is_ready("poiseuille" if model in CLOSED else "lumen_pressure"):
        yield
        return
    tell("compiling the flow kernels, once; this takes some twenty seconds")
    with bar(message("flow kernels"), FUNCTIONS) as advance, watched(advance):
        yield


@app.command("warm")
def warm() -> int:
    """Compile the kernels of flow now, so that nobody waits for them at a first analysis.

    They are kept in the user's cache folder, or in the one that NUMBA_CACHE_DIR names, for this version alone.
    """
    from precise_cal.qfr.core.accelerate import CACHE, FUNCTIONS, watched
    from precise_cal.qfr.lumen import warm as kernels

    if CACHE is None:
        raise NotKeptError("there is no folder of this user alone to keep compiled kernels in")
    with bar(message("flow kernels"), FUNCTIONS) as advance, watched(advance):
        kernels.warm()
    echo(message("{ $folder }: the kernels of flow are compiled", folder=CACHE))
    return exits.OK


class NotKeptError(PreciseError):
    """Kernels were compiled and cannot be kept."""


def _all_models(found: Analysis) -> dict[str, dict[str, float | None]]:
    """Total drop in Pa and QFR by every model."""
    from precise_cal.qfr.lumen.analysis import analyze
    from precise_cal.qfr.lumen.models import MODELS

    answers = {}
    for name in MODELS:
        other = analyze(found.lumen, found.flow, replace(found.settings, model=name), found.reference_mm)
        drop = None if other.drop is None else round(float(other.drop.pascal[-1]), 4)
        answers[name] = {"pressure_drop_Pa": drop, "qfr": None if other.qfr is None else round(other.qfr, 6)}
    return answers


def _remarks(opened: Analysis) -> list[dict[str, str]]:
    return [{"code": reason.code, "text": reason.text} for reason in opened.reasons]


def _data(found: Analysis, vessel: str | None, extra: dict[str, Any]) -> dict[str, Any]:
    from precise_cal.qfr.lumen.result import as_data

    return as_data(found, vessel) | extra
