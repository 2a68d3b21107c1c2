"""``precise crf``: forms to fill in, with the maps that read them back."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo
from precise_cal.cli.given import rules_folder
from precise_cal.cli.options import RulesOption
from precise_cal.cli.spoken import language
from precise_cal.language.catalog import message


class CrfFormat(StrEnum):
    """What a form is made for."""

    xlsx = "xlsx"
    redcap = "redcap"
    odm = "odm"
    questionnaire = "questionnaire"


def crf(
    format_: Annotated[CrfFormat, typer.Option("--format", help="What the form is made for.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder that the form and its map go into.")],
    rules_only: Annotated[bool, typer.Option("--rules-only", help="Ask only for what the rules read.")] = False,
    zone: Annotated[
        str | None,
        typer.Option("--zone", metavar="+HH:MM", help="The offset of moments without one; else that of the trial."),
    ] = None,
    rules: RulesOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> int:
    """Write forms for the records of a trial, and the map by which `precise import` reads what they become.

    xlsx: a workbook with drop-downs. redcap: a data dictionary. odm: study metadata (1.3.2). questionnaire: FHIR R4.

    Exit status: 0 written, 2 bad usage, or rules that cannot be read.
    """
    from precise_cal.cli.checking import generated_at
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.exchange.crf.files import form_files
    from precise_cal.exchange.crf.form import form_of
    from precise_cal.exchange.plan import is_offset
    from precise_cal.files.folder import Output

    if zone is not None and not is_offset(zone):
        raise typer.BadParameter(
            message('"{ $zone }" is no offset from UTC such as "+08:00"', zone=zone), param_hint="--zone"
        )
    form = form_of(rulebook(rules_folder(rules), cache=not rules_only), zone=zone, rules_only=rules_only)
    files = list(form_files(form, format_.value, language(), generated_at(None)))
    with Output(out) as output:
        output.expect([name for name, _ in files], force=force, inputs=())
        for name, data in files:
            output.write(name, data)
        output.commit()
    asked = sum(len(one.questions) for one in form.sheets)
    echo(
        message(
            "{ $out }: { $files }: { $asked } questions in { $count } tables",
            out=out,
            files=", ".join((name for name, _ in files)),
            asked=asked,
            count=len(form.sheets),
        )
    )
    return exits.OK
