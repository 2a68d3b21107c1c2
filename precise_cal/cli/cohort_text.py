"""The summary of a cohort as text: the gate, attrition by criterion, what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.cli.printable import in_columns
from precise_cal.cli.spoken import catalog
from precise_cal.engine.judging.gate import GATE_ID
from precise_cal.language.catalog import Joined, message, placed, plural
from precise_cal.protocol.verdicts import CRITERIA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.cohort.run.summary import Totals

_HEADS = ("criterion", "fails", "open", "fails first", "still in", "certainly in")
_WIDTHS = (12, -14, -14, -14, -14, -14)
_MOST = 15
"""Data that are listed; summary.json has them all."""


def summary_lines(whole: Totals, kinds: Mapping[str, str]) -> Iterator[str]:
    """The lines of a summary.

    Args:
        whole: the counts.
        kinds: the kind of every rule, in order of the report.
    """
    everybody = plural(whole.participants, "{ $count } participant", "{ $count } participants")
    alone = message("{ $count } of them by the interpreter alone", count=f"{whole.by_interpreter:,}")
    yield Joined(", ", [everybody, alone]) if whole.by_interpreter else everybody
    if GATE_ID in whole.verdicts:
        yield message("gate: { $counts }", counts=_counts(whole.verdicts[GATE_ID]))
    if whole.attrition:
        yield ""
        yield in_columns(map(catalog(), _HEADS), _WIDTHS)
        for name, one in whole.attrition.items():
            numbers = (one.alone_failed, one.alone_unknown, one.failed, one.left, one.left_certain)
            yield in_columns((name, *(f"{number:,}" for number in numbers)), _WIDTHS)
    others = [rule for rule, kind in kinds.items() if kind not in (*CRITERIA, "gate") and rule in whole.verdicts]
    if others:
        yield ""
        for rule in others:
            yield f"{rule:<12}  " + _counts(whole.verdicts[rule])
    yield from _across(whole)
    if whole.unknown_participants:
        yield ""
        yield in_columns(map(catalog(), ("open for want of", "of participants")), (44, -14))
        most = sorted(whole.unknown_participants.items(), key=lambda one: (-one[1], one[0]))
        for datum, number in most[:_MOST]:
            yield in_columns((datum, f"{number:,}"), (44, -14))
        if len(most) > _MOST:
            yield message("… { $count } more in summary.json", count=len(most) - _MOST)


def _across(whole: Totals) -> Iterator[str]:
    """What does not hold among the participants."""
    if whole.across:
        yield ""
    for one in whole.across[:_MOST]:
        told = message("{ $notice } [{ $code }]", notice=one.notice.text, code=one.notice.code)
        yield f"{one.notice.rule:<12}  " + (placed(one.subject_id, told) if one.subject_id else told)
    if len(whole.across) > _MOST:
        yield message("… { $count } more in summary.json", count=len(whole.across) - _MOST)


def _counts(counts: Mapping[str, int]) -> str:
    shown = [message("{ $word } { $count }", word=word, count=f"{count:,}") for word, count in sorted(counts.items())]
    return Joined(", ", shown)
