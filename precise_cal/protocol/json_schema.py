"""The JSON Schema of the participant record, for editors and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.protocol.from_json import SCHEMA_KEY, SIMULATED_KEY

if TYPE_CHECKING:
    from precise_cal.protocol.model import Model

_ADDRESS = {"description": "the address of this schema, for editors", "type": ["string", "null"]}
_SIMULATED = {
    "description": "whether nobody of this name exists: precise simulate says so",
    "type": ["boolean", "null"],
}
_UNKNOWN = {"enum": [None, "unknown"]}


def record_schema(model: type[Model]) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a record; what may be unknown accepts null and ``"unknown"``."""
    schema = model.model_json_schema(mode="validation")
    for part in (schema, *schema.get("$defs", {}).values()):
        required = part.get("required", ())
        properties = part.get("properties", {})
        part["properties"] = {
            name: property_ if name in required else _unknown_too(property_) for name, property_ in properties.items()
        }
    schema["properties"] = {SCHEMA_KEY: _ADDRESS, SIMULATED_KEY: _SIMULATED, **schema["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:precise-cal:record:1.0",
        **schema,
    }


def _unknown_too(schema: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {key: schema[key] for key in ("title", "description") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in ("title", "description", "default")}
    choices = [choice for choice in inner.pop("anyOf", [inner] if inner else []) if choice != {"type": "null"}]
    return {**described, "anyOf": [*choices, _UNKNOWN]}
