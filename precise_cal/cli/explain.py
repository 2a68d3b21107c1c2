"""``precise explain``: what one rule says of one participant, why, and the smallest change that would turn it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo
from precise_cal.cli.given import read_now, rules_folder
from precise_cal.cli.options import NowOption, RulesOption
from precise_cal.language.catalog import Bilingual, Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.counterfactual import Turns
    from precise_cal.protocol.report import Verdict


def explain(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="A participant record: JSON.")],
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The rule: IC-5.")],
    flip: Annotated[
        bool, typer.Option("--flip", help="Show the smallest change of facts that leads to each other verdict.")
    ] = False,
    tries: Annotated[
        int, typer.Option("--tries", min=1, metavar="N", help="How many changed records are judged at most.")
    ] = 10_000,
    rules: RulesOption = None,
    now: NowOption = None,
) -> int:
    """Say what one rule says of one participant, and why; with --flip, what would turn it.

    Of a verdict that is open, the fewest missing data that would decide it. Each change is judged by the engine; up to
    three facts are changed at once, to the values at which something of the rule changes. Not for who enters data.

    Exit status: 0 explained, 3 with --flip not every change was tried, 2 unreadable input.
    """
    from precise_cal.cli.record_errors import naming
    from precise_cal.cli.rules_text import check_rule
    from precise_cal.engine.check import Checker
    from precise_cal.engine.counterfactual import MOST, turns
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.files.records import Source, read_one
    from precise_cal.protocol.from_json import parse_json

    book = rulebook(rules_folder(rules), cache=not flip)
    check_rule(book, rule)
    data, instant = read_one(record), read_now(now)
    with naming(Source(str(record), None, data)):
        subject = Checker(book, instant).subject(book.records.read(data), data)
        found = turns(book, parse_json(data), rule, instant, tries=tries) if flip else None
    for verdict in subject.verdicts:
        if verdict.id == rule:
            _echo(_lines(verdict))
    if found is None:
        return exits.OK
    _echo(_turned(found))
    return exits.OK if found.searched == MOST or found.is_complete else exits.UNDECIDED


def _echo(lines: Iterator[str]) -> None:
    for line in lines:
        echo(line)


def _lines(verdict: Verdict) -> Iterator[str]:
    yield message("{ $rule }: { $verdict }: { $title }", rule=verdict.id, verdict=verdict.verdict, title=verdict.title)
    for sentence in verdict.says:
        yield message("  { $sentence }", sentence=Bilingual(sentence.en, sentence.zh or sentence.en))
    for one in verdict.because:
        yield Verbatim(f"  {one.pointer}  {_shown(one.observed)}")


def _turned(found: Turns) -> Iterator[str]:
    for turn in found.turns:
        yield message("{ $verdict } with:", verdict=turn.verdict)
        for one in turn.changes:
            if one.was is None:
                yield message("  { $place }: { $now }", place=Verbatim(one.pointer), now=Verbatim(_shown(one.now)))
            else:
                yield message(
                    "  { $place }: { $now } for { $was }",
                    place=Verbatim(one.pointer),
                    now=Verbatim(_shown(one.now)),
                    was=Verbatim(_shown(one.was)),
                )
    if not found.is_complete:
        yield message(
            "no other verdict by up to { $count } facts ({ $tries } records were judged)",
            count=found.searched,
            tries=found.tries,
        )


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(str(one) for one in value.values())
    return str(value) if isinstance(value, str | Decimal) else json.dumps(value, ensure_ascii=False, default=str)
