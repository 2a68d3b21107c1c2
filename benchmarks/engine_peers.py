"""The rule engine beside others on the same six criteria: IC-2, IC-3, IC-5, EX-2, EX-5 and EX-7.

    pip install zen-engine
    python benchmarks/engine_peers.py

All judge the same validated participants in one process; their verdicts are compared first, on participants whose
data are complete. Reading records is not part of it. The peers do less: none of them knows three-valued logic, so an
unknown value would silently be a no; none says why, with the place in the record; none converts units, chooses the
deciding measurement, or looks at several lesions. durable-rules gets the values already extracted, since it cannot
reach into lists, and zen-engine the same.
"""

from __future__ import annotations

import json
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import zen
from durable.lang import assert_fact, delete_state, m, ruleset, when_all
from participants import documents

from precise_cal.engine.cql.compile import evaluate
from precise_cal.engine.cql.state import State
from precise_cal.engine.judging.judge import items_of, judge
from precise_cal.engine.judging.pointers import Pointers
from precise_cal.engine.judging.reasons import Teller
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.load import records_of
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.protocol.part import Part

read_record = records_of(bundled()).read

CRITERIA = ("IC-2", "IC-3", "IC-5", "EX-2", "EX-5", "EX-7")
COUNT = 1000
BOOK = rulebook(bundled(), cache=False)
RULES = [rule for rule in BOOK.edition(None).rules if rule.rule.id in CRITERIA]
CONDITIONS = [next(iter(rule.conditions.values())) for rule in RULES]
ZEN = {
    "IC-2": "grade in ['moderate', 'severe']",
    "IC-3": "native_vessel and de_novo and not in_stent and vessel != 'GRAFT'",
    "IC-5": "diameter >= 2.25 and diameter <= 4.0",
    "EX-2": "dialysis_required or on_dialysis",
    "EX-5": "limiting_condition and life_expectancy == 'less_than_one_year'",
    "EX-7": "not dual_therapy_tolerated",
}


def with_reasons(record: Part) -> tuple[bool, ...]:
    """This engine: verdicts by item, three-valued, with the reasons of each."""
    state = State(record=record, now=record.data_cutoff, utc_offset_minutes=BOOK.utc_offset_minutes)
    teller = Teller(Pointers(record))
    answers = []
    for rule in RULES:
        judgment = judge(rule, items_of(rule.scope, state), state)
        teller.reasons(judgment.deciding, "required")
        answers.append(judgment.verdict in ("MET", "PRESENT"))
    return tuple(answers)


def without_reasons(record: Part) -> tuple[bool, ...]:
    """This engine: the conditions of the rules alone, three-valued, for the first lesion."""
    state = State(record=record, now=record.data_cutoff, utc_offset_minutes=BOOK.utc_offset_minutes)
    state.scopes = {"lesion": record.lesions[0]} if record.lesions else {}
    return tuple(evaluate(condition, state) is True for condition in CONDITIONS)


def plain(record: Part) -> tuple[bool, ...]:
    """Python written by hand for these six criteria."""
    lesion = record.lesions[0]
    return (
        lesion.calcification.cag_grade in ("moderate", "severe"),
        bool(lesion.native_vessel and lesion.de_novo and not lesion.in_stent and lesion.vessel != "GRAFT"),
        2.25 <= lesion.reference_vessel_diameter[0].value <= 4,
        bool(record.renal.dialysis_required or record.renal.on_dialysis),
        bool(record.history.limiting_condition and record.history.life_expectancy == "less_than_one_year"),
        not record.antiplatelet.dual_therapy_tolerated,
    )


def flat(record: Part) -> dict[str, Any]:
    """The values that the six criteria read, as the peers need them."""
    lesion = record.lesions[0]
    return {
        "grade": lesion.calcification.cag_grade,
        "native_vessel": lesion.native_vessel,
        "de_novo": lesion.de_novo,
        "in_stent": lesion.in_stent,
        "vessel": lesion.vessel,
        "diameter": float(lesion.reference_vessel_diameter[0].value),
        "dialysis_required": record.renal.dialysis_required,
        "on_dialysis": record.renal.on_dialysis,
        "limiting_condition": record.history.limiting_condition,
        "life_expectancy": record.history.life_expectancy,
        "dual_therapy_tolerated": record.antiplatelet.dual_therapy_tolerated,
    }


def zen_engine() -> Callable[[dict[str, Any]], tuple[bool, ...]]:
    """zen-engine: one decision with an expression for each criterion."""
    expressions = [{"id": key, "key": key, "value": text} for key, text in ZEN.items()]
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {"id": "e", "type": "expressionNode", "name": "e", "content": {"expressions": expressions}},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    edges = [{"id": a + b, "sourceId": a, "targetId": b} for a, b in (("in", "e"), ("e", "out"))]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))

    def judged(values: dict[str, Any]) -> tuple[bool, ...]:
        result = decision.evaluate(values)["result"]
        return tuple(bool(result[key]) for key in CRITERIA)

    return judged


def durable_rules() -> Callable[[dict[str, Any]], tuple[bool, ...]]:
    """durable-rules: a rule for each way to meet a criterion; which of them fired is noted."""
    fired: set[str] = set()
    numbers = count()
    with ruleset("criteria"):
        _rule(fired, "IC-2", (m.grade == "moderate") | (m.grade == "severe"))
        in_situ = (m.native_vessel == True) & (m.de_novo == True) & (m.in_stent == False)  # noqa: E712
        _rule(fired, "IC-3", in_situ & (m.vessel != "GRAFT"))
        _rule(fired, "IC-5", (m.diameter >= 2.25) & (m.diameter <= 4.0))
        _rule(fired, "EX-2", (m.dialysis_required == True) | (m.on_dialysis == True))  # noqa: E712
        _rule(fired, "EX-5", (m.limiting_condition == True) & (m.life_expectancy == "less_than_one_year"))  # noqa: E712
        _rule(fired, "EX-7", m.dual_therapy_tolerated == False)  # noqa: E712
        _rule(fired, "any", +m.grade)

    def judged(values: dict[str, Any]) -> tuple[bool, ...]:
        fired.clear()
        session = str(next(numbers))
        assert_fact("criteria", values | {"sid": session})
        delete_state("criteria", session)
        return tuple(name in fired for name in CRITERIA)

    return judged


def _rule(fired: set[str], name: str, condition: Any) -> None:
    def note(_: Any) -> None:
        fired.add(name)

    note.__name__ = name.replace("-", "_")
    when_all(condition)(note)


def main() -> None:
    """Compare the verdicts, then print the time of each and its ratio to plain Python."""
    records = [read_record(json.dumps(document).encode()) for document in documents(COUNT)]
    records = [record for record in records if record.renal.on_dialysis is not None]
    values = [flat(record) for record in records]
    runs: dict[str, tuple[Callable[[Any], tuple[bool, ...]], list[Any]]] = {
        "plain Python": (plain, records),
        "this engine, conditions": (without_reasons, records),
        "this engine, with reasons": (with_reasons, records),
        "zen-engine": (zen_engine(), values),
        "durable-rules": (durable_rules(), values),
    }
    expected = [plain(record) for record in records]
    microseconds = {}
    for name, (function, inputs) in runs.items():
        assert [function(one) for one in inputs] == expected, f"{name} disagrees"
        begun = time.process_time()
        for one in inputs:
            function(one)
        microseconds[name] = (time.process_time() - begun) / len(inputs) * 1e6
    for name, time_ in microseconds.items():
        print(f"{name:28} {time_:7.1f} µs a participant  {time_ / microseconds['plain Python']:6.1f} x")


if __name__ == "__main__":
    main()
