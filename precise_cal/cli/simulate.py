"""``precise simulate``: the records of a synthetic trial."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Annotated

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import tell
from precise_cal.cli.given import read_now, rules_folder
from precise_cal.cli.options import RulesOption


def simulate(
    participants: Annotated[int, typer.Option("--participants", min=1, help="How many records.")] = 656,
    seed: Annotated[int, typer.Option("--seed", help="Of the random numbers; the same seed, the same trial.")] = 1,
    cutoff: Annotated[
        str | None, typer.Option("--cutoff", metavar="INSTANT", help="What happens later is not yet known.")
    ] = None,
    rules: RulesOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="A JSON Lines file, instead of stdout.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> int:
    """Make a synthetic trial: records as JSON Lines, with failures, missing data, events and mistakes of entry.

    Any trial folder's: by its simulate.yaml, else by its record and rules. Each verdict of each criterion occurs.

    Nobody in it exists, and every record says so of itself ("$simulated").

    Exit status: 0 written, 2 bad usage or a file that cannot be written.
    """
    import json

    from precise_cal.cli.simulate_plan import about, simulated
    from precise_cal.files.writing import check_target, write_file
    from precise_cal.protocol.from_json import SIMULATED_KEY

    read_now(cutoff, option="--cutoff")
    if out is not None:
        check_target(out, force=force)
    moment = None if cutoff is None else datetime.datetime.fromisoformat(cutoff)
    made = simulated(rules_folder(rules), participants, seed, moment)
    for line in about(made):
        tell(line)
    text = "".join(f"{json.dumps({SIMULATED_KEY: True, **record})}\n" for record in made.records)
    if out is None:
        sys.stdout.write(text)
        return exits.OK
    write_file(out, text.encode(), force=force)
    return exits.OK
