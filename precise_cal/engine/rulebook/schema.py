"""The JSON Schemas of the rule files, which editors use for completion and checking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.rulebook.deviation_form import DeviationFile
from precise_cal.engine.rulebook.protocol_form import ProtocolFile, SiteFile
from precise_cal.engine.rulebook.report_form import ReportFile
from precise_cal.engine.rulebook.schedule_form import ScheduleFile, WrittenRuleFile
from precise_cal.protocol.schema.form import RecordFile

if TYPE_CHECKING:
    from pydantic import BaseModel

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


_FILES: Final[dict[str, tuple[type[BaseModel], str]]] = {
    "record-form": (RecordFile, "The record of a trial: parts, fields and their types, roles"),
    "rules": (WrittenRuleFile, "Rules of a trial: definitions, and the rules that use them"),
    "protocol": (ProtocolFile, "A trial: study, arms, scopes, parameters"),
    "report-form": (ReportFile, "Documents of a trial: what they show, and what it is called there"),
    "schedule": (ScheduleFile, "The visits of a trial, and how its records hold contacts"),
    "sites": (SiteFile, "The sites of a trial, and when each adopted which version of the protocol"),
    "deviations": (DeviationFile, "Deviations of a trial: taxonomy, and how they follow"),
}


def rule_file_schema(name: str) -> dict[str, Any]:
    """The schema of ``eligibility.yaml`` and ``events.yaml`` ("rules"), or of the other file with that name."""
    model, title = _FILES[name]
    return {"$schema": _DIALECT, **model.model_json_schema(by_alias=True), "title": title}
