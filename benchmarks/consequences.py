"""How long the consequences of one participant take, in either engine.

    python benchmarks/consequences.py

A participant has 20 facts: one with 40 verdicts, 3 lesions, 16 visits and events. One in ten has a chain of
three derivations.
"""

from __future__ import annotations

import time
from typing import Any

from precise_cal.engine.chaining import Fact, compile_consequences, engine_name

VERDICTS = {f"rule-{number}": ["MET", "NOT_MET", "UNKNOWN"] for number in range(40)}
ITEM = {
    "fields": {
        "subject": "identifier",
        "state": ["DONE", "MISSED", "NOT_DUE"],
        "number": {"integer": [0, 99]},
    }
}
DEVIATION = {"fields": {"subject": "identifier", "code": [f"DV-{number}" for number in range(41)]}}
DOCUMENT: dict[str, Any] = {
    "facts": {
        "participant": {"given": True, "fields": {"subject": "identifier", **VERDICTS}},
        "lesion": {"given": True, **ITEM},
        "item": {"given": True, **ITEM},
        "deviation": DEVIATION,
        "importance": {"fields": {"subject": "identifier", "level": ["important"]}},
        "population": {"fields": {"subject": "identifier", "excluded": ["PP"]}},
    },
    "rules": [
        *(
            {
                "id": f"deviation-{number}",
                "when": {"participant": {f"rule-{number}": "NOT_MET"}},
                "then": [{"deviation": {"subject": {"copy": "subject"}, "code": f"DV-{number}"}}],
            }
            for number in range(40)
        ),
        {
            "id": "missed",
            "when": {"item": {"state": "MISSED"}},
            "then": [{"deviation": {"subject": {"copy": "subject"}, "code": "DV-40"}}],
        },
        {
            "id": "important",
            "when": {"deviation": {}},
            "then": [{"importance": {"subject": {"copy": "subject"}, "level": "important"}}],
        },
        {
            "id": "per-protocol",
            "when": {"importance": {"level": "important"}},
            "then": [{"population": {"subject": {"copy": "subject"}, "excluded": "PP"}}],
        },
    ],
}


def participant(number: int) -> list[Fact]:
    """The facts of one participant."""
    subject = f"P{number}"
    verdicts = dict.fromkeys(VERDICTS, "MET") | ({"rule-7": "NOT_MET"} if number % 10 == 0 else {})
    items = [
        Fact("lesion" if item < 3 else "item", {"subject": subject, "state": "DONE", "number": item})
        for item in range(19)
    ]
    return [Fact("participant", {"subject": subject, **verdicts}), *items]


def main() -> None:
    """Measure and print."""
    print(f"default: {engine_name()}")
    participants = [participant(number) for number in range(2_000)]
    for engine in ("plain", "durable"):
        consequences = compile_consequences(DOCUMENT, engine=engine)  # type: ignore[arg-type]
        start = time.perf_counter()
        derived = sum(len(consequences.run(facts)) for facts in participants)
        microseconds = (time.perf_counter() - start) / len(participants) * 1e6
        print(f"{engine}: {microseconds:.0f} µs a participant, {derived} derivations in {len(participants)}")


if __name__ == "__main__":
    main()
