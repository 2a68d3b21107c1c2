"""``precise check``: every rule on every participant."""

from __future__ import annotations

import gc
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo
from precise_cal.cli.options import LangOption, NowOption, RulesOption, language, read_now, rules_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from precise_cal.cli.formats import Format
    from precise_cal.cli.options import Lang
    from precise_cal.engine.across import Across
    from precise_cal.engine.check import Checker
    from precise_cal.files.records import Source
    from precise_cal.protocol.catalog import Catalog
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Subject
    from precise_cal.protocol.temporal import DateTime


class FormatName(StrEnum):
    """How the findings are written."""

    text = "text"
    json = "json"
    junit = "junit"
    github = "github"


class Color(StrEnum):
    """When text is colored."""

    auto = "auto"
    always = "always"
    never = "never"


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
    lang: LangOption = None,
) -> int:
    """Judge participants against every rule of the trial.

    Exit status: 0 nothing found, 1 a criterion fails or a deviation, 3 something cannot be decided,
    2 bad usage or unreadable input.
    """
    from precise_cal.cli.progress import watched
    from precise_cal.engine.check import Checker
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.engine.rulebook.texts import catalog_of
    from precise_cal.files.records import expand

    instant = read_now(now)
    paths = expand(files)
    book = rulebook(rules_folder(rules))
    form = format_of(format_, color, verbose=verbose, catalog=catalog_of(book, language(lang)))
    checker = Checker(book, instant, all_reasons=form.explains_all)
    return _run(checker, watched(paths, streaming=True), form, instant)


def judge_sources(
    sources: Iterable[Source], rules: Path | None, now: str | None, format_: str, lang: Lang | None = None
) -> int:
    """The same for records that come from elsewhere; every verdict is shown."""
    from precise_cal.engine.check import Checker
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.engine.rulebook.texts import catalog_of

    instant = read_now(now)
    book = rulebook(rules_folder(rules))
    form = format_of(FormatName(format_), Color.auto, verbose=True, catalog=catalog_of(book, language(lang)))
    return _run(Checker(book, instant), sources, form, instant)


def format_of(name: FormatName, color: Color, *, verbose: bool, catalog: Catalog) -> Format:
    """The writer of a format; only its own modules are imported."""
    if name is FormatName.json:
        from precise_cal.cli.formats.json import JsonFormat

        return JsonFormat()
    if name is FormatName.junit:
        from precise_cal.cli.formats.junit import JunitFormat

        return JunitFormat(catalog)
    if name is FormatName.github:
        from precise_cal.cli.formats.github import GithubFormat

        return GithubFormat(catalog)
    from precise_cal.cli.formats.text import TextFormat, colored, plain

    return TextFormat(colored if is_colored(color) else plain, verbose=verbose, catalog=catalog)


def is_colored(color: Color) -> bool:
    """Whether text on stdout is colored: never into a pipe or with NO_COLOR, unless asked for."""
    import os

    if color is Color.auto:
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return color is Color.always


def _run(checker: Checker, sources: Iterable[Source], form: Format, now: DateTime | None) -> int:
    from precise_cal.engine.across import Across, repeated
    from precise_cal.engine.tally import Tally

    tally, across = Tally(), Across(checker.book)
    rejected = again = 0
    _write(form.begin(generated_at(now), checker.software, checker.protocol))
    for source, judged in judgements(checker, sources, across):
        if judged is None:
            rejected += 1
            continue
        _, subject = judged
        again += repeated(subject) is not None
        tally.add(subject)
        _write(form.subject(source, subject))
        if tally.subjects == 1:
            _collect_garbage()
    status = exits.worst(
        *([exits.BAD_INPUT] if rejected or again or not tally.subjects else []),
        *([exits.FOUND] if tally.found else []),
        *([exits.UNDECIDED] if tally.undecided else []),
    )
    _write(form.end(tally.summary(across.close()), status))
    if rejected:
        echo(f"precise: {rejected} record{'s' * (rejected != 1)} not evaluated", err=True)
    if again:
        echo(f"precise: {again} record{'s' * (again != 1)} of participants who were read before", err=True)
    return status


def judgements(
    checker: Checker, sources: Iterable[Source], across: Across
) -> Iterator[tuple[Source, tuple[Part, Subject] | None]]:
    """Every record with what is found about it; None of one that cannot be read.

    Stderr tells the problems, and of a participant who was read before, where.
    """
    from precise_cal.cli.record_errors import located
    from precise_cal.engine.across import repeated
    from precise_cal.engine.each import judge_each
    from precise_cal.protocol.from_json import RecordError

    for source, judged in judge_each(checker, sources, across):
        problem = judged if isinstance(judged, RecordError) else repeated(judged[1])
        for line in located(source, problem) if problem is not None else ():
            echo(line, err=True)
        yield source, None if isinstance(judged, RecordError) else judged


def _collect_garbage() -> None:
    """Let Python look for reference cycles from now on, and never among what all participants share."""
    gc.freeze()
    gc.enable()


def _write(pieces: Iterator[str]) -> None:
    for piece in pieces:
        sys.stdout.write(piece)


def generated_at(now: DateTime | None) -> str:
    """The time that a report states: the one that was asked for, else that of the clock."""
    if now is not None:
        return str(now)
    import datetime

    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
