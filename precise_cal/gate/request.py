"""A participant's record as a question to the gate."""

from __future__ import annotations

import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from precise_cal.engine.rulebook.roles import role_values
from precise_cal.gate.asking import Request
from precise_cal.gate.evaluate import version_at
from precise_cal.gate.facts import facts_of
from precise_cal.gate.moments import judged_at
from precise_cal.gate.snapshot import Snapshots
from precise_cal.protocol.from_json import parse_json
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook


def request_of(book: Rulebook, data: bytes, reason: str | None = None, snapshots: Snapshots | None = None) -> Request:
    """The question that a record asks.

    Args:
        book: the trial's rules.
        data: the record's bytes.
        reason: why the record was changed after a REFUSE.
        snapshots: those of the book, where somebody asks more than once: what they take is worked out each time.

    Raises:
        RecordError: the record is not valid.
        GateError: the trial lacks a role without which the gate cannot tell.
    """
    document = parse_json(data)
    records, offset = book.records, book.utc_offset_minutes
    record = records.record(document)
    facts = facts_of(book.roles, record, offset)
    known = role_values(book.roles, ("site", "participant", "protocol_version", "enrolled_at"), record, offset)
    snapshot = (snapshots or Snapshots(book)).of(document)
    return Request(
        site_id=known["site"] or "",
        subject_id=known["participant"],
        protocol_version=known["protocol_version"] or "",
        snapshot=snapshot,
        facts=facts,
        judged_at=partial(judged_at, record=records.record(snapshot), offset_minutes=offset),
        randomized_at=instant_of(known["enrolled_at"]),
        reason=(reason or "").strip() or None,
        version_at=version_at(book, record),
    )


def instant_of(moment: Any) -> datetime.datetime | None:
    """An instant that is known to the minute; None where less is."""
    if not isinstance(moment, DateTime) or moment.offset_minutes is None or moment.minute is None:
        return None
    return datetime.datetime.fromisoformat(str(moment))
