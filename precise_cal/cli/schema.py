"""``precise schema``: the JSON Schemas of what goes in and what comes out."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import typer


class Subject(StrEnum):
    """What a schema can be printed of."""

    record = "record"
    report = "report"
    rules = "rules"
    protocol = "protocol"


def schema(
    of: Annotated[Subject, typer.Argument(help="record, report, rules (eligibility.yaml, events.yaml), or protocol.yaml")],
) -> None:
    """Print a JSON Schema, for editors and other programs."""
    typer.echo(json.dumps(_schema(of), indent=2, ensure_ascii=False))


def _schema(of: Subject) -> dict[str, Any]:
    if of is Subject.record:
        from precise_cal.protocol.schema import record_schema

        return record_schema()
    if of is Subject.report:
        from precise_cal.protocol.to_json import report_schema

        return report_schema()
    from precise_cal.engine.rulebook.schema import protocol_schema, rules_schema

    return rules_schema() if of is Subject.rules else protocol_schema()
