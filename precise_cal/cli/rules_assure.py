"""``precise rules mutate`` and ``prove``: how the rules are known to be right (docs/assurance.md)."""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from precise_cal.assurance.answer import Topic
from precise_cal.cli import exits
from precise_cal.cli.echo import echo, echo_json
from precise_cal.cli.given import rules_folder
from precise_cal.cli.options import OutputFormat, RulesOption
from precise_cal.cli.rules_bounds import boundaries
from precise_cal.cli.rules_cover import coverage
from precise_cal.cli.rules_pack import register as register_pack
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.assurance.answer import Answer
    from precise_cal.assurance.hunt import Hunted, Tally
    from precise_cal.assurance.mutants import Mutant
    from precise_cal.assurance.witness import Witness
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.language.catalog import Message
    from precise_cal.protocol.rules_pack import Proofs, TriedMutants

_OnlyRules = Annotated[
    list[str] | None,
    typer.Option("--rule", metavar="ID", help="Only what this rule rests on; several times: each."),
]
_Format = Annotated[
    OutputFormat, typer.Option("--format", help="text, or json: everything, as precise rules pack reads it.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to `precise rules`."""
    app.command("mutate")(mutate)
    app.command("prove")(prove)
    app.command("coverage")(coverage)
    register_pack(app)
    app.command("boundaries")(boundaries)


def mutate(
    seed: Annotated[int, typer.Option("--seed", help="The seed of the sample; the same one, the same mutants.")] = 0,
    count: Annotated[int | None, typer.Option("--count", min=1, help="How many mutants; without it, all.")] = None,
    only: _OnlyRules = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every mutant, also those found.")] = False,
    witness: Annotated[
        float | None,
        typer.Option(
            "--witness",
            metavar="SECONDS",
            min=0.1,
            help="Seek so long, with Z3, a participant who tells a survivor from the rule: a ready case.",
        ),
    ] = None,
    format_: _Format = OutputFormat.text,
    rules: RulesOption = None,
) -> int:
    """Change the rules a little, again and again, and see whether a case notices.

    Survivors are shown with file, line and difference. With --witness, one that no participant tells apart is the same.

    Exit status: 0 every mutant was found or is argued to be the same, 1 one survived, 2 a file is wrong.
    """
    from precise_cal.assurance.equivalents import read_equivalents
    from precise_cal.assurance.evidence import mutants_of_run
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
    seek = None if witness is None else _seeker(book, witness)
    chosen = Chosen(seed, count, tuple(only or ()))
    as_text = format_ is OutputFormat.text
    for one in hunt(book, cases, chosen, read_equivalents(folder), seek):
        hunted.append(one)
        if not as_text:
            continue
        if verbose or one.state == "survived" or one.witness is not None:
            for line in (*_lines(one), *_witnessed(book, one)):
                echo(line)
    survived = sum(one.state == "survived" for one in hunted)
    if as_text:
        for tally in tallies(hunted):
            echo(_tallied(tally))
        echo(message("{ $count } mutants, { $survived } survived", count=len(hunted), survived=survived))
    else:
        _echo_json(mutants_of_run(book, chosen, hunted))
    return exits.FOUND if survived else exits.OK


def _seeker(book: Rulebook, seconds: float) -> Callable[[Mutant], Witness]:
    """What seeks a witness of a mutant for so long. Raises: InputError, without Z3."""
    with _z3("precise rules mutate --witness needs z3-solver: pip install 'precise-cal[assurance]'"):
        from precise_cal.assurance.witness import witness

        return lambda mutant: witness(book, mutant.of(book), seconds)


@contextmanager
def _z3(missing: str) -> Iterator[None]:
    """Say what is missing where Z3 is. Raises: InputError."""
    try:
        yield
    except ImportError as error:
        from precise_cal.files.records import InputError

        raise InputError(missing) from error


def _witnessed(book: Rulebook, one: Hunted) -> Iterator[str]:
    """What Z3 found of a survivor: a case that tells it from the rule, or that none does."""
    from precise_cal.assurance.witness import case_of

    found = one.witness
    if found is None:
        return
    if found.outcome == "told apart":
        mutant = one.mutant
        yield Verbatim(case_of(book, mutant.of(book), found, f"tells “{mutant.was}” from “{mutant.now}”").rstrip())
    elif found.because:
        yield message("  { $outcome }: { $because }", outcome=found.outcome, because=Verbatim(found.because))
    elif found.bound is not None:
        yield message("  { $outcome }, of lists up to { $count } items", outcome=found.outcome, count=found.bound)
    else:
        yield message("  { $outcome }", outcome=found.outcome)


def prove(
    only: Annotated[
        list[str] | None, typer.Option("--rule", metavar="ID", help="Only this rule; several times: each.")
    ] = None,
    about: Annotated[
        list[Topic] | None, typer.Option("--about", help="Only questions of this kind; several times: each.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", min=0.1, help="How long a question may take.")
    ] = 20,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, max=64, help="How many processes share the work; without it, one for each core."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every answer, and the record that shows it.")
    ] = False,
    format_: _Format = OutputFormat.text,
    rules: RulesOption = None,
) -> int:
    """Ask about all records at once: what can occur, what decides nothing, what contradicts, what turns by learning.

    Answers other than yes are shown, with --verbose all of them. Records that Z3 finds are judged again by the engine.

    Exit status: 0 every answer is yes, 1 one is no, 3 a question was not decided, 2 a file is wrong.
    """
    from precise_cal.assurance.evidence import proofs_of_run

    with _z3("precise rules prove needs z3-solver: pip install 'precise-cal[assurance]'"):
        from precise_cal.assurance import proving
        from precise_cal.assurance.prove import Limits
    from precise_cal.cli.rules_text import check_rule
    from precise_cal.engine.rulebook import rulebook

    book = rulebook(rules_folder(rules), cache=False)
    for name in only or ():
        check_rule(book, name)
    tasks = proving.tasks_of(book, tuple(about or ()), tuple(only or ()))
    outcomes: Counter[str] = Counter()
    as_text, answers = format_ is OutputFormat.text, []
    for answer in proving.prove(book, tasks, Limits(seconds), jobs or os.cpu_count() or 1):
        outcomes[answer.outcome] += 1
        answers.append(answer)
        if not as_text:
            continue
        if verbose or answer.outcome != "yes":
            echo(_answered(answer))
        if verbose and answer.record is not None:
            echo(Verbatim(json.dumps(answer.record, ensure_ascii=False)))
    if as_text:
        echo(message("{ $count } questions: { $yes } yes, { $no } no, { $open } open", **_counts(outcomes)))
    else:
        _echo_json(proofs_of_run(book, seconds, about or (), only or (), answers))
    if outcomes["no"] or outcomes["not replayed"]:
        return exits.FOUND
    return exits.OK if outcomes["yes"] == outcomes.total() else exits.UNDECIDED


def _echo_json(evidence: TriedMutants | Proofs) -> None:
    import orjson

    echo_json(orjson.dumps(evidence).decode())


def _counts(outcomes: Counter[str]) -> dict[str, int]:
    yes, no, total = outcomes["yes"], outcomes["no"], outcomes.total()
    return {"count": total, "yes": yes, "no": no, "open": total - yes - no}


def _answered(answer: Answer) -> Message:
    values = {
        "question": answer.question,
        "outcome": answer.outcome,
        "bound": answer.bound,
        "seconds": f"{answer.seconds:.1f}",
        "because": answer.because,
    }
    if answer.because and answer.bound:
        return message("{ $question }: { $outcome }, { $bound }: { $because } ({ $seconds } s)", **values)
    if answer.because:
        return message("{ $question }: { $outcome }: { $because } ({ $seconds } s)", **values)
    return message("{ $question }: { $outcome }, { $bound } ({ $seconds } s)", **values)


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
