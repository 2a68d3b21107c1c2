"""``precise trial``: begin a trial folder, look at one, and compare two on records."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from precise_cal.cli import exits
from precise_cal.cli.amendment import amendment
from precise_cal.cli.echo import echo, echo_json
from precise_cal.cli.given import read_now, rules_folder
from precise_cal.cli.options import NowOption, OutputFormat, RulesOption
from precise_cal.cli.spoken import language
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from precise_cal.engine.trial_diff import Compared

app = typer.Typer(
    help="Begin a trial folder, look at one, compare two (docs/trial.md).", no_args_is_help=True, rich_markup_mode=None
)
TEMPLATE = Path(__file__).parent / "trial_template"


class MapFormat(StrEnum):
    """How a trial is drawn."""

    text = "text"
    json = "json"
    mermaid = "mermaid"


@app.command("new")
def new_trial(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite files of these names.")] = False,
) -> None:
    """Begin a trial: a small folder that works, with comments that say how to go on. Exit status: 0 or 2."""
    from precise_cal.files.folder import Output

    files = sorted(path for path in TEMPLATE.rglob("*") if path.suffix in (".yaml", ".json"))
    names = [path.relative_to(TEMPLATE).as_posix() for path in files]
    with Output(folder) as output:
        output.expect(names, force=force)
        for name, path in zip(names, files, strict=True):
            output.write(name, path.read_bytes())
        output.commit()
    echo(f"{folder}: {', '.join(names)}")
    echo(
        message(
            "next: precise rules test --trial { $folder }; precise trial show --trial { $folder }; docs/trial.md",
            folder=folder,
        )
    )


@app.command("show")
def show_trial(
    rules: RulesOption = None,
    format_: Annotated[MapFormat, typer.Option("--format", help="How the trial is drawn.")] = MapFormat.text,
) -> None:
    """Draw a trial: its rules and what they read, the record and who reads it, parameters with status, consequences."""
    from precise_cal.cli.trial_text import map_lines, mermaid_lines
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.engine.rulebook.catalog import catalog_of
    from precise_cal.engine.trial_map import trial_map

    book = rulebook(rules_folder(rules), cache=False)
    drawn, catalog = trial_map(book), catalog_of(book, language())
    if format_ is MapFormat.json:
        echo_json(json.dumps({"schema_version": "1.0", **asdict(drawn)}, indent=2, ensure_ascii=False))
        return
    echo("\n".join(map_lines(drawn, catalog) if format_ is MapFormat.text else mermaid_lines(drawn, catalog)))


@app.command("diff")
def diff_trials(
    before: Annotated[Path, typer.Argument(metavar="A", help="A trial folder.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Another one, or another version of it.")],
    files: Annotated[list[str], typer.Argument(metavar="RECORDS…", help="Records: files, folders, or - for stdin.")],
    now: NowOption = None,
    format_: Annotated[OutputFormat, typer.Option("--format", help="How changes are written.")] = OutputFormat.text,
) -> int:
    """Say of whom two trial folders say something else, by which rules, and why on either side.

    Exit status: 0 nobody's verdicts change, 1 some do, 2 bad usage, or a record that one of the folders cannot read.
    """
    from precise_cal.cli.inputs import record_files
    from precise_cal.cli.progress import watched
    from precise_cal.cli.record_errors import each_readable
    from precise_cal.cli.trial_text import change_lines, summary_line
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.engine.rulebook.catalog import catalog_of
    from precise_cal.engine.trial_diff import Comparison

    books = rulebook(before), rulebook(after)
    comparison = Comparison(*books, read_now(now))
    sources = watched(record_files(files), streaming=False)
    status, compared = each_readable(sources, lambda source: comparison.compare(source.data))
    changed = [one for one in compared if one.changes]
    if format_ is OutputFormat.json:
        echo_json(json.dumps(_as_json(books, compared), indent=2, ensure_ascii=False))
    else:
        catalog = catalog_of(books[1], language())
        for one in changed:
            echo("\n".join(map(catalog, change_lines(one))))
        echo(summary_line(len(compared), changed))
    return exits.worst(status, exits.FOUND if changed else exits.OK)


def _as_json(books: Any, compared: list[Compared]) -> dict[str, Any]:
    from precise_cal.engine.trial_diff import direction

    before, after = (asdict(book.version) for book in books)
    changed = [one for one in compared if one.changes]
    return {
        "schema_version": "1.0",
        "before": before,
        "after": after,
        "subjects": [
            {
                "subject_id": one.subject_id,
                "changes": [{**asdict(change), "direction": direction(change)} for change in one.changes],
            }
            for one in changed
        ],
        "summary": {"subjects": len(compared), "changed": len(changed)},
    }


app.command("amendment")(amendment)
