"""The summary of a cohort as text: the gate, attrition by criterion, what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.judging.gate import GATE_ID
from precise_cal.protocol.verdicts import CRITERIA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.cohort.run.summary import Totals

_MOST = 15
"""Data that are listed; summary.json has them all."""


def summary_lines(whole: Totals, kinds: Mapping[str, str]) -> Iterator[str]:
    """The lines of a summary.

    Args:
        whole: the counts.
        kinds: the kind of every rule, in order of the report.
    """
    by_interpreter = f", {whole.by_interpreter:,} of them by the interpreter alone" if whole.by_interpreter else ""
    yield f"{whole.participants:,} participants{by_interpreter}"
    if GATE_ID in whole.verdicts:
        yield "gate: " + _counts(whole.verdicts[GATE_ID])
    if whole.attrition:
        yield ""
        yield f"{'criterion':<12}{'fails':>14}{'open':>14}{'fails first':>14}{'still in':>14}{'certainly in':>14}"
        for name, one in whole.attrition.items():
            numbers = (one.alone_failed, one.alone_unknown, one.failed, one.left, one.left_certain)
            yield f"{name:<12}" + "".join(f"{number:>14,}" for number in numbers)
    others = [rule for rule, kind in kinds.items() if kind not in (*CRITERIA, "gate") and rule in whole.verdicts]
    if others:
        yield ""
        for rule in others:
            yield f"{rule:<12}  {_counts(whole.verdicts[rule])}"
    yield from _across(whole)
    if whole.unknown_participants:
        yield ""
        yield f"{'open for want of':<44}{'participants':>14}"
        most = sorted(whole.unknown_participants.items(), key=lambda one: (-one[1], one[0]))
        for datum, number in most[:_MOST]:
            yield f"{datum:<44}{number:>14,}"
        if len(most) > _MOST:
            yield f"… {len(most) - _MOST} more in summary.json"


def _across(whole: Totals) -> Iterator[str]:
    """What does not hold among the participants."""
    if whole.across:
        yield ""
    for one in whole.across[:_MOST]:
        whom = f"{one.subject_id}: " if one.subject_id else ""
        yield f"{one.notice.rule:<12}  {whom}{one.notice.text} [{one.notice.code}]"
    if len(whole.across) > _MOST:
        yield f"… {len(whole.across) - _MOST} more in summary.json"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{word} {number:,}" for word, number in sorted(counts.items()))
