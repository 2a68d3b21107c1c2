"""``precise report``: findings as documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from precise_cal.cli import exits
from precise_cal.cli.given import read_now, read_origins, rules_folder
from precise_cal.cli.options import NowOption, ProvenanceOption, RulesOption
from precise_cal.cli.spoken import language
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from precise_cal.reports.files import FormatName

_MOST_OF_A_CHECKPOINT: Final = 10_000


def report(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Records: JSON, JSON Lines, folders of them, or - for stdin.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder that the documents go into.")],
    format_: Annotated[
        str,
        typer.Option(
            "--format", metavar="LIST", help="Of html, pdf, xlsx, sdtm, adam, csv, markdown, queries; parted by commas."
        ),
    ] = "html,pdf,xlsx,sdtm",
    merge: Annotated[
        Path | None, typer.Option("--merge", metavar="REVIEWED.xlsx", help="Take a reviewer's decisions back first.")
    ] = None,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show allocations, and all that would tell them.")] = False,
    dvcat: Annotated[str, typer.Option("--dvcat", help="SDTM DVCAT: category, importance, or severity.")] = "category",
    submission: Annotated[
        bool,
        typer.Option(
            "--submission/--no-submission", help="SDTM without, or with, the deviations that nobody has confirmed."
        ),
    ] = True,
    regime: Annotated[
        str, typer.Option("--regime", help="The regulatory regime, as the head of each report states it.")
    ] = ("not stated"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing documents.")] = False,
    changed: Annotated[
        bool,
        typer.Option(
            "--changed", help="Write only what is not there already, as --changed left it; the rest stays as it is."
        ),
    ] = False,
    rules: RulesOption = None,
    now: NowOption = None,
    provenance: ProvenanceOption = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Nobody among the records exists: every page says so, nobody signs.")
    ] = False,
    font: Annotated[
        Path | None,
        typer.Option("--font", metavar="FILE", help="A font with Chinese characters for PDF; else the system's."),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", metavar="FILE", help="The log's signed checkpoint, to stand in every document."),
    ] = None,
) -> int:
    """Turn the findings of one participant or a whole trial into documents.

    Exit status: 0 written, 2 bad usage, unreadable input, or a workbook that cannot be merged. On 2 nothing is written.
    """
    from precise_cal.cli.report_run import Wanted, write_report

    wanted = Wanted(
        out,
        _formats(format_),
        merge,
        _convention(dvcat),
        regime,
        unmasked=unmask,
        force=force,
        language=language(),
        font=font,
        simulated=simulated,
        provenance=read_origins(provenance),
        submission=submission,
        checkpoint=_checkpoint(checkpoint),
        changed=changed,
    )
    write_report(files, wanted, rules_folder(rules), read_now(now))
    return exits.OK


def _convention(text: str) -> str:
    from precise_cal.files.records import InputError
    from precise_cal.reports.files import DVCAT_CONVENTIONS

    if text not in DVCAT_CONVENTIONS:
        raise InputError(message('--dvcat "{ $text }": should be category, importance or severity', text=text))
    return text


def _checkpoint(file: Path | None) -> str:
    """The note of a file; whose signature it is shows when the log is held against it."""
    from precise_cal.files.regular import read_regular
    from precise_cal.log.checkpoint import check_form

    if file is None:
        return ""
    note = read_regular(file, _MOST_OF_A_CHECKPOINT).decode("utf-8", "replace")
    check_form(note, str(file))
    return note


def _formats(text: str) -> tuple[FormatName, ...]:
    from precise_cal.files.records import InputError
    from precise_cal.reports.files import FORMATS

    named = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in named if name not in FORMATS]
    if unknown or not named:
        raise InputError(
            message(
                '--format "{ $text }": should be some of { $formats }, parted by commas',
                text=text,
                formats=", ".join(FORMATS),
            )
        )
    return tuple(name for name in FORMATS if name in named)
