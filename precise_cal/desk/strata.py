"""In which stratum of the list a participant is: by site, or by an expression of the rule language over the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from precise_cal.desk.errors import DeskError
from precise_cal.engine.cql.compile import compile_expression, evaluate
from precise_cal.engine.cql.errors import CqlError
from precise_cal.engine.cql.state import State
from precise_cal.language.catalog import message
from precise_cal.protocol.from_json import parse_json
from precise_cal.protocol.temporal import DateTime
from precise_cal.protocol.verdicts import INCOMPLETE, REFUSE

if TYPE_CHECKING:
    from collections.abc import Collection

    from precise_cal.desk.trial import Trial
    from precise_cal.gate.asking import Evaluate
    from precise_cal.gate.canonical import Json
    from precise_cal.gate.evaluation import Evaluation
    from precise_cal.gate.facts import Facts
    from precise_cal.protocol.verdicts import GateVerdict

STRATUM = "STRATUM"
"""The id under which the stratum stands among what blocks or is missing."""


def check_stratification(trial: Trial, text: str) -> None:
    """Refuse what is no expression over a record. Raises: DeskError, with the position."""
    try:
        with trial.judging:
            compile_expression(trial.book.latest.environment, text)
    except CqlError as error:
        raise DeskError(str(error)) from None


def stratum_of(trial: Trial, text: str, data: bytes) -> str | None:
    """The stratum of a participant; None while that is not known.

    Args:
        trial: the rules.
        text: an expression; empty for the site.
        data: the whole record, which is valid.
    """
    if not text:
        return trial.request(data).site_id or None
    book = trial.book
    with trial.judging:
        record = book.records.record(parse_json(data))
        now = DateTime.parse(datetime.now(UTC).isoformat(timespec="milliseconds"))
        state = State(record=record, now=now, utc_offset_minutes=book.utc_offset_minutes)
        value = evaluate(compile_expression(book.latest.environment, text), state)
    return None if value is None else str(value)


def with_stratum(judge: Evaluate, stratum: str | None, known: Collection[str]) -> Evaluate:
    """The rules, and that the participant's stratum is known and has slots.

    Args:
        judge: the rules.
        stratum: of the participant.
        known: those of the list; empty before there is one.
    """

    def evaluate_all(snapshot: Json, facts: Facts | None, as_of: datetime) -> Evaluation:
        found = judge(snapshot, facts, as_of)
        if not known or stratum in known:
            return found
        if stratum is None:
            row = _row(INCOMPLETE, message("The stratum of the randomization list is known"))
            missing = [STRATUM, *found.missing]
            word: GateVerdict = REFUSE if found.blocking else INCOMPLETE
            return replace(found, decision=word, missing=missing, verdicts=[row, *found.verdicts])
        title = message("The randomization list has no stratum { $stratum }", stratum=stratum)
        blocking = [STRATUM, *found.blocking]
        return replace(found, decision=REFUSE, blocking=blocking, verdicts=[_row(REFUSE, title), *found.verdicts])

    return evaluate_all


def _row(word: str, title: str) -> dict[str, Any]:
    """The verdict as those of rules are written."""
    empty: dict[str, Any] = {name: [] for name in ("per", "because", "notices", "parameters", "says")}
    return {"id": STRATUM, "kind": "gate", "verdict": word, "title": title, "quote": "", **empty}
