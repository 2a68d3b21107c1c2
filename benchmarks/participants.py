"""Participants for the benchmarks: a complete one that comes with the rules, varied by a seeded generator."""

from __future__ import annotations

import copy
import json
import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLE = bundled() / "tests" / "complete.json"


def documents(count: int, seed: int = 20260226) -> Iterator[dict[str, Any]]:
    """Records that differ in what decides: some fail criteria, some lack data, some have events."""
    base = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    chance = random.Random(seed)
    for number in range(count):
        yield _varied(copy.deepcopy(base), number, chance)


def write_lines(file: Path, count: int) -> None:
    """A JSON Lines file of so many participants."""
    with file.open("w", encoding="utf-8") as stream:
        for document in documents(count):
            stream.write(json.dumps(document) + "\n")


def _moved(value: Any, by: timedelta) -> Any:
    """The same document some days and minutes later, so that no two participants share their dates."""
    if isinstance(value, dict):
        return {name: _moved(one, by) for name, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, by) for one in value]
    if isinstance(value, str) and value[:3] == "202" and value[4:5] == "-":
        if len(value) == len("2026-03-09"):
            return (datetime.fromisoformat(value) + timedelta(by.days)).date().isoformat()
        return (datetime.fromisoformat(value) + by).isoformat()
    return value


def _varied(document: dict[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    document = _moved(document, timedelta(days=chance.randint(0, 200), minutes=chance.randint(0, 300)))
    lesion = document["lesions"][0]
    document["subject_id"] = f"ZS01-{number:06}"
    document["demographics"]["birth_date"] = f"{chance.randint(1940, 2008)}-0{chance.randint(1, 9)}-15"
    lesion["reference_vessel_diameter"][0]["value"] = f"{chance.uniform(2.1, 4.2):.2f}"
    lesion["calcification"]["cag_grade"] = chance.choice(["mild", "moderate", "severe", "severe", "severe"])
    qfr = f"{chance.uniform(0.7, 0.99):.2f}"
    document["qfr_measurements"][0] |= {"value": qfr, "reported_text": qfr}
    document["renal"]["on_dialysis"] = chance.choice([False, False, False, True, None])
    document["labs"][1]["value"] = str(chance.randint(20, 400))
    if chance.random() < 0.2:
        document["visits"].pop(chance.randrange(3))
    if chance.random() < 0.1:
        document["events"] = [{"event_id": "E1", "type": "tlr", "onset": "2026-12-01T09:00:00+08:00", "vessel": "LAD"}]
    return document
