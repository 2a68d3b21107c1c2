"""A contact that deviates has its deviation, and a deviation its contact that deviates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from precise_cal.engine.check import Checker
from precise_cal.protocol.from_json import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.rulebook import Rulebook

FOLLOW_UP = ("FU-1M", "FU-6M", "FU-12M")


def _faults(book: Rulebook, documents: Iterator[dict[str, Any]]) -> Iterator[str]:
    checker = Checker(book, all_reasons=False)
    for document in documents:
        data = json.dumps(document).encode()
        try:
            subject = checker.subject(book.records.read(data), data)
        except RecordError:
            continue
        accused = {deviation.rule for deviation in subject.deviations}
        for verdict in subject.verdicts:
            if verdict.id in FOLLOW_UP and (verdict.verdict == "DEVIATION") != (verdict.id in accused):
                yield f"{verdict.id} {verdict.verdict}: {data.decode()}"


def test_on_random_records(book: Rulebook, random_records: Any) -> None:
    assert list(_faults(book, random_records.RandomRecords(12, unfit=False).documents(150))) == []
