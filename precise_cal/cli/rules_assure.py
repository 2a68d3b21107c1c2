"""``precise rules mutate``: how the rules are known to be right (docs/assurance.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo
from precise_cal.cli.options import RulesOption, rules_folder
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.assurance.hunt import Hunted, Tally
    from precise_cal.language.catalog import Message

_OnlyRules = Annotated[
    list[str] | None,
    typer.Option("--rule", metavar="ID", help="Only what this rule rests on; several times: each."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `precise rules`."""
    app.command("mutate")(mutate)


def mutate(
    seed: Annotated[int, typer.Option("--seed", help="The seed of the sample; the same one, the same mutants.")] = 0,
    count: Annotated[int | None, typer.Option("--count", min=1, help="How many mutants; without it, all.")] = None,
    only: _OnlyRules = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every mutant, also those found.")] = False,
    rules: RulesOption = None,
) -> int:
    """Change the rules a little, again and again, and see whether a case notices.

    Survivors are shown with file, line and difference.

    Exit status: 0 every mutant was found or is argued to be the same, 1 one survived, 2 a file is wrong.
    """
    from precise_cal.assurance.equivalents import read_equivalents
    from precise_cal.assurance.hunt import Chosen, hunt, tallies
    from precise_cal.cli.rules_text import check_rule
    from precise_cal.engine.cases import read_cases
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.files.records import InputError

    folder = rules_folder(rules)
    book, cases = rulebook(folder, cache=False), read_cases(folder)
    for name in only or ():
        check_rule(book, name)
    if not cases:
        raise InputError(
            message("{ $folder }: has no cases (tests/*.yaml), which are what finds mutants", folder=folder)
        )
    hunted = []
    for one in hunt(book, cases, Chosen(seed, count, tuple(only or ())), read_equivalents(folder)):
        hunted.append(one)
        if verbose or one.state == "survived":
            for line in _lines(one):
                echo(line)
    for tally in tallies(hunted):
        echo(_tallied(tally))
    survived = sum(one.state == "survived" for one in hunted)
    echo(message("{ $count } mutants, { $survived } survived", count=len(hunted), survived=survived))
    return exits.FOUND if survived else exits.OK


def _tallied(tally: Tally) -> Message:
    if not tally.equivalent:
        return message("{ $group }: { $found } of { $of } found", group=tally.group, found=tally.found, of=tally.of)
    return message(
        "{ $group }: { $found } of { $of } found, { $same } argued to be the same",
        group=tally.group,
        found=tally.found,
        of=tally.of,
        same=tally.equivalent,
    )


def _lines(one: Hunted) -> Iterator[str]:
    mutant = one.mutant
    values = {"place": Verbatim(mutant.place), "owner": Verbatim(mutant.owner), "change": mutant.change}
    if one.case is None:
        yield message("{ $place }: { $owner }: { $change }: { $state }", **values, state=one.state)
    else:
        yield message("{ $place }: { $owner }: { $change }: found by { $case }", **values, case=Verbatim(one.case))
    yield Verbatim(f"  - {mutant.was}")
    yield Verbatim(f"  + {mutant.now}")
