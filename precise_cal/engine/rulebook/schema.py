"""The JSON Schemas of the rule files, which editors use for completion and checking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.engine.rulebook.files import ProtocolFile, RuleFile

if TYPE_CHECKING:
    from pydantic import BaseModel

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rules_schema() -> dict[str, Any]:
    """The schema of ``eligibility.yaml`` and ``events.yaml``."""
    return _schema(RuleFile, "Rules of a trial: definitions, and the rules that use them")


def protocol_schema() -> dict[str, Any]:
    """The schema of ``protocol.yaml``."""
    return _schema(ProtocolFile, "A trial: study, arms, scopes, parameters")


def _schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    return {"$schema": _DIALECT, **model.model_json_schema(by_alias=True), "title": title}
