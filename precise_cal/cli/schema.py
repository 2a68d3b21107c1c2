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
    deviations = "deviations"
    cases = "cases"


def schema(
    of: Annotated[
        Subject,
        typer.Argument(
            help="record, report, or a rule file: rules (eligibility.yaml, events.yaml), protocol, deviations, cases"
        ),
    ],
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
    if of is Subject.cases:
        from precise_cal.engine.cases import case_schema

        return case_schema()
    from precise_cal.engine.rulebook.schema import rule_file_schema

    return rule_file_schema(of.value)
