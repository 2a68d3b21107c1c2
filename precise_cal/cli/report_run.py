"""A run of ``precise report``: read, judge, decide, mask, write."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from precise_cal.cli.check import generated_at
from precise_cal.cli.inputs import InputError, expand
from precise_cal.cli.progress import watched
from precise_cal.cli.report_input import judged
from precise_cal.cli.report_study import study_of
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.reports.assemble import Frame, trial_of
from precise_cal.reports.files import files
from precise_cal.reports.output import Output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from precise_cal.protocol.temporal import DateTime
    from precise_cal.reports.files import File, FormatName


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    out: Path
    formats: tuple[FormatName, ...]
    merge: Path | None
    dvcat: str
    regime: str
    unmasked: bool
    force: bool


def write_report(arguments: Sequence[str], wanted: Wanted, rules: Path, now: DateTime | None) -> None:
    """Write every document, or none.

    Raises:
        PreciseError: an argument, a record, a workbook or the folder is not as it should be.
    """
    book = rulebook(rules)
    checker = Checker(book, now)
    people = judged(checker, watched(expand(arguments)))
    frame = Frame(generated_at(now), checker.software, checker.protocol, study_of(book), wanted.regime, now)
    trial = trial_of(people, frame, {}, unmasked=wanted.unmasked)
    planned = list(files(trial, wanted.formats, wanted.dvcat))
    with Output(wanted.out, [file.name for file in planned], force=wanted.force) as output:
        _make(planned, output)
        output.commit()
    typer.echo(f"{wanted.out}: {len(planned)} file{'s' * (len(planned) != 1)} written", err=True)


def _make(planned: Sequence[File], output: Output) -> None:
    if not sys.stderr.isatty():
        for file in planned:
            output.write(file.name, file.make())
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        for file in progress.track(planned, description="documents"):
            output.write(file.name, file.make())


__all__ = ["InputError", "Wanted", "write_report"]
