"""Instances in FHIR Shorthand as JSON: as much of the language as the report needs that the tests read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ALIASES = {
    "$loinc": "http://loinc.org",
    "$condition-clinical": "http://terminology.hl7.org/CodeSystem/condition-clinical",
}
RULE = re.compile(r"\* ([^ ]+) = (.+)")
CODE = re.compile(r'([^#\s"]*)#(\S+)(?: "(.*)")?')
CONCEPTS = ("code", "category", "type", "bodySite", "outcome", "valueCodeableConcept", "status.extension")


def bundle(folder: Path, name: str) -> str:
    """The JSON of a bundle and of all that stands in it; numbers keep their digits."""
    return json.dumps(_instance(folder, name), ensure_ascii=False)


def _instance(folder: Path, name: str) -> dict[str, Any]:
    text = (folder / f"{name}.fsh").read_bytes().decode("utf-8", "replace")
    found: dict[str, Any] = {}
    last: dict[str, int] = {}
    for line in text.splitlines():
        if line.startswith("InstanceOf: "):
            found["resourceType"] = line.split()[1]
        rule = RULE.fullmatch(line)
        if rule:
            _set(found, _steps(rule[1], last), _value(rule[1], rule[2], folder, found["resourceType"]))
    return found


def _steps(path: str, last: dict[str, int]) -> list[str | int]:
    steps: list[str | int] = []
    where = ""
    for part in path.split("."):
        name, _, index = part.partition("[")
        where += f".{name}"
        steps.append(name)
        if index:
            mark = index.rstrip("]")
            number = last.get(where, -1) + 1 if mark == "+" else last.get(where, 0) if mark == "=" else int(mark)
            last[where] = number
            steps.append(number)
            where += f"[{number}]"
    return steps


def _value(path: str, text: str, folder: Path, kind: str) -> Any:
    if text.startswith('"'):
        return text.strip('"')
    if text.startswith("Reference("):
        return {"reference": text[len("Reference(") : -1]}
    code = CODE.fullmatch(text)
    if code is not None:
        coding = {"system": ALIASES.get(code[1], code[1]), "code": code[2], "display": code[3]}
        coding = {name: one for name, one in coding.items() if one}
        last = re.sub(r"\[.*?\]", "", path.split(".")[-1])
        if "coding" in path:
            return coding
        is_concept = last in CONCEPTS and kind != "Bundle"
        return {"coding": [coding]} if is_concept else code[2]
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    if (folder / f"{text}.fsh").exists():
        return _instance(folder, text)
    return {"true": True, "false": False}.get(text, text)


def _set(document: Any, steps: list[str | int], value: Any) -> None:
    for place, step in enumerate(steps[:-1]):
        inner: Any = [] if isinstance(steps[place + 1], int) else {}
        if isinstance(step, int):
            while len(document) <= step:
                document.append({})
            document = document[step]
        else:
            document = document.setdefault(step, inner)
            if isinstance(document, list) and not isinstance(steps[place + 1], int):
                document = document[0]
    step = steps[-1]
    if isinstance(step, int):
        while len(document) <= step:
            document.append({})
    if isinstance(value, dict) and isinstance(step, str) and isinstance(document.get(step), dict):
        document[step] |= value
    else:
        document[step] = value
