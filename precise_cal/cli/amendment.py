"""``precise trial amendment``: whom an amendment touches."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo, echo_json
from precise_cal.cli.given import read_now, rules_folder
from precise_cal.cli.options import NowOption, OutputFormat, RulesOption
from precise_cal.cli.spoken import language
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.amendment import Amendment, Change, Touched


def amendment(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The version of the protocol, as it lists them.")],
    files: Annotated[list[str], typer.Argument(metavar="RECORDS…", help="Records: files, folders, or - for stdin.")],
    rules: RulesOption = None,
    now: NowOption = None,
    format_: Annotated[OutputFormat, typer.Option("--format", help="How the report is written.")] = OutputFormat.text,
) -> int:
    """Say whom an amendment touches: by which version each is judged, and whose verdicts it changes.

    Exit status: 0 nobody's verdicts change, 1 some do, 2 bad usage, or a record that cannot be read.
    """
    from precise_cal.cli.inputs import record_files
    from precise_cal.cli.progress import watched
    from precise_cal.cli.record_errors import each_readable
    from precise_cal.engine.amendment import Amendment
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.engine.rulebook.catalog import catalog_of

    book = rulebook(rules_folder(rules))
    report = Amendment(book, version, read_now(now))
    sources = watched(record_files(files), streaming=False)
    status, everybody = each_readable(
        sources, lambda source: report.touches(book.records.read(source.data), source.data)
    )
    if format_ is OutputFormat.json:
        echo_json(json.dumps(_as_json(report, everybody), indent=2, ensure_ascii=False))
    else:
        echo("\n".join(map(catalog_of(book, language()), _lines(report, everybody))))
    touched = any(change.differs for one in everybody for change in one.changes)
    return exits.worst(status, exits.FOUND if touched else exits.OK)


def _as_json(report: Amendment, everybody: list[Touched]) -> dict[str, Any]:
    return {
        "schema_version": "1.0",
        "before": report.before,
        "after": report.after,
        "rules": list(report.rules),
        "subjects": [asdict(one) for one in everybody],
    }


def _lines(report: Amendment, everybody: list[Touched]) -> Iterator[str]:
    yield message(
        "{ $after } after { $before }: { $count } rules differ: { $rules }",
        after=report.after,
        before=report.before,
        count=len(report.rules),
        rules=", ".join(report.rules) or "none",
    )
    changed = 0
    for one in everybody:
        differing = [change for change in one.changes if change.differs]
        changed += bool(differing)
        if differing:
            site = message(" at { $site_id }", site_id=one.site_id) if one.site_id else ""
            yield message(
                "{ $subject_id }{ $site }, judged by { $judged_by }",
                subject_id=one.subject_id,
                site=site,
                judged_by=one.judged_by,
            )
            yield from ("  " + _change(change, report) for change in differing)
    yield message(
        "{ $count } participants, { $changed } with a verdict that the amendment changes",
        count=len(everybody),
        changed=changed,
    )


def _change(change: Change, report: Amendment) -> str:
    before, after = (word or "not judged" for word in (change.before, change.after))
    stands = change.stands or "not judged"
    return message(
        "{ $rule }  { $before } by { $earlier }, { $after } by { $later }; { $stands } stands  ({ $title })",
        rule=change.rule,
        before=before,
        earlier=report.before,
        after=after,
        later=report.after,
        stands=stands,
        title=change.title,
    )
