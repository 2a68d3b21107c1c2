"""``precise rules coverage``: which atoms of the rules cases or records have decided (docs/assurance.md)."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo, echo_json
from precise_cal.cli.given import rules_folder
from precise_cal.cli.options import OutputFormat, RulesOption
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.assurance.coverage import Coverage, Decided, Given
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.language.catalog import Message


def coverage(
    records: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE…]",
            help="Records: JSON, JSON Lines, folders of them, or - for stdin; without them, the cases of the rules.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--rule", metavar="ID", help="Only this rule; several times: each.")
    ] = None,
    format_: Annotated[OutputFormat, typer.Option("--format", help="text or json.")] = OutputFormat.text,
    rules: RulesOption = None,
) -> int:
    """Show which atoms of the rules have been decided, and how: a side that nobody had is not known to be right.

    An atom is a comparison, a null test or a Boolean field of a condition. Shown are the atoms that were never true, or
    never false, with how often they were the other; a record counts once for each.

    Exit status: 0, 2 a file is wrong.
    """
    from precise_cal.assurance.coverage import coverage as covered
    from precise_cal.cli.rules_text import check_rule
    from precise_cal.engine.rulebook import rulebook

    folder = rules_folder(rules)
    book = rulebook(folder, cache=False)
    for name in only or ():
        check_rule(book, name)
    given = _of_files(book, records) if records else _of_cases(book, folder)
    found = covered(book, given, frozenset(only) if only else None)
    if format_ is OutputFormat.json:
        echo_json(json.dumps(_document(found, folder), ensure_ascii=False))
        return exits.OK
    for line in _lines(found):
        echo(line)
    return exits.OK


def _of_files(book: Rulebook, records: list[str]) -> Iterator[Given]:
    from precise_cal.assurance.coverage import Given
    from precise_cal.cli.inputs import record_files
    from precise_cal.cli.record_errors import naming
    from precise_cal.files.records import read_sources

    for source in read_sources(record_files(records)):
        with naming(source):
            yield Given(book.records.read(source.data))


def _of_cases(book: Rulebook, folder: Path) -> Iterator[Given]:
    from precise_cal.assurance.given import given_by_cases
    from precise_cal.engine.cases import read_cases
    from precise_cal.files.records import InputError

    cases = read_cases(folder)
    if not cases:
        raise InputError(message("{ $folder }: has no cases (tests/*.yaml); name records", folder=folder))
    yield from given_by_cases(book, cases)


def _lines(found: Coverage) -> Iterator[Message]:
    for one in found.rules:
        text = "{ $rule }: { $both } of { $atoms } atoms decided both ways, { $one } one way, { $never } never"
        yield message(text, rule=one.rule, both=one.both, atoms=one.atoms, one=one.one, never=one.never)
    for each in found.atoms:
        if each.missing:
            yield _atom(each)
    both = sum(not one.missing for one in found.atoms)
    text = "{ $records } records decided { $both } of { $atoms } atoms both ways"
    yield message(text, records=found.records, both=both, atoms=len(found.atoms))


def _atom(one: Decided) -> Message:
    values = {
        "place": Verbatim(str(one.atom.place)),
        "owner": Verbatim(one.atom.owner),
        "text": Verbatim(one.atom.text),
        "true": one.true,
        "false": one.false,
        "unknown": one.unknown,
    }
    return message(
        "{ $place }: { $owner }: { $text }: { $true } true, { $false } false, { $unknown } unknown", **values
    )


def _document(found: Coverage, folder: Path) -> dict[str, object]:
    """The coverage as JSON data; places are told within the trial folder."""
    atoms = []
    for one in found.atoms:
        place = one.atom.place
        file = place.file.removeprefix(f"{folder}/")
        at = {"owner": one.atom.owner, "file": file, "line": place.line, "column": place.column, "text": one.atom.text}
        atoms.append({**at, "true": one.true, "false": one.false, "unknown": one.unknown})
    return {"records": found.records, "rules": [asdict(one) for one in found.rules], "atoms": atoms}
