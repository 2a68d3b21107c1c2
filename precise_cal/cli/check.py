"""``precise check``: every rule on every participant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from precise_cal.cli.checking import Color, FormatName, OnlyName, check_files
from precise_cal.cli.options import NowOption, ProvenanceOption, RulesOption


def check(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Records: JSON, JSON Lines, folders of them, or - for stdin.")
    ],
    rules: RulesOption = None,
    now: NowOption = None,
    format_: Annotated[FormatName, typer.Option("--format", help="How the findings are written.")] = FormatName.text,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every verdict, also what is in order.")
    ] = False,
    color: Annotated[Color, typer.Option("--color", help="When text is colored.")] = Color.auto,
    summary: Annotated[bool, typer.Option("--summary", help="Show counts alone.")] = False,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", metavar="ID", help="Show this rule or deviation; several times: each.")
    ] = None,
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="ID", help="Show this site; several times: each.")
    ] = None,
    only: Annotated[OnlyName | None, typer.Option("--only", help="Show findings of this kind alone.")] = None,
    since: Annotated[
        Path | None,
        typer.Option(
            "--since", metavar="REPORT.json", help="Show what is new, gone or changed since an earlier --format json."
        ),
    ] = None,
    provenance: ProvenanceOption = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, metavar="N", help="Judge in so many processes; what comes out is the same.")
    ] = 1,
) -> int:
    """Judge participants against every rule of the trial.

    Exit status: 0 nothing found, 1 a criterion fails or a deviation, 3 something cannot be decided,
    2 bad usage, unreadable input, or a participant who comes twice.

    --summary, --rule, --site, --only and --since choose what is shown, and nothing else: every participant is judged by
    every rule, and the exit status and the counts of the last line are of all of them. A deviation that is not shown is
    told by the status all the same.
    """
    if format_ not in (FormatName.text, FormatName.json) and (summary or since or provenance):
        raise typer.BadParameter("goes with --format text and json", param_hint="--summary, --since, --provenance")
    return check_files(files, rules, now, format_, verbose, color, summary, rule, site, only, since, provenance, jobs)
