"""Every mutant of a trial's rules put to its cases, and what survives: the figures of docs/assurance.md.

python benchmarks/rule_mutants.py [--trial DIR] [--group conditions …] [--processes 2] [--out survivors.jsonl]

Two processes take some 15 minutes for PRECISE CAL; what survives stands in the file, one a line.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from precise_cal.assurance.equivalents import read_equivalents
from precise_cal.assurance.hunt import Chosen, hunt
from precise_cal.assurance.mutants import GROUPS
from precise_cal.engine.cases import read_cases
from precise_cal.engine.rulebook import rulebook
from precise_cal.rules import bundled


def main() -> None:
    """Hunt, count, and write what survives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trial", type=Path, default=bundled())
    parser.add_argument("--group", choices=GROUPS, action="append")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    work = partial(_part, given.trial, tuple(given.group or GROUPS), given.processes)
    with ProcessPoolExecutor(given.processes) as pool:
        found = [one for part in pool.map(work, range(given.processes)) for one in part]
    counted = Counter((one["group"], one["state"]) for one in found)
    for group in given.group or GROUPS:
        same, survived = counted[group, "equivalent"], counted[group, "survived"]
        of = counted[group, "found"] + survived
        print(f"{group}: {counted[group, 'found']} of {of} found, {same} argued to be the same")
    if given.out is not None:
        left = [one for one in found if one["state"] == "survived"]
        given.out.write_text("".join(f"{json.dumps(one)}\n" for one in left), "utf-8")


def _part(folder: Path, groups: tuple[Any, ...], parts: int, part: int) -> list[dict[str, str]]:
    """What one process found."""
    book, cases = rulebook(folder, cache=False), read_cases(folder)
    chosen = Chosen(groups=groups, part=(part, parts))
    return [
        {
            "group": one.mutant.group,
            "state": one.state,
            "owner": one.mutant.owner,
            "place": str(one.mutant.place),
            "was": one.mutant.was,
            "now": one.mutant.now,
        }
        for one in hunt(book, cases, chosen, read_equivalents(folder))
    ]


if __name__ == "__main__":
    main()
