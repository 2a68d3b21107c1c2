"""``precise rules boundaries``: a case at, below and above each limit of the rules (docs/assurance.md)."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo
from precise_cal.cli.given import rules_folder
from precise_cal.cli.options import RulesOption
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.assurance.boundary_cases import Difference
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.language.catalog import Message


def boundaries(
    only: Annotated[
        list[str] | None, typer.Option("--rule", metavar="ID", help="Only this rule; several times: each.")
    ] = None,
    write: Annotated[
        bool,
        typer.Option("--write", help="Write tests/boundaries.yaml of the trial folder anew; of --rule, its cases."),
    ] = False,
    accept: Annotated[
        str | None,
        typer.Option(
            "--accept", metavar="NAME", help="Sign, by this name, all cases of the file that nobody has read."
        ),
    ] = None,
    rules: RulesOption = None,
) -> int:
    """Keep a case at, just below and just above the limit of each comparison of the rules.

    Shown is how the file of cases differs from what the rules say now: verdicts that turned, from which to which,
    limits that moved, comparisons that are new or gone. Each is to be read against the protocol before it is accepted.

    Exit status: 0 all is as written and read, or was written now; 1 it is not; 2 a file is wrong.
    """
    from precise_cal.cli.rules_text import check_rule
    from precise_cal.engine.case_names import check_cases
    from precise_cal.engine.cases import read_cases
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.files.records import InputError

    folder = rules_folder(rules)
    book, cases = rulebook(folder, cache=False), read_cases(folder)
    check_cases(cases, book)
    for name in only or ():
        check_rule(book, name)
    if not cases:
        raise InputError(
            message(
                "{ $folder }: has no cases (tests/*.yaml), from whose participants limits are sought", folder=folder
            )
        )
    return _compare(book, frozenset(only) if only else None, write=write) if accept is None else _accept(book, accept)


def _compare(book: Rulebook, only: frozenset[str] | None, *, write: bool) -> int:
    from precise_cal.assurance.boundary_cases import (
        FILE,
        differences,
        generated,
        kept,
        kept_undecided,
        text_of,
        written,
    )
    from precise_cal.assurance.boundary_reviews import read_reviews, unread

    before = kept(book.folder)
    search = generated(book, only)
    new = written(book, search)
    found = differences(book, new, only)
    for one in found:
        for text in _lines(one):
            echo(text)
    cases = {rule: one for rule, one in before.items() if only is not None and rule not in only} | new
    if write:
        others = [one for one in kept_undecided(book.folder) if only is not None and one[0] not in only]
        undecided = [*others, *((one.rule, one.name) for one in search.undecided)]
        _write(book.folder / FILE, text_of(cases, undecided))
    counted = Counter(one.what for one in found)
    left = unread(cases if write else before, read_reviews(book.folder))
    echo(
        message(
            "{ $count } boundary cases of { $limits } comparisons; { $verdicts } with another verdict, { $moved } with "
            "another participant, { $new } new, { $gone } gone; { $unread } not read",
            count=sum(map(len, new.values())),
            limits=len(search.boundaries),
            verdicts=counted["another verdict"],
            moved=counted["another participant"],
            new=counted["new"],
            gone=counted["gone"],
            unread=len(left),
        )
    )
    echo(message("{ $count } comparisons decide of no participant of the cases", count=len(search.undecided)))
    for each in search.undecided:
        echo(Verbatim(f"  {each.place}: {each.rule}: {each.name}"))
    return exits.OK if write or not (found or left) else exits.FOUND


def _accept(book: Rulebook, name: str) -> int:
    """Sign what nobody has read; not what the rules contradict."""
    from precise_cal.assurance.boundary_cases import FILE, kept
    from precise_cal.assurance.boundary_reviews import REVIEWED, read_reviews, reviewed, unread
    from precise_cal.engine.cases import read_cases, run_case
    from precise_cal.files.records import InputError

    path = book.folder / FILE
    own = [one for one in read_cases(book.folder) if one.place.file == str(path)]
    failing = [one.case.case for one in own if run_case(one, book).problems]
    if failing or not own:
        text = "{ $path }: { $count } cases say something else than the rules; write it anew first (--write)"
        raise InputError(
            message(text if own else "{ $path }: is not there; write it first (--write)", path=path, count=len(failing))
        )
    cases, reviews = kept(book.folder), read_reviews(book.folder)
    left = unread(cases, reviews)
    on = datetime.datetime.now(datetime.UTC).date().isoformat()
    (book.folder / REVIEWED).parent.mkdir(exist_ok=True)
    _write(book.folder / REVIEWED, reviewed(cases, reviews, name, on))
    echo(message("{ $count } cases read by { $name }", count=len(left), name=name))
    return exits.OK


def _write(path: Path, text: str) -> None:
    from precise_cal.files.writing import write_file

    write_file(path, text.encode(), force=True)


def _lines(one: Difference) -> Iterator[Message | str]:
    values = {"rule": one.rule, "case": Verbatim(one.case), "was": one.was, "now": one.now or "nothing"}
    yield {
        "another verdict": message("{ $rule }: { $case }: { $was } → { $now }", **values),
        "another participant": message("{ $rule }: { $case }: another participant, { $now }", **values),
        "new": message("{ $rule }: { $case }: new, { $now }", **values),
        "gone": message("{ $rule }: { $case }: gone, was { $was }", **values),
    }[one.what]
    yield from (Verbatim(f"  {sign} {text}") for sign, text in (("-", one.before), ("+", one.after)) if text)
