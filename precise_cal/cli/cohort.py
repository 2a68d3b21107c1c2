"""``precise cohort``: the same rules over tables of many participants."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo, safe, safe_json, tell
from precise_cal.cli.given import read_now, rules_folder
from precise_cal.cli.options import NowOption, OutputFormat, RulesOption
from precise_cal.language.catalog import message, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.cohort.run.summary import Totals
    from precise_cal.cohort.transfer.pieces import Line

app = typer.Typer(
    help="The same rules over tables of millions of participants (needs the extra: pip install 'precise-cal[cohort]').",
    no_args_is_help=True,
    rich_markup_mode=None,
)

FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `precise cohort import` made.")]
ThreadsOption = Annotated[
    int,
    typer.Option(
        "--threads", min=1, max=64, help="How much is done at the same time; the output does not depend on it."
    ),
]
_CORES = min(os.cpu_count() or 1, 64)


class EngineName(StrEnum):
    """What runs the compiled rules."""

    duckdb = "duckdb"
    spark = "spark"


@app.command("import")
def import_(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Records: JSON, JSON Lines, folders of them, or -.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the tables.")],
    rules: RulesOption = None,
    threads: ThreadsOption = _CORES,
) -> int:
    """Lay records out as Parquet tables.

    Records that are not valid are kept aside in DIR/rejects.jsonl, with reasons. A run that was stopped is taken up
    where it stood when it is started again with the same files.
    """
    from precise_cal.cli.inputs import record_files
    from precise_cal.cli.progress import bar
    from precise_cal.cohort.transfer.importing import Import, import_records
    from precise_cal.engine.rulebook import rulebook

    paths = record_files(files)
    book = rulebook(rules_folder(rules), cache=False)
    states = [Path(path).stat() if path != "-" else None for path in paths]
    inputs = tuple(
        (path, state.st_size, state.st_mtime_ns) if state else (path, -1, os.getpid())
        for path, state in zip(paths, states, strict=True)
    )
    job = Import(out, inputs, book.schema, book.version.study_id, book.utc_offset_minutes, threads)
    with bar(message("records"), None) as seen:
        made = import_records(job, _lines(paths), seen)
    echo(
        plural(
            made.participants, "{ $count } participant in { $path }", "{ $count } participants in { $path }", path=out
        ),
        err=True,
    )
    if made.rejected:
        tell(
            plural(
                made.rejected,
                "{ $count } record not imported: see { $path }",
                "{ $count } records not imported: see { $path }",
                path=out / "rejects.jsonl",
            )
        )
    return exits.BAD_INPUT if made.rejected or not made.participants else exits.OK


def _lines(paths: list[str]) -> Iterator[Line]:
    from precise_cal.cohort.transfer.pieces import Line
    from precise_cal.files.records import read_sources

    for source in read_sources(paths):
        yield Line(str(source), source.data)


@app.command("export")
def export(
    folder: FolderArgument,
    rules: RulesOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The file to write; without it, standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> int:
    """Write the records of a cohort as JSON Lines: all that was recorded, nothing that was computed."""
    from precise_cal.cohort.layout.dataset import open_cohort
    from precise_cal.cohort.transfer.exporting import export_records
    from precise_cal.engine.rulebook.load import records_of
    from precise_cal.files.records import InputError
    from precise_cal.files.writing import replacing

    lines = export_records(open_cohort(folder, records_of(rules_folder(rules)).schema))
    if out is None:
        for line in lines:
            sys.stdout.write(safe_json(line.decode()) + "\n")
        return exits.OK
    if out.resolve().is_relative_to(folder.resolve()):
        raise InputError(message("{ $out }: is inside the cohort that is read; name another place", out=out))
    with replacing(out, force=force) as beside, beside.open("wb") as stream:
        stream.writelines(line + b"\n" for line in lines)
    return exits.OK


@app.command("check")
def check(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the verdicts.")],
    rules: RulesOption = None,
    now: NowOption = None,
    only: Annotated[
        list[str] | None, typer.Option("--rule", metavar="ID", help="Judge this rule only; may stand several times.")
    ] = None,
    reasons: Annotated[
        bool, typer.Option("--reasons/--no-reasons", help="Whether the datum that decided is told; it takes its time.")
    ] = True,
    engine: Annotated[EngineName, typer.Option("--engine", help="What runs the compiled rules.")] = EngineName.duckdb,
    threads: ThreadsOption = _CORES,
    limit_memory: Annotated[
        str, typer.Option("--limit-memory", metavar="SIZE", help="The most memory to use, such as 2GB.")
    ] = "4GB",
    format_: Annotated[OutputFormat, typer.Option("--format", help="How the summary is written.")] = OutputFormat.text,
    spark_master: Annotated[
        str | None,
        typer.Option(
            "--spark-master",
            metavar="URL",
            help="With `--engine spark`: the master of a cluster, such as `spark://HOST:PORT`.",
        ),
    ] = None,
) -> int:
    """Judge everybody: DIR/verdicts has a row for each participant and rule, DIR/summary.json the counts.

    A run that was stopped is taken up where it stood when it is started again.
    Exit status: 0 nothing found, 1 a criterion fails or a deviation, 3 something cannot be decided, 2 bad input.
    """
    from precise_cal.cli.cohort_text import summary_lines
    from precise_cal.cli.progress import bar
    from precise_cal.cohort.run.setup import make_check
    from precise_cal.engine.rulebook import rulebook

    book = rulebook(rules_folder(rules), cache=False)
    instant = read_now(now)
    job = make_check(
        folder,
        out,
        book,
        instant,
        only=only,
        engine=engine.value,
        threads=threads,
        limit_memory=limit_memory,
        reasons=reasons,
        master=spark_master,
    )
    for one in job.left:
        tell(message("{ $rule } is left to the interpreter, which is slow: { $why }", rule=one.rule, why=one.why))
    with bar(message("participants"), sum(part.participants for part in job.cohort.parts)) as seen:
        whole = job.run(seen)
    if format_ is OutputFormat.json:
        sys.stdout.write(safe_json((out / "summary.json").read_text("utf-8")))
    else:
        sys.stdout.writelines(f"{safe(line)}\n" for line in summary_lines(whole, job.kinds))
    return _status(whole)


def _status(whole: Totals) -> int:
    from precise_cal.protocol.verdicts import FAILING, UNDECIDED

    words = {word for counts in whole.verdicts.values() for word in counts}
    found = [exits.FOUND] if words & FAILING or any(one.is_finding for one in whole.across) else []
    return exits.worst(*found, *([exits.UNDECIDED] if words & UNDECIDED else []))


@app.command("explain")
def explain(
    folder: FolderArgument,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The participant's study number.")],
    site: Annotated[str | None, typer.Option("--site", help="The site, where several have this number.")] = None,
    rules: RulesOption = None,
    now: NowOption = None,
    format_: Annotated[
        OutputFormat, typer.Option("--format", help="How the findings are written.")
    ] = OutputFormat.text,
) -> int:
    """The interpreter's full reasons for one participant, deviations and queries included."""
    from precise_cal.cli.checking import judge_sources
    from precise_cal.cohort.layout.dataset import open_cohort
    from precise_cal.cohort.run.explaining import find_record
    from precise_cal.engine.rulebook.load import records_of
    from precise_cal.files.records import Source

    line = find_record(open_cohort(folder, records_of(rules_folder(rules)).schema), subject, site)
    source = Source(f"{folder}: {subject}", None, line)
    return judge_sources([source], rules, now, format_.value)
