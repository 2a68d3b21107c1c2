"""The records of a trial's cases, as what coverage is counted of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from precise_cal.assurance.coverage import Given
from precise_cal.protocol.scalars import read_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.cases import PlacedCase
    from precise_cal.engine.rulebook.rulebook import Rulebook


def given_by_cases(book: Rulebook, cases: Iterable[PlacedCase]) -> Iterator[Given]:
    """The record of each case; where a case sets parameters, its own rule alone is judged by them."""
    for placed in cases:
        data = json.dumps(placed.document, default=str).encode()
        now = read_instant(placed.case.now) if placed.case.now else None
        rule = placed.rule if placed.case.parameters and placed.rule in book.rules else None
        yield Given(book.records.read(data), now, placed.case.parameters if rule else {}, rule)
