"""Every order of modification, QFR, randomization and device, against verdicts that are worked out in another way.

As in `test_treatment`, what is unknown is replaced by everything that it may be.
"""

from __future__ import annotations

import copy
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook

DAY = "2026-03-10T"
EARLIER_STAY, JUNE = "2025-11-03T10:00:00+08:00", "2026-06-13T10:00:00+08:00"
CONSENT, ADMISSION, START = "2026-03-09T10:05:00+08:00", "2026-03-09T08:00:00+08:00", f"{DAY}09:00:00+08:00"
MOMENTS = (
    EARLIER_STAY,
    *[f"{DAY}{time}:00+08:00" for time in ("08:30", "09:20", "09:40", "10:02", "10:10", "10:18")],
    JUNE,
)
RANDOMIZED = (MOMENTS[3], MOMENTS[5], MOMENTS[6])
SOME = (EARLIER_STAY, MOMENTS[1], MOMENTS[5], MOMENTS[6], JUNE)
RULES = ("IC-6", "IC-7", "GATE-1")
UNSURE = frozenset({"UNKNOWN", "CANNOT_ASSESS"})


@cache
def _verdicts(begun: str, ended: str, measured: str, randomized: str, treated: str) -> tuple[str, str, str]:
    """What the rules say where all is known; texts of one offset compare as their instants do."""
    is_done, is_under_way = ended < randomized, begun < randomized
    decides = measured < randomized and (not is_under_way or ended < measured)
    in_procedure = not is_under_way or begun >= START or begun < ADMISSION
    in_order = in_procedure and is_done and decides and (randomized < treated or treated < ADMISSION)
    return (
        "MET" if is_done else "NOT_MET",
        "MET" if decides else "UNKNOWN",
        "COMPLIANT" if in_order and randomized > CONSENT else "DEVIATION",
    )


def _completions(moments: tuple[str | None, ...]) -> set[tuple[str, str, str]]:
    possible = (MOMENTS, MOMENTS, MOMENTS, RANDOMIZED, MOMENTS)
    given = [(moment,) if moment else known for moment, known in zip(moments, possible, strict=True)]
    return {_verdicts(*chosen) for chosen in product(*given) if chosen[0] <= chosen[1]}


@pytest.mark.minutes(1)
@pytest.mark.slow
def test_every_order(complete: dict[str, Any], book: Rulebook) -> None:
    checker = Checker(book, all_reasons=False)
    for moments in product((*MOMENTS, None), (*MOMENTS, None), (*MOMENTS, None), (*RANDOMIZED, None), (*SOME, None)):
        begun, ended, measured, randomized, treated = moments
        if begun and ended and begun > ended:
            continue
        document = copy.deepcopy(complete)
        lesion = document["lesions"][0]
        lesion["modification"][0] |= {"started_at": begun, "ended_at": ended}
        document["qfr_measurements"][0]["acquired_at"] = measured
        document["randomization"]["at"] = randomized
        lesion["devices"][0]["at"] = treated
        subject = checker.subject(book.records.record(document), b"")
        found = {verdict.id: verdict.verdict for verdict in subject.verdicts}
        for rule, words in zip(RULES, map(set, zip(*_completions(moments), strict=True)), strict=True):
            sure = words if len(words) == 1 else set()
            assert found[rule] in (sure if None not in moments else sure | UNSURE), (rule, moments, words)
        codes = {deviation.code for deviation in subject.deviations}
        assert (found["GATE-1"] == "DEVIATION") == bool(codes & {"DV-RND-01", "DV-RND-02", "DV-CON-02"}), moments
