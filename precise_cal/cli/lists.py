"""``precise lists``: designs of randomization compared before one is chosen, and lists verified afterward."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo, echo_json
from precise_cal.cli.options import OutputFormat
from precise_cal.cli.printable import in_columns
from precise_cal.cli.spoken import catalog
from precise_cal.language.catalog import message, plural

if TYPE_CHECKING:
    from precise_cal.randomization.compare import AnyDesign, Comparison

app = typer.Typer(help="Compare designs of randomization, and verify lists.", no_args_is_help=True)

_MOST: Final = 10_000_000
_WIDTHS: Final = (32, -9, -9, -9, -11)

FormatOption = Annotated[OutputFormat, typer.Option("--format", help="text or json.")]


@app.command("compare")
def compare_designs(
    file: Annotated[Path, typer.Argument(metavar="DESIGNS.yaml", help="participants, sites, trials, designs")],
    seed: Annotated[int, typer.Option("--seed", help="Of the simulation.")] = 1,
    output: FormatOption = OutputFormat.text,
) -> int:
    """Simulate how balanced and how guessable designs are, for the statistician before the choice.

    Exit status: 0, or 2 where the file is not what it should be.
    """
    from precise_cal.randomization.compare import compare
    from precise_cal.randomization.question import read_question

    asked = read_question(file)
    found = [
        compare(one, participants=asked.participants, sites=asked.sites, trials=asked.trials, seed=seed)
        for one in asked.designs
    ]
    if output is OutputFormat.json:
        rows = [one.model_dump(mode="json") | asdict(row) for one, row in zip(asked.designs, found, strict=True)]
        echo_json(json.dumps(asked.model_dump(mode="json", exclude={"designs"}) | {"seed": seed, "designs": rows}))
        return exits.OK
    echo(
        message(
            "{ $trials } trials of { $participants } participants at { $sites } sites, seed { $seed }; "
            "the guesser knows the design and all earlier arms of the site",
            trials=asked.trials,
            participants=asked.participants,
            sites=asked.sites,
            seed=seed,
        )
    )
    echo(in_columns(map(catalog(), ("design", "guessed", "certain", "apart", "at a site")), _WIDTHS))
    for one, row in zip(asked.designs, found, strict=True):
        echo(_line(one, row))
    echo("apart: mean difference between the arms at the end of a trial; at a site: the largest seen in any trial")
    return exits.OK


def _line(design: AnyDesign, row: Comparison) -> str:
    shares = (f"{100 * one:.1f}%" for one in (row.guessed, row.certain))
    return in_columns((catalog()(design.title), *shares, f"{row.imbalance:.1f}", str(row.worst)), _WIDTHS)


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A list as the desk gives it out (JSON).")],
    output: FormatOption = OutputFormat.text,
) -> int:
    """Verify a randomization list offline: every opened slot against the root that was published before.

    After the trial, with plan and shares revealed, the whole list is made again and compared.

    Exit status: 0 all holds, 1 something does not, 2 the file is no bundle.
    """
    from precise_cal.files.regular import read_regular
    from precise_cal.randomization.bundle import faults, read_bundle

    bundle = read_bundle(read_regular(file, _MOST), str(file))
    found = list(faults(bundle))
    slots = sum(one.slots for one in bundle.strata)
    if output is OutputFormat.json:
        answer = {
            "study": bundle.study,
            "root": bundle.root,
            "slots": slots,
            "opened": len(bundle.allocations),
            "whole_list": bundle.revealed is not None,
            "faults": found,
        }
        echo_json(json.dumps(answer, ensure_ascii=False))
        return exits.FOUND if found else exits.OK
    echo(
        message(
            "{ $study }: { $count } of { $slots } slots opened, root { $root }",
            study=bundle.study,
            count=len(bundle.allocations),
            slots=slots,
            root=bundle.root,
        )
    )
    for one in found:
        echo("  " + one)
    if bundle.revealed is None:
        echo("plan and shares are not revealed: only the opened slots are verified")
    elif not found:
        echo("plan, shares and public value make this list, slot by slot")
    echo(
        plural(len(found), "{ $count } fault", "{ $count } faults")
        if found
        else "every opened slot stands in the list whose root was published"
    )
    return exits.FOUND if found else exits.OK
