"""Triggers by which neither events nor contents, decisions nor allocations can be changed or taken away."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

_GROWING = ("desk_event", "desk_content", "desk_decision", "desk_allocation")
_ACTS = ("UPDATE", "DELETE")


def _forbid(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(
            "CREATE FUNCTION desk_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' only grows'; END $$"
        )
    for table in _GROWING:
        for act in (*_ACTS, "TRUNCATE") if editor.connection.vendor == "postgresql" else _ACTS:
            editor.execute(_trigger(editor.connection.vendor, table, act))
    apps.get_model("desk", "Head").objects.create(pk=1)


def _trigger(vendor: str, table: str, act: str) -> str:
    name = f"{table}_no_{act.lower()}"
    if vendor == "postgresql":
        return f"CREATE TRIGGER {name} BEFORE {act} ON {table} EXECUTE FUNCTION desk_only_grows()"
    return f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"


class Migration(migrations.Migration):
    """After the tables are there."""

    dependencies: ClassVar = [("desk", "0001_begin")]
    operations: ClassVar = [migrations.RunPython(_forbid, elidable=False)]
