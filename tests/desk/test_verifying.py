"""A database that somebody changed behind the desk: the command names what is not as its own log says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]

GROWING = ("desk_event", "desk_content", "desk_decision", "desk_allocation")
FIRST = "SELECT number, content_id FROM desk_event WHERE type = 'record.received' ORDER BY number LIMIT 1"
CHANGES = (
    ("UPDATE desk_event SET type = 'gate.other' WHERE type = 'list.opened'", "its row says something else"),
    ("UPDATE desk_event SET site = 'ZS09' WHERE type = 'gate.decision'", "its row says something else"),
    ("UPDATE desk_content SET data = %s WHERE sha256 = (SELECT record_id FROM desk_decision)", "the content"),
    ("UPDATE desk_decision SET word = 'REFUSE'", "decision of event"),
    ("UPDATE desk_decision SET subject_id = 'ZS01-009'", "decision of event"),
    ("UPDATE desk_allocation SET arm = 'DEL'", "allocation of event"),
    ("UPDATE desk_allocation SET number = 7", "allocation of event"),
    ("UPDATE desk_record SET site = 'ZS02'", "the latest record of ZS01-001"),
    ("UPDATE desk_decision SET participant = 'x'", "decision of event"),
    ("UPDATE desk_decision SET record_id = (SELECT content_id FROM desk_event WHERE number = 1)", "not the one"),
    ("UPDATE desk_allocation SET participant = 'x'", "allocation of event"),
    ("UPDATE desk_allocation SET site = 'ZS02'", "allocation of event"),
    ("DELETE FROM desk_allocation", "no row of an allocation"),
    ("DELETE FROM desk_record", "no latest record"),
    ("UPDATE desk_record SET participant = 'x'", "the latest record of ZS01-001"),
    ("UPDATE desk_record SET subject_id = 'ZS01-009'", "the latest record of ZS01-009"),
    (f"UPDATE desk_record SET (event_id, content_id) = ({FIRST})", "the latest record of ZS01-001"),
    ("UPDATE desk_record SET origins_id = content_id", "the latest record of ZS01-001"),
    ("UPDATE desk_head SET size = size - 1", "the log's head"),
    ("UPDATE desk_user SET role = 'inspector' WHERE name = 'coordinator'", "coordinator: role, site, password"),
    ("UPDATE desk_user SET password = 'x' WHERE name = 'monitor'", "monitor: role, site, password"),
    ("DELETE FROM desk_event WHERE type = 'test.last'", "events are missing: a checkpoint was signed over"),
)
"""What somebody with the database may do, and what is named."""


def change(sql: str) -> None:
    """Change the database as whoever owns it can."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in GROWING:
            is_postgresql = connection.vendor == "postgresql"
            for act in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER {table}_no_{act}{f' ON {table}' if is_postgresql else ''}")
        cursor.execute(sql, [b"{}"] if "%s" in sql else None)


def test_a_desk_is_as_its_log_says(desk: Desk, record: Make, precise: Any, tmp_path: Path) -> None:
    assert desk.randomize(record())[1] is not None
    said = precise("desk", "verify")
    assert (said.status, said.err) == (0, "")
    assert "contents, decisions, allocations, records and accounts are theirs" in said.out
    (tmp_path / "note").write_text("nothing")
    assert precise("desk", "verify", "--checkpoint", tmp_path / "note").status == 2


def test_what_was_changed_behind_the_desk_is_named(desk: Desk, record: Make, precise: Any, tmp_path: Path) -> None:
    from django.db import transaction

    from precise_cal.desk.store.decisions import receive_record
    from precise_cal.desk.store.log import SYSTEM, TREES, add, checkpoint

    receive_record(record(planned_surgery=None), "ZS01-001", "ZS01", desk.actor())
    assert desk.randomize(record())[1] is not None
    add("test.last", {}, SYSTEM)
    (tmp_path / "note").write_text(checkpoint(desk.place.config.origin, desk.place.log_key.key)[1])
    assert precise("desk", "verify", "--checkpoint", tmp_path / "note").status == 0
    for sql, named in CHANGES:
        with transaction.atomic():
            change(sql)
            TREES.forget()
            said = precise("desk", "verify", "--checkpoint", tmp_path / "note")
            transaction.set_rollback(True)
        assert said.status == 1, sql
        assert named in said.out, sql
