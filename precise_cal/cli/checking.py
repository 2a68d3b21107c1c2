"""What ``precise check`` does, and what other commands judge with. Nothing here knows Typer: its import takes long."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from precise_cal.cli import exits
from precise_cal.cli.echo import tell
from precise_cal.cli.given import read_now, read_origins, rules_folder
from precise_cal.cli.spoken import language
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from precise_cal.cli.formats import Format
    from precise_cal.cli.view import View
    from precise_cal.engine.check import Checker
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.files.records import Source
    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.provenance import Provenance
    from precise_cal.protocol.temporal import DateTime


MAX_REPORT_BYTES: Final = 1 << 30
"""The most that is read of an earlier report."""


class FormatName(StrEnum):
    """How the findings are written."""

    text = "text"
    json = "json"
    junit = "junit"
    github = "github"


class OnlyName(StrEnum):
    """The kind of findings that are shown alone."""

    deviations = "deviations"
    queries = "queries"
    events = "events"


class Color(StrEnum):
    """When text is colored."""

    auto = "auto"
    always = "always"
    never = "never"


def check_files(
    files: Sequence[str],
    rules: Path | None = None,
    now: str | None = None,
    format_: FormatName = FormatName.text,
    verbose: bool = False,
    color: Color = Color.auto,
    summary: bool = False,
    rule: list[str] | None = None,
    site: list[str] | None = None,
    only: OnlyName | None = None,
    since: Path | None = None,
    provenance: Path | None = None,
    jobs: int = 1,
) -> int:
    """Judge the participants of files, write what is found, and return the exit status.

    The arguments are the options of ``precise check``.
    """
    from precise_cal.cli.inputs import record_files
    from precise_cal.cli.progress import watched
    from precise_cal.engine.check import Checker
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.engine.rulebook.catalog import catalog_of

    instant = read_now(now)
    paths = record_files(files)
    book = rulebook(rules_folder(rules))
    view = view_of(book, rule, site, only, since, is_summary=summary)
    catalog, chosen = catalog_of(book, language()), view.selection.is_of_findings
    origins = read_origins(provenance)
    form = format_of(format_, color, verbose=verbose, catalog=catalog, is_selection=chosen, provenance=origins)
    checker = Checker(book, instant, all_reasons=form.explains_all)
    return _run(checker, watched(paths, streaming=True), form, instant, view, catalog, jobs)


def view_of(
    book: Rulebook,
    rules: list[str] | None,
    sites: list[str] | None,
    only: OnlyName | None,
    since: Path | None,
    *,
    is_summary: bool,
) -> View:
    """What is shown.

    Raises:
        InputError: there is no such rule, or the earlier report cannot be read.
        SinceError: the earlier report is none.
    """
    from precise_cal.cli.view import View
    from precise_cal.files.records import InputError, read_one
    from precise_cal.protocol.selection import Selection
    from precise_cal.protocol.since import Earlier

    unknown = [one for one in rules or () if one not in names_of_findings(book)]
    if unknown:
        from precise_cal.engine.cql.errors import did_you_mean

        known = names_of_findings(book)
        raise InputError(
            message(
                '--rule "{ $unknown }": is no rule and no deviation{ $did_you_mean }',
                unknown=unknown[0],
                did_you_mean=did_you_mean(unknown[0], known),
            )
        )
    earlier = None if since is None else Earlier(read_one(since, MAX_REPORT_BYTES), str(since))
    chosen = Selection(frozenset(rules or ()), frozenset(sites or ()), only.value if only else None)
    return View(chosen, earlier, is_summary)


def names_of_findings(book: Rulebook) -> list[str]:
    """The ids of rules, and the codes of deviations."""
    ids = [one.id for one in book.lineup]
    return [*ids, "GATE", book.chronology.rule, book.study.across.rule, *book.deviations.taxonomy]


def judge_sources(sources: Iterable[Source], rules: Path | None, now: str | None, format_: str) -> int:
    """The same for records that come from elsewhere; every verdict is shown."""
    from precise_cal.engine.check import Checker
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.engine.rulebook.catalog import catalog_of

    instant = read_now(now)
    book = rulebook(rules_folder(rules))
    form = format_of(FormatName(format_), Color.auto, verbose=True, catalog=catalog_of(book, language()))
    return _run(Checker(book, instant), sources, form, instant)


def format_of(
    name: FormatName,
    color: Color,
    *,
    verbose: bool,
    catalog: Catalog,
    is_selection: bool = False,
    provenance: Provenance | None = None,
) -> Format:
    """The writer of a format; only its own modules are imported."""
    if name is FormatName.json:
        from precise_cal.cli.formats.json import JsonFormat

        return JsonFormat(provenance)
    if name is FormatName.junit:
        from precise_cal.cli.formats.junit import JunitFormat

        return JunitFormat(catalog)
    if name is FormatName.github:
        from precise_cal.cli.formats.github import GithubFormat

        return GithubFormat(catalog)
    from precise_cal.cli.formats.text import TextFormat, colored, plain

    return TextFormat(
        colored if is_colored(color) else plain,
        verbose=verbose,
        catalog=catalog,
        is_selection=is_selection,
        provenance=provenance,
    )


def is_colored(color: Color) -> bool:
    """Whether text on stdout is colored: never into a pipe or with NO_COLOR, unless asked for."""
    if color is Color.auto:
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return color is Color.always


def _run(
    checker: Checker,
    sources: Iterable[Source],
    form: Format,
    now: DateTime | None,
    view: View | None = None,
    catalog: Catalog | None = None,
    jobs: int = 1,
) -> int:
    from precise_cal.cli.inputs import tell_simulated
    from precise_cal.cli.judgements import subjects_of, told
    from precise_cal.cli.view import View
    from precise_cal.engine.across import Across, repeated
    from precise_cal.engine.each import collect_seldom
    from precise_cal.engine.tally import Tally
    from precise_cal.language.catalog import plural
    from precise_cal.protocol.from_json import is_simulated

    tally, across, view = Tally(), Across(checker.book), view or View()
    rejected = again = simulated = 0
    _write(form.begin(generated_at(now), checker.software, checker.protocol))
    for source, subject in told(subjects_of(checker, sources, across, jobs), catalog):
        if subject is None:
            rejected += 1
            continue
        simulated += is_simulated(source.data)
        again += repeated(subject) is not None
        tally.add(subject)
        shown = view.of(subject)
        if shown is not None:
            _write(form.subject(source, *shown))
        if tally.subjects == 1:
            collect_seldom()
    nobody = not tally.subjects or (view.selection.sites and not view.overview.subjects)
    status = exits.worst(
        *([exits.BAD_INPUT] if rejected or again or nobody else []),
        *([exits.FOUND] if tally.found else []),
        *([exits.UNDECIDED] if tally.undecided else []),
    )
    _write(form.end(tally.summary(across.close()), status, view))
    tell_simulated(simulated)
    if rejected:
        text = plural(rejected, "{ $count } record not evaluated", "{ $count } records not evaluated")
        tell(text)
    if again:
        tell(
            plural(
                again,
                "{ $count } record of participants who were read before",
                "{ $count } records of participants who were read before",
            )
        )
    return status


def _write(pieces: Iterator[str]) -> None:
    for piece in pieces:
        sys.stdout.write(piece)


def generated_at(now: DateTime | None) -> str:
    """The time that a report states: the one that was asked for, else that of the clock."""
    if now is not None:
        return str(now)
    import datetime

    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
