"""The rules in Z3 beside the engine: every rule on many random records, given to the translation as they are.

    python benchmarks/translation_equality.py [records] [seed] [trial folder]

Without a folder, PRECISE CAL, half of the records from `tests/cohort/random_records.py` and half from the cases of the
rules, changed; of another trial, all from its cases. It prints how many verdicts were compared, which rules have no
translation, and what differs, and ends with status 1 if anything does.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from precise_cal.assurance.agreement import agreement
from precise_cal.engine.cases import read_cases
from precise_cal.engine.rulebook import rulebook
from precise_cal.protocol.from_json import RecordError
from precise_cal.rules import bundled

sys.path += [str(Path(__file__).parents[1] / "tests" / room) for room in ("cohort", "assurance")]
from random_records import RandomRecords
from varied import varied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.assurance.agreement import Agreement
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part

BATCH = 500


@cache
def _book(folder: Path) -> Rulebook:
    return rulebook(folder, cache=False)


def documents(folder: Path, seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Random records of a trial, as JSON data."""
    changed = count
    if folder == bundled():
        yield from RandomRecords(seed, unfit=False).documents(count // 2)
        changed -= count // 2
    cases = [one.document for one in read_cases(folder) if not one.case.parameters]
    yield from varied(_book(folder).schema, cases, seed, changed)


def compared(folder: Path, seed: int, count: int) -> tuple[int, Agreement]:
    """How many records of a batch can be read, and what comes of them."""
    book = _book(folder)
    records: list[Part] = []
    for document in documents(folder, seed, count):
        with suppress(RecordError):  # a random value may lie outside its range
            records.append(book.records.read(json.dumps(document, default=str).encode()))
    return len(records), agreement(book, records)


def main() -> int:
    """Compare batch by batch, on two processes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    folder = Path(sys.argv[3]) if len(sys.argv) > 3 else bundled()
    sizes = [min(BATCH, count - first) for first in range(0, count, BATCH)]
    begun, records, verdicts = time.monotonic(), 0, 0
    differ: Counter[str] = Counter()
    untranslated: dict[str, str] = {}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        seeds = range(seed * 100_000, seed * 100_000 + len(sizes))
        for here, (read, found) in zip(seeds, pool.map(compared, [folder] * len(sizes), seeds, sizes), strict=True):
            records, verdicts = records + read, verdicts + found.compared
            untranslated |= found.untranslated
            differ.update(one.rule for one in found.differences)
            for one in found.differences[:5]:
                print(f"  seed {here}: {one}", flush=True)
    print(f"{records:,} records, {verdicts:,} verdicts in {time.monotonic() - begun:.0f} s: {differ.total()} differ")
    print(f"  without translation: {untranslated or 'none'}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
