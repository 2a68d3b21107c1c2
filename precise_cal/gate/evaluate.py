"""The rules as the gate asks them: a pure function of snapshot, facts and instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.check import Checker
from precise_cal.engine.judging.moments import Moments, Standing
from precise_cal.gate.bars import bars
from precise_cal.gate.chronology import chronology
from precise_cal.gate.evaluation import Evaluation
from precise_cal.protocol.report import Notice, Query, UsedParameter, Verdict
from precise_cal.protocol.temporal import DateTime
from precise_cal.protocol.to_json import rows_of
from precise_cal.protocol.verdicts import ALLOW, INCOMPLETE, REFUSE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from precise_cal.engine.check import GateFindings
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.gate.asking import Evaluate
    from precise_cal.gate.canonical import Json
    from precise_cal.gate.facts import Facts
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.verdicts import GateVerdict


def evaluator(book: Rulebook) -> Evaluate:
    """The rules as a pure function of a snapshot, the facts beside it, and the instant at which both are judged.

    Without facts, as decisions of version 0.1 were made, eligibility alone decides.
    """

    def evaluate(snapshot: Json, facts: Facts | None, as_of: datetime) -> Evaluation:
        record = book.records.record(snapshot)
        found = _judged(book, record, facts, as_of)
        beside = [] if facts is None else bars(book, record, facts, as_of)
        blocking = [bar.verdict.id for bar in beside if bar.verdict.verdict == REFUSE] + [*found.gate.blocking]
        missing = [bar.verdict.id for bar in beside if bar.verdict.verdict == INCOMPLETE] + [*found.gate.missing]
        ids = {verdict.id for verdict in found.verdicts}
        used = {parameter for verdict in found.verdicts for parameter in verdict.parameters}
        asked = [query for query in found.queries if query.rule in missing]
        return Evaluation(
            decision=_decision(blocking, missing),
            verdicts=rows_of(Verdict, [bar.verdict for bar in beside] + [*found.verdicts]),
            blocking=blocking,
            missing=missing,
            parameters=rows_of(UsedParameter, sorted(used, key=lambda parameter: parameter.id)),
            notices=rows_of(Notice, [notice for notice in found.notices if notice.rule in ids]),
            chronology=chronology(book, record, as_of),
            queries=rows_of(Query, [query for bar in beside for query in bar.queries] + asked),
        )

    return evaluate


def version_at(book: Rulebook, record: Part) -> Callable[[datetime], str | None]:
    """From an instant to the version of the protocol by which the gate judges a record then; None without versions."""

    def version(as_of: datetime) -> str | None:
        return Moments(book, record, _moment(as_of)).version()

    return version


def _moment(as_of: datetime) -> DateTime:
    return DateTime.parse(as_of.isoformat(timespec="milliseconds"))


def _judged(book: Rulebook, record: Part, facts: Facts | None, as_of: datetime) -> GateFindings:
    standing = None if facts is None else Standing(facts.enrolled, facts.left)
    return Checker(book, _moment(as_of), standing=standing).gate(record)


def _decision(blocking: list[str], missing: list[str]) -> GateVerdict:
    return REFUSE if blocking else INCOMPLETE if missing else ALLOW
