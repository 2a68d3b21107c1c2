"""A CQL expression tried by hand, with the names that rules may use."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql.calendar import as_instant
from precise_cal.engine.cql.compile import compile_expression, evaluate
from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.output import to_json
from precise_cal.engine.cql.state import State
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook


def evaluate_expression(book: Rulebook, text: str, data: bytes | None, now: DateTime | None) -> Any:
    """The value of an expression, as JSON data.

    Args:
        book: the rules whose parameters and definitions the expression may name.
        text: the expression.
        data: a participant record; without it, the expression has no record to read.
        now: what ``Now()`` gives; without it the record's cut-off, else the present.

    Raises:
        CqlError: the expression is refused, with its position.
        RecordError: the record is not valid.
    """
    environment = book.latest.environment if data is not None else Environment()
    record = book.records.read(data) if data is not None else None
    cutoff = None if record is None else book.role("cutoff", record)
    moment = now or (None if cutoff is None else as_instant(cutoff)) or _present()
    compiled = compile_expression(environment, text)
    state = State(record=record, now=moment, utc_offset_minutes=book.utc_offset_minutes)
    value = evaluate(compiled, state)
    state.weigh(value)
    return to_json(value)


def _present() -> DateTime:
    return DateTime.parse(datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"))
