"""A process that imports or checks a cohort and is killed at a step, for the tests of faults.

python driver.py import|check SOURCE TARGET [FUNCTION:CALL]

With FUNCTION:CALL the process sends itself SIGKILL when that function of the run is called for that time.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from precise_cal.cohort.run import checking
from precise_cal.cohort.run.setup import make_check
from precise_cal.cohort.transfer import importing, merging, pieces
from precise_cal.cohort.transfer.pieces import Line
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.load import records_of
from precise_cal.rules import bundled

importing.BATCH = 20  # type: ignore[misc]
merging.PART_PARTICIPANTS = 10  # type: ignore[misc]


def kill_at(step: str) -> None:
    """Replace a function by one that kills the process before it does its work for the given time."""
    name, number = step.split(":")
    modules = [module for module in (importing, merging, pieces, checking) if hasattr(module, name)]
    inner, left = getattr(modules[0], name), [int(number)]

    def killing(*args: Any, **options: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return inner(*args, **options)

    for module in modules:
        setattr(module, name, killing)


def main() -> None:
    """Do it."""
    what, source, target, *steps = sys.argv[1:]
    for step in steps:
        kill_at(step)
    if what == "import":
        lines = Path(source).read_bytes().splitlines()
        schema = records_of(bundled()).schema
        job = importing.Import(Path(target), ((source, len(lines), 0),), schema, "NCT07277114", 480, 1)
        importing.import_records(job, [Line(f"{source}:{place}", line) for place, line in enumerate(lines, 1)])
    else:
        book = rulebook(bundled(), cache=False)
        job_ = make_check(Path(source), Path(target), book, None, only=["IC-4", "EX-7", "EX-8"])
        job_.group = 10
        job_.run()


if __name__ == "__main__":
    main()
