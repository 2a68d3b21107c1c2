"""Writes the JSON Schemas that stand beside the rule files.

python docs/make_schemas.py
"""

from __future__ import annotations

import json
from typing import Any

from precise_cal.engine.cases import case_schema
from precise_cal.engine.rulebook.schema import rule_file_schema
from precise_cal.rules import bundled
from precise_cal.simulate.plan import plan_schema


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of rule file."""
    files = {name: rule_file_schema(name) for name in ("rules", "protocol", "deviations", "schedule", "sites")}
    forms = {name: rule_file_schema(f"{name}-form") for name in ("record", "report")}
    return {**forms, **files, "cases": case_schema(), "simulate": plan_schema()}


if __name__ == "__main__":
    for name, schema in schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (bundled() / "schema" / f"{name}.json").write_text(text, encoding="utf-8")
