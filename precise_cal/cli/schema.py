"""``precise schema``: the JSON Schemas of what goes in and what comes out."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from precise_cal.cli.echo import echo_json
from precise_cal.cli.given import rules_folder
from precise_cal.cli.options import RulesOption


class Subject(StrEnum):
    """What a schema can be printed of."""

    record = "record"
    report = "report"
    record_form = "record-form"
    report_form = "report-form"
    rules = "rules"
    protocol = "protocol"
    deviations = "deviations"
    schedule = "schedule"
    sites = "sites"
    cases = "cases"
    simulate = "simulate"
    study = "study"
    map = "map"


def schema(
    of: Annotated[
        Subject,
        typer.Argument(
            help="record, report, study (STUDY.json of `precise qfr angio`), map (of `precise import`), or a file of a "
            "trial: record-form (record.yaml), report-form (report.yaml), rules (eligibility.yaml, events.yaml), "
            "protocol, deviations, schedule, sites, simulate, cases"
        ),
    ],
    rules: RulesOption = None,
) -> None:
    """Print a JSON Schema, for editors and other programs."""
    echo_json(json.dumps(_schema(of, rules), indent=2, ensure_ascii=False))


def _schema(of: Subject, rules: Path | None) -> dict[str, Any]:
    if of is Subject.record:
        from precise_cal.engine.rulebook.load import records_of
        from precise_cal.protocol.json_schema import record_schema

        return record_schema(records_of(rules_folder(rules)).model)
    if of is Subject.report:
        from precise_cal.protocol.to_json import report_schema

        return report_schema()
    if of is Subject.simulate:
        from precise_cal.simulate.plan import plan_schema

        return plan_schema()
    if of is Subject.study:
        from precise_cal.qfr.study.study import study_schema

        return study_schema()
    if of is Subject.map:
        from precise_cal.exchange.form import map_schema

        return map_schema()
    if of is Subject.cases:
        from precise_cal.engine.cases import case_schema

        return case_schema()
    from precise_cal.engine.rulebook.schema import rule_file_schema

    return rule_file_schema(of.value)
